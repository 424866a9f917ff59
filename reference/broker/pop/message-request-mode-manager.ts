/**
 * Stores the request modes that operators have set (`config/messageRequestMode.json`). The mode of a topic and a group says
 * whether the group pulls or pops.
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

/** The request modes that operators have set, and their file. */
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

  /** Returns the mode that was set for a group and a topic. Returns undefined when no mode was set. */
  get(topic: string, group: string): RequestMode | undefined {
    return this.#modes.get(topic)?.get(group)
  }

  /**
   * Sets a mode. Returns false when too many modes are set, and otherwise true. For a mode that was set, `done(true)` is
   * called when the mode is durable, and `done(false)` when the disk has refused the mode.
   */
  set(mode: RequestMode, done: (isStored: boolean) => void): boolean {
    if (this.get(mode.topic, mode.consumerGroup) === undefined && this.#count >= REQUEST_MODES_MAX) return false
    this.#put(mode)
    this.#file.persist(done)
    return true
  }

  /** Replaces the modes with the modes of the master. Called on a slave. */
  adopt(modes: RequestModeTable): void {
    const before = JSON.stringify(this.toJson())
    this.#modes.clear()
    this.#count = 0
    for (const groups of modes.values()) for (const mode of groups.values()) this.#put(mode)
    if (JSON.stringify(this.toJson()) !== before) this.#file.persist()
  }

  /** Removes the modes of deleted topics and groups. */
  forget(isGone: (topic: string, group: string) => boolean): void {
    const before = this.#count
    for (const [topic, groups] of [...this.#modes]) {
      for (const group of [...groups.keys()]) if (isGone(topic, group) && groups.delete(group)) this.#count--
      if (groups.size === 0) this.#modes.delete(topic)
    }
    if (this.#count !== before) this.#file.persist()
  }

  /** Called when the broker stops. When the file does not have all changes, writes the table for the last time. */
  close(done: () => void): void {
    if (this.#file.isBehind) this.#file.close(done)
    else done()
  }

  #put(mode: RequestMode): void {
    let groups = this.#modes.get(mode.topic)
    if (groups === undefined) this.#modes.set(mode.topic, (groups = new Map()))
    if (!groups.has(mode.consumerGroup)) this.#count++
    groups.set(mode.consumerGroup, mode)
  }

  /** Returns the content of the file. A slave copies this content. */
  toJson(): object {
    return requestModeTableJson(this.#modes)
  }
}
