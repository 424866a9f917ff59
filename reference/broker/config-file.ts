/**
 * A table of the broker as a JSON file: topics, offsets, groups.
 *
 * The old file stays as `.bak` when a new one is written (`../host/replace-file.ts`): a crash at any moment leaves a whole file
 * under one of the two names, and reading falls back from the first to the second.
 *
 * A disk that refuses a write (it is full, or it fails) stops nothing: the refusal is logged, the old file stays, and after a
 * while the table is written again, as it is then.
 *
 * A table of many entries is written in pieces (`json-pieces.ts`), one each turn: other requests are served in between.
 *
 * RocketMQ: `ConfigManager`, `MixAll.string2File`. This broker writes strict JSON, which fastjson reads, and reads fastjson's.
 */
import { JsonSyntaxError, parseJson } from '../common/lax-json.ts'
import { type Shape, ShapeError } from '../common/shape.ts'
import { decodeUtf8 } from '../common/utf8.ts'
import { attempt } from '../host/disk-attempt.ts'
import type { Host, TimerId } from '../host/host.ts'
import { replaceFileInPieces } from '../host/replace-file.ts'
import { jsonPieces } from './json-pieces.ts'
import { CONFIG_WRITE_AGAIN_MS, TABLE_PIECE_ENTRIES_MAX } from './limits.ts'

/** One table of a broker in a file that is replaced as a whole. */
export class ConfigFile<T> {
  readonly #host: Host
  readonly #path: string
  readonly #shape: Shape<T>
  readonly #content: () => object
  #writing = false
  #again = false
  #timer: TimerId | undefined
  #waiting: ((isStored: boolean) => void)[] = []

  /** `path` without `.bak`; `content` returns what to write, at the moment of writing. Large tables in it are `Map`s. */
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
        // the next write renames the file to `.bak`: a damaged one would take the place of the good one
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
   * Begins to write the table. `done(true)` is called when a table with all changes made until now is durable, `done(false)` when
   * the disk refused to write it; then it is written again later. A call during a write makes one more write follow.
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
