/**
 * Keeps the next offset of each queue in memory, and reports it to the brokers every five seconds.
 *
 * The result of a message never lowers the offset of a concurrent consumer: a late result of an old message does not undo
 * later results. Only a reset, a seek, or the broker's answer PULL_OFFSET_MOVED lowers the offset. When the process dies,
 * the queue's next owner consumes the messages after the last reported offset again.
 *
 * RocketMQ: `OffsetStore`, `RemoteBrokerOffsetStore`. Broadcasting consumers keep their offsets in a file:
 * `local-offset-store.ts`.
 */
import { type MessageQueue, queueKey } from '../../../common/message.ts'
import { offsetAnswer, queryConsumerOffset, updateConsumerOffset } from '../../../remoting/requests/consumer-offset.ts'
import { ResponseCode } from '../../../remoting/response-code.ts'
import { ClientError } from '../../client-error.ts'
import type { ClientInstance } from '../../client-instance.ts'
import { MQ_CLIENT_API_TIMEOUT_MS } from '../../limits.ts'

/**
 * The stored offset of a group. `none` means that the group has stored no offset. `unknown` means that no reliable answer
 * came.
 */
export type StoredOffset = number | 'none' | 'unknown'

/** The offsets of one consumer: for each queue the next offset to consume. */
export interface OffsetStore {
  /** True when brokers keep the offsets. A pull may then carry an offset to the broker. */
  readonly isRemote: boolean
  /** Returns the offset in memory, or -1 when no offset is known. */
  read(queue: MessageQueue): number
  update(queue: MessageQueue, offset: number, increaseOnly: boolean): void
  /** Reads the offset that was stored before this consumer took the queue, and calls `answered` with it. */
  readStored(queue: MessageQueue, answered: (offset: StoredOffset) => void): void
  /** Stores the offsets that have changed since they were last stored. */
  persistAll(): void
  /** Stores one queue's offset and forgets it, because the queue is given up. */
  release(queue: MessageQueue): void
  /** Forgets one queue's offset without storing it, because another member may have the queue already. */
  forget(queue: MessageQueue): void
}

/** The offsets of one member of a group. Brokers store these offsets. */
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
    if (known === undefined) this.#offsets.set(queueKey(queue), { queue, offset, told: -1 })
    else known.offset = increaseOnly ? Math.max(known.offset, offset) : offset
  }

  /**
   * Asks the broker. An answer that is neither a number nor QUERY_NOT_FOUND counts as `unknown`, and the caller does not
   * begin the queue.
   */
  readStored(queue: MessageQueue, answered: (offset: StoredOffset) => void): void {
    const extFields = queryConsumerOffset.encode({
      consumerGroup: this.#group,
      topic: queue.topic,
      queueId: queue.queueId,
      bname: queue.brokerName,
    })
    this.#instance.remoting.invoke(
      this.#instance.masterAddress(queue.brokerName),
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
  /** Reports to the brokers the offsets that have changed since the last report. */
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
    const address = this.#instance.masterAddress(brokerName)
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
 * Resolves with the offset that the group has stored for a queue, or with -1 when the group has stored none. Rejects with a
 * `ClientError` when the offset cannot be read.
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
