/**
 * The table of topics. For each topic, this table contains the brokers that have the topic, and the numbers of queues on
 * each of these brokers. This table is the largest table of a NameServer, so the table is designed to need little memory.
 *
 * Most topics of a broker have the same numbers of queues and the same permissions, and exist only on this broker. Therefore
 * equal `QueueData` are stored once, and topics share them. Topics also share a list with only one such object. So one more
 * topic needs only its name and one entry of a map.
 *
 * Invariant: a topic in the table has at least one broker.
 *
 * RocketMQ: `RouteInfoManager.topicQueueTable`. In RocketMQ, this table is a map of maps, with a `QueueData` for each pair
 * of a topic and a broker.
 */
import type { QueueData } from '../remoting/bodies/route.ts'
import { ROUTE_ENTRIES_MAX, ROUTE_NAME_CHARS_MAX } from './limits.ts'

/** The max number of shared `QueueData` of one broker. */
const SHARED_MAX = 1_000

type Queues = readonly QueueData[]

/** The topics of all brokers. */
export class TopicQueues {
  readonly #topics = new Map<string, Queues>()
  /** The number of topics of each broker. */
  readonly #counts = new Map<string, number>()
  /**
   * The lists that topics share, by broker, and then by numbers of queues and permissions. Each list has one `QueueData`.
   */
  readonly #shared = new Map<string, Map<string, readonly [QueueData]>>()
  #entries = 0
  #nameChars = 0

  /** Returns the queues of a topic by broker. Returns undefined when no broker has the topic. */
  get(topic: string): Queues | undefined {
    return this.#topics.get(topic)
  }

  of(topic: string, brokerName: string): QueueData | undefined {
    return this.#topics.get(topic)?.find((data) => data.brokerName === brokerName)
  }

  names(): readonly string[] {
    return [...this.#topics.keys()]
  }

  entries(): IterableIterator<[string, Queues]> {
    return this.#topics.entries()
  }

  /** Returns the number of topics of a broker. */
  countOf(brokerName: string): number {
    return this.#counts.get(brokerName) ?? 0
  }

  /**
   * Returns true when the table has room for `entries` more pairs of a topic and a broker. `nameChars` is the number of
   * characters of the names of these topics together.
   */
  hasRoom(entries: number, nameChars: number): boolean {
    return this.#entries + entries <= ROUTE_ENTRIES_MAX && this.#nameChars + nameChars <= ROUTE_NAME_CHARS_MAX
  }

  // #region share-queues
  set(topic: string, data: QueueData): void {
    const list = this.#sharedList(data)
    const known = this.#topics.get(topic)
    const at = known?.findIndex(({ brokerName }) => brokerName === data.brokerName) ?? -1
    if (known === undefined) this.#nameChars += topic.length
    if (at < 0) this.#count(data.brokerName, 1)
    if (known === undefined || (known.length === 1 && at === 0)) this.#topics.set(topic, list)
    else this.#topics.set(topic, at < 0 ? [...known, list[0]] : known.map((each, i) => (i === at ? list[0] : each)))
  }

  #sharedList(data: QueueData): readonly [QueueData] {
    const { brokerName, readQueueNums, writeQueueNums, perm, topicSysFlag } = data
    let lists = this.#shared.get(brokerName)
    if (lists === undefined) this.#shared.set(brokerName, (lists = new Map()))
    const key = `${readQueueNums} ${writeQueueNums} ${perm} ${topicSysFlag}`
    let list = lists.get(key)
    if (list !== undefined) return list
    if (lists.size >= SHARED_MAX) lists.clear() // lists that are in use stay valid; topics that are added later share new lists
    lists.set(key, (list = [data]))
    return list
  }
  // #endregion share-queues

  delete(topic: string, brokerName: string): void {
    const known = this.#topics.get(topic)
    const others = known?.filter((data) => data.brokerName !== brokerName)
    if (known === undefined || others === undefined || others.length === known.length) return
    this.#count(brokerName, -1)
    if (others.length > 0) this.#topics.set(topic, others)
    else {
      this.#topics.delete(topic)
      this.#nameChars -= topic.length
    }
  }

  /** Removes all topics of a broker. */
  deleteBroker(brokerName: string): void {
    if (this.countOf(brokerName) > 0) for (const topic of this.#topics.keys()) this.delete(topic, brokerName)
    this.#counts.delete(brokerName)
    this.#shared.delete(brokerName)
  }

  /** Changes the data of each topic of a broker. Returns the number of these topics. */
  change(brokerName: string, change: (data: QueueData) => QueueData): number {
    let count = 0
    for (const [topic, queues] of this.#topics) {
      const data = queues.find((each) => each.brokerName === brokerName)
      if (data === undefined) continue
      const list = this.#sharedList(change(data))
      this.#topics.set(topic, queues.length === 1 ? list : queues.map((each) => (each === data ? list[0] : each)))
      count++
    }
    return count
  }

  #count(brokerName: string, more: number): void {
    this.#entries += more
    this.#counts.set(brokerName, this.countOf(brokerName) + more)
  }
}
