/**
 * Deletes old files of the log, beginning with the oldest file. Also raises the min offsets of the consume queues, so that
 * no consumer reads the entry of a deleted record. At the end, deletes old files of the consume queues and of the index.
 *
 * | the disk is      | setting                     | what the broker does                               |
 * | ---------------- | --------------------------- | -------------------------------------------------- |
 * | used up to 75 %  | diskMaxUsedSpaceRatio       | expired files are deleted in the hours `deleteWhen` |
 * | fuller than 75 % | diskMaxUsedSpaceRatio       | expired files are deleted at any hour              |
 * | fuller than 85 % | diskSpaceCleanForciblyRatio | the oldest files are deleted, even when they have not expired (`cleanFileForciblyEnable`) |
 * | fuller than 90 % | diskSpaceWarningLevelRatio  | puts are also refused, until the disk is less full |
 *
 * In RocketMQ, a file expires `fileReservedTime` hours after its modification time. But the files of a copied store have new
 * modification times. In this broker, a file expires `fileReservedTime` hours after the store time of the first record in
 * the next file.
 *
 * RocketMQ checks the files every ten seconds. Unlike RocketMQ, this broker sets a timer for the time at which the first
 * file expires. The timer is set only while the log has more than one file. The broker checks how full the disk is at puts
 * and in each round of deletion. So an idle broker has at most one timer for deletions.
 *
 * Invariants: The last file is never deleted. The first record of the next file is durable before a file is deleted. The
 * deletion of a file is durable before the next file is deleted, so a power cut leaves no gap. At most ten log files are
 * deleted in one round. The hours of `deleteWhen` are in UTC.
 *
 * RocketMQ: `CleanCommitLogService`, `CleanConsumeQueueService`. Not in GlassMQ: a separate ratio for each of several disks.
 */
import type { MessageExt } from '../common/message.ts'
import { HOUR_MS } from '../common/units.ts'
import { DiskError, type Host, type TimerId } from '../host/host.ts'
import { firstRecord } from './first-record.ts'
import * as limits from './limits.ts'
import type { MappedFileQueue } from './mapped-file-queue.ts'

/** The settings for the deletion of old files. The settings have RocketMQ's names. Ratios are in percent. */
export interface CleanConfig {
  /** A file expires after this many hours. */
  readonly fileReservedTime: number
  /** Hours of the day, 0 to 23. */
  readonly deleteWhen: readonly number[]
  readonly diskMaxUsedSpaceRatio: number
  readonly cleanFileForciblyEnable: boolean
  readonly diskSpaceCleanForciblyRatio: number
  readonly diskSpaceWarningLevelRatio: number
}

export const CLEAN_DEFAULTS: CleanConfig = {
  fileReservedTime: limits.FILE_RESERVED_HOURS,
  deleteWhen: [Number(limits.DELETE_WHEN)],
  diskMaxUsedSpaceRatio: limits.DISK_MAX_USED_PERCENT,
  cleanFileForciblyEnable: true,
  diskSpaceCleanForciblyRatio: limits.DISK_CLEAN_FORCIBLY_PERCENT,
  diskSpaceWarningLevelRatio: limits.DISK_WARNING_PERCENT,
}

/** The functions of the checkpoint, the queues and the index that `CleanCommitLogService` calls. */
export interface LogFollowers {
  /**
   * Returns true when the checkpoint says that a message with this store time is durable. A log file may be deleted only
   * when the first message of the next log file is durable.
   */
  isDurable(storeTimestamp: number): boolean
  /** Called immediately after a log file was removed. `logStartsAt` is the new first position of the log. */
  correctMinOffsets(logStartsAt: number): void
  /**
   * Called once at the end of a round of deletion that has deleted log files. Deletes the queue and index files whose
   * messages all lie before `logStartsAt`. Then calls `done`.
   */
  deleteFilesBefore(logStartsAt: number, done: () => void): void
}

/** Deletes old files of one commit log. */
export class CleanCommitLogService {
  readonly #host: Host
  readonly #config: CleanConfig
  readonly #log: MappedFileQueue
  readonly #followers: LogFollowers
  #timer: TimerId | undefined
  #isCleaning = false
  /** True after an operator has requested the deletion of expired files, to the end of the next round. */
  #isOrdered = false
  #hasStopped = false

  constructor(host: Host, config: CleanConfig, log: MappedFileQueue, followers: LogFollowers) {
    this.#host = host
    this.#config = config
    this.#log = log
    this.#followers = followers
  }

  get warningPercent(): number {
    return this.#config.diskSpaceWarningLevelRatio
  }

