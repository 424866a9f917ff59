/**
 * A broken invariant stops what is being done: better no answer than a wrong one.
 *
 * In the simulator it ends the run. On a real host it ends one callback of a server, with a line in the log: `host/guard.ts`.
 *
 * Use for what can only be false through a mistake in our own code. Bad input from outside is not an assertion: it is
 * answered with a sentence.
 */

/** Thrown by `assert`; the simulator stops the run and prints seed and step. */
export class AssertionError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'AssertionError'
  }
}

/** Throws `AssertionError` unless `condition` holds. `message` says what was expected, with the values. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionError(message)
}
