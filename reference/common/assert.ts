/**
 * Assertions: a broken invariant ends the work at hand, because no answer is better than a wrong one.
 *
 * In the simulator a broken invariant ends the run. On a real host it ends one callback of a server, with a line in the log:
 * `host/guard.ts`.
 *
 * Assert only what a mistake in this code could make false. Bad input is not asserted: it is answered with a sentence.
 */

/** Thrown by `assert`. The simulator then stops the run and prints its seed and step. */
export class AssertionError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'AssertionError'
  }
}

/** Throws `AssertionError` unless `condition` is true. `message` says what was expected, with the values. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionError(message)
}
