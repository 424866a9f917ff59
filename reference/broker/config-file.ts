/**
 * Stores one table of the broker in a JSON file. Examples of tables are the topics, the offsets and the groups.
 *
 * When a new file is written, the old file is kept as `.bak` (`../host/replace-file.ts`). So after a crash at any moment, at
 * least one of the two files is complete. When the broker cannot read the file at its start, it reads the `.bak` file.
 *
 * The disk may refuse a write, because the disk is full or fails. The broker then logs the refusal and continues, and the
 * old file is kept. After five seconds, the current table is written again.
 *
 * A table with many entries is written in pieces (`json-pieces.ts`), one piece in each turn of the event loop. Between two
 * pieces, the broker serves other requests.
 *
 * The broker writes strict JSON, which fastjson, the library of RocketMQ, can read. The broker also reads the JSON that
 * fastjson writes.
 *
 * RocketMQ: `ConfigManager`, `MixAll.string2File`.
 */
import { JsonSyntaxError, parseJson } from '../common/lax-json.ts'
import { type Shape, ShapeError } from '../common/shape.ts'
import { decodeUtf8 } from '../common/utf8.ts'
import { attempt } from '../host/disk-attempt.ts'
import type { Host, TimerId } from '../host/host.ts'
import { replaceFileInPieces } from '../host/replace-file.ts'
import { jsonPieces } from './json-pieces.ts'
import { CONFIG_WRITE_AGAIN_MS, TABLE_PIECE_ENTRIES_MAX } from './limits.ts'

/** Keeps one table of a broker in a file. Each write replaces the whole content of the file. */
export class ConfigFile<T> {
  readonly #host: Host
  readonly #path: string
  readonly #shape: Shape<T>
  readonly #content: () => object
  #writing = false
  #again = false
  #isClosed = false
  #timer: TimerId | undefined
  #waiting: ((isStored: boolean) => void)[] = []

  /**
   * `path` is the path of the file, without `.bak`. `content` is called when a write begins, and must return the table.
   * Large tables in the returned object are `Map`s.
   */
  constructor(host: Host, path: string, shape: Shape<T>, content: () => object) {
    this.#host = host
    this.#path = path
    this.#shape = shape
    this.#content = content
  }

  /**
   * Returns the newest table that can be read. Returns undefined when no file can be read. A damaged file is reported in the
   * log and renamed to `.damaged`. An empty file is treated like a missing file.
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
        // The damaged file is renamed, because the next write would rename the damaged file to `.bak` and so replace the
        // good copy.
        const aside = `${path}.damaged`
        const fault = attempt(() => this.#host.disk.rename(path, aside))
        this.#tell(
          `${path} cannot be read (${error.message}); it is ${fault === '' ? `kept as ${aside}` : 'passed over'}`,
        )
      }
    }
    return undefined
  }

  /** True while a write runs, or must be tried again because the disk has refused a write. */
  get isBehind(): boolean {
    return this.#writing || this.#timer !== undefined
  }

  // #region persist
  /**
   * Starts to write the table. `done(true)` is called when a table with all changes until now is durable. `done(false)` is
   * called when the disk has refused the write. After a refusal, the table is written again later. When this method is
   * called during a write, another write follows.
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

  /**
   * Called when the broker stops. Writes the table for the last time, and calls `done` when the disk has stored or refused
   * the table. A refused table is not written again.
   */
  close(done: (isStored: boolean) => void): void {
    this.#isClosed = true
    if (this.#timer !== undefined) this.#host.clock.cancel(this.#timer)
    this.persist(done)
  }

  #refused(fault: string): void {
    this.#tell(`${this.#path} cannot be written: ${fault}`)
    if (this.#isClosed) return
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
