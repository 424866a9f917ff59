/**
 * Carries out role changes and truncations of a store one after the other. A change takes time, because it waits for the
 * disk.
 */

type Change = (done: () => void) => void

/** The role changes of one store. */
export class RoleChanges {
  #isStarted = false
  #isStopped = false
  #isUnderWay = false
  #onQuiet: (() => void) | undefined
  #waiting: Change[] = []

  get isStopped(): boolean {
    return this.#isStopped
  }

  /** Carries out the changes that have waited, and allows later changes. */
  start(): void {
    this.#isStarted = true
    this.#next()
  }

  /** Carries out `change` when all earlier changes have ended. `change` must call its `done` once. */
  add(change: Change): void {
    this.#waiting.push(change)
    this.#next()
  }

  #next(): void {
    if (!this.#isStarted || this.#isStopped || this.#isUnderWay) return
    const change = this.#waiting.shift()
    if (change === undefined) return
    this.#isUnderWay = true
    change(() => {
      this.#isUnderWay = false
      this.#next()
      this.#onQuiet?.()
    })
  }

  /** Begins no further change, not even a waiting one. Calls `then` when no change is under way. */
  stop(then: () => void): void {
    this.#isStopped = true
    if (this.#isUnderWay) this.#onQuiet = then
    else then()
  }
}
