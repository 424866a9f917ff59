/**
 * Lab 1 as a learner meets it: failing checks that say why, a repair that is typed, hints, the solution, the file to hand
 * in; and what must not go wrong: lost text, a page that hangs, a lab that needs the network.
 */
import { readFileSync } from 'node:fs'
import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runFragment, runOfCheck } from '../../../labs/grader/schema/run-link.ts'
import { parseSubmission, submittedFiles } from '../../../labs/grader/schema/submission.ts'
import { lab } from '../../../labs/lost-address/lab.ts'
import { clockText } from '../../../labs/runtime/failure-texts.ts'
import { answerFiles } from '../../../labs/runtime/lab-files.ts'
import { seriousBarriers } from '../../support/axe.ts'
import { browserMissing, openSite, type Site } from '../../support/browser.ts'
import { DEMO, practiceOf } from '../../support/lost-address.ts'
import { shortened } from '../../support/shortened.ts'
import { openEditor, typeFile } from '../../support/workbench.ts'

const PATH = '/labs/lost-address/'
const CODE = 'advertised-address.ts'
const CONF = 'broker.conf'
const { a: A, b: B, topic: TOPIC } = DEMO
const ALL = (verdict: string) => lab.checks.map(() => verdict)
const starter = answerFiles(lab, 'starter')
const solution = answerFiles(lab, 'solution')
const missing = browserMissing()

