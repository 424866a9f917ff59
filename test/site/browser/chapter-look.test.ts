/**
 * How every written chapter's page looks, as far as a rule can see it: controls in view, words that cover no other words and are
 * not cut off, titles beside their pane, a focus ring that is seen whole. Chapters are found by their place.
 */
import type { BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CHAPTERS } from '../../../site/lib/chapters.ts'
import { browserMissing, openSite, type Site, withOwnFonts } from '../../support/browser.ts'

const SLUGS = CHAPTERS.filter(({ isWritten }) => isWritten).map(({ slug }) => slug)
const DESK = { viewport: { width: 1280, height: 720 } }
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true }

/** Shows the stills of the last steps, which otherwise only a page without scripts shows. */
const EVERY_STILL = '.without-script { display: block !important }'

const missing = browserMissing()

describe.skipIf(missing !== '')(`the look of chapters${missing === '' ? '' : ` (skipped: ${missing})`}`, () => {
  let site: Site
  beforeAll(async () => {
    site = await openSite()
  })
  afterAll(async () => {
    await site?.close()
  })

  async function withChapter(slug: string, options: BrowserContextOptions, work: (page: Page) => Promise<void>) {
    const context = await site.browser.newContext({ reducedMotion: 'reduce', ...options })
    try {
      const page = await context.newPage()
      await withOwnFonts(page, `**/chapters/${slug}/`)
      await page.goto(`${site.origin}/chapters/${slug}/`)
      await page.evaluate(() => document.fonts.ready)
      await work(page)
    } finally {
      await context.close()
    }
  }

  it('on a desk: the first pane beside the title, the controls of every pane in view, no words on others', async () => {
    const faults: string[] = []
    for (const slug of SLUGS)
      await withChapter(slug, DESK, async (page) => {
        const note = (list: readonly string[]) => faults.push(...list.map((fault) => `${slug}: ${fault}`))
        note(await page.evaluate(firstPaneFaults))
        note(await page.evaluate(controlsOutOfView))
        await page.setViewportSize({ width: 1180, height: 720 })
        await page.evaluate(() => scrollTo({ top: 0, behavior: 'instant' }))
        note(await page.evaluate(firstPaneFaults))
        await page.setViewportSize(DESK.viewport)
        await page.addStyleTag({ content: EVERY_STILL })
        note(await page.evaluate(wordFaults))
      })
    expect(faults).toEqual([])
  })

  it('on a telephone: the controls of every pane in view, no words on others, code behind the words that announce it', async () => {
    const faults: string[] = []
    for (const slug of SLUGS)
      await withChapter(slug, PHONE, async (page) => {
        const note = (list: readonly string[]) => faults.push(...list.map((fault) => `${slug}: ${fault}`))
        note(await page.evaluate(controlsOutOfView))
        note(await page.evaluate(cutAnnouncements))
        await page.addStyleTag({ content: EVERY_STILL })
        note(await page.evaluate(wordFaults))
      })
    expect(faults).toEqual([])
  })

  it('on a telephone whose fonts come too late: no words on others, either', async () => {
    const faults: string[] = []
    for (const slug of SLUGS) {
      const context = await site.browser.newContext({ reducedMotion: 'reduce', ...PHONE })
      try {
        const page = await context.newPage()
        await page.route('**/*.woff2', (route) => route.abort())
        await page.goto(`${site.origin}/chapters/${slug}/`)
        await page.addStyleTag({ content: EVERY_STILL })
        faults.push(...(await page.evaluate(wordFaults)).map((fault) => `${slug}: ${fault}`))
      } finally {
        await context.close()
      }
    }
    expect(faults).toEqual([])
  })

  it('on a telephone a pane that comes as a sheet has all its buttons in the window, and its picture the height', async () => {
    await withChapter('transactions', PHONE, async (page) => {
      const pane = page.locator('#fig-transactions-held-asked')
      await pane.scrollIntoViewIfNeeded()
      await pane.locator('.pane:not(.waiting)').waitFor()
      const door = page.locator('.gmq-section-text a[href^="#fig-transactions-held-asked-e"]').first()
      await door.evaluate((link: HTMLElement) => {
        scrollTo(0, document.documentElement.scrollHeight)
        link.click()
      })
      const sheet = page.locator('.gmq-pane-host.peek')
      await sheet.getByText('↩ Back').waitFor()
      for (const button of await sheet.locator('.buttons button:visible').all()) {
        const box = (await button.boundingBox())!
        expect(box.x + box.width, await button.innerText()).toBeLessThanOrEqual(390)
        expect(box.y + box.height).toBeLessThanOrEqual(844)
      }
      expect((await sheet.boundingBox())!.height).toBeLessThanOrEqual(372)
      expect(await sheet.locator('.tasks').isVisible()).toBe(false)
    })
  })

  it('the focus ring of every control of a pane is seen whole', async () => {
    await withChapter('roles', DESK, async (page) => {
      const pane = page.locator('#fig-roles-journey-whole')
      await pane.scrollIntoViewIfNeeded()
      await pane.locator('.pane:not(.waiting)').waitFor()
      await pane.locator('.play').focus()
      await page.keyboard.press('End')
      await pane.locator('.ledger button').nth(3).waitFor()
      expect(await pane.evaluate(cutRings)).toEqual([])
      await page.keyboard.press('i')
      await pane.locator('.over .act').first().waitFor()
      expect(await pane.evaluate(cutRings)).toEqual([])
    })
  })
})

