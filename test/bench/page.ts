/**
 * What a reader feels: how long the page takes to answer a press, how smoothly a crowd moves, how a run of hours opens, with the
 * processor slowed four times. In Chromium, on the built book.
 */
import { loadavg } from 'node:os'
import type { CDPSession, Page } from 'playwright-core'
import { browserMissing, openSite } from '../support/browser.ts'
import { type Bench, type Figure, median } from './figure.ts'

const SLOWER_CPU = 4
const ANSWER_GOAL_MS = 100
const TASK_GOAL_MS = 100
const FRAMES_GOAL = 594
const PLAY_MS = 10_000

/** What the page notes about itself: answers to presses and long tasks, in ms. */
interface Noted {
  readonly answers: { readonly name: string; readonly ms: number }[]
  readonly tasks: number[]
}

export const pageBench: Bench = {
  name: 'page',
  about: `panes with the processor slowed ${SLOWER_CPU} times: answers to presses, a run of five hours, a thousand messages`,
  missing: async () => browserMissing(),
  async run(say) {
    const site = await openSite()
    try {
      const context = await site.browser.newContext({ viewport: { width: 1440, height: 900 } })
      const page = await context.newPage()
      await page.addInitScript(noteTimes)
      const cdp = await context.newCDPSession(page)
      const figures: Figure[] = []
      say('presses in chapter 1')
      figures.push(...(await presses(page, cdp, `${site.origin}/chapters/roles/`)))
      say('a run of five hours')
      figures.push(...(await hours(page, cdp, `${site.origin}/authors/`)))
      say('a thousand messages')
      figures.push(...(await crowd(page, `${site.origin}/authors/`)))
      return figures
    } finally {
      await site.close()
    }
  },
}

/** Runs in the page: notes the answers to presses (Event Timing) and the tasks of over 50 ms. */
function noteTimes(): void {
  const noted: Noted = { answers: [], tasks: [] }
  Object.assign(globalThis, { noted })
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries() as (PerformanceEntry & { interactionId?: number })[])
      if ((entry.interactionId ?? 0) > 0) noted.answers.push({ name: entry.name, ms: entry.duration })
  }).observe({ type: 'event', buffered: true, durationThreshold: 16 } as PerformanceObserverInit)
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) noted.tasks.push(entry.duration)
  }).observe({ type: 'longtask', buffered: true })
}

/** What was noted since the last call. */
async function take(page: Page): Promise<{ readonly answer: number; readonly task: number }> {
  await page.waitForTimeout(400)
  return page.evaluate(() => {
    const { noted } = globalThis as unknown as { noted: Noted }
    const answer = Math.max(0, ...noted.answers.splice(0).map(({ ms }) => ms))
    return { answer, task: Math.max(0, ...noted.tasks.splice(0)) }
  })
}

const slow = (cdp: CDPSession, rate: number) => cdp.send('Emulation.setCPUThrottlingRate', { rate })

/** The worst answer to each kind of press, of several. */
async function presses(page: Page, cdp: CDPSession, url: string): Promise<Figure[]> {
  await page.goto(url, { waitUntil: 'networkidle' })
  const pane = page.locator('#fig-roles-journey-kept')
  await pane.scrollIntoViewIfNeeded()
  await pane.locator('.canvas').hover()
  await pane.locator('svg.fig-live').waitFor()
  await pane.locator('[data-engine=here]').waitFor()
  await slow(cdp, SLOWER_CPU)
  await take(page)
  const load = loadavg()[0]!.toFixed(1)
  const button = (name: string | RegExp) => pane.getByRole('button', { name, exact: true })
  const figures: Figure[] = []
  const measure = async (what: string, work: () => Promise<void>, times = 3) => {
    const all: number[] = []
    for (let i = 0; i < times; i++) {
      await work()
      all.push((await take(page)).answer)
    }
    figures.push(
      answer(
        what,
        Math.max(...all),
        `worst of ${times}, median ${Math.round(median(all))} ms; load of the machine ${load}`,
      ),
    )
  }
  await measure('step', () => button('Step').click(), 5)
  await measure('step back', () => button('Step back').click(), 5)
  const slider = pane.getByRole('slider', { name: 'Time' })
  await measure('scrub', async () => {
    const box = (await slider.boundingBox())!
    await page.mouse.move(box.x + 20, box.y + box.height / 2)
    await page.mouse.down()
    await page.mouse.move(box.x + box.width - 20, box.y + box.height / 2, { steps: 20 })
    await page.mouse.up()
  })
  const door = page.locator('a.gmq-door:visible').first()
  await measure('door', async () => {
    // a reader who presses it has it before him: scrolling there is not part of the answer
    await door.scrollIntoViewIfNeeded()
    await take(page)
    await door.click()
  })
  await pane.scrollIntoViewIfNeeded()
  await button('To the beginning').click()
  await measure('open the inspector', async () => {
    await button('Act').click()
    await pane.locator('.inspector').waitFor()
    await page.keyboard.press('Escape')
  })
  await measure('kill', async () => {
    await button('Act').click()
    await button(/^Kill /)
      .first()
      .click()
    await pane.locator('.branch').waitFor()
    await button('Close').click()
    await button(/Show the text/).click()
  })
  await measure('fork: another seed', async () => {
    await button(/^More/).click()
    await button('Another seed').click()
    await pane.locator('.branch', { hasText: 'seed' }).waitFor()
    await button('Close').click()
    await button(/Show the text/).click()
  })
  await slow(cdp, 1)
  return figures
}

