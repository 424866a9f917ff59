/**
 * The changes of a large table since its file was written. Each change is one line of JSON. The line is appended to a file
 * and made durable.
 *
 * ```
 *   topics.json             the whole table, as it was at its last write
 *   topics.json.changes.7   changes since the last write of topics.json began, the oldest first
 *   topics.json.changes.8   changes since the next write of topics.json began
 * ```
 *
 * A change needs only one line, even when the table is very large. Changes that arrive during a write are written together
 * in the next write, with one sync. Before the whole table is written, `rotate` begins a new file of changes. When the table
 * is durable, `prune` removes the older files.
 *
 * After a crash, the last line of a file may be incomplete. The reading of a file stops at its first incomplete line. No
 * change is lost in this way, because `append` has not reported an incomplete line as durable.
 *
 * RocketMQ has no such file: RocketMQ writes the whole table at each change (`ConfigManager.persist`). Decision 8 in
 * `reference/decisions/` has the reasons.
 */
import type { Json } from '../common/lax-json.ts'
import { type Shape, ShapeError } from '../common/shape.ts'
import { decodeUtf8, encodeUtf8 } from '../common/utf8.ts'
import { attempt } from '../host/disk-attempt.ts'
import type { FileId, Host } from '../host/host.ts'
import { directoryOf } from '../host/paths.ts'

type Done = (isStored: boolean) => void

interface Open {
  readonly file: FileId
  sizeBytes: number
  /** True when the name of the file is durable in its directory. */
  isNamed: boolean
}

/** The files with the changes of one table. */
export class TableChanges {
  readonly #host: Host
  readonly #path: string
  /** The number in the name of the file to which the next line is appended. */
  #generation = 1
  #open: Open | undefined
  /** The numbers of the files that may be on the disk. */
  readonly #existing = new Set<number>()
  #lines: string[] = []
  #waiting: Done[] = []
  #isWriting = false

  /** `path` is the path of the file with the whole table. */
  constructor(host: Host, path: string) {
    this.#host = host
    this.#path = path
  }

  /**
   * Reads the existing files of changes, in the order of their numbers. `apply` is called with each change. Returns true
   * when at least one file exists.
   */
  load<T>(shape: Shape<T>, apply: (change: T) => void): boolean {
    const generations = this.#generations()
    for (const generation of generations) {
      this.#existing.add(generation)
      for (const line of this.#read(generation).split('\n').slice(0, -1)) {
        const change = this.#parse(line, shape)
        if (change === undefined) break
        apply(change)
      }
      this.#generation = generation + 1
    }
    return generations.length > 0
  }

  /**
   * Appends a change. `done(true)` is called when the change is durable, and `done(false)` when the disk has refused the
   * change. After a refusal, it is not known where the file ends, so the next line is appended to a new file.
   */
  append(change: object, done: Done): void {
    this.#lines.push(`${JSON.stringify(change)}\n`)
    this.#waiting.push(done)
    if (!this.#isWriting) this.#write()
  }

  /**
   * Begins a new file of changes, unless the current number has no file yet. Returns the number of the file to which the
   * next line will be appended. The caller then writes the whole table. When the whole table is durable, the files with
   * lower numbers may be removed.
   */
  rotate(): number {
    if (this.#open === undefined) return this.#generation
    if (!this.#isWriting) this.#host.disk.close(this.#open.file)
    this.#open = undefined
    return ++this.#generation
  }

  /** Removes the files with numbers below `generation`. When a file cannot be removed, logs a warning and keeps the file. */
  prune(generation: number): void {
    const fault = attempt(() => {
      for (const each of this.#existing) {
        if (each >= generation) continue
        this.#host.disk.remove(this.#pathOf(each))
        this.#existing.delete(each)
      }
    })
    if (fault !== '') this.#host.trace.log('warn', `old changes of ${this.#path} stay: ${fault}`)
  }

  /** Returns the numbers of the files that exist, in ascending order. */
  #generations(): readonly number[] {
    const directory = directoryOf(this.#path)
    const prefix = `${this.#path.slice(directory.length === 0 ? 0 : directory.length + 1)}.changes.`
    const names = this.#host.disk.list(directory).filter((name) => name.startsWith(prefix))
    const numbers = names.map((name) => Number(name.slice(prefix.length)))
    return numbers.filter((number) => Number.isSafeInteger(number) && number > 0).sort((a, b) => a - b)
  }

  #pathOf(generation: number): string {
    return `${this.#path}.changes.${generation}`
  }

  #read(generation: number): string {
    const { disk } = this.#host
    const path = this.#pathOf(generation)
    const file = disk.open(path)
    const text = decodeUtf8(disk.read(file, 0, disk.sizeBytes(path)))
    disk.close(file)
    return text
  }

  #parse<T>(line: string, shape: Shape<T>): T | undefined {
    try {
      // a page that a power cut has lost contains zeros, which are not valid JSON
      return shape(JSON.parse(line) as Json, '')
    } catch (error) {
      if (!(error instanceof SyntaxError || error instanceof ShapeError)) throw error
      this.#host.trace.log('warn', `${this.#path}.changes ends in a torn line (${error.message}), which is left out`)
      return undefined
    }
  }

  // #region append-changes
  #write(): void {
    const bytes = encodeUtf8(this.#lines.join(''))
    const waiting = this.#waiting
    this.#lines = []
    this.#waiting = []
    this.#isWriting = true
    const { disk } = this.#host
    let open: Open | undefined
    const end = (fault: string) => {
      this.#isWriting = false
      if (open !== undefined && open !== this.#open)
        disk.close(open.file) // a newer file was begun during the write
      // After a failed write or sync, it is not known where the file ends. So no further line may be appended to this file.
      else if (fault !== '') this.rotate()
      if (fault !== '') this.#host.trace.log('warn', `${this.#path}.changes cannot be written: ${fault}`)
      for (const done of waiting) done(fault === '')
      if (this.#lines.length > 0 && !this.#isWriting) this.#write()
    }
    const refused = attempt(() => {
      open = this.#open ??= this.#begin()
      disk.write(open.file, open.sizeBytes, bytes)
      open.sizeBytes += bytes.length
    })
    if (refused !== '' || open === undefined) return end(refused)
    const written = open
    disk.sync(written.file, (error) => {
      if (error !== '' || written.isNamed) return end(error)
      // The name of a new file must be durable as well. The directory is synced once for each file.
      disk.syncDirectory(directoryOf(this.#path), (fault) => {
        written.isNamed = fault === ''
        end(fault)
      })
    })
  }
  // #endregion append-changes

  #begin(): Open {
    this.#existing.add(this.#generation)
    return { file: this.#host.disk.open(this.#pathOf(this.#generation)), sizeBytes: 0, isNamed: false }
  }
}
