/**
 * Every chapter's figures and every lab's checks, once, in a browser that is not Chromium.
 *
 * One walk for all engines, each in a test file of its own so that they can walk side by side: a pane of each passage comes to
 * life and is stepped by mouse and key, a node is killed in the first pane that offers it, a door of the text opens its moment;
 * a lab takes its solution and judges it as Node does. What an engine lacks is skipped under its name.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LABS } from '../../../labs/find.ts'
import { answerFiles } from '../../../labs/runtime/lab-files.ts'
import { isWritten, rooms } from '../../../site/lib/rooms.ts'
import { browserMissing, openSite, type Site } from '../../support/browser.ts'
import { type Engine, type EnginePage, until } from './engine.ts'

const chapters = rooms().filter(isWritten)

/** The walk as tests, under the name of its engine. */
export function walk(engine: Engine): void {
  const missing = engine.missing || browserMissing()
  describe.skipIf(missing !== '')(`${engine.name}${missing === '' ? '' : ` (skipped: ${missing})`}`, () => {
    let site: Site
    let page: EnginePage
    beforeAll(async () => {
      site = await openSite()
      page = await engine.open()
    })
    afterAll(async () => {
      await page?.close()
      await site?.close()
    })

    for (const chapter of chapters) {
      it(`plays the panes of chapter ${chapter.number}, and kills a node in one`, async () => {
        await page.goto(`${site.origin}/chapters/${chapter.slug}/`)
        await page.evaluate(WATCH_ERRORS)
        const panes = await page.evaluate<string[]>(
          `[...document.querySelectorAll('.gmq-pane-host')].map((one) => one.id)`,
        )
        expect(panes.length).toBeGreaterThan(0)
        for (const id of panes) await playPane(page, id)
        await killInAPane(page, panes)
        await openDoor(page)
        expect(await page.evaluate('window.walkErrors')).toEqual([])
      })
    }

    for (const lab of LABS) {
      it(`judges the solution of the lab ${lab.id}`, async () => {
        await page.goto(`${site.origin}/labs/${lab.id}/`)
        await page.evaluate(WATCH_ERRORS)
        await until(page, 'the lab is ready', `document.querySelector('.bench[data-boot=ready]')`)
        for (const [path, text] of answerFiles(lab, 'solution')) await typeFile(page, path, text)
        expect(await check(page), await page.evaluate(VERDICTS)).toEqual(lab.checks.map(() => 'passed'))
        expect(await page.evaluate('window.walkErrors')).toEqual([])
      })
    }
  })
}

/** From now on `window.walkErrors` holds what went wrong in the page. */
const WATCH_ERRORS = `(() => {
  window.walkErrors = []
  addEventListener('error', (event) => window.walkErrors.push(event.message))
  addEventListener('unhandledrejection', (event) => window.walkErrors.push(String(event.reason)))
  return true
})()`

/** What the page says beside the checks and of each of them, for the message of a failure. */
const VERDICTS = `[...document.querySelectorAll('.notice, .checks')].map((one) => one.innerText).join('\\n')`

const button = (id: string, label: string) => `#${id} button[aria-label="${label}"]`
const said = (page: EnginePage, id: string) => page.evaluate<string>(`document.querySelector('#${id} .said').innerText`)

async function playPane(page: EnginePage, id: string): Promise<void> {
  await page.evaluate(
    `document.getElementById('${id}').scrollIntoView({ block: 'center', behavior: 'instant' }) ?? true`,
  )
  await until(page, `${id} is live`, `document.querySelector('#${id} .pane:not(.waiting)')`)
  await until(page, `${id} can be used`, `document.querySelector('${button(id, 'Step')}:not(:disabled)')`)
  await page.click(button(id, 'To the beginning'))
  const first = await said(page, id)
  await page.click(button(id, 'Step'))
  await until(
    page,
    `${id} says the next step`,
    `document.querySelector('#${id} .said').innerText !== ${JSON.stringify(first)}`,
  )
  await page.evaluate(`document.querySelector('#${id} input[type=range]').focus() ?? true`)
  await page.press('ArrowLeft')
  await until(
    page,
    `${id} is at its beginning again`,
    `document.querySelector('#${id} .said').innerText === ${JSON.stringify(first)}`,
  )
  await page.click(button(id, 'To the end'))
}

async function killInAPane(page: EnginePage, panes: readonly string[]): Promise<void> {
  for (const id of panes) {
    await page.click(`#${id} button[data-opens="inspector"]`)
    await until(page, `${id} shows what can be done`, `document.querySelector('#${id} .inspector')`)
    const kill = `[...document.querySelectorAll('#${id} button')].find((one) => /^Kill /.test(one.getAttribute('aria-label') ?? one.textContent))`
    if (!(await page.evaluate<boolean>(`${kill} !== undefined`))) continue
    await page.evaluate(`${kill}.click() ?? true`)
    await until(
      page,
      `${id} runs on without the node`,
      `/killed/.test(document.querySelector('#${id} .said').innerText)`,
    )
    await until(
      page,
      `${id} says whose run this is`,
      `/Your run: kill/.test(document.getElementById('${id}').innerText)`,
    )
    return
  }
  throw new Error(`no pane of ${panes.join(', ')} offers to kill a node`)
}

async function openDoor(page: EnginePage): Promise<void> {
  const fragment = await page.evaluate<string>(
    `(() => { const door = document.querySelector('.gmq-section-text a.gmq-door'); door.click(); return door.hash })()`,
  )
  await until(page, 'the door’s moment is in the address', `location.hash === ${JSON.stringify(fragment)}`)
}

async function check(page: EnginePage): Promise<string[]> {
  await page.click('button.check')
  await until(
    page,
    'the checks have run',
    `!document.querySelector('.checks .running') && /^\\d+ of \\d+ passed$/.test(document.querySelector('.score')?.textContent.trim() ?? '')`,
  )
  return page.evaluate(`[...document.querySelectorAll('.checks > li')].map((one) => one.className.split(' ')[0])`)
}

/** Puts a text in place of a file, as a paste over everything does. */
async function typeFile(page: EnginePage, path: string, text: string): Promise<void> {
  const tab = `[...document.querySelectorAll('.editor-pane [role=tab]')].find((one) => one.textContent.includes(${JSON.stringify(path)}))`
  await page.evaluate(`${tab}.click() ?? true`)
  await until(
    page,
    `${path} is shown`,
    `${tab}.getAttribute('aria-selected') === 'true' && document.querySelector('.cm-content')`,
  )
  // a line and not the whole text: the middle of a long file lies outside of what is seen, and nobody can click there
  await page.click('.cm-line')
  await page.evaluate(`(() => {
    const editor = document.querySelector('.cm-content')
    editor.focus()
    document.execCommand('selectAll')
    document.execCommand('insertText', false, ${JSON.stringify(text)})
    return true
  })()`)
  await until(page, `${path} is saved`, `/^saved$/.test(document.querySelector('.saved')?.textContent.trim() ?? '')`)
}
