/**
 * The waits of a script. This file decides when the promises of the waits settle.
 *
 * A wait never ends during an event. When its condition becomes true during an event, the wait is only marked as settled.
 * The script continues between two events, after the promises of the programs have settled. So the code of a node and the
 * code of the script never run at the same time. Therefore the same seed leads to the same run, even when a script waits for
 * many things at the same time.
 */

interface Condition {
  readonly holds: () => boolean
  readonly resolve: (value: undefined) => void
  readonly reject: (error: Error) => void
  isOver: boolean
}

/** The waits of one script. */
export class Waits {
  /** The number of promises that are not settled yet. While a script runs, virtual time passes only when `open` is not 0. */
  open = 0
  readonly #rejects = new Set<(error: Error) => void>()
  #settled: (() => void)[] = []
  #conditions: Condition[] = []

  /**
   * Creates a promise for the script. `begin` receives two functions that settle the promise. Only the first call of these
   * functions counts.
   */
  promise<T>(begin: (resolve: (value: T) => void, reject: (error: Error) => void) => void): Promise<T> {
    this.open++
    const promise = new Promise<T>((resolve, reject) => {
      let isOver = false
      const end = (settle: () => void) => {
        if (isOver) return
        isOver = true
        this.#rejects.delete(fail)
        this.#settled.push(settle)
      }
      const fail = (error: Error) => end(() => reject(error))
      this.#rejects.add(fail)
      begin((value) => end(() => resolve(value)), fail)
    })
    promise.catch(() => {}) // a script may ignore an answer
    return promise
  }

  /**
   * Calls `holds` after every event. Calls `resolve` when `holds` returns true, and `reject` when `holds` throws an error.
   * The returned function ends the wait.
   */
  until(holds: () => boolean, resolve: (value: undefined) => void, reject: (error: Error) => void): () => void {
    const condition: Condition = { holds, resolve, reject, isOver: false }
    this.#conditions.push(condition)
    return () => {
      condition.isOver = true
    }
  }

  /** Checks every condition, in the order in which the conditions were added. */
  look(): void {
    if (this.#conditions.length === 0) return
    for (const condition of this.#conditions) {
      if (condition.isOver) continue
      try {
        if (!condition.holds()) continue
        condition.resolve(undefined)
      } catch (error) {
        condition.reject(error instanceof Error ? error : new Error(String(error)))
      }
      condition.isOver = true
    }
    this.#conditions = this.#conditions.filter((condition) => !condition.isOver)
  }

  get hasSettled(): boolean {
    return this.#settled.length > 0
  }

  /** Settles the promises of finished waits. The script continues when the caller lets promises settle (`hop.ts`). */
  tell(): void {
    const settled = this.#settled
    this.#settled = []
    this.open -= settled.length
    for (const settle of settled) settle()
  }

  /** Ends every wait with an error. */
  failAll(error: Error): void {
    for (const fail of [...this.#rejects]) fail(error)
    this.#conditions = []
  }
}
