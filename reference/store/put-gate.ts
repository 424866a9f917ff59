/**
 * The gate decides whether a put is accepted, before the put changes the store. No other part of the store refuses puts.
 *
 * | status of the refusal | reason                                                                            |
 * | --------------------- | --------------------------------------------------------------------------------- |
 * | SERVICE_NOT_AVAILABLE | the store is closed, has failed, belongs to a slave, or has needed too long to start; or the disk is too full |
 * | IN_SYNC_REPLICAS_NOT_ENOUGH | the in-sync set (`ha/in-sync-set.ts`) has fewer members than `minInSyncReplicas` |
 * | OS_PAGE_CACHE_BUSY    | a write to the page cache was slow in the last second, or `WAITING_PUTS_MAX` puts already wait |
 * | MESSAGE_ILLEGAL, PROPERTIES_SIZE_EXCEEDED | the message is too long; see `put-check.ts`                   |
 *
 * RocketMQ: `HookUtils.checkBeforePutMessage`, `RunningFlags.isWriteable`.
 */
import type { CleanCommitLogService } from './clean-commit-log.ts'
import type { DiskFullWatch } from './disk-full-watch.ts'
import { WAITING_PUTS_MAX } from './limits.ts'
import type { PageCacheWatch } from './page-cache-watch.ts'
import { refuseMessage } from './put-check.ts'
import { type NewMessage, type PutMessageResult, PutMessageStatus, refusal } from './put-message.ts'

/** The state of the store at the moment of a put. */
export interface PutState {
  /** The number of puts that wait for the page cache, for the disk or for slaves. */
  readonly waitingPuts: number
  /** The end of the log. */
  readonly appendedAt: number
  /** The time of the monotonic clock. */
  readonly nowMs: number
  /** True when the in-sync set has too few members. */
  readonly lacksReplicas?: boolean
}

/** Decides whether puts are accepted. */
export class PutGate {
  readonly #fileBytes: number
  readonly #sizes: { readonly maxMessageSize: number }
  readonly #clean: CleanCommitLogService
  readonly #diskFull: DiskFullWatch
  readonly #pageCache: PageCacheWatch
  /** The reason why puts are refused, or '' while the gate is open. */
  closedBecause = 'the store is not open'

  /** `fileBytes` is the size of a commit-log file. The values in `sizes` may change while the store is open. */
  constructor(
    fileBytes: number,
    sizes: { readonly maxMessageSize: number },
    clean: CleanCommitLogService,
    diskFull: DiskFullWatch,
    pageCache: PageCacheWatch,
  ) {
    this.#sizes = sizes
    this.#pageCache = pageCache
    this.#fileBytes = fileBytes
    this.#clean = clean
    this.#diskFull = diskFull
  }

  /**
   * The reason why a broker without the role of a master refuses puts, or '' on a master. The log of a slave grows only by
   * the bytes that its master sends.
   */
  notMasterBecause = ''

  /** Opens the gate when `closedBecause` equals `reason`. When the gate is closed for another reason, does nothing. */
  openIf(reason: string): void {
    if (this.closedBecause === reason) this.closedBecause = ''
  }

  // #region refuse
  /**
   * Returns the result for all of `messages` when at least one message is refused. Returns undefined when all are accepted.
   */
  refuse(messages: readonly NewMessage[], state: PutState): PutMessageResult | undefined {
    const { SERVICE_NOT_AVAILABLE, OS_PAGE_CACHE_BUSY, IN_SYNC_REPLICAS_NOT_ENOUGH } = PutMessageStatus
    const { waitingPuts, appendedAt, nowMs } = state
    if (this.closedBecause !== '') return refusal(SERVICE_NOT_AVAILABLE, this.closedBecause)
    if (this.notMasterBecause !== '') return refusal(SERVICE_NOT_AVAILABLE, this.notMasterBecause)
    if (state.lacksReplicas === true) return refusal(IN_SYNC_REPLICAS_NOT_ENOUGH, 'in-sync replicas not enough')
    if (this.#diskFull.isFull(appendedAt, nowMs)) {
      // rare: a put is refused because the disk is full
      const { warningPercent } = this.#clean
      return refusal(SERVICE_NOT_AVAILABLE, `the disk is more than ${warningPercent} % full: make room`)
    }
    if (this.#pageCache.isBusy()) {
      const why = `a write has just waited ${this.#pageCache.lastSlowWriteMs} ms for the page cache`
      return refusal(OS_PAGE_CACHE_BUSY, `[PC_SYNCHRONIZED]broker busy, start flow control for a while: ${why}`)
    }
    if (waitingPuts >= WAITING_PUTS_MAX) {
      const why = `${WAITING_PUTS_MAX} messages already wait for the disk`
      return refusal(OS_PAGE_CACHE_BUSY, `[PC_SYNCHRONIZED]broker busy: ${why}`)
    }
    for (const message of messages) {
      const refused = refuseMessage(message, this.#fileBytes, this.#sizes.maxMessageSize)
      if (refused !== undefined) return refused
    }
    return undefined
  }
  // #endregion refuse
}
