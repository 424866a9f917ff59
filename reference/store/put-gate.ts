/**
 * The one place that refuses puts, before anything is written.
 *
 * | refused with          | when                                                                              |
 * | --------------------- | --------------------------------------------------------------------------------- |
 * | SERVICE_NOT_AVAILABLE | the store is closed, starts slowly or has failed; the disk is too full            |
 * | OS_PAGE_CACHE_BUSY    | a write has just waited for the page cache; `WAITING_PUTS_MAX` puts already wait  |
 * | MESSAGE_ILLEGAL, PROPERTIES_SIZE_EXCEEDED | see `put-check.ts`                                            |
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
  /** Puts that wait for the page cache or for the disk. */
  readonly waitingPuts: number
  /** End of the log. */
  readonly appendedAt: number
}

export class PutGate {
  readonly #fileBytes: number
  readonly #sizes: { readonly maxMessageSize: number }
  readonly #clean: CleanCommitLogService
  readonly #diskFull: DiskFullWatch
  readonly #pageCache: PageCacheWatch
  /** Why nothing may be put; '' while puts are accepted. */
  closedBecause = 'the store is not open'

  /** `fileBytes`: size of a commit-log file; `sizes` may change while the store is open. */
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

  /** Opens the gate if it was closed for that reason. */
  openIf(reason: string): void {
    if (this.closedBecause === reason) this.closedBecause = ''
  }

  // #region refuse
  /** The refusal of all these messages; undefined when they are accepted. */
  refuse(messages: readonly NewMessage[], { waitingPuts, appendedAt }: PutState): PutMessageResult | undefined {
    const { SERVICE_NOT_AVAILABLE, OS_PAGE_CACHE_BUSY } = PutMessageStatus
    if (this.closedBecause !== '') return refusal(SERVICE_NOT_AVAILABLE, this.closedBecause)
    if (this.#diskFull.isFull(appendedAt)) {
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
