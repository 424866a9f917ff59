/**
 * A hand at a page that is measured, and what the page notes about itself: answers to presses, long tasks, frames. Shared by the
 * benches of panes and of the playground.
 */
import type { CDPSession, Page } from 'playwright-core'
import type { Figure } from './figure.ts'

/** How many times slower the processor is while answers are measured. */
export const SLOWER_CPU = 4
const ANSWER_GOAL_MS = 100

/** What the page notes about itself: answers to presses and long tasks, in ms. */
interface Noted {
  readonly answers: { readonly name: string; readonly ms: number }[]
  readonly tasks: number[]
}

/** Runs in the page: notes the answers to presses (Event Timing) and the tasks of over 50 ms. */
export function noteTimes(): void {
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
export async function take(page: Page): Promise<{ readonly answer: number; readonly task: number }> {
  await page.waitForTimeout(400)
  return page.evaluate(() => {
    const { noted } = globalThis as unknown as { noted: Noted }
    const answer = Math.max(0, ...noted.answers.splice(0).map(({ ms }) => ms))
    return { answer, task: Math.max(0, ...noted.tasks.splice(0)) }
  })
}

/**
 * Presses by place, and waits by a selector: a driver's own searches (by role, by text) run in the page, take as long there as
 * the answers that are measured, and would be measured with them.
 */
export class Hand {
  private readonly page: Page
  private readonly pane: string

  /** `pane` is the selector of the pane whose buttons are pressed. */
  constructor(page: Page, pane: string) {
    this.page = page
    this.pane = pane
  }

  /** Presses the first button whose name begins so. The errors of its search are the page's. */
  press(name: string): Promise<void> {
    return this.pressAt('button', name)
  }

  /** Presses the first element of a kind whose name begins so. */
  async pressAt(selector: string, name = ''): Promise<void> {
    const { x, y } = await this.placeOf(selector, name)
    await this.page.mouse.move(x, y)
    await this.page.mouse.down()
    await this.page.mouse.up()
  }

  /** The middle of the first element of a kind whose name begins so, in the window. */
  placeOf(selector: string, name = ''): Promise<{ x: number; y: number; width: number }> {
    return this.page.evaluate(
      ([pane, what, text]) => {
        for (const one of document.querySelectorAll<HTMLElement>(`${pane} ${what}`)) {
          const { left, top, width, height } = one.getBoundingClientRect()
          const named = one.getAttribute('aria-label') ?? one.textContent?.trim() ?? ''
          if (width > 0 && named.startsWith(text!)) return { x: left + width / 2, y: top + height / 2, width }
        }
        throw new Error(`The pane ${pane} shows no ${what} named ${text}.`)
      },
      [this.pane, selector, name] as const,
    )
  }

  /** Waits until the pane shows a thing, with a text in it. */
  async sees(selector: string, text = ''): Promise<void> {
    await this.page.waitForFunction(
      ([what, part]) => document.querySelector(what!)?.textContent?.includes(part!) === true,
      [`${this.pane} ${selector}`, text] as const,
    )
  }

  /** The reader's mouse comes to the picture, which is drawn then. */
  async takesHold(): Promise<void> {
    const { x, y } = await this.placeOf('.canvas')
    await this.page.mouse.move(x, y)
    await this.sees('svg.fig-live')
  }
}

/** Slows the processor of a page so many times; 1: not at all. */
export const slow = (cdp: CDPSession, rate: number) => cdp.send('Emulation.setCPUThrottlingRate', { rate })

/** Frames that the page shows in a time, and the main thread's work in each. */
export async function frames(
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

/** An answer to a press as a figure. `ms` 0: too short for the browser to note. */
export function answer(what: string, ms: number, note: string): Figure {
  return {
    what: `answer: ${what}`,
    value: ms === 0 ? 'under 16 ms' : `${Math.round(ms)} ms`,
    goal: `under ${ANSWER_GOAL_MS} ms`,
    met: ms < ANSWER_GOAL_MS,
    note,
  }
}
