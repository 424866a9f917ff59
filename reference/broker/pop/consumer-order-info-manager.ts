/**
 * The queues that groups pop in order (`config/consumerOrderInfo.json`). A batch is open until all its messages are
 * acknowledged. While the messages of an open batch are hidden, no other pop of the group receives messages of the queue.
 *
 * Queues that are popped in order have no check points. The offset of the group stays at the first message without an
 * acknowledgement. So when the acknowledgement of a message does not arrive in time, this message and the messages after it
 * are popped again.
 *
 * A crash may lose the newest changes of the open batches. After such a crash, the messages of an open batch are redelivered
 * too early, but in order.
 *
 * RocketMQ: `ConsumerOrderInfoManager`. Unlike GlassMQ, RocketMQ has a timer that removes old batches. In GlassMQ, a batch
 * that is more than a day old is removed when the file is written.
 */
import { record, table } from '../../common/shape.ts'
import type { Host, TimerId } from '../../host/host.ts'
import type { OrderCounts } from '../../remoting/pop-extra-info.ts'
import { ConfigFile } from '../config-file.ts'
import { FLUSH_CONSUMER_OFFSET_INTERVAL_MS, ORDER_INFO_KEPT_MS } from '../limits.ts'
import type { PopCheckPoint } from './check-point.ts'
import { OrderInfo, type OrderInfoJson, orderInfoShape } from './order-info.ts'

const fileShape = record<{ table: Map<string, Map<string, OrderInfoJson>> }>({ table: table(table(orderInfoShape)) })

/** The open batches of all queues that are popped in order, and their file. */
export class ConsumerOrderInfoManager {
  readonly #host: Host
  readonly #file: ConfigFile<{ table: Map<string, Map<string, OrderInfoJson>> }>
  /** Open batches by `topic@group`, then by queue. */
  readonly #table = new Map<string, Map<number, OrderInfo>>()
  #timer: TimerId | undefined
  #isUsed = false

  constructor(host: Host, storePathRootDir: string) {
    this.#host = host
    const path = `${storePathRootDir}config/consumerOrderInfo.json`
    this.#file = new ConfigFile(host, path, fileShape, () => this.#json())
  }

  load(): void {
    for (const [key, queues] of this.#file.load()?.table ?? [])
      for (const [queueId, json] of queues) {
        const info = OrderInfo.fromJson(json)
        if (info !== undefined) this.#queuesOf(key).set(Number(queueId), info)
      }
  }

  /**
   * Returns the time in ms from which the queue may be popped again, by the wall clock. Returns undefined when the queue may
   * be popped now.
   */
  blockedUntil(attemptId: string | undefined, topic: string, group: string, queueId: number): number | undefined {
    return this.#of(topic, group, queueId)?.blockedUntil(attemptId, this.#host.clock.nowMs())
  }

  // #region order-popped
  /**
   * Remembers a batch that is sent to a member. Returns for each message of the batch how often the message was popped
   * before.
   */
  popped(
    attemptId: string | undefined,
    { topic, group, queueId, popTime, invisibleTime, offsets }: PopCheckPoint,
  ): OrderCounts {
    const counts = this.#of(topic, group, queueId)?.countsOfNext(attemptId, offsets) ?? new Map<number, number>()
    const batch = { popTime, invisibleTime, offsets, lastConsumeMs: this.#host.clock.nowMs() }
    this.#queuesOf(`${topic}@${group}`).set(queueId, new OrderInfo(batch, attemptId, counts))
    this.#persistLater()
    const minCount = counts.size === offsets.length ? Math.min(...counts.values()) : 0
    return { topic, queueId, counts, minCount }
  }
  // #endregion order-popped

  // #region order-ack
  /**
   * Acknowledges a message. Returns the offset that may be committed. Returns -1 when the message does not belong to the
   * open batch. When no batch is open, returns the offset after the message.
   */
  ack(topic: string, group: string, queueId: number, offset: number, popTime: number): number {
    const info = this.#of(topic, group, queueId)
    if (info === undefined) return offset + 1
    if (info.popTime !== popTime || !info.ack(offset)) return -1
    this.#persistLater()
    return info.nextOffset
  }
  // #endregion order-ack

  setVisibleAt(
    name: { topic: string; group: string; queueId: number; popTime: number },
    offset: number,
    atMs: number,
  ): void {
    const info = this.#of(name.topic, name.group, name.queueId)
    if (info?.popTime !== name.popTime) return
    info.setVisibleAt(offset, atMs)
    this.#persistLater()
  }

  forget(topic: string, group: string, queueId: number): void {
    if (this.#table.get(`${topic}@${group}`)?.delete(queueId) === true) this.#persistLater()
  }

  /**
   * Removes the open batches of deleted topics and groups, so that they do not block a queue of a new topic or group with
   * the same name.
   */
  forgetAll(isGone: (topic: string, group: string) => boolean): void {
    for (const key of [...this.#table.keys()]) {
      const at = key.indexOf('@')
      if (isGone(key.slice(0, at), key.slice(at + 1)) && this.#table.delete(key)) this.#persistLater()
    }
  }

  #of(topic: string, group: string, queueId: number): OrderInfo | undefined {
    return this.#table.get(`${topic}@${group}`)?.get(queueId)
  }

  #queuesOf(key: string): Map<number, OrderInfo> {
    let queues = this.#table.get(key)
    if (queues === undefined) this.#table.set(key, (queues = new Map()))
    return queues
  }

  #json(): object {
    const oldestMs = this.#host.clock.nowMs() - ORDER_INFO_KEPT_MS
    for (const [key, queues] of this.#table) {
      for (const [queueId, info] of queues) if (info.lastConsumeMs < oldestMs) queues.delete(queueId)
      if (queues.size === 0) this.#table.delete(key)
    }
    const queuesJson = (queues: Map<number, OrderInfo>) =>
      Object.fromEntries([...queues].map(([queueId, info]) => [queueId, info.toJson()]))
    return { table: Object.fromEntries([...this.#table].map(([key, queues]) => [key, queuesJson(queues)])) }
  }

  #persistLater(): void {
    this.#isUsed = true
    this.#timer ??= this.#host.clock.after(FLUSH_CONSUMER_OFFSET_INTERVAL_MS, () => {
      this.#timer = undefined
      this.#file.persist()
    })
  }

  close(done: () => void): void {
    if (this.#timer !== undefined) this.#host.clock.cancel(this.#timer)
    if (this.#isUsed) this.#file.close(done)
    else done()
  }
}
