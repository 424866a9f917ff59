/**
 * Checks how full the disk is. To save time, the check usually runs only each time 16 MiB were appended to the log. While
 * the disk is full, the check runs at most once a second, so puts are accepted again soon after space has become free.
 *
 * RocketMQ checks the disk every ten seconds.
 *
 * RocketMQ: `CleanCommitLogService.isSpaceFull`, `RunningFlags.DISK_FULL_BIT`.
 */
import type { Clock } from '../host/host.ts'
import type { CleanCommitLogService } from './clean-commit-log.ts'
import { DISK_CHECK_BYTES } from './limits.ts'

const ASK_AGAIN_MS = 1_000

/** Detects when the disk is too full for puts. */
export class DiskFullWatch {
  readonly #clock: Clock
  readonly #clean: CleanCommitLogService
  #fullSinceMs = -1
  #checkedAt = -1

  constructor(clock: Clock, clean: CleanCommitLogService) {
    this.#clock = clock
    this.#clean = clean
  }

  /** Returns true while puts must be refused. Called for every put. `appendedAt` is the end of the log. */
  isFull(appendedAt: number): boolean {
    const nowMs = this.#clock.monotonicMs()
    const isDue =
      this.#fullSinceMs >= 0
        ? nowMs - this.#fullSinceMs >= ASK_AGAIN_MS
        : this.#checkedAt < 0 || appendedAt - this.#checkedAt >= DISK_CHECK_BYTES
    if (isDue) {
      this.#checkedAt = appendedAt
      this.#fullSinceMs = this.#clean.isDiskFull() ? nowMs : -1
    }
    return this.#fullSinceMs >= 0
  }
}
