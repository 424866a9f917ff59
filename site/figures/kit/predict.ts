/**
 * Whether a guess at a run was right. Pure: a guess, what was asked, and the run of the reader go in; what is true and a verdict come out.
 */
import { ask } from './ask.ts'
import type { EventLog } from './log.ts'
import { countAt } from './passage.ts'
import type { FigureSpec } from './types.ts'
import { valuesAt, type What } from './views/plot.ts'

/** What is guessed. */
export type Guess =
  | {
      readonly of: 'choice'
      readonly truth: string
      readonly choices: readonly { readonly text: string; readonly is: string | number | boolean }[]
    }
  | { readonly of: 'number'; readonly truth: string; readonly unit: string; readonly within: number }
  | { readonly of: 'node'; readonly truth: string }
  | { readonly of: 'order'; readonly items: readonly { readonly text: string; readonly when: string }[] }
  | { readonly of: 'curve'; readonly what: What; readonly unit: string; readonly most: number }

/** What the run says to a guess. */
export interface Outcome {
  readonly isRight: boolean
  /** What happened, in words; '' for a curve, which is drawn. */
  readonly truth: string
  /** The curve of the run, at the times of the guess. */
  readonly curve: readonly number[]
}

/** Points of a curve that a reader draws. */
export const CURVE_POINTS = 12
/** A curve counts as right when it is off by no more than this share of the highest value, on average. */
const CURVE_OFF_MAX = 0.15

/** Times at which a drawn curve has its points: evenly over a passage. */
export function curveTimes(spec: FigureSpec, pane: string, log: EventLog): readonly number[] {
  const { from, to } = spec.passages[pane]!
  const timeOf = (count: number) => log.events[Math.max(0, Math.min(count, log.events.length) - 1)]!.atMs
  const fromMs = timeOf(countAt(log, from))
  const toMs = to === undefined ? log.events.at(-1)!.atMs : timeOf(countAt(log, to))
  return Array.from({ length: CURVE_POINTS }, (_, i) => fromMs + ((i + 1) * (toMs - fromMs)) / CURVE_POINTS)
}

/** The outcome of a guess: an index into the choices, a number, a node's name, indexes in the guessed order, or a curve. */
export function outcomeOf(
  guess: Guess,
  guessed: number | string | readonly number[],
  spec: FigureSpec,
  pane: string,
  log: EventLog,
): Outcome {
  switch (guess.of) {
    case 'choice': {
      const is = ask(log, guess.truth)
      const right = guess.choices.findIndex((one) => one.is === is)
      return { isRight: right === guessed && right >= 0, truth: guess.choices[right]?.text ?? String(is), curve: [] }
    }
    case 'number': {
      const is = Number(ask(log, guess.truth))
      return { isRight: Math.abs(Number(guessed) - is) <= guess.within, truth: `${is} ${guess.unit}`.trim(), curve: [] }
    }
    case 'node': {
      const is = String(ask(log, guess.truth))
      return { isRight: is === guessed, truth: is === '' ? 'nobody' : is, curve: [] }
    }
    case 'order':
      return orderOf(guess.items, guessed as readonly number[], log)
    case 'curve':
      return curveOf(guess, guessed as readonly number[], spec, pane, log)
  }
}

/** By the numbers that the questions answer; those of one number may stand in any order. What did not happen comes last. */
function orderOf(
  items: readonly { readonly text: string; readonly when: string }[],
  guessed: readonly number[],
  log: EventLog,
): Outcome {
  const times = items.map(({ when }) => {
    const at = ask(log, when)
    return typeof at === 'number' && at >= 0 ? at : Number.POSITIVE_INFINITY
  })
  const right = items.map((_, i) => i).sort((a, b) => times[a]! - times[b]! || a - b)
  const isRight = guessed.every((item, i) => i === 0 || times[guessed[i - 1]!]! <= times[item]!)
  return { isRight, truth: right.map((i) => items[i]!.text).join(', then '), curve: [] }
}

function curveOf(
  { what, most }: Guess & { of: 'curve' },
  guessed: readonly number[],
  spec: FigureSpec,
  pane: string,
  log: EventLog,
): Outcome {
  const times = curveTimes(spec, pane, log)
  const curve = valuesAt(what, log, spec, times[0]! - (times[1]! - times[0]!), times.at(-1)!, times)
  const off = curve.reduce((sum, value, i) => sum + Math.abs(value - (guessed[i] ?? 0)), 0) / curve.length
  return { isRight: off <= CURVE_OFF_MAX * Math.max(most, ...curve), truth: '', curve }
}
