/** The playground in Chromium: by mouse, by finger and by key; the same run as in Node; what is hostile is refused with a sentence. */
import type { BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readText, writeText } from '../../../site/playground/experiment/text.ts'
import { runTo } from '../../../site/playground/run/session.ts'
import { experimentOf, SITUATIONS } from '../../../site/playground/situations.ts'
import { seriousBarriers } from '../../support/axe.ts'
import { browserMissing, openSite, type Site } from '../../support/browser.ts'

/** A workbench, which is a page of the same kind. */
const LAB = '/labs/resume/'
const missing = browserMissing()
/** Nothing plays by itself: the tests say when time passes. */
const STILL: BrowserContextOptions = { reducedMotion: 'reduce', viewport: { width: 1440, height: 900 } }

describe.skipIf(missing !== '')(`the playground${missing === '' ? '' : ` (skipped: ${missing})`}`, () => {
  let site: Site
  beforeAll(async () => {
    site = await openSite()
  })
  afterAll(async () => {
    await site?.close()
  })

  async function withPlay<T>(
    address: string,
    options: BrowserContextOptions,
    work: (page: Page) => Promise<T>,
  ): Promise<T> {
    const context = await site.browser.newContext(options)
    try {
      const page = await context.newPage()
      const trouble: string[] = []
      page.on('pageerror', (error) => trouble.push(error.message))
      page.on('console', (message) => message.type() === 'error' && trouble.push(message.text()))
      await page.goto(`${site.origin}/playground/${address}`)
      await page.locator('.spot').first().waitFor()
      for (const y of [400, 420]) await page.mouse.move(2, y) // plots, lists and panels come at the first touch
      const result = await work(page)
      expect(trouble).toEqual([])
      return result
    } finally {
      await context.close()
    }
  }

  /** Waits until the page shows a moment of the run, such as `0:04.000`. */
  const atMoment = (page: Page, moment: string) => page.locator('output.now', { hasText: moment }).waitFor()
  const node = (page: Page, name: string) => page.locator(`[data-node="${name}"]`)
  const tile = async (page: Page, word: string) =>
    Number(
      (
        await page
          .locator('.tile', { has: page.locator(`dt:text-is("${word}")`) })
          .locator('dd')
          .first()
          .innerText()
      ).replace(/\D/g, ''),
    )

  it('is built and broken by mouse, and what is done in the past is another run, with the first one behind it', async () => {
    await withPlay('', STILL, async (page) => {
      await atMoment(page, '0:04.000')
      await page.locator('.told', { hasText: 'shop sends 10 messages a second into 8 queues' }).waitFor()
      await node(page, 'broker-a').click()
      await page.getByRole('button', { name: /^Kill/ }).click()
      await page.locator('.told', { hasText: 'broker-a is down' }).waitFor()
      // the question stays; what to try folds away
      expect(await page.locator('.question.brief summary').innerText()).toBe(SITUATIONS[0]!.question)
      expect(await page.locator('.events li.you').first().innerText()).toContain('kill -9 $(pgrep -f broker-a)')
      await page.getByRole('button', { name: /^Start again/ }).click()
      await page.getByRole('button', { name: 'Broker', exact: true }).click()
      await node(page, 'broker-c').waitFor()
      await page.locator('.events li.you').nth(2).waitFor()
      // what is chosen is the new broker; its queues are changed as an operator does it
      await page.getByRole('slider', { name: 'Queues of broker-c' }).press('ArrowRight')
      await page.locator('.events', { hasText: 'broker-c now has 5 queues' }).waitFor()
      // what somebody has been added to is the reader's own
      expect(await page.locator('.question.brief summary').innerText()).toBe('Your cluster')
      // a second earlier, a member dies
      await page.getByRole('slider', { name: 'Moment of the run' }).fill('3000')
      await atMoment(page, '0:03.000')
      await node(page, 'billing-1').click()
      await page.getByRole('button', { name: /^Kill/ }).click()
      await page.locator('.runs li').nth(1).waitFor()
      await page.locator('.ghost-key').waitFor()
      await page.locator('.later', { hasText: '0:04 broker-c starts with 4 queues of Orders' }).waitFor()
      await atMoment(page, '0:03.000')
      await page.locator('.runs li b', { hasText: 'billing-1 is killed at 3.0 s' }).waitFor()
      // the run before stands behind it: on the stage, in words and in the lanes
      await page.getByRole('button', { name: 'Step', exact: true }).click()
      await page.locator('.before', { hasText: 'In the run before: billing-1 runs' }).waitFor()
      expect(await page.locator('.play-svg .ghost').count()).toBeGreaterThan(0)
      await page.locator('.owners .own-ghost').nth(7).waitFor()
      await page.locator('.owners rect:not(.own-ghost)').nth(7).waitFor()
      await page.getByRole('slider', { name: 'Moment of the run' }).fill('3000')
      await page.getByRole('button', { name: 'To the end' }).waitFor()
      await page.locator('.runs button').first().click()
      await page.locator('.runs li b', { hasText: 'broker-c now has 5 queues' }).waitFor()
      expect(await seriousBarriers(page, '.playground')).toEqual([])
    })
  })

  it('has the run of Node, to the byte, and a message is followed to its bytes on the disk', async () => {
    const text =
      '1;s7;namesrv:namesrv;broker:broker-a,s1;producer:shop,r20,k4,h50;group:billing,m2,p7;@3000,kill,broker-a;@4000,restart,broker-a;t5000'
    await withPlay(`#${text}`, STILL, async (page) => {
      const hash = await page.locator('[data-hash$="at 0:05.000"]').textContent()
      expect(hash).toBe(`${(await runTo(readText(text), 5_000)).hash} at 0:05.000`)
      await page.locator('.cells button').nth(7).click()
      const panel = page.locator('.message-panel')
      await panel.locator('.story', { hasText: 'calls send()' }).waitFor()
      expect(await panel.locator('h2').innerText()).toMatch(/^shop-\d+$/)
      await panel.locator('.record summary').first().click()
      expect(await panel.locator('.record').first().innerText()).toMatch(/KEYS = shop-\d+/)
    })
  })

  it('goes on while it plays, as far as it is let, and not while it stands', async () => {
    await withPlay('#slow-consumer', STILL, async (page) => {
      await atMoment(page, '0:04.000')
      await page.locator('.speed select').selectOption('16')
      await page.getByRole('button', { name: 'Play' }).click()
      await page.locator('.told', { hasText: 'and more every second' }).waitFor()
      await page.getByRole('button', { name: 'Pause' }).click()
      const [sent, now] = [await tile(page, 'sent'), await page.locator('output.now').innerText()]
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))
      expect(await page.locator('output.now').innerText()).toBe(now)
      expect(sent).toBeGreaterThan(80)
      expect(await page.locator('.question a').getAttribute('href')).toMatch(/\/chapters\/rebalance\/$/)
    })
  })

  it('keeps the moment when a run is calculated again, and plays on from there', async () => {
    const text = '1;s4;namesrv:namesrv;broker:broker-a;producer:shop,r40;group:billing,m2;t20000'
    await withPlay(`#${text}`, STILL, async (page) => {
      await atMoment(page, '0:20.000')
      await page.getByRole('slider', { name: 'Moment of the run' }).fill('19000')
      await atMoment(page, '0:19.000')
      // the slider keeps its place beside the button that has come
      const [slider, end] = [page.locator('.scrub'), page.getByRole('button', { name: 'To the end' })]
      const width = (await slider.boundingBox())!.width
      await end.click()
      await atMoment(page, '0:20.000')
      expect((await slider.boundingBox())!.width).toBe(width)
      await page.getByRole('slider', { name: 'Moment of the run' }).fill('19000')
      await atMoment(page, '0:19.000')
      await node(page, 'broker-a').click()
      await page.locator('.node-panel').waitFor()
      // every moment that the page shows from now on
      const moments = await page.evaluateHandle(() => {
        const seen: string[] = []
        const now = document.querySelector('output.now')!
        new MutationObserver(() => seen.push(now.textContent!)).observe(now, { subtree: true, characterData: true })
        return seen
      })
      await page.keyboard.press('k')
      await page.getByRole('button', { name: 'Play' }).click()
      await page.locator('.runs li').nth(1).waitFor()
      await page.locator('output.now', { hasText: /^0:2/ }).waitFor()
      await page.getByRole('button', { name: 'Pause' }).click()
      const shown = await moments.jsonValue()
      expect(shown.length).toBeGreaterThan(2)
      expect(shown.filter((one) => !/^0:(19|2\d)\./.test(one))).toEqual([])
      await page.locator('.told', { hasText: 'broker-a is down' }).waitFor()
    })
  })

  it('begins empty, and what the reader builds and removes is his own', async () => {
    await withPlay('#empty', STILL, async (page) => {
      await atMoment(page, '0:01.000')
      const add = (name: string) =>
        page.getByRole('group', { name: 'Add to the cluster' }).getByRole('button', { name })
      for (const [kind, name] of [
        ['Broker', 'broker-a'],
        ['Producer', 'shop'],
        ['Group', 'billing'],
      ] as const) {
        await add(kind).click()
        await node(page, name).waitFor()
      }
      await page.keyboard.press('Escape')
      await page.locator('.question h2', { hasText: 'Your cluster' }).waitFor()
      expect(await page.locator('.situations [aria-pressed="true"]').count()).toBe(0)
      await node(page, 'billing').click()
      await page.getByRole('button', { name: 'Remove', exact: true }).click()
      await node(page, 'billing').waitFor({ state: 'detached' })
      await page.locator('.events', { hasText: 'billing is shut down in good order, and removed' }).waitFor()
    })
  })

  it('is used by keys alone', async () => {
    await withPlay('#dead-broker', STILL, async (page) => {
      await atMoment(page, '0:07.000')
      await node(page, 'broker-a').focus()
      await page.keyboard.press('Enter')
      await page.keyboard.press('k')
      await page.locator('.told', { hasText: 'broker-a is down' }).waitFor()
      expect(await node(page, 'broker-a').getAttribute('aria-label')).toContain('killed')
      // what a button does is said when it has the focus, and to a screen reader
      const again = page.getByRole('button', { name: /^Start again/ })
      await again.focus()
      await page
        .locator('.deed-says', { hasText: 'It starts with everything: the machine still has the' })
        .first()
        .waitFor()
      expect(await page.locator(`[id="${await again.getAttribute('aria-describedby')}"]`).textContent()).toMatch(
        /^It starts with everything: the machine still has the \d+ in memory\.$/,
      )
      await node(page, 'broker-a').focus()
      await page.keyboard.press('k')
      await page.locator('[data-node="broker-a"]:not([aria-label*="killed"])').waitFor()
      await page.keyboard.press('.')
      await page.locator('output.now:not(:text("0:07.000"))').waitFor()
      await page.keyboard.press(']')
      expect(await page.locator('.speed select').inputValue()).toBe('2')
      await page.keyboard.press('Escape')
      await page.locator('.node-panel').waitFor({ state: 'detached' })
    })
  })

  it('is used by finger on a telephone: nothing sticks out, and what is chosen stands above the time', async () => {
    await withPlay(
      '',
      { ...STILL, viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
      async (page) => {
        await atMoment(page, '0:04.000')
        expect(
          await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth),
        ).toBe(0)
        await node(page, 'billing').tap()
        const panel = page.locator('.node-panel')
        await panel.waitFor()
        const [question, stage] = [page.locator('.question'), page.locator('.stage')]
        expect((await question.boundingBox())!.y).toBeLessThan((await stage.boundingBox())!.y)
        const chosen = (await node(page, 'billing').boundingBox())!
        expect(chosen.y + chosen.height).toBeLessThanOrEqual((await panel.boundingBox())!.y)
        const [box, time] = [(await panel.boundingBox())!, (await page.locator('.time').boundingBox())!]
        expect(box.y + box.height).toBeLessThanOrEqual(time.y + 1)
        expect(time.y + time.height).toBeLessThanOrEqual(845)
        await panel.getByRole('button', { name: 'Stop all members' }).tap()
        await page.locator('.told', { hasText: 'billing-1, billing-2 and billing-3 have been stopped' }).waitFor()
        const small = await page
          .locator('.time button, .deed, .add, .chip')
          .evaluateAll(
            (all) => all.filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 43.5).length,
          )
        expect(small).toBe(0)
        expect(await seriousBarriers(page, '.playground')).toEqual([])
      },
    )
  })

  it('leads to the rest of the book by a menu on a telephone, as other pages do, by finger and by key', async () => {
    const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }
    const context = await site.browser.newContext(phone)
    try {
      const page = await context.newPage()
      const menu = page.locator('#site-menu')
      for (const path of ['/', '/playground/', LAB]) {
        await page.goto(site.origin + path)
        expect(await menu.isVisible()).toBe(false)
        await page.getByRole('button', { name: 'Menu', exact: true }).tap()
        await menu.waitFor()
        expect(await menu.locator('a').allInnerTexts()).toEqual(['Contents', 'Labs', 'Playground', 'Glossary'])
        for (const link of await menu.locator('a').all()) {
          const box = (await link.boundingBox())!
          expect(box.height).toBeGreaterThanOrEqual(43.5)
          expect(box.x + box.width).toBeLessThanOrEqual(390)
        }
        await page.keyboard.press('Escape')
        await menu.waitFor({ state: 'hidden' })
      }
      await page.getByRole('button', { name: 'Menu', exact: true }).focus()
      await page.keyboard.press('Enter')
      for (let i = 0; i < 3; i++) await page.keyboard.press('Tab')
      await page.keyboard.press('Enter')
      await page.waitForURL(/\/playground\/$/)
      // pages with contents have them above the chapters
      for (const path of ['/labs/', '/chapters/roles/']) {
        await page.goto(site.origin + path)
        await page.locator('.menu-button').tap()
        await page.locator('.rooms').waitFor()
        expect(await page.locator('.rooms a:visible').allInnerTexts()).toHaveLength(4)
      }
    } finally {
      await context.close()
    }
  })

  it.each([
    ['#1;producer:shop,r9999', 'from 0 to 200'],
    ['#<script>alert(1)</script>', 'does not begin like an experiment'],
  ])('a hostile link %s is refused with a sentence, and the first situation is there', async (hash, part) => {
    await withPlay(hash, STILL, async (page) => {
      expect(await page.getByRole('alert').innerText()).toContain(part)
      await atMoment(page, '0:04.000')
    })
  })

  it('stands in somebody’s page: stage, time and ledger, and nothing else', async () => {
    await withPlay('?embed#power-cut', { ...STILL, viewport: { width: 960, height: 640 } }, async (page) => {
      await atMoment(page, '0:07.000')
      // stage, counters and strip are of one moment, also where no group waits
      for (const atMs of [6_000, 6_500]) {
        await page.getByRole('slider', { name: 'Moment of the run' }).fill(String(atMs))
        await atMoment(page, `0:0${(atMs / 1_000).toFixed(3)}`)
        const { totals } = (await runTo(experimentOf(SITUATIONS.at(-1)!), atMs)).state
        const counted = async () => [await tile(page, 'sent'), await tile(page, 'stored')]
        await expect.poll(counted, { timeout: 60_000 }).toEqual([totals.asked, totals.stored])
        expect(await page.locator('.cell.stored').count()).toBeGreaterThan(50)
      }
      expect(
        await page
          .locator('header.header, .situations, .events, .plots')
          .evaluateAll((all) => all.filter((one) => one.getClientRects().length > 0).length),
      ).toBe(0)
      await node(page, 'broker-a').click()
      await page.getByRole('button', { name: /^Cut power/ }).click()
      await page.locator('.told', { hasText: 'broker-a is down' }).waitFor()
    })
  })

  it('gives a reopened link its question again, and heals a cut with one button', async () => {
    const cut = SITUATIONS.find(({ id }) => id === 'cut')!
    await withPlay(`#${writeText({ ...experimentOf(cut), atMs: 9_000 })}`, STILL, async (page) => {
      await atMoment(page, '0:09.000')
      expect(await page.locator('.question h2').innerText()).toBe(cut.question)
      await page.locator('.told', { hasText: 'broker-b and billing-2 are cut off' }).waitFor()
      await page.getByRole('button', { name: 'Heal the cut' }).click()
      await page.locator('.heal').waitFor({ state: 'detached' })
    })
  })

  it('is found from the top of every page, and every situation by its name', async () => {
    await withPlay('', STILL, async (page) => {
      expect(await page.locator('.situations li button').allInnerTexts()).toEqual(SITUATIONS.map(({ title }) => title))
      // the last one is beyond the edge of the row, until all are asked for
      const last = page.locator('.situations li button').last()
      const isOut = async () =>
        (await last.boundingBox())!.x > (await page.locator('.situations .more').boundingBox())!.x
      expect(await isOut()).toBe(true)
      await page.getByRole('button', { name: `all ${SITUATIONS.length} situations` }).click()
      expect(await isOut()).toBe(false)
      await page.locator('.speed select').selectOption('8')
      for (const situation of SITUATIONS.slice(-3)) {
        await page.getByRole('button', { name: situation.title, exact: true }).click()
        await page.locator('.question h2', { hasText: situation.question }).waitFor()
        const { atMs } = experimentOf(situation)
        await atMoment(page, `0:0${atMs / 1_000}.000`)
      }
      expect(await page.locator('.speed select').inputValue()).toBe('1')
      expect(await page.locator('.site-nav a', { hasText: 'Playground' }).getAttribute('href')).toMatch(
        /\/playground\/$/,
      )
    })
  })
})