describe.skipIf(missing !== '')(`lab 1 in a browser${missing === '' ? '' : ` (skipped: ${missing})`}`, () => {
  let site: Site
  beforeAll(async () => {
    site = await openSite()
  })
  afterAll(async () => {
    await site?.close()
  })

  /** A fresh learner: nothing typed before. */
  async function withLab<T>(
    work: (page: Page, context: BrowserContext) => Promise<T>,
    options: BrowserContextOptions = {},
    before: (page: Page, context: BrowserContext) => Promise<unknown> = async () => {},
  ): Promise<T> {
    const context = await site.browser.newContext({ viewport: { width: 1440, height: 900 }, ...options })
    try {
      const page = await context.newPage()
      const errors: string[] = []
      page.on('pageerror', (error) => errors.push(error.message))
      await before(page, context)
      await open(page)
      const result = await work(page, context)
      expect(errors).toEqual([])
      return result
    } finally {
      await context.close()
    }
  }

  async function open(page: Page, query = ''): Promise<void> {
    await page.goto(site.origin + PATH + query)
    await page.locator('.bench:not([data-boot=starting])').waitFor()
  }

  const tab = (page: Page, path: string) => page.locator('.editor-pane [role=tab]', { hasText: path })
  const text = (page: Page) =>
    page.locator(':is(.cm-line, .still-line)').evaluateAll((all) => all.map((one) => one.textContent).join('\n'))
  const saved = (page: Page) => page.locator('.saved', { hasText: /^saved$/ }).waitFor()

  async function check(page: Page): Promise<string[]> {
    await page.locator('button.check').click()
    await page.locator('.score', { hasText: /^\d of \d passed$/ }).waitFor()
    await page.locator('.checks .running').waitFor({ state: 'detached' })
    const said = await page.locator('.notice').allInnerTexts()
    expect(await page.locator('.checks > .open').count(), `every check has a verdict; ${said.join(' ')}`).toBe(0)
    return page.locator('.checks > li').evaluateAll((all) => all.map((one) => one.className.split(' ')[0]!))
  }

  it('a link to somebody’s run shows that run, and his code only when it is wanted', async () => {
    const theirs = answerFiles(lab, 'wrong/read-only')
    const run = runOfCheck(lab, 'both.serve', 'ab'.repeat(16), theirs, starter)
    await withLab(async (page) => {
      const away = () => page.goto('about:blank')
      await away()
      await page.goto(`${site.origin}${PATH}${runFragment(run)}`)
      await page.locator('.bench .verdict', { hasText: /not one of \d+ orders went to/ }).waitFor()
      expect(await text(page)).toBe(starter.get(CONF))
      await page.getByRole('button', { name: 'Put its code into the editor' }).click()
      await page.locator('.still-line, .cm-line').filter({ hasText: 'brokerPermission = 4' }).waitFor()
      await page.getByRole('heading', { name: 'A run that you were given' }).waitFor({ state: 'detached' })
      // a link that was cut says so, and the lab opens
      await away()
      await page.goto(`${site.origin}${PATH}${runFragment(run)!.slice(0, 60)}`)
      await page.getByRole('alert').filter({ hasText: 'the link was cut or changed' }).waitFor()
      await page.locator('.bench[data-boot=ready]').waitFor()
    })
  })

  it('a link to a shortest run shows that run, at the event that fails', async () => {
    const seed = 'cd'.repeat(16)
    const { whole, short } = await shortened(lab, 'starter', 'move.again', seed)
    expect(short!.atMs).toBeLessThan(whole.result.atMs)
    const run = runOfCheck(lab, 'move.again', seed, starter, starter, short)
    await withLab(async (page) => {
      await page.goto('about:blank')
      await page.goto(`${site.origin}${PATH}${runFragment(run)}`)
      await page.locator('.bench .verdict', { hasText: short!.sentence }).waitFor()
      expect(await page.locator('.time-bar').textContent()).toContain(clockText(short!.atMs))
      const scale = page.locator('.time-bar input[type=range]')
      expect(await scale.inputValue(), 'nothing comes after it').toBe(await scale.getAttribute('max'))
    })
  })

  it('the list of labs leads to it', async () => {
    const page = await site.browser.newPage()
    await page.goto(`${site.origin}/labs/`)
    await page.getByRole('link', { name: lab.title }).click()
    await page.locator('.bench[data-boot=ready]').waitFor()
    expect(new URL(page.url()).pathname).toBe(PATH)
    await page.close()
  })

  it('fails its checks as it is first seen, each with a sentence of what happened', async () => {
    await withLab(async (page) => {
      expect(await check(page)).toEqual(ALL('failed'))
      const there = practiceOf('route.reachable')
      const sentences = await page.locator('.checks .sentence').allTextContents()
      expect(sentences).toHaveLength(5)
      expect(sentences[0]).toMatch(
        new RegExp(`${there.b.brokerName} is registered at ${there.oldAddress}:\\d+, where nobody answers`),
      )
      expect(sentences[1]).toMatch(/acknowledged orders were not delivered within 45 s/)
      expect(await page.locator('[role=status]').last().textContent()).toMatch(
        /^0 of 5 checks passed\. Every broker of the cluster can be used: .* is registered at /,
      )
    })
  })

  it('keeps back what must be found out, and says when a question comes too early', async () => {
    await withLab(async (page) => {
      await page.locator('.bench[data-boot=ready]').waitFor()
      const picture = () => page.locator('.glass-cluster svg').innerHTML()
      const ask = async (command: string) => {
        const before = await page.locator('.answers pre.answer').count()
        await page.locator('#console-input').fill(command)
        await page.keyboard.press('Enter')
        await page.waitForFunction((n) => document.querySelectorAll('.answers pre.answer').length > n, before)
      }
      await page.getByLabel('Speed').selectOption('100')
      await page.locator('.words', { hasText: 'running' }).waitFor()
      expect(await page.locator('.ghost').count(), 'nobody has asked yet').toBe(0)
      expect(await picture()).not.toContain('10.77.0.9')
      expect(await page.locator('.log').textContent(), 'logs of machines are opened, not told').not.toContain(
        '10.77.0.9',
      )
      await ask('clusterList')
      await page.locator('.ghost', { hasText: '10.77.0.9' }).first().waitFor()
      expect(await page.locator('.answers pre.note').count()).toBe(0)
      // once more from the beginning, and asked at once
      await page.getByLabel('Speed').selectOption('0.01')
      await page.getByRole('button', { name: 'Start anew' }).click()
      await page.locator('.node-table tr', { hasText: 'admin' }).locator('.state', { hasText: 'running' }).waitFor()
      await ask('clusterList')
      expect(await page.locator('.answers pre.note').last().textContent()).toMatch(
        /Asked while the story is still being told .* Wait until the time bar says “running”/,
      )
    })
  })

  it('passes when the repair is typed, and then the solution is open', async () => {
    await withLab(async (page) => {
      // the line of the old address, by hand
      await openEditor(page)
      await page.locator('.cm-line', { hasText: 'brokerIP1 = 10.77.0.9' }).click()
      await page.keyboard.press('Home')
      await page.keyboard.press('Shift+End')
      await page.keyboard.press('Delete')
      // the code: an import above, another word in one line
      await tab(page, CODE).click()
      await page.locator('.cm-content').click()
      await page.keyboard.press('Control+Home')
      await page.keyboard.type("import { ownHostName } from '../host/program-args.ts'\n")
      await page.locator('.cm-line', { hasText: 'const reachableHost' }).click()
      await page.keyboard.press('End') // of the row; lines wrap
      await page.keyboard.press('End') // of the line
      for (let i = 0; i < 'config.bindAddress'.length; i++) await page.keyboard.press('Backspace')
      await page.keyboard.type('ownHostName(host)')
      await saved(page)
      expect(await page.locator('.stale').textContent()).toBe('runs older code')
      expect(await page.locator('.task button', { hasText: CODE }).count(), 'the solution is not open yet').toBe(0)
      expect(await check(page)).toEqual(ALL('passed'))
      await page.locator('.task button', { hasText: CODE }).click()
      const sides = await page.locator('dialog.solution .cm-content').allInnerTexts()
      expect(sides).toHaveLength(2)
      expect(sides[0]).toContain("import { ownHostName } from '../host/program-args.ts'")
      await page.locator('dialog.solution button', { hasText: 'Use it' }).click()
      await page.locator('dialog.solution button', { hasText: 'Back to mine' }).click()
      await page.locator('dialog.solution button', { hasText: 'Back to mine' }).waitFor({ state: 'detached' })
      await page.keyboard.press('Escape')
      expect(await text(page)).toContain('import { ownHostName }')
      // the cluster anew, with the repair, in the middle of the first story: the console finds the broker that moved
      await page.getByLabel('Speed').selectOption('100')
      await page.getByRole('button', { name: 'Start anew' }).click()
      await page.locator('.words', { hasText: 'running' }).waitFor()
      expect(await page.locator('.answers pre').count(), 'the first story has nothing more to say').toBe(0)
      await page.locator('#console-input').fill('clusterList')
      await page.keyboard.press('Enter')
      expect(await page.locator('.answers pre.answer').last().textContent()).toMatch(
        new RegExp(`${B.brokerName} +0 +${B.machine}:\\d+ +\\S+ +\\S+ +\\S+ +true`),
      )
    })
  })

  it('keeps what was typed over a reload, resets one file, and takes the reset back', async () => {
    await withLab(async (page) => {
      await typeFile(page, CONF, '# mine, and it does not even parse ][\n')
      await page.reload()
      await page.locator('.bench[data-boot=ready]').waitFor()
      expect(await text(page)).toContain('# mine, and it does not even parse ][')
      await page.getByRole('button', { name: 'Reset file' }).click()
      await page.getByRole('button', { name: 'Undo reset' }).waitFor()
      expect((await text(page)).trim()).toBe(starter.get(CONF)!.trim())
      await page.getByRole('button', { name: 'Undo reset' }).click()
      await page.getByRole('button', { name: 'Undo reset' }).waitFor({ state: 'detached' })
      expect(await text(page)).toContain('# mine')
      await saved(page)
      await page.reload()
      await page.locator('.bench[data-boot=ready]').waitFor()
      expect(await text(page)).toContain('# mine')
    })
  })

  it('gives hints one by one, and the solution after three attempts and the last hint', async () => {
    await withLab(async (page) => {
      await check(page)
      const first = page.locator('.checks > li').first()
      const hints = lab.hints['route.reachable']!
      for (let i = 0; i < hints.length; i++) {
        expect(await first.locator('.hints li').allTextContents()).toEqual(hints.slice(0, i))
        await first.getByRole('button', { name: /int/ }).click()
      }
      expect(await first.locator('.hints li').allTextContents()).toEqual(hints)
      expect(await first.getByRole('button', { name: /int/ }).count()).toBe(0)
      expect(await page.locator('.task').textContent()).toContain('Attempts so far: 1')
      await check(page)
      expect(await page.locator('dialog.solution').count()).toBe(0)
      await check(page)
      expect(await page.locator('dialog.solution').count()).toBe(1)
    })
  })

  it('hands in a file that the grader’s reader takes, and asks for the name once', async () => {
    await withLab(async (page) => {
      await typeFile(page, CODE, solution.get(CODE)!)
      await check(page)
      await page.getByRole('button', { name: 'Hand in', exact: true }).click()
      await page.getByLabel('Your name or e-mail').fill('ada@uni.example')
      const save = async (press: () => Promise<void>) => {
        const [download] = await Promise.all([page.waitForEvent('download'), press()])
        expect(download.suggestedFilename()).toBe('ada@uni.example.lost-address.glassmq.json')
        return parseSubmission(readFileSync((await download.path())!))
      }
      const { submission, flags } = await save(() => page.getByRole('button', { name: 'Save the file' }).click())
      expect(flags).toEqual([])
      expect(submission.lab).toMatchObject({ id: 'lost-address', version: lab.version })
      expect(submittedFiles(submission).get(CODE)).toBe(solution.get(CODE))
      expect(submission.claimed?.checks.map(({ verdict }) => verdict)).toContain('failed')
      await save(() => page.getByRole('button', { name: 'Hand in', exact: true }).click())
    })
  })

  it('stops a loop without end, says which node it was, keeps the text and lives on', async () => {
    await withLab(async (page) => {
      await typeFile(page, CODE, 'export function advertisedAddress() {\n  for (;;) {}\n}\n')
      await page.locator('button.check').click()
      await page.locator('.notice').waitFor({ timeout: 10_000 })
      expect(await page.locator('.notice').textContent()).toMatch(
        /[a-z]+-\d\d did not return from .* at 00:00\.\d{3}\. Your code is saved/,
      )
      await typeFile(page, CODE, solution.get(CODE)!)
      await page.getByRole('button', { name: 'Run again' }).click()
      await page.locator('.bench[data-boot=ready]').waitFor()
      expect(await check(page)).toContain('passed')
      await page.reload()
      await page.locator('.bench[data-boot=ready]').waitFor()
      await tab(page, CODE).click()
      expect(await text(page)).toContain('ownHostName')
    })
  })

  it('shows the line of a syntax error, and names what a node does not have', async () => {
    await withLab(async (page) => {
      await typeFile(page, CODE, 'const a = 1\nconst b = Math.random()\nfunction (\n')
      expect(await page.locator('.errors').textContent()).toMatch(/^line 3: /)
      await page.locator('.cm-lint-marker-error').waitFor()
      await page.locator('.cm-lint-marker-warning').waitFor()
      await check(page)
      expect(await page.locator('.sentence').first().textContent()).toMatch(/^advertised-address\.ts line 3: /)
    })
  })

  it('lets learner code reach neither network nor storage', async () => {
    const probe = `export function advertisedAddress(host: { name: string }) {
      const found = [typeof fetch, typeof indexedDB, typeof caches, typeof XMLHttpRequest, typeof importScripts, typeof BroadcastChannel]
      import('${'/leak.js'}').catch(() => {})
      return found.every((one) => one === 'undefined') ? host.name + ':1' : 'reached:1'
    }`
    const asked: string[] = []
    await withLab(
      async (page) => {
        await typeFile(page, CODE, probe)
        await page.getByLabel('Speed').selectOption('100')
        await page.getByRole('button', { name: 'Start anew' }).click()
        await page.getByRole('combobox', { name: /^Log of/ }).selectOption('all')
        await page.locator('.log', { hasText: `registered as ${A.machine}:1 ` }).waitFor()
        expect(await page.locator('.log').textContent()).not.toContain('reached')
      },
      {},
      async (page) => page.on('request', (request) => asked.push(request.url())),
    )
    expect(asked.filter((url) => url.includes('leak'))).toEqual([])
  })

  it('works without a network once it has started, and asks nobody else for anything', async () => {
    const elsewhere: string[] = []
    await withLab(
      async (page, context) => {
        await page.locator('.bench[data-boot=ready]').waitFor()
        await page.waitForLoadState('networkidle')
        await context.setOffline(true)
        expect(await check(page)).toEqual(ALL('failed'))
        await page.getByRole('button', { name: 'Show this run' }).first().click()
        await page.locator('.ghost').waitFor()
        await page.getByRole('button', { name: 'Back to the cluster' }).click()
        await typeFile(page, CODE, 'export function advertisedAddress() { for (;;) {} }')
        await page.locator('button.check').click()
        await page.locator('.notice').waitFor()
        for (const [path, content] of solution) await typeFile(page, path, content)
        await page.getByRole('button', { name: 'Run again' }).click()
        await page.locator('.notice').waitFor({ state: 'detached' })
        expect(await check(page)).toEqual(ALL('passed'))
        await page.locator('.task button', { hasText: CODE }).click()
        await page.locator('dialog.solution .cm-content').first().waitFor()
        await page.keyboard.press('Escape')
        // WebContainer needs a network: it says so, and the page goes on
        await page.locator('.runtime label', { hasText: 'WebContainer' }).click()
        expect(await page.locator('.notice').textContent()).toContain('you are offline')
        await page.getByRole('button', { name: 'Run in this page' }).click()
        await page.locator('.bench[data-boot=ready]').waitFor()
        expect(await check(page)).toContain('passed')
      },
      {},
      async (page) =>
        page.on('request', (request) => {
          const { protocol, origin } = new URL(request.url())
          if (!['data:', 'blob:'].includes(protocol) && origin !== site.origin) elsewhere.push(request.url())
        }),
    )
    expect(elsewhere).toEqual([])
  })

  it('shows the cluster: nodes can be killed, cut off and healed, and the log and the console tell', async () => {
    await withLab(async (page) => {
      await page.getByLabel('Speed').selectOption('100')
      await page.locator('.words', { hasText: 'running' }).waitFor()
      const row = (node: string) => page.locator('.node-table tr', { hasText: node })
      expect(await page.locator('.glass-cluster svg').getAttribute('aria-label')).toMatch(
        /billing \(consumer\): [1-7] consumed/,
      )
      await row(A.machine).getByRole('button', { name: 'Kill' }).click()
      await row(A.machine).locator('.state', { hasText: 'killed' }).waitFor()
      await row(A.machine).getByRole('button', { name: 'Restart' }).click()
      await row(A.machine).locator('.state', { hasText: 'running' }).waitFor()
      await row('shop').getByRole('button', { name: 'Cut' }).click()
      await page.locator('.frost').first().waitFor()
      await row('shop').getByRole('button', { name: 'Heal' }).click()
      await page.locator('.frost').first().waitFor({ state: 'detached' })
      await page.getByRole('button', { name: /^topicRoute/ }).waitFor({ state: 'detached' })
      await page.locator('#console-input').fill(`send ${TOPIC} hello`)
      await page.keyboard.press('Enter')
      await page.locator('.answers pre', { hasText: /SEND_OK, [a-z]+/ }).waitFor()
      await page.locator('#console-input').fill('noSuchCommand')
      await page.keyboard.press('Enter')
      await page.locator('.answers pre').last().waitFor()
      await page.getByRole('combobox', { name: /^Log of/ }).selectOption('node:billing')
      expect(await page.locator('.log').textContent()).toContain('cannot connect to 10.77.0.9')
    })
  })

  it('lets time stand, go on by one event, and be dragged back', async () => {
    await withLab(async (page) => {
      await page.getByLabel('Speed').selectOption('100')
      await page.locator('.words', { hasText: 'running' }).waitFor()
      await page.getByRole('button', { name: 'Pause' }).click()
      await page.locator('.words', { hasText: 'time stands' }).waitFor()
      const count = async () => Number(/of (\d+)/.exec((await page.locator('.words').textContent())!)![1])
      const before = await count()
      await page.getByRole('button', { name: 'Step' }).click()
      await page.locator('.words', { hasText: `of ${before}` }).waitFor({ state: 'detached' })
      expect(await count()).toBeGreaterThan(before)
      const bar = page.getByLabel('Place in the run')
      await bar.focus()
      await page.keyboard.press('Home')
      await page.locator('.words', { hasText: 'looking back' }).waitFor()
      expect(await page.locator('.glass-cluster svg').getAttribute('aria-label')).toBe('No node has started yet.')
      for (let i = 0; i < 4; i++) await page.keyboard.press('ArrowRight')
      expect(await page.locator('.glass-cluster svg').getAttribute('aria-label')).toContain(
        `${A.machine} (broker): starting`,
      )
      await page.getByRole('button', { name: 'Play' }).click()
      await page.locator('.words', { hasText: 'running' }).waitFor()
    })
  })

  it('says before the first keystroke that nothing can be kept', async () => {
    const refuse = () => {
      IDBFactory.prototype.open = () => {
        throw new DOMException('refused', 'SecurityError')
      }
    }
    await withLab(
      async (page) => {
        expect(await page.locator('.banner').textContent()).toContain('does not let the page store anything')
        expect(await page.locator('.saved').textContent()).toBe('not kept')
        expect(await check(page)).toContain('failed')
      },
      {},
      (page) => page.addInitScript(refuse),
    )
  })

  it('starts no node after a run that closed the page, and says so', async () => {
    await withLab(async (page, context) => {
      await typeFile(page, CONF, '# before the crash\n')
      const crashed = page.waitForEvent('crash')
      page.goto('chrome://crash').catch(() => {})
      await crashed
      const again = await context.newPage()
      await again.goto(site.origin + PATH)
      await again.locator('.bench[data-boot=held]').waitFor()
      expect(await again.locator('.notice').textContent()).toContain('The last run ended badly: it closed this page')
      expect(await text(again)).toContain('# before the crash')
      await again.getByRole('button', { name: 'Start the nodes' }).click()
      await again.locator('.bench[data-boot=ready]').waitFor()
    })
  })

  it('is reached by keyboard: F6 walks the panes, Esc and Tab leave the editor', async () => {
    await withLab(async (page) => {
      const pane = () => page.evaluate(() => document.activeElement?.closest('.pane')?.id ?? '')
      const walked: string[] = []
      for (let i = 0; i < 6; i++) {
        await page.keyboard.press('F6')
        await page.waitForFunction(
          (last) => (document.activeElement?.closest('.pane')?.id ?? '') !== last,
          walked.at(-1) ?? '',
        )
        walked.push(await pane())
      }
      expect(walked).toEqual(['pane-task', 'pane-code', 'pane-cluster', 'pane-log', 'pane-console', 'pane-task'])
      await page.keyboard.press('F6')
      await page.waitForFunction(() => document.activeElement?.classList.contains('cm-content'))
      await page.keyboard.press('Tab')
      expect(await text(page), 'Tab indents').toMatch(/^ {2}# broker/)
      await page.keyboard.press('Escape')
      await page.keyboard.press('Tab')
      expect(await page.evaluate(() => document.activeElement?.classList.contains('cm-content'))).toBe(false)
    })
  })

  for (const [width, height] of [[1440, 900], [390, 844]] as const) {
    it(`has no barrier for assistive technology at ${width} px, light and dark`, async () => {
      await withLab(
        async (page) => {
          await check(page)
          await page.getByRole('button', { name: /^Hint/ }).first().click()
          const tabs = width < 900 ? ['task', 'code', 'cluster', 'log'] : ['']
          for (const name of tabs) {
            if (name !== '') await page.locator(`#bench-tab-${name}`).click()
            expect(await seriousBarriers(page), name).toEqual([])
            expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), name).toBeLessThanOrEqual(0)
          }
        },
        { viewport: { width, height } },
      )
    })
  } // biome-ignore format: short

  it('shows one part at a time on a telephone', async () => {
    await withLab(
      async (page) => {
        const shown = () =>
          page
            .locator('.bench .pane')
            .evaluateAll((all) => all.filter((one) => (one as HTMLElement).offsetParent !== null).map(({ id }) => id))
        expect(await shown()).toEqual(['pane-task'])
        await page.locator('#bench-tab-code').click()
        expect(await shown()).toEqual(['pane-code'])
        await page.keyboard.press('ArrowRight')
        expect(await shown()).toEqual(['pane-cluster'])
        await page.locator('#bench-tab-log').click()
        expect(await shown()).toEqual(['pane-log', 'pane-console'])
        await page.locator('#bench-tab-task').click()
        await check(page)
        await page.getByRole('button', { name: 'Show this run' }).first().click()
        expect(await shown()).toEqual(['pane-cluster'])
      },
      { viewport: { width: 390, height: 844 }, hasTouch: true },
    )
  })

  it('without JavaScript shows the task and says what is needed', async () => {
    const context = await site.browser.newContext({ javaScriptEnabled: false })
    const page = await context.newPage()
    await page.goto(site.origin + PATH)
    expect(await page.locator('.before-bench').innerText()).toContain(lab.task)
    expect(await page.locator('.before-bench').innerText()).toContain('This lab needs JavaScript')
    await context.close()
  })
})
