/** What copying under a controller needs from its store, and what it asks of store and broker (`auto-switch-service.ts`). */
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

/** What copying asks of the store. */
export interface AutoSwitchEvents {
  /** The log has grown by copied bytes. */
  onGrown(): void
  /** More of the log is confirmed, so more records may be dispatched. */
  onConfirmed(): void
  /** A copied record with this store time was passed to the dispatcher. */
  onRecord(storeTimestamp: number): void
  /** From now on, puts are refused with `reason`, or accepted when `reason` is ''. Answers the waiting puts. */
  onPutsRefused(reason: string): void
  /** Removes all bytes from `position` on, and what was derived from them. Calls `done` with '' when this is durable. */
  truncate(position: number, done: (error: string) => void): void
  /** Sets the next queue offsets to the ends of the queues. */
  onAllDispatched(): void
  onDiskFailed(reason: string): void
}

/** What the broker wants to know. */
export interface ReplicaListener {
  /** The controller should accept this in-sync set. */
  proposed(set: readonly number[]): void
  /** Bytes of the log were removed. Positions that the broker keeps may no longer be valid. */
  truncated(position: number): void
}
