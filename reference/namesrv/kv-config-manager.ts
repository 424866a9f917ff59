/**
 * Stores small texts by namespace and key in `kvConfig.json`. A NameServer writes no other data to its disk. Every change
 * writes the whole file.
 *
 * RocketMQ: `KVConfigManager`.
 */
import { JsonSyntaxError, parseJson } from '../common/lax-json.ts'
import { ConfigError } from '../common/properties-file.ts'
import { record, ShapeError, table, text, toObject } from '../common/shape.ts'
import { decodeUtf8, encodeUtf8 } from '../common/utf8.ts'
import type { Host } from '../host/host.ts'
import { replaceFile } from '../host/replace-file.ts'
import { KV_CHARS_MAX, KV_ENTRIES_MAX } from './limits.ts'

const PATH = 'kvConfig.json'

const fileShape = record<{ configTable: Map<string, Map<string, string>> }>({ configTable: table(table(text())) })

function namespacesOf(content: string): Map<string, Map<string, string>> {
  try {
    return fileShape(parseJson(content), PATH).configTable
  } catch (error) {
    if (!(error instanceof JsonSyntaxError || error instanceof ShapeError)) throw error
    throw new ConfigError(`${PATH} cannot be read (${error.message}): repair it, or remove it to begin without entries`)
  }
}

/** The stored key-value pairs of one NameServer. */
export class KVConfigManager {
  readonly #host: Host
  #namespaces = new Map<string, Map<string, string>>()
  #count = 0
  /** The number of characters of all pairs: the namespace, the key and the value of each pair are counted. */
  #chars = 0
  #isWriting = false
  #writesAgain = false

  constructor(host: Host) {
    this.#host = host
  }

  /**
   * Reads the file. When the file is missing, no text is stored. Throws `ConfigError` when the file is not valid, so that
   * the operator notices the damage at the start.
   */
  load(): void {
    const { disk } = this.#host
    const sizeBytes = disk.sizeBytes(PATH)
    if (sizeBytes <= 0) return
    const file = disk.open(PATH)
    const content = decodeUtf8(disk.read(file, 0, sizeBytes))
    disk.close(file)
    this.#namespaces = namespacesOf(content)
    for (const [namespace, entries] of this.#namespaces)
      for (const [key, value] of entries) {
        this.#count++
        this.#chars += namespace.length + key.length + value.length
      }
  }

  /** Stores a text. When the table would have too many texts or characters, stores nothing and returns false. */
  put(namespace: string, key: string, value: string): boolean {
    const former = this.get(namespace, key)
    const more = former === undefined ? namespace.length + key.length : -former.length
    const chars = this.#chars + value.length + more
    if ((former === undefined && this.#count >= KV_ENTRIES_MAX) || chars > KV_CHARS_MAX) return false
    let entries = this.#namespaces.get(namespace)
    if (entries === undefined) this.#namespaces.set(namespace, (entries = new Map()))
    if (former === undefined) this.#count++
    this.#chars = chars
    entries.set(key, value)
    this.#persist()
    return true
  }

  get(namespace: string, key: string): string | undefined {
    return this.#namespaces.get(namespace)?.get(key)
  }

  delete(namespace: string, key: string): void {
    const former = this.get(namespace, key)
    if (former === undefined) return
    this.#namespaces.get(namespace)!.delete(key)
    this.#count--
    this.#chars -= namespace.length + key.length + former.length
    this.#persist()
  }

  list(namespace: string): ReadonlyMap<string, string> | undefined {
    return this.#namespaces.get(namespace)
  }

  /**
   * Writes the file. When the disk refuses the write, logs a warning. After a refused write, the change is only in memory,
   * and the next change writes the file again. When changes are made during a write, another write follows this write.
   */
  #persist(): void {
    if (this.#isWriting) {
      this.#writesAgain = true
      return
    }
    this.#isWriting = true
    const json = {
      configTable: Object.fromEntries([...this.#namespaces].map(([name, entries]) => [name, toObject(entries)])),
    }
    const bytes = encodeUtf8(JSON.stringify(json, undefined, '\t'))
    replaceFile(this.#host.disk, PATH, bytes, false, (fault) => {
      this.#isWriting = false
      if (fault !== '') this.#host.trace.log('warn', `${PATH} cannot be written: ${fault}`)
      if (!this.#writesAgain) return
      this.#writesAgain = false
      this.#persist()
    })
  }
}
