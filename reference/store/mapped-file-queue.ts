/**
 * One endless row of bytes, kept as files of equal size that are named by the position of their first byte.
 *
 * ```
 * 00000000000000000000   00000000001073741824   00000000002147483648
 * |<---- 1 GiB ------->|<---- 1 GiB ------->|<---- …
 * ```
 *
 * The commit log and every consume queue are such a row. A position is found by division, never by search. Files are made
 * at their full size (sparse), because a Java broker refuses a store whose files have another length.
 *
 * Invariants: names and sizes agree; files follow each other without a gap; nothing is written at or after `writtenAt`
 * but by `write`.
 *
 * RocketMQ: `MappedFileQueue`, `DefaultMappedFile`. Not here: memory mapping (a Node process cannot), preallocation of the
 * next file, warm-up, the transient pool.
 */
import { assert } from '../common/assert.ts'
import type { Disk, FileId } from '../host/host.ts'
import { WALK_CHUNK_BYTES } from './limits.ts'
import { StoreError } from './store-error.ts'

const NAME_DIGITS = 20

interface StoreFile {
  readonly path: string
  /** Position of its first byte in the whole row. */
  readonly startsAt: number
  readonly file: FileId
  /** Something was written since the last sync began. */
  dirty: boolean
}

/** The name of the file that begins at `startsAt`: 20 digits. */
export function fileName(startsAt: number): string {
  return String(startsAt).padStart(NAME_DIGITS, '0')
}

export class MappedFileQueue {
  readonly #disk: Disk
  readonly #directory: string
  readonly fileSizeBytes: number
  readonly #files: StoreFile[] = []
  /** A file was made whose name a power cut could still take back. */
  #hasNewNames = false

  constructor(disk: Disk, directory: string, fileSizeBytes: number) {
    this.#disk = disk
    this.#directory = directory
    this.fileSizeBytes = fileSizeBytes
  }

  get fileCount(): number {
    return this.#files.length
  }

  /** Position of the first byte there is; 0 without files. */
  get startsAt(): number {
    return this.#files[0]?.startsAt ?? 0
  }

  /** Position after the last byte of the last file; 0 without files. */
  get endsAt(): number {
    const last = this.#files.at(-1)
    return last === undefined ? 0 : last.startsAt + this.fileSizeBytes
  }

  /** Where each file begins, first to last. */
  get fileStarts(): readonly number[] {
    return this.#files.map((file) => file.startsAt)
  }

  // #region load-files
  /**
   * Opens the files there are. An empty last file is a creation that a crash cut short: it goes. After an unclean stop a
   * file may lack its end, which was zeros or never acknowledged; and nobody knows what of it all is durable.
   */
  load(wasStoppedCleanly: boolean): void {
    const names = this.#disk.list(this.#directory).filter((name) => /^\d{20}$/.test(name))
    for (const [i, name] of names.entries()) {
      const path = `${this.#directory}/${name}`
      const sizeBytes = this.#disk.sizeBytes(path)
      if (sizeBytes === 0 && i === names.length - 1) {
        this.#disk.remove(path)
        return
      }
      const startsAt = Number(name)
      const lacksItsEnd = !wasStoppedCleanly && sizeBytes < this.fileSizeBytes
      if (sizeBytes !== this.fileSizeBytes && !lacksItsEnd) {
        throw new StoreError(
          `${path} has ${sizeBytes} bytes, but the configured file size is ${this.fileSizeBytes}: start with the size the store was written with`,
        )
      }
      if (i > 0 && startsAt !== this.endsAt) {
        throw new StoreError(
          `${path} does not follow the file before it, which ends at ${this.endsAt}: a file of the store is missing`,
        )
      }
      const file = this.#disk.open(path)
      if (lacksItsEnd) this.#disk.resize(file, this.fileSizeBytes)
      this.#files.push({ path, startsAt, file, dirty: !wasStoppedCleanly })
    }
    this.#hasNewNames = !wasStoppedCleanly && names.length > 0
  }
  // #endregion load-files

