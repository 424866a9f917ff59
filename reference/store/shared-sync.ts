/**
 * One sync at a time, shared by all callers that wait for it.
 *
 * ```
 *  sync() ──► runs ────────────────► done
 *  sync() ──────► waits ─┐
 *  sync() ─────────► waits ┴───────► one sync for both ──► done, done
 * ```
 *
 * A failed sync fails all later ones, too: the system has marked the pages clean, and another sync would succeed without
 * having saved them.
 *
 * In RocketMQ the next flush may succeed (`MappedFileQueue.flush`).
 */

type SyncDone = (error: string) => void

export class SharedSync {
  readonly #run: (done: SyncDone) => void
  #isSyncing = false
  /** Why a sync failed; '' while none has. */
  #failure = ''
  /** Callers whose sync has not begun. */
  #waiting: SyncDone[] = []

  /** `run` makes everything written before the call durable; its `done` gets '' or the first reason why it failed. */
  constructor(run: (done: SyncDone) => void) {
    this.#run = run
  }

  // #region shared-sync
  /** Calls `done` when everything written before is durable. */
  sync(done: SyncDone): void {
    if (this.#failure !== '') return done(this.#failure)
    this.#waiting.push(done)
    if (!this.#isSyncing) this.#syncWaiting()
  }

  #syncWaiting(): void {
    const waiting = this.#waiting
    this.#waiting = []
    this.#isSyncing = true
    this.#run((error) => {
      this.#isSyncing = false
      this.#failure = error
      // A failed sync may have lost later bytes, too.
      const failed = error === '' ? [] : this.#waiting.splice(0)
      for (const done of [...waiting, ...failed]) done(error)
      const isWanted = this.#waiting.length > 0
      if (isWanted && !this.#isSyncing) this.#syncWaiting()
    })
  }
  // #endregion shared-sync
}
