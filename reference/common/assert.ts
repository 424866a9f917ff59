/**
 * Assertions. A broken invariant ends the work at hand, because no answer is better than a wrong answer.
 *
 * In a simulation, a broken invariant ends the whole run (the default), or only the node. On a real host, a broken invariant
 * ends only one callback of a server, and the error is logged (`host/guard.ts`).
 *
 * Assert a condition only when nothing but a mistake in this program can make the condition false. Do not assert that input
 * is right, because the sender of wrong input must receive a sentence about the error.
 */

/** The error that `assert` throws. In a simulation, the error with which the run ends names the seed and the event. */
export class AssertionError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'AssertionError'
  }
}

/**
 * Throws `AssertionError` when `condition` is false. `message` says what was expected, with the values. Code that runs for
 * each message passes a function, so that no text is made while the condition is true.
 */
export function assert(condition: boolean, message: string | (() => string)): asserts condition {
  if (!condition) throw new AssertionError(typeof message === 'string' ? message : message())
}