  // #region find-file
  #find(position: number): StoreFile | undefined {
    const first = this.#files[0]
    if (first === undefined || position < first.startsAt) return undefined
    return this.#files[Math.floor((position - first.startsAt) / this.fileSizeBytes)]
  }
  // #endregion find-file

  /** The file that holds `position`, made when it is the next one. A first file may begin anywhere on a file boundary. */
  #findOrMake(position: number): StoreFile {
    const found = this.#find(position)
    if (found !== undefined) return found
    const startsAt = this.#files.length === 0 ? position - (position % this.fileSizeBytes) : this.endsAt
    assert(
      position - startsAt < this.fileSizeBytes && position >= startsAt,
      `position ${position} is not in the next file of ${this.#directory}`,
    )
    const path = `${this.#directory}/${fileName(startsAt)}`
    const file = this.#disk.open(path)
    this.#disk.resize(file, this.fileSizeBytes)
    const made: StoreFile = { path, startsAt, file, dirty: true }
    this.#files.push(made)
    this.#hasNewNames = true
    return made
  }

  /** Writes bytes that lie within one file, making the file when it is the next. Throws `DiskError`. */
  write(position: number, bytes: Uint8Array): void {
    const target = this.#findOrMake(position)
    assert(
      position + bytes.length <= target.startsAt + this.fileSizeBytes,
      `${bytes.length} bytes at ${position} do not fit in ${target.path}`,
    )
    this.#disk.write(target.file, position - target.startsAt, bytes)
    target.dirty = true
  }

  /** At most `lengthBytes` from `position`, not beyond the end of its file; empty where there is no file. */
  read(position: number, lengthBytes: number): Uint8Array {
    const source = this.#find(position)
    if (source === undefined) return new Uint8Array()
    const at = position - source.startsAt
    return this.#disk.read(source.file, at, Math.min(lengthBytes, this.fileSizeBytes - at))
  }

  /** How many bytes from `position` on are not the zeros a file is made of. Reads all of them: for event logs. */
  usedBytesAfter(position: number): number {
    let usedUntil = position
    for (const { startsAt } of this.#files) {
      for (let at = Math.max(position, startsAt); at < startsAt + this.fileSizeBytes; at += WALK_CHUNK_BYTES) {
        const chunk = this.read(at, Math.min(WALK_CHUNK_BYTES, startsAt + this.fileSizeBytes - at))
        const lastUsed = chunk.findLastIndex((byte) => byte !== 0)
        if (lastUsed >= 0) usedUntil = at + lastUsed + 1
      }
    }
    return usedUntil - position
  }

  /** Makes everything written so far durable; `done` gets '' or the first reason it failed. */
  sync(done: (error: string) => void): void {
    const dirty = this.#files.filter((file) => file.dirty)
    const directories = this.#hasNewNames ? withParents(this.#directory) : []
    let left = dirty.length + directories.length
    let failure = ''
    if (left === 0) return done('')
    const one = (error: string) => {
      failure ||= error
      if (--left === 0) done(failure)
    }
    this.#hasNewNames = false
    for (const file of dirty) {
      file.dirty = false
      this.#disk.sync(file.file, one)
    }
    for (const directory of directories) this.#disk.syncDirectory(directory, one)
  }

  // #region truncate
  /**
   * Forgets everything from `position` on. Whole files after it are removed; the rest of its own file is overwritten with
   * zeros, so that a later crash cannot bring the cut records back (apache/rocketmq#10666).
   */
  truncateAfter(position: number): void {
    for (let last = this.#files.at(-1); last !== undefined && last.startsAt >= position; last = this.#files.at(-1)) {
      this.#disk.close(last.file)
      this.#disk.remove(last.path)
      this.#files.pop()
    }
    const file = this.#find(position)
    if (file === undefined) return
    this.#disk.resize(file.file, position - file.startsAt)
    this.#disk.resize(file.file, this.fileSizeBytes)
    file.dirty = true
  }
  // #endregion truncate

  close(): void {
    for (const file of this.#files) this.#disk.close(file.file)
  }
}

/** A directory and those that hold it: a new file is durable when all their entries are. */
function withParents(directory: string): string[] {
  const parts = directory.split('/')
  return parts.map((_, i) => parts.slice(0, i + 1).join('/')).reverse()
}
