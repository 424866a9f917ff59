/**
 * What a limit is at its edge, in the same words for every limit: the last amount that is allowed is taken, and the next one
 * is refused. A limit of time has passed at its last millisecond, and not one before.
 */
import { expect, it } from 'vitest'

/** A limit of an amount. */
export interface AmountEdge {
  /** The name of the constant, with a word for the case when the limit has several. */
  readonly limit: string
  readonly value: number
  /** Offers `amount`. Returns '' when it is taken, and otherwise the sentence of the refusal. */
  readonly offer: (amount: number) => string | Promise<string>
  /** What the refusal says. */
  readonly refusal?: RegExp
}

/** A test for each limit: the amounts below and at the edge are taken, and one more is refused. */
export function amountEdges(edges: readonly AmountEdge[]): void {
  it.each(edges.map((edge) => [edge.limit, edge.value, edge] as const))(
    '%s: %i is allowed, and one more is refused',
    async (_, value, { offer, refusal = /./ }) => {
      expect(await offer(value - 1)).toBe('')
      expect(await offer(value)).toBe('')
      expect(await offer(value + 1)).toMatch(refusal)
    },
  )
}

/** A limit of time. */
export interface TimeEdge {
  readonly limit: string
  readonly value: number
  /** Lets `ms` pass from a fresh start, and says whether the thing has happened. */
  readonly hasHappened: (ms: number) => boolean | Promise<boolean>
}

/** A test for each limit: the thing has not happened a millisecond before, and it has happened at the edge. */
export function timeEdges(edges: readonly TimeEdge[]): void {
  it.each(edges.map((edge) => [edge.limit, edge.value, edge] as const))(
    '%s: not before %i ms, and then at once',
    async (_, value, { hasHappened }) => {
      expect(await hasHappened(value - 1)).toBe(false)
      expect(await hasHappened(value)).toBe(true)
    },
  )
}

/** Returns '' when `run` does not throw, and otherwise the sentence of its error. */
export function sentenceOf(run: () => unknown): string {
  try {
    run()
    return ''
  } catch (error) {
    return (error as Error).message
  }
}
