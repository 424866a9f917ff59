/**
 * How far each group has come in each queue (`config/consumerOffset.json`): the next offset to consume.
 *
 * Commits come often and go to memory; the file follows within five seconds. A crash may lose those five seconds: the
 * group then consumes some messages again, never fewer.
 *
 * RocketMQ: `ConsumerOffsetManager`. Not here: reset offsets, pull offsets.
 */
import { record, table, whole } from '../common/shape.ts'
import type { Host, TimerId } from '../host/host.ts'
import { ConfigFile } from './config-file.ts'
import { FLUSH_CONSUMER_OFFSET_INTERVAL_MS } from './limits.ts'

type OffsetTable = Map<string, Map<string, number>>

const fileShape = record<{ offsetTable: OffsetTable }>({ offsetTable: table(table(whole())) })

export class ConsumerOffsetManager {
  readonly #host: Host
  readonly #file: ConfigFile<{ offsetTable: OffsetTable }>
  /** `topic@group` to queue id (as text, as in the file) to offset. */
  #offsets: OffsetTable = new Map()
  #timer: TimerId | undefined

  constructor(host: Host, storePathRootDir: string) {
    this.#host = host
    this.#file = new ConfigFile(host, `${storePathRootDir}config/consumerOffset.json`, fileShape, () => ({
      offsetTable: Object.fromEntries([...this.#offsets].map(([key, queues]) => [key, Object.fromEntries(queues)])),
    }))
  }

  load(): void {
    this.#offsets = this.#file.load()?.offsetTable ?? new Map()
  }

  // #region commit-offset
  /** Any value is taken, also a smaller one: a group may be sent back. */
  commitOffset(group: string, topic: string, queueId: number, offset: number): void {
    const key = `${topic}@${group}`
    let queues = this.#offsets.get(key)
    if (queues === undefined) this.#offsets.set(key, (queues = new Map()))
    if (queues.get(String(queueId)) === offset) return
    queues.set(String(queueId), offset)
    if (this.#host.trace.on) this.#host.trace.emit('offset.committed', { group, topic, queueId, queueOffset: offset })
    this.#timer ??= this.#host.clock.after(FLUSH_CONSUMER_OFFSET_INTERVAL_MS, () => {
      this.#timer = undefined
      this.#file.persist()
    })
  }
  // #endregion commit-offset

  /** The stored offset, or -1. */
  queryOffset(group: string, topic: string, queueId: number): number {
    return this.#offsets.get(`${topic}@${group}`)?.get(String(queueId)) ?? -1
  }

  /** Topics a group has offsets for. */
  topicsOf(group: string): readonly string[] {
    const suffix = `@${group}`
    return [...this.#offsets.keys()].filter((key) => key.endsWith(suffix)).map((key) => key.slice(0, -suffix.length))
  }

  close(done: () => void): void {
    if (this.#timer !== undefined) this.#host.clock.cancel(this.#timer)
    this.#file.persist(done)
  }
}
