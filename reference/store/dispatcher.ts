/**
 * The dispatcher waits until the confirm offset (`put-path.ts`) has reached the end of a record of the log. Then it adds the
 * record to its consume queue and to the index, and notifies the broker that a message has arrived.
 * Prepared and rolled-back messages have no entry in a queue, and the broker is not notified of them.
 *
 * ```
 *  append ──► undispatched ──► (confirm offset has passed it) ──► consume queue ──► index ──► "a message arrived"
 * ```
 *
 * Undispatched records wait in memory, in the order of the log. After a crash, recovery finds these records in the log.
 * Unlike this store, RocketMQ reads each record from the log again to dispatch it, and looks for new records up to a
 * thousand times per second.
 *
 * Invariant: A record is in its queue before the broker is notified of its message.
 *
 * RocketMQ: `ReputMessageService`, `CommitLogDispatcherBuildConsumeQueue`, `CommitLogDispatcherBuildIndex`.
 */
import { PROPERTY } from '../common/message.ts'
import { propertyOf } from '../common/message-properties.ts'
import { attempt } from '../host/disk-attempt.ts'
import type { Trace } from '../host/trace.ts'
import type { ConsumeQueue } from './consume-queue.ts'
import type { ConsumeQueueStore } from './consume-queue-store.ts'
import type { IndexService } from './index-service.ts'
import { hasQueueEntry } from './put-message.ts'

/** A record that has its position in the log but is not yet dispatched. */
export interface Undispatched {
  readonly topic: string
  readonly queueId: number
  readonly queueOffset: number
  readonly physicalOffset: number
  readonly sizeBytes: number
  readonly tagsCode: number
  readonly sysFlag: number
  readonly storeTimestamp: number
  readonly propertiesText: string
}

/**
 * Called for each message as soon as consumers may see the message. `maxOffset` is the queue offset of the message plus 1.
 */
export type MessageArriving = (topic: string, queueId: number, maxOffset: number, tagsCode: number) => void

/** The dispatcher of one store. */
export class Dispatcher {
  readonly #trace: Trace
  readonly #queues: ConsumeQueueStore
  readonly #index: IndexService | undefined
  readonly #arriving: MessageArriving
  #undispatched: Undispatched[] = []
  #behindBytes = 0

  constructor(trace: Trace, queues: ConsumeQueueStore, index: IndexService | undefined, arriving: MessageArriving) {
    this.#trace = trace
    this.#queues = queues
    this.#index = index
    this.#arriving = arriving
  }

  get hasDispatchedAll(): boolean {
    return this.#undispatched.length === 0
  }
  /** The physical offset of the first undispatched record. Undefined when all records are dispatched. */
  get firstWaiting(): number | undefined {
    return this.#undispatched[0]?.physicalOffset
  }
  /** The number of bytes of all undispatched records. */
  get behindBytes(): number {
    return this.#behindBytes
  }

  /** Adds a record that was appended. The caller must add records in the order of the log. */
  add(record: Undispatched): void {
    this.#undispatched.push(record)
    this.#behindBytes += record.sizeBytes
  }

  /** Forgets the undispatched records. `ha/log-follower.ts` reads those that stay in the log again. */
  forgetWaiting(): void {
    this.#undispatched = []
    this.#behindBytes = 0
  }

  // #region dispatch
  /**
   * Dispatches every record that ends at or before
   * `confirmOffset`: enters it in its queue and in the index,
   * then notifies the broker. Returns '' or the reason of a
   * failure. After a failure, all these records wait again.
   */
  dispatchUpTo(confirmOffset: number): string {
    const records = this.#takeBefore(confirmOffset)
    const queued = records.filter(({ sysFlag }) => hasQueueEntry(sysFlag))
    const failure = attempt(() => {
      const queues = new Set(queued.map((record) => this.#enter(record)))
      for (const queue of queues) queue.writeOut()
      for (const record of records) this.#enterKeys(record)
    })
    // #fold the disk refuses: the records wait
    if (failure !== '') {
      // Some of these records may already be in their queues. The next start adds the entries that are missing.
      for (const { topic, queueId } of queued) this.#queues.find(topic, queueId)?.forgetGathered()
      this.#undispatched.unshift(...records)
      return failure
    }
    // #endfold
    for (const { sizeBytes } of records) this.#behindBytes -= sizeBytes
    for (const record of queued) this.#arrived(record)
    return ''
  }
  // #endregion dispatch

  /** Removes and returns the records that end at or before `confirmOffset`. */
  #takeBefore(confirmOffset: number): Undispatched[] {
    const first = this.#undispatched.findIndex((record) => record.physicalOffset + record.sizeBytes > confirmOffset)
    return this.#undispatched.splice(0, first < 0 ? this.#undispatched.length : first)
  }

  #arrived({ topic, queueId, queueOffset, physicalOffset, sizeBytes, tagsCode }: Undispatched): void {
    this.#trace.emit?.('entry.dispatched', { topic, queueId, queueOffset, physicalOffset, sizeBytes })
    this.#arriving(topic, queueId, queueOffset + 1, tagsCode)
  }

  #enter({ topic, queueId, queueOffset, physicalOffset, sizeBytes, tagsCode }: Undispatched): ConsumeQueue {
    const queue = this.#queues.findOrMake(topic, queueId)
    queue.put(queueOffset, { physicalOffset, sizeBytes, tagsCode })
    return queue
  }

  #enterKeys(record: Undispatched): void {
    if (this.#index === undefined) return
    const { topic, sysFlag, physicalOffset, storeTimestamp, propertiesText } = record
    const uniqKey = propertyOf(propertiesText, PROPERTY.UNIQ_KEY)
    const keys = propertyOf(propertiesText, PROPERTY.KEYS)
    this.#index.put({ topic, uniqKey, keys, sysFlag, physicalOffset, storeTimestamp })
  }
}