/** A run of five hours is opened, stepped and scrubbed. */
async function hours(page: Page, cdp: CDPSession, url: string): Promise<Figure[]> {
  await page.goto(url, { waitUntil: 'networkidle' })
  const pane = page.locator('#fig-authors-hours-lanes')
  await slow(cdp, SLOWER_CPU)
  await take(page)
  await pane.locator('.canvas').hover()
  await pane.locator('svg.fig-live').waitFor()
  const opened = await take(page)
  const slider = pane.getByRole('slider', { name: 'Time' })
  await slider.focus()
  for (let i = 0; i < 12; i++) await page.keyboard.press('ArrowRight')
  const stepped = await take(page)
  const box = (await slider.boundingBox())!
  await page.mouse.move(box.x + 10, box.y + box.height / 2)
  await page.mouse.down()
  for (const share of [1, 0.1, 0.8, 0])
    await page.mouse.move(box.x + 10 + share * (box.width - 20), box.y + 12, { steps: 15 })
  await page.mouse.up()
  const scrubbed = await take(page)
  await slow(cdp, 1)
  const startedMs = performance.now()
  await pane.getByRole('button', { name: 'Act', exact: true }).click()
  await pane.getByRole('button', { name: 'Kill shop', exact: true }).click()
  await pane.locator('.branch').waitFor()
  const forkMs = performance.now() - startedMs
  const acted = await take(page)
  return [
    task('five hours: opening', opened.task),
    task('five hours: stepping', stepped.task),
    task('five hours: scrubbing', scrubbed.task),
    answer('five hours: step', stepped.answer, 'worst of 12'),
    task('five hours: while a run is made', acted.task),
    {
      what: 'five hours: a run of the reader',
      value: `${(forkMs / 1_000).toFixed(1)} s`,
      goal: '',
      note: 'in the worker, not slowed',
    },
  ]
}

/** Ten seconds of a thousand messages on their way. */
async function crowd(page: Page, url: string): Promise<Figure[]> {
  await page.goto(url, { waitUntil: 'networkidle' })
  const pane = page.locator('#fig-authors-crowd-stage')
  await pane.locator('.canvas').hover()
  await pane.locator('svg.fig-live').waitFor()
  const idle = await frames(page, 2_000)
  await pane.getByRole('button', { name: 'Play', exact: true }).click()
  const played = await frames(page, PLAY_MS)
  const shown = Math.round((played.count * PLAY_MS) / Math.max(PLAY_MS, played.tookMs))
  return [
    {
      what: 'a thousand messages: frames in 10 s',
      value: String(shown),
      goal: `at least ${FRAMES_GOAL}`,
      met: shown >= FRAMES_GOAL,
      note: `an idle page shows ${Math.round((idle.count * PLAY_MS) / idle.tookMs)} here`,
    },
    {
      what: 'a thousand messages: work of a frame',
      value: `${played.work95.toFixed(1)} ms`,
      goal: 'under 8 ms',
      met: played.work95 < 8,
      note: `95 % of frames; median ${median(played.work).toFixed(1)} ms`,
    },
  ]
}

/** Frames that the page shows in a time, and the main thread's work in each. */
async function frames(
  page: Page,
  forMs: number,
): Promise<{ count: number; tookMs: number; work: number[]; work95: number }> {
  const { count, tookMs, work } = await page.evaluate(async (ms) => {
    const times: number[] = []
    const work: number[] = []
    const channel = new MessageChannel()
    const startedMs = performance.now()
    await new Promise<void>((done) => {
      const beat = (nowMs: number) => {
        times.push(nowMs)
        const began = performance.now()
        channel.port1.onmessage = () => work.push(performance.now() - began)
        // after every other callback of this frame, style, layout and paint
        channel.port2.postMessage(0)
        if (performance.now() - startedMs < ms) requestAnimationFrame(beat)
        else done()
      }
      requestAnimationFrame(beat)
    })
    return { count: times.length, tookMs: performance.now() - startedMs, work }
  }, forMs)
  const sorted = [...work].sort((a, b) => a - b)
  return { count, tookMs, work, work95: sorted[Math.floor(sorted.length * 0.95)] ?? 0 }
}

function answer(what: string, ms: number, note: string): Figure {
  return {
    what: `answer: ${what}`,
    value: ms === 0 ? 'under 16 ms' : `${Math.round(ms)} ms`,
    goal: `under ${ANSWER_GOAL_MS} ms`,
    met: ms < ANSWER_GOAL_MS,
    note,
  }
}

function task(what: string, ms: number): Figure {
  return {
    what,
    value: ms === 0 ? 'under 50 ms' : `${Math.round(ms)} ms`,
    goal: `under ${TASK_GOAL_MS} ms`,
    met: ms < TASK_GOAL_MS,
    note: 'longest task',
  }
}
