/**
 * All consume queues of a broker, by topic and queue id, and the next offset of each.
 *
 * A queue's next offset runs ahead of its entries by what is not dispatched yet.
 * RocketMQ: `ConsumeQueueStore`, `QueueOffsetOperator`.
 */
import type { Disk } from '../host/host.ts'
import { ConsumeQueue } from './consume-queue.ts'

/** What all queues hold together of a part of the log: by this a start notices that files are gone. */
export interface QueueSummary {
  /** Records from here on, where the log begins, … */
  readonly from: number
  /** … that begin before this position. */
  readonly before: number
  /** Queues that have, or once had, messages before that. */
  readonly queues: number
  /** Messages that are found in them. */
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

  /** Opens every queue there is on disk; gives whether any of them lacked a file. */
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

  /** Entries put meanwhile are old ones: files made for them are not believed before they are durable. */
  set isMakingAgain(value: boolean) {
    this.#isMakingAgain = value
    for (const queue of this.all()) queue.files.isMakingAgain = value
  }

  find(topic: string, queueId: number): ConsumeQueue | undefined {
    return this.#queues.get(topic)?.get(queueId)
  }

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
   * Every queue of a topic goes, with its files. One whose last messages are still on their way here goes on counting:
   * a message that counted from 0 would come after them in the log, and before them in the queue.
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
  /** The offset of the next message of a queue; the one after it is one higher. */
  takeQueueOffset(topic: string, queueId: number): number {
    const key = `${topic}-${queueId}`
    const offset = this.#nextOffsets.get(key) ?? 0
    this.#nextOffsets.set(key, offset + 1)
    return offset
  }
  // #endregion take-queue-offset

  /** After recovery: the next messages follow the last entries. */
  resetNextOffsets(): void {
    for (const queue of this.all()) this.#nextOffsets.set(`${queue.topic}-${queue.queueId}`, queue.maxOffset)
  }

  /** End of the last record that any queue knows; -1 without entries. */
  get maxPhysicalOffset(): number {
    return this.all().reduce((most, queue) => Math.max(most, queue.maxPhysicalOffset), -1)
  }

  get isEmpty(): boolean {
    return this.maxPhysicalOffset < 0
  }

  /** Counts the entries of a log that begins at `from`, of records before `before`, where it ends or ended once. */
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

  /** The log now begins at `physicalOffset`. */
  correctMinOffsets(physicalOffset: number): void {
    for (const queue of this.all()) queue.correctMinOffset(physicalOffset)
  }

  /** Removes queue files whose messages are all gone, in every queue; `done` when they are gone for good. */
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

  /** Makes durable what was written out; `done` gets '' or the first reason it failed. */
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
