/**
 * The consumer offsets (`config/consumerOffset.json`). For each group and queue, the stored offset is the offset of the next
 * message to consume.
 *
 * Groups commit their offsets often, so a commit first changes only the memory. A write of the file begins within five
 * seconds after a commit, and all commits of these five seconds cause only one write. A crash may lose the commits since the
 * last write. After such a crash, a group whose offsets only grow consumes some messages again, but misses none. One turn of
 * the event loop writes the offsets of only a few hundred pairs of topic and group (`config-file.ts`). At most a million
 * offsets are stored (`hasRoom`).
 *
 * An operator may reset the offset of a group in a queue. The new offset is stored twice: as the offset of the group, and as
 * a *reset*. The next pull or pop of this queue by the group fetches the reset. Before that pull or pop, the broker ignores
 * commits of the group for this queue, because such a commit would undo the reset.
 *
 * RocketMQ: `ConsumerOffsetManager`. Left out: pull offsets.
 */
import { record, table, whole } from '../common/shape.ts'
import type { Host, TimerId } from '../host/host.ts'
import { type DataVersion, dataVersionShape, isOlder, nextVersion } from '../remoting/bodies/data-version.ts'
import { BodyError } from '../remoting/bodies/json-body.ts'
import { ConfigFile } from './config-file.ts'
import { FLUSH_CONSUMER_OFFSET_INTERVAL_MS, OFFSETS_MAX } from './limits.ts'

type OffsetTable = Map<string, Map<string, number>>

interface OffsetFile {
  readonly offsetTable: OffsetTable
  readonly resetOffsetTable: OffsetTable
  readonly dataVersion: DataVersion
}

const fileShape = record<OffsetFile>({
  offsetTable: table(table(whole())),
  resetOffsetTable: table(table(whole())),
  dataVersion: dataVersionShape,
})

/** The stored offsets and resets of all groups, and their file. */
export class ConsumerOffsetManager {
  readonly #host: Host
  readonly #file: ConfigFile<OffsetFile>
  /** Offsets by `topic@group`, then by queue id. The queue id is a text, as in the file. */
  #offsets: OffsetTable = new Map()
  /** The resets that no pull or pop has fetched yet, in the same form as `#offsets`. */
  #resets: OffsetTable = new Map()
  /** The number of offsets in `#offsets`. */
  #count = 0
  #dataVersion: DataVersion
  #timer: TimerId | undefined

