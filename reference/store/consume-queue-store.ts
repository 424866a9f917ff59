/**
 * Holds the consume queues of a broker by topic and queue id, and the next offset of each queue.
 *
 * The next offset of a queue is the offset of its next message. The next offset also counts the messages that are in the log
 * but not yet in the queue.
 *
 * RocketMQ: `ConsumeQueueStore`, `QueueOffsetOperator`.
 */
import type { Disk } from '../host/host.ts'
import { ConsumeQueue } from './consume-queue.ts'

/**
 * The numbers of queues and of entries that belong to a part of the log. The next start compares these numbers with the
 * queue files on the disk, and so detects missing files.
 */
export interface QueueSummary {
  /** The position where the log begins. */
  readonly from: number
  /** Only records that begin before this position are counted. */
  readonly before: number
  /** The number of queues that have, or once had, an entry for such a record. */
  readonly queues: number
  /** The number of entries for such records in all queues. */
  readonly entries: number
}

/** The data that a start needs to add missing entries to the queues. */
export interface OfferedQueues {
  readonly queues: ConsumeQueueStore
  /**
   * The delay of each delay level. An entry of `SCHEDULE_TOPIC` holds the time of delivery, so its creation needs the delay.
   */
  readonly delayLevelsMs: readonly number[]
}

/** The consume queues of one store. */
export class ConsumeQueueStore {
  readonly #disk: Disk
  readonly #directory: string
  readonly #fileSizeBytes: number
  readonly #queues = new Map<string, Map<number, ConsumeQueue>>()
  readonly #nextOffsets = new Map<string, number>()
  #isMakingAgain = false

  constructor(disk: Disk, directory: string, fileSizeBytes: number) {
    this.#disk = disk
    this.#directory = directory
    this.#fileSizeBytes = fileSizeBytes
  }

  /**
   * Opens every queue on the disk, with `ConsumeQueue.recover`. Returns true when a file of at least one queue was missing
   * or too short.
   */
  load(logEndsAt: number, wasStoppedCleanly: boolean, durableUpTo: number): boolean {
    let isDamaged = false
    for (const topic of this.#subdirectories(this.#directory)) {
      for (const id of this.#subdirectories(`${this.#directory}/${topic}`)) {
        const queueId = Number(id)
        if (!Number.isInteger(queueId)) continue
        if (this.findOrMake(topic, queueId).recover(logEndsAt, wasStoppedCleanly, durableUpTo)) isDamaged = true
      }
    }
    return isDamaged
  }

  #subdirectories(directory: string): string[] {
    const names = this.#disk.list(directory)
    return names.filter((name) => name.endsWith('/')).map((name) => name.slice(0, -1))
  }

  /**
   * True while old entries are rebuilt from the log. A new file with rebuilt entries must not be trusted before this file is
   * durable.
   */
  set isMakingAgain(value: boolean) {
    this.#isMakingAgain = value
    for (const queue of this.all()) queue.files.isMakingAgain = value
  }

  find(topic: string, queueId: number): ConsumeQueue | undefined {
    return this.#queues.get(topic)?.get(queueId)
  }

  /** Returns the queue. Creates a missing queue in memory. A new queue gets its first file with its first entry. */
  findOrMake(topic: string, queueId: number): ConsumeQueue {
    let queues = this.#queues.get(topic)
    if (queues === undefined) this.#queues.set(topic, (queues = new Map()))
    let queue = queues.get(queueId)
    if (queue === undefined) {
      queue = new ConsumeQueue(this.#disk, this.#directory, topic, queueId, this.#fileSizeBytes)
      queue.files.isMakingAgain = this.#isMakingAgain
      queues.set(queueId, queue)
    }
    return queue
  }

  /** Returns the topics that have a consume queue, including topics whose messages have all been deleted. */
  topicNames(): readonly string[] {
    return [...this.#queues.keys()]
  }

  // #region delete-topic
  /**
   * Removes every queue of a topic, with its files. The next message of a removed queue gets offset 0. But when some
   * messages of the queue are not dispatched yet, the queue keeps its next offset. With offset 0, later messages would get
   * lower offsets than the messages that are not dispatched yet.
   */
  deleteTopic(topic: string): void {
    for (const queue of this.#queues.get(topic)?.values() ?? []) {
      const key = `${topic}-${queue.queueId}`
      if (this.#nextOffsets.get(key) === queue.maxOffset) {
        // rare: a failed dispatch is forgotten
        this.#nextOffsets.delete(key)
      }
      queue.deleteAll()
    }
    this.#queues.delete(topic)
  }
  // #endregion delete-topic

  all(): ConsumeQueue[] {
    return [...this.#queues.values()].flatMap((queues) => [...queues.values()])
  }

  // #region take-queue-offset
  /** Returns the offset for the next message of a queue, and increases the next offset by one. */
  takeQueueOffset(topic: string, queueId: number): number {
    const key = `${topic}-${queueId}`
    const offset = this.#nextOffsets.get(key) ?? 0
    this.#nextOffsets.set(key, offset + 1)
    return offset
  }
  // #endregion take-queue-offset

  /**
   * Sets the next offset of every queue to its `maxOffset`. Called after recovery, when the end of the log was removed, and
   * when a new master has dispatched its whole log.
   */
  resetNextOffsets(): void {
    this.#nextOffsets.clear() // a queue whose only messages were removed has no entry any more
    for (const queue of this.all()) this.#nextOffsets.set(`${queue.topic}-${queue.queueId}`, queue.maxOffset)
  }

  /** The position in the log at which the last record with an entry in any queue ends, or -1 when no queue has an entry. */
  get maxPhysicalOffset(): number {
    return this.all().reduce((max, queue) => Math.max(max, queue.maxPhysicalOffset), -1)
  }

  get isEmpty(): boolean {
    return this.maxPhysicalOffset < 0
  }

  /**
   * Counts the queues and the entries for the records between `from` and `before`. `from` is the position where the log
   * begins. `before` is the present end of the log, or an earlier position.
   */
  summary(from: number, before: number): QueueSummary {
    let queues = 0
    let entries = 0
    for (const queue of this.all()) {
      const end = queue.offsetAt(before)
      if (end > 0) queues++
      entries += Math.max(0, end - queue.minOffset)
    }
    return { from, before, queues, entries }
  }

  /** Sets the min offset of every queue. `physicalOffset` is the position at which the log now begins. */
  correctMinOffsets(physicalOffset: number): void {
    for (const queue of this.all()) queue.correctMinOffset(physicalOffset)
  }

  /** Removes queue files whose messages all lie before `physicalOffset`. Calls `done` when all queues have finished. */
  deleteFilesBefore(physicalOffset: number, done: () => void): void {
    const all = this.all()
    let left = all.length
    if (left === 0) return done()
    for (const queue of all) queue.deleteFilesBefore(physicalOffset, () => --left === 0 && done())
  }

  /** Writes the entries that are only in memory to the page cache. Throws `DiskError` when a write fails. */
  writeOut(): void {
    for (const queue of this.all()) queue.writeOut()
  }

  /** Makes all written entries durable. Then calls `done` with '' or with the reason of the first failure. */
  sync(done: (error: string) => void): void {
    const all = this.all()
    let left = all.length
    let failure = ''
    if (left === 0) return done('')
    for (const queue of all) {
      queue.files.sync((error) => {
        failure ||= error
        if (--left === 0) done(failure)
      })
    }
  }

  close(): void {
    for (const queue of this.all()) queue.files.close()
  }
}
