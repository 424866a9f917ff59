/** The parts and the callbacks of copying under a controller (`auto-switch-service.ts`). */
import type { Host } from '../../host/host.ts'
import type { CommitLog } from '../commit-log.ts'
import type { Dispatcher } from '../dispatcher.ts'

/** The parts of a store that copying needs. */
export interface AutoSwitchParts {
  readonly host: Host
  readonly log: CommitLog
  readonly dispatcher: Dispatcher
  readonly delayLevelsMs: readonly number[] | undefined
}

/** The callbacks of copying that the store implements. */
export interface AutoSwitchEvents {
  /** Called when the log has grown by copied bytes. */
  onGrown(): void
  /** Called when more of the log is confirmed, so that more records may be dispatched. */
  onConfirmed(): void
  /** Called when a copied record with this store time was passed to the dispatcher. */
  onRecord(storeTimestamp: number): void
  /** From now on, puts are refused with `reason`, or accepted when `reason` is ''. Answers the waiting puts. */
  onPutsRefused(reason: string): void
  /**
   * Removes all bytes of the log from `position` on, and all data that was derived from these bytes. Calls `done` with ''
   * when the removal is durable, or with the reason of the failure.
   */
  truncate(position: number, done: (error: string) => void): void
  /** Sets the next queue offsets to the ends of the queues. */
  onAllDispatched(): void
  onDiskFailed(reason: string): void
}

/** The callbacks of copying that the broker implements. */
export interface ReplicaListener {
  /** Called when the controller should accept `set` as the new in-sync set. */
  proposed(set: readonly number[]): void
  /**
   * Called when the bytes of the log from `position` on were removed. Later positions that the broker keeps are no longer
   * valid.
   */
  truncated(position: number): void
}
