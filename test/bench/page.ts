/**
 * What a reader feels: how long the page takes to answer a press, how smoothly a crowd moves, how a run of hours opens, with the
 * processor slowed four times. In Chromium, on the built book.
 */
import { loadavg } from 'node:os'
import type { CDPSession, Page } from 'playwright-core'
import { browserMissing, openSite } from '../support/browser.ts'
import { type Bench, type Figure, median } from './figure.ts'
import { answer, frames, Hand, noteTimes, SLOWER_CPU, slow, take } from './hand.ts'

const TASK_GOAL_MS = 100
const FRAMES_GOAL = 594
const PLAY_MS = 10_000
/** A key that is held down repeats about thirty times a second. */
const KEY_REPEAT_MS = 33

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

/** The worst answer to each kind of press, of several. */
async function presses(page: Page, cdp: CDPSession, url: string): Promise<Figure[]> {
  await page.goto(url, { waitUntil: 'networkidle' })
  const pane = page.locator('#fig-roles-journey-kept')
  const hand = new Hand(page, '#fig-roles-journey-kept')
  await pane.scrollIntoViewIfNeeded()
  await hand.takesHold()
  await hand.sees('[data-engine=here]')
  await slow(cdp, SLOWER_CPU)
  await take(page)
  const load = loadavg()[0]!.toFixed(1)
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
  await measure('step', () => hand.press('Step'), 5)
  await measure('step back', () => hand.press('Step back'), 5)
  await measure('scrub', async () => {
    const { x, y, width } = await hand.placeOf('input[type=range]')
    await page.mouse.move(x - width / 2 + 20, y)
    await page.mouse.down()
    await page.mouse.move(x + width / 2 - 20, y, { steps: 20 })
    await page.mouse.up()
  })
  const door = page.locator('a.gmq-door:visible').first()
  await measure('door', async () => {
    // a reader who presses it has it before him: scrolling there is not part of the answer
    await door.scrollIntoViewIfNeeded()
    const box = (await door.boundingBox())!
    await take(page)
    await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2)
  })
  await pane.scrollIntoViewIfNeeded()
  await hand.press('To the beginning')
  await measure('open the inspector', async () => {
    await hand.press('Act')
    await hand.sees('.inspector')
    await page.keyboard.press('Escape')
  })
  await measure('kill', async () => {
    await hand.press('Act')
    await hand.sees('.inspector')
    await hand.press('Kill ')
    await hand.sees('.branch')
    await hand.press('Close')
    await hand.press('Show the text')
  })
  await measure('fork: another seed', async () => {
    await hand.press('More')
    await hand.sees('.more')
    await hand.press('Another seed')
    await hand.sees('.branch', 'seed')
    await hand.press('Close')
    await hand.press('Show the text')
  })
  await slow(cdp, 1)
  return figures
}

/** A run of five hours is opened, stepped and scrubbed. */
async function hours(page: Page, cdp: CDPSession, url: string): Promise<Figure[]> {
  await page.goto(url, { waitUntil: 'networkidle' })
  const pane = page.locator('#fig-authors-hours-lanes')
  const hand = new Hand(page, '#fig-authors-hours-lanes')
  await pane.scrollIntoViewIfNeeded()
  await page.waitForLoadState('networkidle')
  await slow(cdp, SLOWER_CPU)
  await take(page)
  await hand.takesHold()
  const opened = await take(page)
  const slider = await hand.placeOf('input[type=range]')
  await page.mouse.click(slider.x - slider.width / 2 + 10, slider.y)
  await take(page)
  for (let i = 0; i < 12; i++) {
    await page.keyboard.press('ArrowRight')
    await page.waitForTimeout(KEY_REPEAT_MS)
  }
  const stepped = await take(page)
  const left = slider.x - slider.width / 2 + 10
  await page.mouse.move(left, slider.y)
  await page.mouse.down()
  for (const share of [1, 0.1, 0.8, 0])
    await page.mouse.move(left + share * (slider.width - 20), slider.y, { steps: 15 })
  await page.mouse.up()
  const scrubbed = await take(page)
  await slow(cdp, 1)
  const startedMs = performance.now()
  await hand.press('Act')
  await hand.sees('.inspector')
  await hand.press('Kill shop')
  await hand.sees('.branch')
  const forkMs = performance.now() - startedMs
  const acted = await take(page)
  return [
    task('five hours: opening', opened.task),
    task('five hours: stepping', stepped.task),
    task('five hours: scrubbing', scrubbed.task),
    answer('five hours: step', stepped.answer, 'worst of 12, thirty a second'),
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
  const hand = new Hand(page, '#fig-authors-crowd-stage')
  await page.locator('#fig-authors-crowd-stage').scrollIntoViewIfNeeded()
  await page.waitForLoadState('networkidle')
  await hand.takesHold()
  const idle = await frames(page, 2_000)
  await hand.press('Play')
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

function task(what: string, ms: number): Figure {
  return {
    what,
    value: ms === 0 ? 'under 50 ms' : `${Math.round(ms)} ms`,
    goal: `under ${TASK_GOAL_MS} ms`,
    met: ms < TASK_GOAL_MS,
    note: 'longest task',
  }
}
