/** A mark kept while nodes run, in storage that is written at once: found at load, it says that a run closed the page. */
import { readState, writeState } from '../lib/reader-state.ts'

export class RunMarker {
  readonly #key: string

  constructor(labId: string) {
    this.#key = `lab-run:${labId}`
  }

  get isSet(): boolean {
    return readState(this.#key)?.['isRunning'] === true
  }

  set(isRunning: boolean): void {
    writeState(this.#key, { isRunning })
  }
}
