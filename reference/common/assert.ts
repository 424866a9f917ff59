/**
 * Assertions. A broken invariant stops the work, because no answer is better than a wrong answer.
 *
 * In the simulator, a broken invariant ends the whole run (default) or its node. On a real host, it ends only one callback
 * of a server, and the log contains the error (`host/guard.ts`).
 *
 * Assert a condition only when nothing but a mistake in this program can make it false. Do not assert that input is right.
 * The sender of wrong input must receive a sentence about the error.
 */

/** The error that `assert` throws. In a simulation, the error of the run names the seed and the event. */
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
