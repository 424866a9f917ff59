/**
 * Writes to the op queue which transactions have ended. The body of an op message lists the queue offsets of the half
 * messages of these transactions.
 *
 * | written by | body of an op message | number of offsets                                                  |
 * | ---------- | ------------------- | -------------------------------------------------------------------- |
 * | 4.9        | `17`                | one                                                                   |
 * | 5.x, GlassMQ | `17,18,21,`       | all offsets of one `transactionOpBatchInterval`. GlassMQ writes earlier when the offsets have `transactionOpMsgMaxSize` bytes |
 *
 * Unless the store refuses the op message, an offset waits at most one interval, counted from the first offset in the batch.
 * In RocketMQ, the interval is counted from the write of the batch before, so an offset may wait for too long (issue 10199).
 * In GlassMQ, a late op message causes no error: the table in memory shows which transactions have ended. After a crash, the
 * log shows which transactions have ended. A transaction counts as noted in the op queue when its op message is dispatched.
 * With SYNC_FLUSH, a dispatched message is durable.
 *
 * RocketMQ: `TransactionalOpBatchService`, `TransactionalMessageServiceImpl.deletePrepareMessage`, `MessageQueueOpContext`.
 */

import { javaHashCode } from '../../common/hash.ts'
import { javaTrim } from '../../common/java-text.ts'
import { PROPERTY } from '../../common/message.ts'
import { encodeProperties } from '../../common/message-properties.ts'
import { decodeUtf8, encodeUtf8 } from '../../common/utf8.ts'
import type { Host, TimerId } from '../../host/host.ts'
import type { MessageStore } from '../../store/message-store.ts'
import type { NewMessage } from '../../store/put-message.ts'
import { OP_TOPIC } from './half-message.ts'
import type { OpenHalf } from './half-table.ts'
import type { TransactionConfig } from './transaction-config.ts'

/** The tag of an op message. This tag means that the transactions of the listed half messages have ended. */
const REMOVE_TAG = 'd'

/** Returns the offsets in the body of an op message. Reads both forms of the body. Skips each part that is not a number. */
export function parseOpBody(body: Uint8Array): readonly number[] {
  return decodeUtf8(body)
    .split(',')
    .map(javaTrim)
    .filter((text) => /^\d{1,15}$/.test(text))
    .map(Number)
}

/** Returns the body of an op message that lists `offsets`. */
export function opBody(offsets: readonly number[]): Uint8Array {
  return encodeUtf8(offsets.map((offset) => `${offset},`).join(''))
}

/** The fields of an op message that come from the broker. */
interface OpSource {
  readonly storeIp: Uint8Array
  readonly storePort: number
  newUniqKey(): string
}

/** Collects half messages whose transactions have ended, and writes op messages for these half messages. */
export class OpBatch {
  readonly #host: Host
  readonly #config: TransactionConfig
  readonly #store: MessageStore
  readonly #source: OpSource
  readonly #onNoted: (opOffset: number, halves: readonly OpenHalf[]) => void
  #waiting: OpenHalf[] = []
  #waitingBytes = 0
  #timer: TimerId | undefined
  #stopped = false

  /**
   * `onNoted` is called when the store has accepted an op message. `onNoted` receives the offset of the op message in the op
   * queue, and the half messages in the list of the op message.
   */
  constructor(
    host: Host,
    config: TransactionConfig,
    store: MessageStore,
    source: OpSource,
    onNoted: (opOffset: number, halves: readonly OpenHalf[]) => void,
  ) {
    this.#host = host
    this.#config = config
    this.#store = store
    this.#source = source
    this.#onNoted = onNoted
  }

  // #region op-batch
  /** Adds one half message whose transaction has ended. */
  add(half: OpenHalf): void {
    this.#waiting.push(half)
    this.#waitingBytes += String(half.queueOffset).length + 1
    if (this.#waitingBytes >= this.#config.transactionOpMsgMaxSizeBytes) this.write()
    else this.#writeLater()
  }

  #writeLater(): void {
    if (this.#stopped) return
    this.#timer ??= this.#host.clock.after(this.#config.transactionOpBatchIntervalMs, () => {
      this.#timer = undefined
      this.write()
    })
  }

  /**
   * Writes all waiting offsets now. When the store refuses the op message, the offsets are written again after one interval.
   */
  write(): void {
    if (this.#timer !== undefined) this.#host.clock.cancel(this.#timer)
    this.#timer = undefined
    const halves = this.#waiting
    if (halves.length === 0) return
    this.#waiting = []
    this.#waitingBytes = 0
    const offsets = halves.map((half) => half.queueOffset)
    this.#store.putMessage(this.#opMessage(offsets), ({ queueOffset, reason }) => {
      if (queueOffset < 0) {
        this.#host.trace.log('warn', `the end of ${halves.length} transactions cannot be noted yet: ${reason}`)
        return this.#again(halves)
      }
      this.#host.trace.emit?.('transaction.noted', { queueOffset, halfOffsets: offsets.join(',') })
      this.#onNoted(queueOffset, halves)
    })
  }
  // #endregion op-batch

  #again(halves: readonly OpenHalf[]): void {
    this.#waiting.push(...halves)
    for (const { queueOffset } of halves) this.#waitingBytes += String(queueOffset).length + 1
    this.#writeLater()
  }

  /**
   * Writes all waiting offsets for the last time. When the store refuses the op message, the offsets are not written again.
   */
  stop(): void {
    this.#stopped = true
    this.write()
  }

  #opMessage(offsets: readonly number[]): NewMessage {
    const { storeIp, storePort } = this.#source
    const properties = new Map<string, string>([
      [PROPERTY.TAGS, REMOVE_TAG],
      [PROPERTY.UNIQ_KEY, this.#source.newUniqKey()],
    ])
    return {
      topic: OP_TOPIC,
      queueId: 0,
      flag: 0,
      sysFlag: 0,
      bornTimestamp: this.#host.clock.nowMs(),
      bornIp: storeIp,
      bornPort: storePort,
      reconsumeTimes: 0,
      preparedTransactionOffset: 0,
      body: opBody(offsets),
      propertiesText: encodeProperties(properties),
      tagsCode: javaHashCode(REMOVE_TAG),
      waitStoreMsgOk: true,
      key: '',
    }
  }
}
