/**
 * Checks at puts how full the disk is. The check is due when 16 MiB were appended to the log since the last check. Other
 * programs may fill the disk, too, so the check is also due after ten seconds. While the disk is full, it is due after one
 * second, so puts are accepted again soon after space has become free.
 *
 * RocketMQ checks the disk every ten seconds, also without puts.
 *
 * RocketMQ: `CleanCommitLogService.isSpaceFull`, `RunningFlags.DISK_FULL_BIT`.
 */
import type { CleanCommitLogService } from './clean-commit-log.ts'
import { DISK_CHECK_BYTES, DISK_CHECK_MS } from './limits.ts'

const ASK_AGAIN_MS = 1_000

/** Detects when the disk is too full for puts. */
export class DiskFullWatch {
  readonly #clean: CleanCommitLogService
  #isFull = false
  /** When the last check ran, and where the log ended then. */
  #checkedMs = -1
  #checkedAt = -1

  constructor(clean: CleanCommitLogService) {
    this.#clean = clean
  }

  /** Returns true while puts must be refused. Called at puts. `appendedAt` is the end of the log. */
  isFull(appendedAt: number, nowMs: number): boolean {
    const sinceMs = nowMs - this.#checkedMs
    const isDue =
      this.#checkedAt < 0 ||
      sinceMs >= (this.#isFull ? ASK_AGAIN_MS : DISK_CHECK_MS) ||
      (!this.#isFull && appendedAt - this.#checkedAt >= DISK_CHECK_BYTES)
    if (isDue) {
      this.#checkedMs = nowMs
      this.#checkedAt = appendedAt
      this.#isFull = this.#clean.isDiskFull()
    }
    return this.#isFull
  }
}
