/**
 * Assertions. A broken invariant ends the current work, because no answer is better than a wrong answer.
 *
 * In the simulator a broken invariant ends the run. On a real host, the invariant ends only one callback of a server, and
 * the log reports it: `host/guard.ts`.
 *
 * Assert only conditions that a mistake in this code could make false. Wrong input must not be asserted: its sender receives
 * an error sentence.
 */

/** The error that `assert` throws. The simulator then stops the run and prints its seed and step. */
export class AssertionError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'AssertionError'
  }
}

/** Throws `AssertionError` when `condition` is false. `message` says what was expected, with the values. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionError(message)
}
