/**
 * Which group pulls and which group pops a topic, as operators have set it (`config/messageRequestMode.json`).
 *
 * RocketMQ: `MessageRequestModeManager`.
 */
import type { Host } from '../../host/host.ts'
import {
  type RequestMode,
  type RequestModeTable,
  requestModeTableJson,
  requestModeTableShape,
} from '../../remoting/requests/query-assignment.ts'
import { ConfigFile } from '../config-file.ts'
import { REQUEST_MODES_MAX } from '../limits.ts'

export class MessageRequestModeManager {
  readonly #file: ConfigFile<RequestModeTable>
  readonly #modes = new Map<string, Map<string, RequestMode>>()
  #count = 0

  constructor(host: Host, storePathRootDir: string) {
    const path = `${storePathRootDir}config/messageRequestMode.json`
    this.#file = new ConfigFile(host, path, requestModeTableShape, () => this.toJson())
  }

  load(): void {
    for (const groups of this.#file.load()?.values() ?? []) for (const mode of groups.values()) this.#put(mode)
  }

  /** The mode that was set for a group and a topic; undefined when none was. */
  get(topic: string, group: string): RequestMode | undefined {
    return this.#modes.get(topic)?.get(group)
  }

  /** Sets a mode. Returns false when too many are set. `done`: the mode is durable, or the disk has refused it for now. */
  set(mode: RequestMode, done: (isStored: boolean) => void): boolean {
    if (this.get(mode.topic, mode.consumerGroup) === undefined && this.#count >= REQUEST_MODES_MAX) return false
    this.#put(mode)
    this.#file.persist(done)
    return true
  }

  /** Forgets the modes of a topic or a group that is gone. */
  forget(isGone: (topic: string, group: string) => boolean): void {
    const before = this.#count
    for (const [topic, groups] of [...this.#modes]) {
      for (const group of [...groups.keys()]) if (isGone(topic, group) && groups.delete(group)) this.#count--
      if (groups.size === 0) this.#modes.delete(topic)
    }
    if (this.#count !== before) this.#file.persist()
  }

  #put(mode: RequestMode): void {
    let groups = this.#modes.get(mode.topic)
    if (groups === undefined) this.#modes.set(mode.topic, (groups = new Map()))
    if (!groups.has(mode.consumerGroup)) this.#count++
    groups.set(mode.consumerGroup, mode)
  }

  /** The file's content, which is also what a slave copies. */
  toJson(): object {
    return requestModeTableJson(this.#modes)
  }
}
