/**
 * All consume queues of a broker, by topic and queue id, and the next offset of each.
 *
 * The next offset of a queue is ahead of its entries by the messages that are not dispatched yet.
 * RocketMQ: `ConsumeQueueStore`, `QueueOffsetOperator`.
 */
import type { Disk } from '../host/host.ts'
import { ConsumeQueue } from './consume-queue.ts'

/** Counts of all queues together for a part of the log: a start compares them, and so notices that files are gone. */
export interface QueueSummary {
  /** Position where the log begins. */
  readonly from: number
  /** Records that begin before this position are counted. */
  readonly before: number
  /** Queues that have, or once had, such a message. */
  readonly queues: number
  /** Entries of such messages in all queues. */
  readonly entries: number
}

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

  /** Opens every queue on the disk; returns true when a file of any of them was missing or short. */
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

  /** While true, entries are old ones that are put again: a new file for them is not trusted before it is durable. */
  set isMakingAgain(value: boolean) {
    this.#isMakingAgain = value
    for (const queue of this.all()) queue.files.isMakingAgain = value
  }

  find(topic: string, queueId: number): ConsumeQueue | undefined {
    return this.#queues.get(topic)?.get(queueId)
  }

  /** The queue; a new one is made in memory, and its file with its first entry. */
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

  /** Topics that have or had messages. */
  topicNames(): readonly string[] {
    return [...this.#queues.keys()]
  }

  // #region delete-topic
  /**
   * Removes every queue of a topic, with its files. A queue with undispatched messages keeps its next offset: a message
   * that counted from 0 would lie after them in the log, but before them in the queue.
   */
  deleteTopic(topic: string): void {
    for (const queue of this.#queues.get(topic)?.values() ?? []) {
      const key = `${topic}-${queue.queueId}`
      if (this.#nextOffsets.get(key) === queue.maxOffset) this.#nextOffsets.delete(key)
      queue.deleteAll()
    }
    this.#queues.delete(topic)
  }
  // #endregion delete-topic

  all(): ConsumeQueue[] {
    return [...this.#queues.values()].flatMap((queues) => [...queues.values()])
  }

  // #region take-queue-offset
  /** Returns the offset for the next message of a queue, and counts on. */
  takeQueueOffset(topic: string, queueId: number): number {
    const key = `${topic}-${queueId}`
    const offset = this.#nextOffsets.get(key) ?? 0
    this.#nextOffsets.set(key, offset + 1)
    return offset
  }
  // #endregion take-queue-offset

  /** Sets the next offsets behind the last entries, after recovery. */
  resetNextOffsets(): void {
    for (const queue of this.all()) this.#nextOffsets.set(`${queue.topic}-${queue.queueId}`, queue.maxOffset)
  }

  /** End of the last record that has an entry in any queue; -1 without entries. */
  get maxPhysicalOffset(): number {
    return this.all().reduce((max, queue) => Math.max(max, queue.maxPhysicalOffset), -1)
  }

  get isEmpty(): boolean {
    return this.maxPhysicalOffset < 0
  }

  /** Counts the entries of records between `from`, where the log begins, and `before`, where it ends or once ended. */
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

  /** Corrects the min offset of every queue: the log now begins at `physicalOffset`. */
  correctMinOffsets(physicalOffset: number): void {
    for (const queue of this.all()) queue.correctMinOffset(physicalOffset)
  }

  /** Removes queue files whose messages are all gone; `done` when no power cut can bring them back. */
  deleteFilesBefore(physicalOffset: number, done: () => void): void {
    const all = this.all()
    let left = all.length
    if (left === 0) return done()
    for (const queue of all) queue.deleteFilesBefore(physicalOffset, () => --left === 0 && done())
  }

  /** Hands gathered entries of every queue to the page cache. Throws `DiskError`. */
  writeOut(): void {
    for (const queue of this.all()) queue.writeOut()
  }

  /** Makes durable what was written out; `done` gets '' or the first reason why it failed. */
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