  /**
   * Returns true when the disk is so full that puts must be refused. Also starts a round of deletion when the disk is
   * fuller than `diskMaxUsedSpaceRatio`, unless a round runs or the log has only one file.
   */
  isDiskFull(): boolean {
    const usedPercent = this.#usedPercent()
    if (usedPercent > this.#config.diskMaxUsedSpaceRatio) this.#cleanSoon()
    return usedPercent > this.#config.diskSpaceWarningLevelRatio
  }

  /**
   * Sets the timer for the time at which the first file expires, unless a timer is set or a round runs. Called when the
   * broker starts, and in each round of the checkpoint (`checkpoint-service.ts`).
   */
  filesChanged(): void {
    if (this.#timer === undefined && !this.#isCleaning) this.#waitUntilDue(this.#host.clock.nowMs())
  }

  /**
   * Starts a round that deletes expired files, at any hour of the day. A round that already runs then does this, too. Does
   * nothing when the log has only one file. RocketMQ: `executeDeleteFilesManually`.
   */
  deleteNow(): void {
    if (this.#log.fileCount < 2) return
    this.#isOrdered = true
    this.#cleanSoon()
  }

  /** Cancels the timer. A running round ends after the deletion that is under way. */
  stop(): void {
    this.#hasStopped = true
    this.#cancelTimer()
  }

  #usedPercent(): number {
    return this.#host.disk.usedRatio() * 100
  }

  #cleanSoon(): void {
    if (this.#isCleaning || this.#hasStopped || this.#log.fileCount < 2) return
    this.#cancelTimer()
    this.#timer = this.#host.clock.after(0, () => this.#clean())
  }

  #cancelTimer(): void {
    if (this.#timer !== undefined) this.#host.clock.cancel(this.#timer)
    this.#timer = undefined
  }

  // #region clean-round
  /** Runs one round of deletion. Deletes up to ten log files, and stops when there is no reason to delete the first file. */
  #clean(): void {
    this.#timer = undefined
    this.#isCleaning = true
    const startedAt = this.#log.startsAt
    this.#deleteNext(limits.DELETE_FILES_MAX, () => {
      const end = () => {
        this.#isCleaning = false
        this.#isOrdered = false
        if (!this.#hasStopped) this.#waitForNextRound()
      }
      if (this.#log.startsAt === startedAt || this.#hasStopped) return end()
      // Log files were deleted, so the old files of the queues and of the index are deleted, too.
      try {
        this.#followers.deleteFilesBefore(this.#log.startsAt, end)
      } catch (error) {
        this.#logFailure(error)
        end()
      }
    })
  }
  // #endregion clean-round

  // #region delete-next
  /** Deletes the first log file as long as there is a reason to delete it, at most `left` times. Then calls `done`. */
  #deleteNext(left: number, done: () => void): void {
    if (left === 0 || this.#log.fileCount < 2 || this.#hasStopped) return done()
    try {
      const why = this.#whyDelete()
      if (why === '') return done()
      const { startsAt } = this.#log
      this.#log.deleteFirst((error) => (error === '' ? this.#deleteNext(left - 1, done) : done()))
      this.#host.trace.log('info', `the log file that begins at ${startsAt} is deleted: ${why}`)
      this.#followers.correctMinOffsets(this.#log.startsAt)
    } catch (error) {
      this.#logFailure(error)
      done()
    }
  }
  // #endregion delete-next

  /** Logs a `DiskError`. Throws any other error. */
  #logFailure(error: unknown): void {
    if (!(error instanceof DiskError)) throw error
    this.#host.trace.log('error', `old files cannot be deleted: ${error.message}`)
  }

  /** Returns the reason to delete the first file now, or '' when the file stays. */
  #whyDelete(): string {
    const nowMs = this.#host.clock.nowMs()
    const usedPercent = this.#usedPercent()
    const next = this.#nextFirstRecord()
    if (next === undefined || !this.#followers.isDurable(next.storeTimestamp)) return ''
    const isForced = this.#config.cleanFileForciblyEnable && usedPercent > this.#config.diskSpaceCleanForciblyRatio
    if (isForced) {
      // rare: files are deleted because the disk is full
      return `the disk is ${Math.floor(usedPercent)} % full`
    }
    const isTime = this.#isOrdered || this.#isDeleteHour(nowMs) || usedPercent > this.#config.diskMaxUsedSpaceRatio
    return isTime && nowMs >= this.#expiryMs() ? `its messages are older than ${this.#config.fileReservedTime} h` : ''
  }

  // #region due-time
  /** Returns the time at which the first file expires, or infinity when the next file has no valid first record. */
  #expiryMs(): number {
    const next = this.#nextFirstRecord()
    if (next === undefined) return Number.POSITIVE_INFINITY
    return next.storeTimestamp + this.#config.fileReservedTime * HOUR_MS
  }

  #nextFirstRecord(): MessageExt | undefined {
    const next = this.#log.fileStarts[1]
    return next === undefined ? undefined : firstRecord(this.#log, next)
  }

  #isDeleteHour(ms: number): boolean {
    return this.#config.deleteWhen.includes(Math.floor(ms / HOUR_MS) % 24)
  }

  /**
   * Sets the timer for the time at which the first file expires. When the file has already expired, sets the timer for the
   * next hour of `deleteWhen`. The timer does not fire before `notBeforeMs`, but never waits longer than
   * `CLEAN_TIMER_MS_MAX`.
   */
  #waitUntilDue(notBeforeMs: number): void {
    if (this.#log.fileCount < 2 || this.#hasStopped) return
    const nowMs = this.#host.clock.nowMs()
    const expiryMs = this.#expiryMs()
    let dueMs = Math.max(expiryMs, notBeforeMs)
    if (expiryMs <= nowMs)
      while (!this.#isDeleteHour(dueMs) && dueMs < nowMs + 24 * HOUR_MS) dueMs += HOUR_MS - (dueMs % HOUR_MS)
    const delayMs = Math.min(Math.max(dueMs - nowMs, 0), limits.CLEAN_TIMER_MS_MAX)
    this.#timer = this.#host.clock.after(delayMs, () => this.#clean())
  }

  /**
   * When there is a reason to delete the first file, sets the timer to ten seconds. Without a reason, sets the timer as
   * `#waitUntilDue` does.
   */
  #waitForNextRound(): void {
    const nowMs = this.#host.clock.nowMs()
    const goesOn = this.#log.fileCount > 1 && this.#whyDelete() !== ''
    this.#waitUntilDue(nowMs + limits.CLEAN_INTERVAL_MS)
    if (!goesOn) return
    this.#cancelTimer()
    this.#timer = this.#host.clock.after(limits.CLEAN_INTERVAL_MS, () => this.#clean())
  }
  // #endregion due-time
}
