/**
 * Small texts by namespace and key, the only thing a NameServer writes down (`kvConfig.json`).
 *
 * RocketMQ: `KVConfigManager`. The file is written at each change.
 */
import { parseJson } from '../common/lax-json.ts'
import { record, table, text, toObject } from '../common/shape.ts'
import { decodeUtf8, encodeUtf8 } from '../common/utf8.ts'
import type { Disk } from '../host/host.ts'
import { KV_ENTRIES_MAX } from './limits.ts'

const PATH = 'kvConfig.json'

const fileShape = record<{ configTable: Map<string, Map<string, string>> }>({ configTable: table(table(text())) })

export class KVConfigManager {
  readonly #disk: Disk
  #namespaces = new Map<string, Map<string, string>>()

  constructor(disk: Disk) {
    this.#disk = disk
  }

  /** Reads the file; a missing one is empty. Throws the reader's error for a broken one: an operator should see it. */
  load(): void {
    const sizeBytes = this.#disk.sizeBytes(PATH)
    if (sizeBytes <= 0) return
    const file = this.#disk.open(PATH)
    const content = decodeUtf8(this.#disk.read(file, 0, sizeBytes))
    this.#disk.close(file)
    this.#namespaces = fileShape(parseJson(content), PATH).configTable
  }

  /** Stores a text; false when there are too many already. */
  put(namespace: string, key: string, value: string): boolean {
    let entries = this.#namespaces.get(namespace)
    if (entries === undefined) this.#namespaces.set(namespace, (entries = new Map()))
    if (!entries.has(key) && this.#count() >= KV_ENTRIES_MAX) return false
    entries.set(key, value)
    this.#persist()
    return true
  }

  get(namespace: string, key: string): string | undefined {
    return this.#namespaces.get(namespace)?.get(key)
  }

  delete(namespace: string, key: string): void {
    if (this.#namespaces.get(namespace)?.delete(key)) this.#persist()
  }

  list(namespace: string): ReadonlyMap<string, string> | undefined {
    return this.#namespaces.get(namespace)
  }

  #count(): number {
    let count = 0
    for (const entries of this.#namespaces.values()) count += entries.size
    return count
  }

  /** A new file under another name, then one rename: a crash leaves the old or the new one, never half of it. */
  #persist(): void {
    const json = {
      configTable: Object.fromEntries([...this.#namespaces].map(([name, entries]) => [name, toObject(entries)])),
    }
    const file = this.#disk.open(`${PATH}.tmp`)
    const bytes = encodeUtf8(JSON.stringify(json, undefined, '\t'))
    this.#disk.resize(file, 0)
    this.#disk.write(file, 0, bytes)
    this.#disk.sync(file, (error) => {
      this.#disk.close(file)
      if (error === '') this.#disk.rename(`${PATH}.tmp`, PATH)
    })
  }
}
