/**
 * Assertions. A broken invariant ends the work, because a missing answer does less harm than a wrong answer.
 *
 * In the simulator, a broken invariant ends the whole run. On a real host, it ends only one callback of a server, and the
 * log reports it: `host/guard.ts`.
 *
 * Assert a condition only when a mistake in this program is the only reason why it can be false. Do not assert that input is
 * right: the sender of wrong input receives a sentence about its error.
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
