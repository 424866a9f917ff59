/**
 * Stores a table of the broker in a JSON file, for example the topics, the offsets or the groups.
 *
 * When a new file is written, the old file is kept as `.bak` (`../host/replace-file.ts`). So a crash at any moment leaves a
 * complete file under one of the two names. When the first file cannot be read, the `.bak` file is read.
 *
 * The disk may refuse a write, because it is full or because it fails. The broker continues: the refusal is logged, and the
 * old file stays. After five seconds, the current table is written again.
 *
 * A table of many entries is written in pieces (`json-pieces.ts`), one piece in each turn of the event loop. Other requests
 * are served between the pieces.
 *
 * RocketMQ: `ConfigManager`, `MixAll.string2File`. This broker writes strict JSON, which fastjson can read. The broker also
 * reads the JSON that fastjson writes.
 */
import { JsonSyntaxError, parseJson } from '../common/lax-json.ts'
import { type Shape, ShapeError } from '../common/shape.ts'
import { decodeUtf8 } from '../common/utf8.ts'
import { attempt } from '../host/disk-attempt.ts'
import type { Host, TimerId } from '../host/host.ts'
import { replaceFileInPieces } from '../host/replace-file.ts'
import { jsonPieces } from './json-pieces.ts'
import { CONFIG_WRITE_AGAIN_MS, TABLE_PIECE_ENTRIES_MAX } from './limits.ts'

/** Keeps one table of a broker in a file. Each write replaces the whole file. */
export class ConfigFile<T> {
  readonly #host: Host
  readonly #path: string
  readonly #shape: Shape<T>
  readonly #content: () => object
  #writing = false
  #again = false
  #timer: TimerId | undefined
  #waiting: ((isStored: boolean) => void)[] = []

  /**
   * `path` is the path of the file, without `.bak`. `content` is called when a write begins, and returns the table. Large
   * tables in it are `Map`s.
   */
  constructor(host: Host, path: string, shape: Shape<T>, content: () => object) {
    this.#host = host
    this.#path = path
    this.#shape = shape
    this.#content = content
  }

  /**
   * Returns the newest table that can be read, or undefined when there is none. A damaged file is reported in the log and renamed
   * to `.damaged`. An empty file counts as missing.
   */
  load(): T | undefined {
    for (const path of [this.#path, `${this.#path}.bak`]) {
      const sizeBytes = this.#host.disk.sizeBytes(path)
      if (sizeBytes <= 0) continue
      const file = this.#host.disk.open(path)
      const text = decodeUtf8(this.#host.disk.read(file, 0, sizeBytes))
      this.#host.disk.close(file)
      try {
        return this.#shape(parseJson(text), '')
      } catch (error) {
        if (!(error instanceof JsonSyntaxError || error instanceof ShapeError)) throw error
        // the next write renames the file to `.bak`: a damaged file would then replace the good copy
        const aside = `${path}.damaged`
        const fault = attempt(() => this.#host.disk.rename(path, aside))
        this.#tell(
          `${path} cannot be read (${error.message}); it is ${fault === '' ? `kept as ${aside}` : 'passed over'}`,
        )
      }
    }
    return undefined
  }

  // #region persist
  /**
   * Begins to write the table. `done(true)` is called when a table with all changes until now is durable. `done(false)` is
   * called when the disk has refused the write. The table is then written again later. A call during a write causes one more
   * write.
   */
  persist(done: (isStored: boolean) => void = () => {}): void {
    this.#waiting.push(done)
    if (this.#writing) this.#again = true
    else this.#write()
  }

  #write(): void {
    this.#writing = true
    const waiting = this.#waiting
    this.#waiting = []
    const end = (fault: string) => {
      this.#writing = false
      if (fault !== '') this.#refused(fault)
      for (const done of waiting) done(fault === '')
      if (!this.#again) return
      this.#again = false
      this.#write()
    }
    replaceFileInPieces(this.#host, this.#path, jsonPieces(this.#content(), TABLE_PIECE_ENTRIES_MAX), true, end)
  }

  #refused(fault: string): void {
    this.#tell(`${this.#path} cannot be written: ${fault}`)
    this.#timer ??= this.#host.clock.after(CONFIG_WRITE_AGAIN_MS, () => {
      this.#timer = undefined
      this.persist()
    })
  }
  // #endregion persist

  #tell(text: string): void {
    this.#host.trace.log('warn', text)
  }
}
