/**
 * The playground in Chromium: an hour of virtual time at fifty messages a second on four brokers for eight consumers. How much memory
 * it takes, how smoothly it moves, and how long each input takes.
 *
 * Memory is measured after a forced collection. The heap of the page has a goal. The worker holds the simulated disks, which grow by
 * what the brokers store; its own heap grows with their pages, by about an eighth of it. Work of an input is script, style and layout
 * on the page's thread, as processor time, so that it depends little on what else the machine does; the answer is what a reader
 * feels, with the processor slowed.
 */
import { loadavg } from 'node:os'
import type { CDPSession, Page } from 'playwright-core'
import { browserMissing, openSite, type Site } from '../support/browser.ts'
import { type Bench, type Figure, median } from './figure.ts'
import { answer, frames, Hand, noteTimes, SLOWER_CPU, slow, take } from './hand.ts'

const CAST = [
  'namesrv:namesrv',
  ...['a', 'b', 'c', 'd'].map((letter) => `broker:broker-${letter}`),
  'producer:shop,r50',
  'group:billing,m8,s20',
]
const ADDRESS = `/playground/#1;s21;${CAST.join(';')};t4000`
const HOUR_MIN = 60
const LOOK_MIN = 10
/** Ten virtual minutes take at most so long on a machine that is busy with other things. */
const LOOK_MAX_MS = 900_000
const FRAMES_MS = 10_000
const FRAMES_GOAL = 594
const WORK_GOAL_MS = 100
/** The heap of the page is at most so many times that of the first look, when its history is full. */
const GROWTH_GOAL = 1.1
const SCRUB_MOVES = 20
const MB = 1_000_000
/** An input that can be repeated is made so often: what was killed is started again. */
const TIMES = 4
const ONCE = ['choose a broker', 'play', 'pause', 'to the end', 'to the end again', 'close']

export const playgroundBench: Bench = {
  name: 'playground',
  about: `an hour at 50 messages a second, 4 brokers, 8 consumers: memory, frames, inputs with the processor slowed ${SLOWER_CPU} times`,
  missing: async () => browserMissing(),
  async run(say) {
    const site = await openSite()
    try {
      const context = await site.browser.newContext({ viewport: { width: 1440, height: 900 } })
      const page = await context.newPage()
      await page.addInitScript(noteTimes)
      const cdp = await context.newCDPSession(page)
      await cdp.send('Performance.setTimeDomain', { timeDomain: 'threadTicks' })
      await cdp.send('Performance.enable')
      await page.goto(`${site.origin}${ADDRESS}`)
      await page.waitForFunction(() => document.querySelector('output.now')?.textContent?.startsWith('0:04') === true)
      const figures = [...(await moves(page, say))]
      say('inputs in the first minute')
      figures.push(...(await inputs(page, cdp, 'young run', say)))
      figures.push(...(await hour(site, page, cdp, say)))
      say('inputs after an hour')
      figures.push(...(await inputs(page, cdp, 'after an hour', say)))
      return figures
    } finally {
      await site.close()
    }
  },
}

/** Ten seconds at 1×. */
async function moves(page: Page, say: (line: string) => void): Promise<Figure[]> {
  say('ten seconds at 1×')
  const hand = new Hand(page, '.playground')
  const idle = await frames(page, 2_000)
  await hand.press('Play')
  const played = await frames(page, FRAMES_MS)
  await hand.press('Pause')
  const shown = Math.round((played.count * FRAMES_MS) / Math.max(FRAMES_MS, played.tookMs))
  return [
    {
      what: '1×: frames in 10 s',
      value: String(shown),
      goal: `at least ${FRAMES_GOAL}`,
      met: shown >= FRAMES_GOAL,
      note: `an idle page shows ${Math.round((idle.count * FRAMES_MS) / idle.tookMs)} here; load of the machine ${loadavg()[0]!.toFixed(1)}`,
    },
    {
      what: '1×: work of a frame',
      value: `${played.work95.toFixed(1)} ms`,
      goal: 'under 8 ms',
      met: played.work95 < 8,
      note: `95 % of frames; median ${median(played.work).toFixed(1)} ms`,
    },
  ]
}

/** Plays an hour as fast as this machine can, and looks at the memory every ten virtual minutes. */
async function hour(site: Site, page: Page, cdp: CDPSession, say: (line: string) => void): Promise<Figure[]> {
  const hand = new Hand(page, '.playground')
  const worker = await workerOf(site)
  await page.selectOption('.speed select', '64')
  await hand.press('Play')
  let firstPage = 0
  const figures: Figure[] = []
  for (let minute = LOOK_MIN; minute <= HOUR_MIN; minute += LOOK_MIN) {
    await page.waitForFunction(
      (min) => {
        // `12:34` or `1:00:00`
        const parts = (document.querySelector('output.now')?.textContent ?? '').split(':').map(Number)
        return (parts.length === 3 ? 60 * parts[0]! + parts[1]! : parts[0]!) >= min
      },
      minute,
      { polling: 500, timeout: LOOK_MAX_MS },
    )
    const [inPage, inWorker] = [await memory((method) => cdp.send(method as never)), await memory(worker)]
    if (minute === LOOK_MIN) firstPage = inPage.heap
    const note = `worker ${mb(inWorker.heap)}; the simulated disks hold ${mb(inWorker.buffers)}`
    say(`minute ${minute}: page ${mb(inPage.heap)}, ${note}`)
    figures.push({
      what: `heap of the page at minute ${minute}`,
      value: mb(inPage.heap),
      ...(minute === LOOK_MIN
        ? { goal: '' }
        : { goal: `at most ${mb(firstPage * GROWTH_GOAL)}`, met: inPage.heap <= firstPage * GROWTH_GOAL }),
      note,
    })
  }
  await hand.press('Pause')
  await page.selectOption('.speed select', '1')
  return figures
}