/** In the page: panes whose buttons are below the window or stick out when their section is read. */
async function controlsOutOfView(): Promise<readonly string[]> {
  const faults: string[] = []
  for (const host of document.querySelectorAll<HTMLElement>('.gmq-section .gmq-pane-host')) {
    const isBeside = innerWidth >= 1180
    const from = (isBeside ? host.closest('.gmq-section')! : host).getBoundingClientRect().top
    // beside its text a pane sticks below the header as soon as its section has come so far
    scrollBy({ top: isBeside ? from + 4 : from - 56, behavior: 'instant' })
    await new Promise(requestAnimationFrame)
    const [box, buttons] = [host.getBoundingClientRect(), host.querySelector('.buttons')!.getBoundingClientRect()]
    if (buttons.bottom > innerHeight) faults.push(`${host.id}: ${Math.round(buttons.bottom - innerHeight)} px below`)
    for (const button of host.querySelectorAll('.buttons button'))
      if (button.getBoundingClientRect().right > box.right) faults.push(`${host.id}: a button sticks out at the right`)
  }
  return faults
}

/** In the page: a title that runs into the first pane, or buttons of that pane below the window. */
function firstPaneFaults(): readonly string[] {
  const pane = document.querySelector('.gmq-section .gmq-pane-host')!
  const { left } = pane.getBoundingClientRect()
  const faults: string[] = []
  for (const line of document.querySelectorAll('.chapter-head > :is(p, h1, details)')) {
    const range = document.createRange()
    range.selectNodeContents(line)
    const { right } = range.getBoundingClientRect()
    if (right > left - 8) faults.push(`<${line.localName}> ends ${Math.round(right - left)} px into the pane`)
  }
  const foot = pane.querySelector('.buttons')!.getBoundingClientRect().bottom
  if (foot > innerHeight) faults.push(`its controls are ${Math.round(foot - innerHeight)} px below the window`)
  return faults
}

/**
 * In the page: words of stills that lie on other words or on a message, or stand outside their picture. What is on its way has its
 * words on a plate, which may pass over all else.
 */
function wordFaults(): readonly string[] {
  interface Words {
    readonly text: string
    readonly box: DOMRect
  }
  const faults = new Set<string>()
  /** How far two boxes lie on each other; a line of text is lower than its box. */
  const over = (a: DOMRect, b: DOMRect, ofHeight: number): boolean => {
    const [cutA, cutB] = [a.height * ofHeight, b.height * ofHeight]
    const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left)
    const high = Math.min(a.bottom - cutA, b.bottom - cutB) - Math.max(a.top + cutA, b.top + cutB)
    return wide > 1.5 && high > 1
  }
  for (const svg of document.querySelectorAll<SVGElement>('.gmq-pane-host svg.fig-svg')) {
    const picture = svg.getBoundingClientRect()
    if (picture.width === 0) continue
    const id = svg.closest('.gmq-pane-host')!.id
    const words: Words[] = [...svg.querySelectorAll('text')]
      .filter((text) => text.closest('.flight') === null)
      .map((text) => ({ text: text.textContent, box: text.getBoundingClientRect() }))
      .filter(({ box }) => box.width > 0)
    for (const { text, box } of words)
      if (box.left < picture.left || box.right > picture.right || box.top < picture.top - 2)
        faults.add(`${id}: "${text}" leaves the picture`)
    for (const [i, a] of words.entries())
      for (const b of words.slice(i + 1)) {
        const isSame = a.text === b.text && Math.abs(a.box.left - b.box.left) < 1
        if (!isSame && over(a.box, b.box, 0.22)) faults.add(`${id}: "${a.text}" lies on "${b.text}"`)
      }
    const messages = [...svg.querySelectorAll('g:not(.flight) > .message')].map((message) =>
      message.getBoundingClientRect(),
    )
    for (const number of svg.querySelectorAll('text.number'))
      if (messages.some((message) => over(number.getBoundingClientRect(), message, 0.1)))
        faults.add(`${id}: the number ${number.textContent} lies under a message`)
  }
  return [...faults]
}

/** In the page: paragraphs that end with a colon and have a pane between them and what they announce. */
function cutAnnouncements(): readonly string[] {
  return [...document.querySelectorAll('.gmq-section-text > p + :is(.gmq-code, table, ul, ol)')].flatMap((thing) => {
    const words = thing.previousElementSibling as HTMLElement
    const pane = thing.closest('.gmq-section')?.querySelector('.gmq-section-pane')?.getBoundingClientRect().top
    const [from, to] = [words.getBoundingClientRect().bottom, thing.getBoundingClientRect().top]
    const isCut = pane !== undefined && pane >= from - 1 && pane < to
    return isCut && words.innerText.trim().endsWith(':') ? [`a pane stands behind “${words.innerText.slice(-60)}”`] : []
  })
}

/** In the page: controls of a pane whose focus ring is cut off above or below by what they stand in. */
function cutRings(host: Element): readonly string[] {
  const faults: string[] = []
  for (const control of host.querySelectorAll<HTMLElement>('button, input, select')) {
    if (control.offsetParent === null || control.matches(':disabled')) continue
    control.focus()
    const { outlineWidth, outlineOffset } = getComputedStyle(control)
    const out = Number.parseFloat(outlineWidth) + Number.parseFloat(outlineOffset)
    const box = control.getBoundingClientRect()
    for (let around = control.parentElement; around !== null && host.contains(around); around = around.parentElement) {
      if (getComputedStyle(around).overflowY === 'visible') continue
      const edge = around.getBoundingClientRect()
      if (box.top - out < edge.top - 0.5 || box.bottom + out > edge.bottom + 0.5)
        faults.push(control.getAttribute('aria-label') ?? control.innerText)
    }
  }
  return faults
}
