/**
 * A table of the broker as a JSON file: topics, offsets, groups.
 *
 * Written to a new file, made durable, then renamed over the old one, which stays as `.bak`. A crash at any moment leaves
 * a whole file under one of the two names; reading falls back from the first to the second.
 *
 * RocketMQ: `ConfigManager`, `MixAll.string2File`. We write strict JSON, which fastjson reads, and read fastjson's.
 */
import { JsonSyntaxError, parseJson } from '../common/lax-json.ts'
import { type Shape, ShapeError } from '../common/shape.ts'
import { decodeUtf8, encodeUtf8 } from '../common/utf8.ts'
import type { Host } from '../host/host.ts'

export class ConfigFile<T> {
  readonly #host: Host
  readonly #path: string
  readonly #shape: Shape<T>
  readonly #content: () => object
  #writing = false
  #again = false
  #waiting: (() => void)[] = []

  /** `path` without `.bak`; `content` gives what to write, at the moment of writing. */
  constructor(host: Host, path: string, shape: Shape<T>, content: () => object) {
    this.#host = host
    this.#path = path
    this.#shape = shape
    this.#content = content
  }

  /** What was written last, or undefined when there is nothing readable. A damaged file is told in the log, not hidden. */
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
        this.#tell(
          `${path} cannot be read (${error.message}); ${path.endsWith('.bak') ? 'starting without it' : 'its .bak is used'}`,
        )
      }
    }
    return undefined
  }

  // #region persist
  /** Writes the table as it is now; `done` when it is durable. While a write is under way, one more follows it. */
  persist(done: () => void = () => {}): void {
    this.#waiting.push(done)
    if (this.#writing) this.#again = true
    else this.#write()
  }

  #write(): void {
    this.#writing = true
    const { disk } = this.#host
    const waiting = this.#waiting
    this.#waiting = []
    const end = () => {
      this.#writing = false
      for (const done of waiting) done()
      if (!this.#again) return
      this.#again = false
      this.#write()
    }
    const file = disk.open(`${this.#path}.tmp`)
    disk.resize(file, 0)
    disk.write(file, 0, encodeUtf8(JSON.stringify(this.#content(), undefined, '\t')))
    disk.sync(file, (error) => {
      disk.close(file)
      if (error !== '') {
        this.#tell(`${this.#path} cannot be written: ${error}`)
        return end()
      }
      if (disk.sizeBytes(this.#path) >= 0) disk.rename(this.#path, `${this.#path}.bak`)
      disk.rename(`${this.#path}.tmp`, this.#path)
      disk.syncDirectory(this.#path.slice(0, this.#path.lastIndexOf('/')), end)
    })
  }
  // #endregion persist

  #tell(text: string): void {
    this.#host.trace.log('warn', text)
  }
}
