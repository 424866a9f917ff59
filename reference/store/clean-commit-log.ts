/**
 * Deletes old files of the log, oldest first. Consume queues and index follow, so that no entry points to a deleted record.
 *
 * | the disk is      | setting                     | then                                               |
 * | ---------------- | --------------------------- | -------------------------------------------------- |
 * | used up to 75 %  | diskMaxUsedSpaceRatio       | expired files are deleted in the hour `deleteWhen` |
 * | fuller           |                             | expired files are deleted at once                  |
 * | fuller than 85 % | diskSpaceCleanForciblyRatio | the oldest files are deleted, expired or not       |
 * | fuller than 90 % | diskSpaceWarningLevelRatio  | puts are refused, too, until there is room again   |
 *
 * A file expires `fileReservedTime` hours after its last message. That moment is read from the log itself: it is the store
 * time of the first record in the next file. RocketMQ uses the file's modification time, which a copy of the store loses.
 *
 * RocketMQ looks every ten seconds. Here a timer is set for the moment at which the first file expires, and only while
 * there is more than one file; the disk is asked while messages arrive. So an idle broker does nothing.
 *
 * Invariants: the last file is never deleted; a file is deleted for good before the next one, so that a power cut leaves no
 * gap; max ten files are deleted in one round. Hours are hours of UTC.
 * RocketMQ: `CleanCommitLogService`, `CleanConsumeQueueService`. Not here: other ratios for other disks.
 */
import type { MessageExt } from '../common/message.ts'
import { HOUR_MS } from '../common/units.ts'
import { DiskError, type Host, type TimerId } from '../host/host.ts'
import { firstRecord } from './first-record.ts'
import * as limits from './limits.ts'
import type { MappedFileQueue } from './mapped-file-queue.ts'

/** Settings of deletion, with RocketMQ's names; ratios in percent. */
export interface CleanConfig {
  /** Hours. */
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

/** The parts that are derived from the log and follow it. */
export interface LogFollowers {
  /** True when the checkpoint knows a message of that store time as durable: only with such a message may a log begin. */
  isDurable(storeTimestamp: number): boolean
  /** Called at once when the log begins later than before: no entry may point to a deleted record. */
  correctMinOffsets(logStartsAt: number): void
  /** Called once a round: files without any living message may be deleted. */
  deleteFilesBefore(logStartsAt: number, done: () => void): void
}

export class CleanCommitLogService {
  readonly #host: Host
  readonly #config: CleanConfig
  readonly #log: MappedFileQueue
  readonly #followers: LogFollowers
  #timer: TimerId | undefined
  #isCleaning = false
  /** An operator has asked for expired files to be deleted now. */
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

  /** True when the disk is so full that puts are refused. Called from time to time while messages arrive; makes room, too. */
  isDiskFull(): boolean {
    const usedPercent = this.#usedPercent()
    if (usedPercent > this.#config.diskMaxUsedSpaceRatio) this.#cleanSoon()
    return usedPercent > this.#config.diskSpaceWarningLevelRatio
  }

  /** The log has one more file, or was opened: sets the timer for its first file. */
  filesChanged(): void {
    if (this.#timer === undefined && !this.#isCleaning) this.#waitUntilDue(this.#host.clock.nowMs())
  }

  /** Deletes expired files now, not in the hour `deleteWhen`. RocketMQ: `executeDeleteFilesManually`. */
  deleteNow(): void {
    this.#isOrdered = true
    this.#cleanSoon()
  }

  /** Stops timers and the current round. */
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
  /** One round: deletes file after file, as long as the first one must go. */
  #clean(): void {
    this.#timer = undefined
    this.#isCleaning = true
    const startedAt = this.#log.startsAt
    this.#deleteNext(limits.DELETE_FILES_MAX, () => {
      // When the log begins later now, queues and index follow.
      const end = () => {
        this.#isCleaning = false
        this.#isOrdered = false
        if (!this.#hasStopped) this.#waitForNextRound()
      }
      if (this.#log.startsAt === startedAt || this.#hasStopped) return end()
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
  /** Deletes the first file, then the next one, as long as there is a reason; max `left` files. */
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

  /** Logs a disk error; throws any other. */
  #logFailure(error: unknown): void {
    if (!(error instanceof DiskError)) throw error
    this.#host.trace.log('error', `old files cannot be deleted: ${error.message}`)
  }

  /** Why the first file must be deleted now; '' when it may stay. */
  #whyDelete(): string {
    const nowMs = this.#host.clock.nowMs()
    const usedPercent = this.#usedPercent()
    const next = this.#nextFirstRecord()
    if (next === undefined || !this.#followers.isDurable(next.storeTimestamp)) return ''
    const isForced = this.#config.cleanFileForciblyEnable && usedPercent > this.#config.diskSpaceCleanForciblyRatio
    if (isForced) return `the disk is ${Math.floor(usedPercent)} % full`
    const isTime = this.#isOrdered || this.#isDeleteHour(nowMs) || usedPercent > this.#config.diskMaxUsedSpaceRatio
    return isTime && nowMs >= this.#expiryMs() ? `its messages are older than ${this.#config.fileReservedTime} h` : ''
  }

  // #region due-time
  /** The time at which the first file expires, counted from the store time of the next file's first record. */
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

  /** Sets the timer: for the expiry while it is in the future (the disk may be full by then), else for `deleteWhen`. */
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

  /** Sets the timer: for ten seconds while the first file must go, else for its due time. */
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
