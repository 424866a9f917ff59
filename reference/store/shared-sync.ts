/**
 * Runs one sync at a time. Callers that wait during a sync share the next sync.
 *
 * ```
 *  sync() ──► runs ────────────────► done
 *  sync() ──────► waits ─┐
 *  sync() ─────────► waits ┴───────► one sync for both ──► done, done
 * ```
 *
 * After a failed sync, all later syncs fail, too. After a failed sync, the operating system may mark the pages as clean, and
 * another sync could succeed without writing these pages. In RocketMQ, a flush after a failed flush may succeed
 * (`MappedFileQueue.flush`).
 */

type SyncDone = (error: string) => void

/** A sync that several callers share. */
export class SharedSync {
  readonly #run: (done: SyncDone) => void
  #isSyncing = false
  /** The reason why a sync has failed, or '' when no sync has failed. */
  #failure = ''
  /** The callers that wait for a sync that has not begun. */
  #waiting: SyncDone[] = []

  /**
   * `run` makes all bytes durable that were written before its call. `run` must call `done` with '' or with the reason of
   * the failure.
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
      // A failed sync may also have lost bytes that were written later.
      const failed = error === '' ? [] : this.#waiting.splice(0)
      for (const done of [...waiting, ...failed]) done(error)
      const isWanted = this.#waiting.length > 0
      if (isWanted && !this.#isSyncing) this.#syncWaiting()
    })
  }
  // #endregion shared-sync
}
