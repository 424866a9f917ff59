/**
 * Which tab edits: one lab has one seat, held by a lock of the browser for as long as the tab lives.
 *
 * A tab that finds the seat taken may take it over; the other one is told. Without locks in this browser every tab has a
 * seat, and drafts that meet are kept as versions (`labs/runtime/drafts.ts`).
 */
export class Seat {
  readonly #name: string
  readonly #onChange: (isOurs: boolean) => void
  #leave: (() => void) | undefined

  /** @param onChange hears of every change after the first `take` */
  constructor(name: string, onChange: (isOurs: boolean) => void) {
    this.#name = `gmq:${name}`
    this.#onChange = onChange
  }

  /** Takes the seat if it is free, or from whoever has it; true when it is ours now. */
  take(isForced = false): Promise<boolean> {
    if (!('locks' in navigator)) return Promise.resolve(true)
    return new Promise((resolve) => {
      const options = isForced ? { steal: true } : { ifAvailable: true }
      navigator.locks
        .request(this.#name, options, (lock) => {
          resolve(lock !== null)
          if (lock === null) return
          if (isForced) this.#onChange(true)
          return new Promise<void>((leave) => {
            this.#leave = leave
          })
        })
        .catch(() => {
          // another tab took it
          this.#leave = undefined
          resolve(false)
          this.#onChange(false)
        })
    })
  }

  /** Leaves the seat to others. */
  leave(): void {
    this.#leave?.()
    this.#leave = undefined
  }
}
