/**
 * A broken invariant stops the node: better no answer than a wrong one.
 *
 * Use for what can only be false through a mistake in our own code. Bad input from outside is not an assertion: it is
 * answered with a sentence.
 */

/** Thrown by `assert`; in the simulator it stops the run and prints seed and step. */
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
