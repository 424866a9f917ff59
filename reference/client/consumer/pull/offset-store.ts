/**
 * Keeps the offset of the next message of each queue in memory, and reports these offsets to the brokers every five seconds.
 *
 * In a concurrent consumer, messages may be consumed in any order, but the result of a message never makes the offset of its
 * queue lower. Only a reset, a call of `seek`, or the broker's answer PULL_OFFSET_MOVED can make the offset lower. When the
 * process ends without a report, the next owner of the queue begins at the offset that was reported last. So it consumes
 * some messages again.
 *
 * RocketMQ: `OffsetStore`, `RemoteBrokerOffsetStore`. Broadcasting consumers keep their offsets in a file
 * (`local-offset-store.ts`).
 */
import { type MessageQueue, queueKey } from '../../../common/message.ts'
import { offsetAnswer, queryConsumerOffset, updateConsumerOffset } from '../../../remoting/requests/consumer-offset.ts'
import { ResponseCode } from '../../../remoting/response-code.ts'
import { ClientError } from '../../client-error.ts'
import type { ClientInstance } from '../../client-instance.ts'
import { MQ_CLIENT_API_TIMEOUT_MS } from '../../limits.ts'

/**
 * The stored offset of a group. `none` means that the group has no stored offset. `unknown` means that no broker has
 * returned a valid answer.
 */
export type StoredOffset = number | 'none' | 'unknown'

/** The offsets of one consumer. The offset of a queue is the offset of the next message to consume. */
export interface OffsetStore {
  /** True when brokers keep the offsets. A pull may then report an offset to the broker, too. */
  readonly isRemote: boolean
  /** Returns the offset in memory. Returns -1 when no offset is known. */
  read(queue: MessageQueue): number
  update(queue: MessageQueue, offset: number, increaseOnly: boolean): void
  /** Calls `answered` with the offset that was stored outside this process: at a broker, or in a file. */
  readStored(queue: MessageQueue, answered: (offset: StoredOffset) => void): void
  /** Stores the offsets that have changed since they were last stored. */
  persistAll(): void
  /** Stores the offset of a queue that is given up, and removes the offset from memory. */
  release(queue: MessageQueue): void
  /**
   * Removes the offset of a queue from memory, but does not store this offset, because another member may already have the
   * queue.
   */
  forget(queue: MessageQueue): void
}

/** The offsets of one member of a clustering group. Brokers store these offsets. */
export class RemoteOffsetStore implements OffsetStore {
  readonly isRemote = true
  readonly #instance: ClientInstance
  readonly #group: string
  readonly #offsets = new Map<string, { readonly queue: MessageQueue; offset: number; told: number }>()

  constructor(instance: ClientInstance, group: string) {
    this.#instance = instance
    this.#group = group
  }

  read(queue: MessageQueue): number {
    return this.#offsets.get(queueKey(queue))?.offset ?? -1
  }

  update(queue: MessageQueue, offset: number, increaseOnly: boolean): void {
    const known = this.#offsets.get(queueKey(queue))
    if (known === undefined) {
      this.#offsets.set(queueKey(queue), { queue, offset, told: -1 })
      return
    }
    const next = increaseOnly ? Math.max(known.offset, offset) : offset
    // a pull may have committed more than the last report, so a lower offset is always reported
    if (next < known.offset) known.told = -1
    known.offset = next
  }

  /**
   * Requests the offset from the broker. `answered` receives `none` when the answer is QUERY_NOT_FOUND. Without an answer,
   * or when it has no valid number, `answered` receives `unknown`.
   */
  readStored(queue: MessageQueue, answered: (offset: StoredOffset) => void): void {
    const extFields = queryConsumerOffset.encode({
      consumerGroup: this.#group,
      topic: queue.topic,
      queueId: queue.queueId,
      bname: queue.brokerName,
    })
    this.#instance.remoting.invoke(
      this.#instance.subscribeAddress(queue.brokerName).address,
      { code: queryConsumerOffset.code, extFields },
      MQ_CLIENT_API_TIMEOUT_MS,
      (answer) => {
        if (answer.error !== undefined) return answered('unknown')
        const { code, extFields: fields } = answer.response
        if (code === ResponseCode.QUERY_NOT_FOUND) return answered('none')
        if (code !== ResponseCode.SUCCESS || !/^\d{1,15}$/.test(fields?.['offset'] ?? '')) return answered('unknown')
        answered(offsetAnswer.decode(fields).offset)
      },
    )
  }

  // #region persist-offsets
  /** Reports the offsets that have changed since the last report. */
  persistAll(): void {
    for (const entry of this.#offsets.values()) this.#tell(entry)
  }

  release(queue: MessageQueue): void {
    const entry = this.#offsets.get(queueKey(queue))
    if (entry === undefined) return
    this.#tell(entry)
    this.#offsets.delete(queueKey(queue))
  }

  forget(queue: MessageQueue): void {
    this.#offsets.delete(queueKey(queue))
  }

  #tell(entry: { readonly queue: MessageQueue; offset: number; told: number }): void {
    if (entry.offset === entry.told) return
    const { topic, queueId, brokerName } = entry.queue
    const { address } = this.#instance.subscribeAddress(brokerName)
    if (address === '') return
    entry.told = entry.offset
    const extFields = updateConsumerOffset.encode({
      consumerGroup: this.#group,
      topic,
      queueId,
      commitOffset: entry.offset,
      bname: brokerName,
    })
    this.#instance.remoting.invokeOneway(address, { code: updateConsumerOffset.code, extFields })
  }
  // #endregion persist-offsets
}

/**
 * Resolves with the offset that the group has stored for a queue, or with -1 when the group has no stored offset. Rejects
 * with a `ClientError` when the offset cannot be read.
 */
export function storedOffset(offsets: OffsetStore, queue: MessageQueue): Promise<number> {
  return new Promise((resolve, reject) => {
    offsets.readStored(queue, (stored) => {
      if (stored === 'unknown')
        reject(new ClientError(`the offset of ${queue.topic} queue ${queue.queueId} cannot be read`, 'definite'))
      else resolve(stored === 'none' ? -1 : stored)
    })
  })
}