/** What a press of each kind costs: processor time, and the answer with the processor slowed. */
async function inputs(page: Page, cdp: CDPSession, when: string, say: (line: string) => void): Promise<Figure[]> {
  const hand = new Hand(page, '.playground')
  const figures: Figure[] = []
  const kinds: readonly (readonly [string, () => Promise<void>])[] = [
    ['choose a broker', () => hand.pressAt('[data-node="broker-b"]')],
    ['kill it or start it by key', () => page.keyboard.press('k')],
    ['play', () => hand.press('Play')],
    ['pause', () => hand.press('Pause')],
    ['step', () => page.keyboard.press('.')],
    ['step back', () => page.keyboard.press(',')],
    ['to the end', () => hand.press('To the end')],
    ['scrub', () => scrub(page, hand)],
    ['to the end again', () => hand.press('To the end')],
    ['follow a message', () => hand.pressAt('.cells .cell:nth-child(9)')],
    ['close', () => page.keyboard.press('Escape')],
  ]
  for (const rate of [1, SLOWER_CPU]) {
    await slow(cdp, rate)
    for (const [what, work] of kinds) {
      const [works, answers]: [number[], number[]] = [[], []]
      await take(page)
      for (let i = 0; i < (ONCE.includes(what) ? 1 : TIMES); i++) {
        const before = await busyMs(cdp)
        await work()
        answers.push((await take(page)).answer)
        works.push((await busyMs(cdp)) - before)
      }
      if (rate > 1) {
        const note = `worst of ${answers.length}; load of the machine ${loadavg()[0]!.toFixed(1)}`
        const figure = answer(`${what}, ${when}`, Math.max(...answers), note)
        figures.push(figure)
        say(`${figure.what}: ${figure.value}`)
        continue
      }
      // a drag is as many inputs as it has moves
      const ms = (median(works) * SLOWER_CPU) / (what === 'scrub' ? SCRUB_MOVES : 1)
      figures.push({
        what: `work: ${what}, ${when}`,
        value: `${Math.round(ms)} ms`,
        goal: `under ${WORK_GOAL_MS} ms`,
        met: ms < WORK_GOAL_MS,
        note: `script, style and layout in 0.4 s, times ${SLOWER_CPU}; median of ${works.length}`,
      })
      say(`${figures.at(-1)!.what}: ${figures.at(-1)!.value}`)
    }
  }
  await slow(cdp, 1)
  return figures
}

/** Drags the moment of the run back and a little forward again. */
async function scrub(page: Page, hand: Hand): Promise<void> {
  const { x, y, width } = await hand.placeOf('.scrub input')
  const right = x + width / 2 - 10
  await page.mouse.move(right, y)
  await page.mouse.down()
  for (const to of [right - width / 4, right - width / 8]) await page.mouse.move(to, y, { steps: SCRUB_MOVES / 2 })
  await page.mouse.up()
}

/** Script, style and layout of the page so far, in ms of its thread's processor time. */
async function busyMs(cdp: CDPSession): Promise<number> {
  const { metrics } = await cdp.send('Performance.getMetrics')
  const parts = ['ScriptDuration', 'RecalcStyleDuration', 'LayoutDuration']
  return 1_000 * metrics.reduce((sum, { name, value }) => (parts.includes(name) ? sum + value : sum), 0)
}

type Ask = (method: string) => Promise<unknown>

/** The memory of one heap after a forced collection, in bytes. */
async function memory(ask: Ask): Promise<{ readonly heap: number; readonly buffers: number }> {
  await ask('HeapProfiler.collectGarbage')
  const usage = (await ask('Runtime.getHeapUsage')) as { usedSize: number; backingStorageSize: number }
  return { heap: usage.usedSize, buffers: usage.backingStorageSize }
}

/** Asks the page's worker by DevTools. */
async function workerOf(site: Site): Promise<Ask> {
  const browser = await site.browser.newBrowserCDPSession()
  const { targetInfos } = await browser.send('Target.getTargets', { filter: [{ type: 'worker' }] })
  const { sessionId } = await browser.send('Target.attachToTarget', {
    targetId: targetInfos[0]!.targetId,
    flatten: false,
  })
  const waiting = new Map<number, (result: unknown) => void>()
  browser.on('Target.receivedMessageFromTarget', ({ message }) => {
    const { id, result } = JSON.parse(message) as { id?: number; result?: unknown }
    if (id !== undefined) waiting.get(id)?.(result)
  })
  let id = 0
  return (method) =>
    new Promise((resolve) => {
      waiting.set(++id, resolve)
      void browser.send('Target.sendMessageToTarget', { sessionId, message: JSON.stringify({ id, method }) })
    })
}

function mb(bytes: number): string {
  return `${(bytes / MB).toFixed(1)} MB`
}
