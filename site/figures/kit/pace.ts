/**
 * The pace map: from virtual time to playing time and back. Busy milliseconds are stretched until a hop can be followed,
 * idle stretches shrink to a breath and are marked as breaks.
 *
 * It is built from left to right: what has been shown keeps its pace, whatever comes later.
 */

import type { TraceEvent } from '../../../reference/host/trace.ts'
import { bisectRight } from './bisect.ts'

/** Playing time of one busy virtual millisecond: a hop of 1 to 3 ms takes 200 to 600 ms. */
const PLAY_MS_PER_MS = 200
/** A gap up to this long plays at that rate in full. */
const FULL_MS = 3
/** Playing time that a gap of any length takes at most. */
const GAP_PLAY_MS_MAX = 900
/** From this long on, a gap is a break in the axis. */
const BREAK_FROM_MS = 200

/** A stretch of time that was shortened. */
export interface Break {
  readonly fromMs: number
  readonly toMs: number
  /** Where it begins and ends in playing time. */
  readonly fromPlayMs: number
  readonly toPlayMs: number
}

export class PaceMap {
  readonly #times: number[] = [0]
  readonly #plays: number[] = [0]
  readonly breaks: readonly Break[]

  constructor(events: readonly TraceEvent[]) {
    const breaks: Break[] = []
    for (const { atMs } of events) {
      const last = this.#times.at(-1)!
      if (atMs <= last) continue
      const from = this.#plays.at(-1)!
      const to = from + playMsOf(atMs - last)
      if (atMs - last >= BREAK_FROM_MS) breaks.push({ fromMs: last, toMs: atMs, fromPlayMs: from, toPlayMs: to })
      this.#times.push(atMs)
      this.#plays.push(to)
    }
    this.breaks = breaks
  }

  /** Playing time of the whole run. */
  get lengthMs(): number {
    return this.#plays.at(-1)!
  }

  /** Playing time at a virtual time. */
  playMs(atMs: number): number {
    return between(this.#times, this.#plays, atMs)
  }

  /** Virtual time at a playing time. */
  atMs(playMs: number): number {
    return between(this.#plays, this.#times, playMs)
  }
}

function playMsOf(gapMs: number): number {
  if (gapMs <= FULL_MS) return gapMs * PLAY_MS_PER_MS
  return Math.min(GAP_PLAY_MS_MAX, FULL_MS * PLAY_MS_PER_MS + Math.log2(gapMs / FULL_MS) * 30)
}

/** The value over `x` of the line through the points; its ends where it ends. */
function between(xs: readonly number[], ys: readonly number[], x: number): number {
  const right = bisectRight(xs, x)
  if (right === 0) return ys[0]!
  if (right === xs.length) return ys.at(-1)!
  const [x0, x1, y0, y1] = [xs[right - 1]!, xs[right]!, ys[right - 1]!, ys[right]!]
  return y0 + ((x - x0) / (x1 - x0)) * (y1 - y0)
}
