/**
 * Which tests and campaigns reach which places of the reference: as V8 counts it, while each of them runs once without a
 * mistake. What does not reach a mistake cannot notice it, and needs not run.
 */
import { Session } from 'node:inspector'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'

/** What looks for mistakes: a test file by its path, or a campaign by its name. */
export interface Watcher {
  readonly kind: 'test' | 'campaign'
  readonly name: string
  /** How long it took: all of a test file, or one seed of a campaign, on average. */
  readonly ms: number
  /** The files of the reference it ran, each with the stretches of text that ran: begin, end, begin, end, … */
  readonly reached: Readonly<Record<string, readonly number[]>>
}

/** One stretch of a file and how often it ran, as V8 reports it: an inner one counts instead of the one around it. */
export interface Range {
  readonly startOffset: number
  readonly endOffset: number
  readonly count: number
}

/** Turns V8's nested ranges of one file into the stretches that ran, in order, without overlap. */
export function stretches(ranges: readonly Range[]): readonly number[] {
  const ordered = [...ranges].sort((a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset)
  const found: number[] = []
  const open: Range[] = []
  let at = 0
  const upTo = (end: number) => {
    const inner = open.at(-1)
    if (inner !== undefined && inner.count > 0 && end > at) {
      if (found.at(-1) === at) found[found.length - 1] = end
      else found.push(at, end)
    }
    at = Math.max(at, end)
  }
  const closeBefore = (offset: number) => {
    for (let inner = open.at(-1); inner !== undefined && inner.endOffset <= offset; inner = open.at(-1)) {
      upTo(inner.endOffset)
      open.pop()
    }
  }
  for (const range of ordered) {
    closeBefore(range.startOffset)
    upTo(range.startOffset)
    open.push(range)
  }
  closeBefore(Infinity)
  return found
}

/** True when one of the stretches holds the place. */
export function isReached(all: readonly number[] = [], offset: number): boolean {
  for (let at = 0; at < all.length; at += 2) if (all[at]! <= offset && offset < all[at + 1]!) return true
  return false
}

/**
 * Makes V8 count every call, at half the speed. The optimizing compilers copy a short function into its callers, and no longer
 * count its calls: such a function would seem not to be reached.
 */
export function countEveryCall(): void {
  for (const flag of ['--no-opt', '--no-maglev']) setFlagsFromString(flag)
}

/** Counts what runs in this process. */
export class Counter {
  readonly #session = new Session()
  readonly #root: string

  /** `root` is the folder that holds `reference/`. */
  constructor(root: string) {
    this.#root = root
    this.#session.connect()
    this.#ask('Profiler.enable')
    this.#ask('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  }

  /** What of the reference ran since the last time. */
  take(): Readonly<Record<string, readonly number[]>> {
    const { result } = this.#ask('Profiler.takePreciseCoverage') as {
      result: readonly { url: string; functions: readonly { ranges: readonly Range[] }[] }[]
    }
    const ranges = new Map<string, Range[]>()
    for (const { url, functions } of result) {
      if (!url.startsWith('file:')) continue
      const file = relative(this.#root, fileURLToPath(url.replace(/\?.*$/, '')))
      if (!file.startsWith('reference/')) continue
      const all = ranges.get(file) ?? []
      for (const one of functions) all.push(...one.ranges)
      ranges.set(file, all)
    }
    return Object.fromEntries(
      [...ranges].map(([file, all]) => [file, stretches(all)] as const).filter(([, found]) => found.length > 0),
    )
  }

  #ask(method: string, params: object = {}): unknown {
    let answer: unknown
    this.#session.post(method, params, (error, result) => {
      if (error !== null) throw error
      answer = result
    })
    return answer
  }
}
