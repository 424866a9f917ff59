/**
 * Keeps the offsets of a broadcasting consumer in a file of the client. Each member of the group consumes all queues, so a
 * broker cannot keep one offset for the whole group.
 *
 * ```
 * .rocketmq_offsets/<client>/<group>/offsets.json        {"offsetTable":{{"brokerName":"broker-a","queueId":1,"topic":"T"}:9}}
 * ```
 *
 * The Java library fastjson can write objects as the keys of a map. The file of offsets has this form. So a Java client can
 * read the file of this client, and this client can read the file of a Java client. To store offsets, the client writes a
 * new file, makes this file durable, and renames it to the name of the old file. The old file is kept as `.bak`. After a
 * restart, a node must find its file again. Therefore `<client>` is the client id without its random number: the address and
 * the name of the node.
 *
 * RocketMQ: `LocalFileOffsetStore`, `rocketmq.client.localOffsetStoreDir`.
 */
import { JsonSyntaxError, parseJson } from '../../../common/lax-json.ts'
import { type MessageQueue, queueKey } from '../../../common/message.ts'
import { record, type Shape, ShapeError, table, text, whole } from '../../../common/shape.ts'
import { decodeUtf8, encodeUtf8 } from '../../../common/utf8.ts'
import { attempt } from '../../../host/disk-attempt.ts'
import { replaceFile } from '../../../host/replace-file.ts'
import type { ClientInstance } from '../../client-instance.ts'
import type { OffsetStore, StoredOffset } from './offset-store.ts'

const queueShape = record<MessageQueue>({ topic: text(), brokerName: text(), queueId: whole() })
const fileShape: Shape<{ offsetTable: Map<string, number> }> = record<{ offsetTable: Map<string, number> }>({
  offsetTable: table(whole()),
})

interface Entry {
  readonly queue: MessageQueue
  offset: number
}

/** Stores the offsets of a broadcasting consumer in a file. */
export class LocalOffsetStore implements OffsetStore {
  readonly isRemote = false
  readonly #instance: ClientInstance
  readonly #path: string
  readonly #offsets = new Map<string, Entry>()
  /**
   * The offsets that earlier processes have written, and the offsets of queues that this consumer has given up. For a queue
   * in both maps, the offset in `#offsets` is the newer one.
   */
  readonly #stored: Map<string, Entry>
  #isChanged = false
  #isWriting = false

  constructor(instance: ClientInstance, group: string) {
    this.#instance = instance
    const client = instance.clientId.split('#')[0]!
    this.#path = `.rocketmq_offsets/${client}/${group}/offsets.json`
    this.#stored = this.#load()
  }

  read(queue: MessageQueue): number {
    return this.#offsets.get(queueKey(queue))?.offset ?? -1
  }

  update(queue: MessageQueue, offset: number, increaseOnly: boolean): void {
    const known = this.#offsets.get(queueKey(queue))
    const next = known !== undefined && increaseOnly ? Math.max(known.offset, offset) : offset
    if (known?.offset === next) return
    this.#offsets.set(queueKey(queue), { queue, offset: next })
    this.#isChanged = true
  }

  readStored(queue: MessageQueue, answered: (offset: StoredOffset) => void): void {
    answered(this.#stored.get(queueKey(queue))?.offset ?? 'none')
  }

  release(queue: MessageQueue): void {
    const entry = this.#offsets.get(queueKey(queue))
    if (entry !== undefined) this.#stored.set(queueKey(queue), entry)
    this.#offsets.delete(queueKey(queue))
    this.persistAll()
  }

  forget(queue: MessageQueue): void {
    this.#offsets.delete(queueKey(queue))
  }

  /**
   * Reads the file. When the file is missing or cannot be read, reads its `.bak` copy. Returns an empty map when neither
   * file can be read. Renames a file that cannot be read.
   */
  #load(): Map<string, Entry> {
    const { disk, trace } = this.#instance.host
    for (const path of [this.#path, `${this.#path}.bak`]) {
      const sizeBytes = disk.sizeBytes(path)
      if (sizeBytes <= 0) continue
      const file = disk.open(path)
      const content = decodeUtf8(disk.read(file, 0, sizeBytes))
      disk.close(file)
      try {
        return entriesOf(content)
      } catch (error) {
        if (!(error instanceof JsonSyntaxError || error instanceof ShapeError)) throw error
        // The damaged file is renamed, because the next write would rename a damaged `offsets.json` to `.bak` and so replace
        // the good copy.
        const aside = `${path}.damaged`
        const fault = attempt(() => disk.rename(path, aside))
        const kept = fault === '' ? `kept as ${aside}` : 'passed over'
        trace.log('warn', `${path} cannot be read (${error.message}); it is ${kept}`)
      }
    }
    return new Map()
  }

  // #region persist-local
  persistAll(): void {
    if (!this.#isChanged || this.#isWriting) return
    this.#isChanged = false
    this.#isWriting = true
    const content = jsonOf([...new Map([...this.#stored, ...this.#offsets]).values()])
    replaceFile(this.#instance.host.disk, this.#path, encodeUtf8(content), true, (fault) => {
      this.#isWriting = false
      if (fault === '') return
      this.#isChanged = true
      this.#instance.host.trace.log('warn', `${this.#path} cannot be written: ${fault}`)
    })
  }
  // #endregion persist-local
}

/**
 * Parses the content of a file that fastjson has written. Throws `JsonSyntaxError` or `ShapeError` when the content is not
 * valid.
 */
function entriesOf(content: string): Map<string, Entry> {
  const { offsetTable } = fileShape(parseJson(content), '')
  const entries = [...offsetTable].map(([key, offset]) => ({ queue: queueShape(parseJson(key), key), offset }))
  return new Map(entries.map((entry) => [queueKey(entry.queue), entry]))
}

/** Returns the text of the file in the form of the Java client: the keys of the map are queues. */
function jsonOf(entries: readonly Entry[]): string {
  const lines = entries.map(({ queue: { brokerName, queueId, topic }, offset }) => {
    return `\t\t${JSON.stringify({ brokerName, queueId, topic })}:${offset}`
  })
  return `{\n\t"offsetTable":{${lines.length === 0 ? '' : `\n${lines.join(',\n')}\n\t`}}\n}`
}
