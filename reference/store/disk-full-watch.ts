/**
 * How full the disk is, asked seldom enough to cost nothing: every 16 MiB of appended bytes, and while it is full at most
 * once a second, so that puts are taken again soon after somebody has made room.
 *
 * RocketMQ: `CleanCommitLogService.isSpaceFull`, `RunningFlags.DISK_FULL_BIT`; it asks every ten seconds.
 */
import type { Clock } from '../host/host.ts'
import type { CleanCommitLogService } from './clean-commit-log.ts'
import { DISK_CHECK_BYTES } from './limits.ts'

const ASK_AGAIN_MS = 1_000

export class DiskFullWatch {
  readonly #clock: Clock
  readonly #clean: CleanCommitLogService
  #fullSinceMs = -1
  #checkedAt = -1

  constructor(clock: Clock, clean: CleanCommitLogService) {
    this.#clock = clock
    this.#clean = clean
  }

  /** Whether puts are refused; `appendedAt`: the end of the log. */
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
