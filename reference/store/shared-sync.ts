/**
 * Runs one sync at a time. All callers that wait share the next sync.
 *
 * ```
 *  sync() ──► runs ────────────────► done
 *  sync() ──────► waits ─┐
 *  sync() ─────────► waits ┴───────► one sync for both ──► done, done
 * ```
 *
 * After a failed sync, all later syncs fail, too. The operating system may have marked the pages as clean after the failure,
 * so another sync could succeed without saving these pages.
 *
 * Unlike here, in RocketMQ the next flush may succeed (`MappedFileQueue.flush`).
 */

type SyncDone = (error: string) => void

/** A sync that several callers share. */
export class SharedSync {
  readonly #run: (done: SyncDone) => void
  #isSyncing = false
  /** The reason why a sync has failed, or '' while no sync has failed. */
  #failure = ''
  /** The callers whose sync has not begun. */
  #waiting: SyncDone[] = []

  /**
   * `run` makes all bytes durable that were written before the call. The `done` of `run` receives '' or the reason of the
   * failure.
   */
  constructor(run: (done: SyncDone) => void) {
    this.#run = run
  }

  // #region shared-sync
  /**
   * Calls `done` with '' when all bytes that were written before
   * this call are durable, or with the reason of the failure.
   */
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