  constructor(host: Host, storePathRootDir: string) {
    this.#host = host
    this.#dataVersion = { counter: 0, stateVersion: 0, timestamp: host.clock.nowMs() }
    this.#file = new ConfigFile(host, `${storePathRootDir}config/consumerOffset.json`, fileShape, () => ({
      dataVersion: this.#dataVersion,
      offsetTable: this.#offsets,
      ...(this.#resets.size === 0 ? {} : { resetOffsetTable: this.#resets }),
    }))
  }

  load(): void {
    const stored = this.#file.load()
    if (stored === undefined) return
    this.#offsets = stored.offsetTable
    this.#resets = stored.resetOffsetTable
    this.#dataVersion = stored.dataVersion
    for (const queues of this.#offsets.values()) this.#count += queues.size
  }

  /** Returns the content of the file. A slave copies this content. */
  toJson(): object {
    return {
      dataVersion: this.#dataVersion,
      offsetTable: tableJson(this.#offsets),
      ...(this.#resets.size === 0 ? {} : { resetOffsetTable: tableJson(this.#resets) }),
    }
  }

  /**
   * Replaces all offsets, but no resets, with the offsets of the master. Called on a slave, and by `adoptLater`. Throws
   * `BodyError` when there are more offsets than a broker may have.
   */
  adopt({ offsetTable, dataVersion }: { readonly offsetTable: OffsetTable; readonly dataVersion: DataVersion }): void {
    let count = 0
    for (const queues of offsetTable.values()) count += queues.size
    if (count > OFFSETS_MAX) throw new BodyError(`the master has more than ${OFFSETS_MAX} offsets`)
    const isSame = JSON.stringify(tableJson(offsetTable)) === JSON.stringify(tableJson(this.#offsets))
    this.#offsets = offsetTable
    this.#count = count
    this.#dataVersion = dataVersion
    if (!isSame) this.#persistLater()
  }

  /**
   * Takes the offsets of a slave that has acted as the master. Called on a master that returns. When the table of the slave
   * is older than this table, takes only offsets that this table lacks or that are larger. Throws `BodyError` when there are
   * too many offsets.
   */
  adoptLater({
    offsetTable,
    dataVersion,
  }: {
    readonly offsetTable: OffsetTable
    readonly dataVersion: DataVersion
  }): void {
    const isNewer = !isOlder(dataVersion, this.#dataVersion)
    const merged: OffsetTable = new Map([...this.#offsets].map(([key, queues]) => [key, new Map(queues)]))
    for (const [key, queues] of offsetTable)
      for (const [queueId, offset] of queues) {
        const own = queuesOf(merged, key).get(queueId)
        if (own === undefined || isNewer || own < offset) queuesOf(merged, key).set(queueId, offset)
      }
    this.adopt({ offsetTable: merged, dataVersion: isNewer ? dataVersion : this.#dataVersion })
  }

  /** Returns true when one more offset may be stored, or when the queue already has an offset. */
  hasRoom(group: string, topic: string, queueId: number): boolean {
    return this.#count < OFFSETS_MAX || this.queryOffset(group, topic, queueId) >= 0
  }

  // #region commit-offset
  /**
   * Stores an offset. The new offset may be lower than the stored offset, because a group may go back. While the queue has a
   * reset that the group has not fetched, stores nothing and returns false.
   */
  commitOffset(group: string, topic: string, queueId: number, offset: number): boolean {
    const key = `${topic}@${group}`
    if (this.#resets.get(key)?.has(String(queueId))) return false
    this.#store(group, topic, queueId, offset)
    return true
  }
  // #endregion commit-offset

  #store(group: string, topic: string, queueId: number, offset: number): void {
    const queues = queuesOf(this.#offsets, `${topic}@${group}`)
    const former = queues.get(String(queueId))
    if (former === offset) return
    if (former === undefined) this.#count++
    queues.set(String(queueId), offset)
    this.#host.trace.emit?.('offset.committed', { group, topic, queueId, queueOffset: offset })
    this.#persistLater()
  }

  // #region reset-offset
  /** Resets a group to an offset. The next pull or pop of the queue by this group fetches the reset. */
  resetOffset(group: string, topic: string, queueId: number, offset: number): void {
    this.#store(group, topic, queueId, offset)
    queuesOf(this.#resets, `${topic}@${group}`).set(String(queueId), offset)
    this.#persistLater()
  }

  /** Returns the reset of a queue that no pull or pop has fetched yet. Returns -1 when the queue has no such reset. */
  resetOf(group: string, topic: string, queueId: number): number {
    return this.#resets.size === 0 ? -1 : (this.#resets.get(`${topic}@${group}`)?.get(String(queueId)) ?? -1)
  }

  /** Removes a reset that the group has fetched. After this call, commits of the group are stored again. */
  resetHeard(group: string, topic: string, queueId: number): void {
    const key = `${topic}@${group}`
    const queues = this.#resets.get(key)
    if (!queues?.delete(String(queueId))) return
    if (queues.size === 0) this.#resets.delete(key)
    this.#persistLater()
  }
  // #endregion reset-offset

  /** Returns the stored offset. Returns -1 when no offset is stored. */
  queryOffset(group: string, topic: string, queueId: number): number {
    return this.#offsets.get(`${topic}@${group}`)?.get(String(queueId)) ?? -1
  }

  /** Returns the stored offsets of a group in a topic, by queue id. Returns an empty map when no offset is stored. */
  offsetsOf(group: string, topic: string): ReadonlyMap<number, number> {
    const queues = this.#offsets.get(`${topic}@${group}`) ?? new Map<string, number>()
    return new Map([...queues].map(([id, offset]) => [Number(id), offset]))
  }

  /** Returns the topics for which a group has offsets. */
  topicsOf(group: string): readonly string[] {
    const suffix = `@${group}`
    return [...this.#offsets.keys()].filter((key) => key.endsWith(suffix)).map((key) => key.slice(0, -suffix.length))
  }

  /** Returns the groups that have offsets for a topic. */
  groupsOf(topic: string): readonly string[] {
    const prefix = `${topic}@`
    return [...this.#offsets.keys()].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length))
  }

  /**
   * Copies the offsets of one group in a topic to another group. When the table has no room for these offsets, copies
   * nothing and returns false.
   */
  clone(fromGroup: string, toGroup: string, topic: string): boolean {
    const offsets = this.offsetsOf(fromGroup, topic)
    if (this.#count + offsets.size > OFFSETS_MAX) return false
    for (const [queueId, offset] of offsets) this.#store(toGroup, topic, queueId, offset)
    return true
  }

  /** Removes all offsets and resets of a group. */
  removeGroup(group: string): void {
    this.#remove((key) => key.endsWith(`@${group}`))
  }

  /** Removes all offsets and resets of a topic. */
  removeTopic(topic: string): void {
    this.#remove((key) => key.startsWith(`${topic}@`))
  }

  #remove(isGone: (key: string) => boolean): void {
    for (const [key, queues] of this.#offsets) {
      if (!isGone(key)) continue
      this.#count -= queues.size
      this.#offsets.delete(key)
    }
    for (const key of this.#resets.keys()) if (isGone(key)) this.#resets.delete(key)
    this.#persistLater()
  }

  /** Starts to write the file when offsets have changed since the file was last written. */
  persistNow(): void {
    if (this.#timer === undefined) return
    this.#host.clock.cancel(this.#timer)
    this.#timer = undefined
    this.#persist()
  }

  #persistLater(): void {
    this.#timer ??= this.#host.clock.after(FLUSH_CONSUMER_OFFSET_INTERVAL_MS, () => {
      this.#timer = undefined
      this.#persist()
    })
  }

  #persist(): void {
    this.#dataVersion = nextVersion(this.#dataVersion, this.#host.clock.nowMs())
    this.#file.persist()
  }

  close(done: () => void): void {
    if (this.#timer !== undefined) this.#host.clock.cancel(this.#timer)
    this.#file.close(done)
  }
}

function queuesOf(offsets: OffsetTable, key: string): Map<string, number> {
  let queues = offsets.get(key)
  if (queues === undefined) offsets.set(key, (queues = new Map()))
  return queues
}

function tableJson(offsets: OffsetTable): object {
  return Object.fromEntries([...offsets].map(([key, queues]) => [key, Object.fromEntries(queues)]))
}
