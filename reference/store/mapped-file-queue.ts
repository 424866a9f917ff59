/**
 * One endless row of bytes, kept as files of equal size. A file is named by the position of its first byte.
 *
 * ```
 * 00000000000000000000   00000000001073741824   00000000002147483648
 * |<---- 1 GiB ------->|<---- 1 GiB ------->|<---- …
 * ```
 *
 * The commit log and every consume queue are such a row. A position is found by division, never by search. Files are made
 * at their full size (sparse), because a Java broker refuses a store whose files have another length.
 *
 * Invariants: names and sizes agree; files follow each other without a gap.
 *
 * RocketMQ: `MappedFileQueue`, `DefaultMappedFile`. Not here: memory mapping (a Node process cannot), preallocation of the
 * next file, warm-up, the transient pool.
 */
import { assert } from '../common/assert.ts'
import { readI32 } from '../common/bytes.ts'
import { type Disk, DiskError, type FileId } from '../host/host.ts'
import { WALK_CHUNK_BYTES } from './limits.ts'
import { SharedSync } from './shared-sync.ts'
import { StoreError } from './store-error.ts'

const NAME_DIGITS = 20
/** Max bytes that are read of a file behind a gap: its first record. */
const FIRST_RECORD_BYTES_MAX = 8 * 1024 * 1024

interface StoreFile {
  readonly path: string
  /** Position of its first byte in the whole row. */
  readonly startsAt: number
  readonly file: FileId
  /** Something was written since the last sync began. */
  dirty: boolean
  /** It is being built again, and gets its full size only when its content is durable: a short file is not trusted. */
  isShort: boolean
}

/** A file as it is found when the row is opened. */
interface FoundFile {
  readonly name: string
  readonly path: string
  readonly startsAt: number
  /** It begins where the file before it ends. */
  readonly follows: boolean
  readonly isEmpty: boolean
  readonly isShort: boolean
}

/** Whether a file behind a gap may be taken away. `firstRecord`: the bytes of the record that it begins with. */
type MayGo = (startsAt: number, firstRecord: Uint8Array) => boolean

/** The name of the file that begins at `startsAt`: 20 digits. */
export function fileName(startsAt: number): string {
  return String(startsAt).padStart(NAME_DIGITS, '0')
}

/** A row of files of one size, read and written as one long file. */
export class MappedFileQueue {
  readonly #disk: Disk
  readonly #directory: string
  readonly fileSizeBytes: number
  readonly #files: StoreFile[] = []
  /** A file was made or removed, and a power cut could still take that back. */
  #hasNewNames = false
  /** New files are built again: the checkpoint vouches for their content, although it is not durable in them yet. */
  isMakingAgain = false
  readonly #sync = new SharedSync((done) => this.#syncAndComplete(done))

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

  /** Position of each file's first byte, ascending. */
  get fileStarts(): readonly number[] {
    return this.#files.map((file) => file.startsAt)
  }

  // #region load-files
  /**
   * Opens the files that are there. Returns true when one was
   * missing, short or taken away.
   *
   * `canBeMadeAgain`: the files are derived from the log.
   * `mayGo`: whether one behind a gap was never durable.
   */
  load(wasStoppedCleanly: boolean, canBeMadeAgain: boolean, mayGo: MayGo): boolean {
    const names = this.#fileNames()
    let isDamaged = !wasStoppedCleanly && names.length === 0
    for (const name of names) {
      const found = this.#look(name, canBeMadeAgain)
      const isEmptyLast = found.isEmpty && name === names.at(-1)
      if (isEmptyLast || this.#goes(found, canBeMadeAgain, mayGo)) {
        this.#takeAway(found, canBeMadeAgain)
        isDamaged = true
      } else {
        this.#openFile(found, wasStoppedCleanly)
        isDamaged ||= found.isShort
      }
    }
    // Without a file, too: the last one may have been removed.
    this.#hasNewNames ||= !wasStoppedCleanly
    return isDamaged
  }
  // #endregion load-files

  #fileNames(): string[] {
    return this.#disk.list(this.#directory).filter((name) => /^\d{20}$/.test(name))
  }

  #look(name: string, canBeMadeAgain: boolean): FoundFile {
    const path = `${this.#directory}/${name}`
    const startsAt = Number(name)
    const sizeBytes = this.#disk.sizeBytes(path)
    // The oldest files of a derived row may have been deleted: it begins anywhere.
    const follows = startsAt === this.endsAt || (this.#files.length === 0 && canBeMadeAgain)
    return { name, path, startsAt, follows, isEmpty: sizeBytes === 0, isShort: sizeBytes < this.fileSizeBytes }
  }

  // #region missing-file
  /**
   * Whether a file cannot stay. A power cut may keep a name by
   * chance although it took the one before it; files behind
   * such a gap hold nothing that was ever durable.
   */
  #goes(found: FoundFile, canBeMadeAgain: boolean, mayGo: MayGo): boolean {
    if (found.isShort && canBeMadeAgain) return true
    if (found.follows) return false
    return mayGo(found.startsAt, this.#firstRecord(found.path))
  }

  /** Removes a file; one of a log behind a gap is kept beside it. */
  #takeAway(found: FoundFile, canBeMadeAgain: boolean): void {
    const aside = `${this.#directory}.lost/${found.name}`
    if (found.follows || canBeMadeAgain) this.#disk.remove(found.path)
    else this.#disk.rename(found.path, aside)
    this.#hasNewNames = true
  }
  // #endregion missing-file

  /** Throws `StoreError` for a file of a wrong size or behind a gap. After a crash a file may lack its end: zeros. */
  #openFile({ path, startsAt, follows, isShort }: FoundFile, wasStoppedCleanly: boolean): void {
    const isLong = this.#disk.sizeBytes(path) > this.fileSizeBytes
    if (isLong || (isShort && wasStoppedCleanly)) throw this.#wrongSize(path)
    if (!follows && this.#files.length > 0) throw this.#gapBefore(path)
    const file = this.#disk.open(path)
    if (isShort) this.#disk.resize(file, this.fileSizeBytes)
    // After a crash it is not known what of it is durable.
    this.#files.push({ path, startsAt, file, dirty: !wasStoppedCleanly, isShort: false })
  }

  /** Bytes of the first record of a file of a log, as far as they are there. */
  #firstRecord(path: string): Uint8Array {
    const file = this.#disk.open(path)
    const size = readI32(this.#disk.read(file, 0, 4), 0)
    const record = this.#disk.read(file, 0, Math.min(Math.max(size, 0), FIRST_RECORD_BYTES_MAX))
    this.#disk.close(file)
    return record
  }

  #wrongSize(path: string): StoreError {
    return new StoreError(
      `${path} has ${this.#disk.sizeBytes(path)} bytes, but the configured file size is ${this.fileSizeBytes}: start with the size the store was written with`,
    )
  }

  #gapBefore(path: string): StoreError {
    return new StoreError(
      `${path} does not follow the file before it, which ends at ${this.endsAt}: a file of the store is missing`,
    )
  }

  // #region find-file
  /** Returns the file that holds a position: by division. */
  #find(position: number): StoreFile | undefined {
    const bytesBefore = position - this.startsAt
    if (bytesBefore < 0) return undefined
    return this.#files[Math.floor(bytesBefore / this.fileSizeBytes)]
  }
  // #endregion find-file

  /** Returns the file that holds `position`, and makes it when it is the next one. A first file may begin on any boundary. */
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
    if (!this.isMakingAgain) this.#disk.resize(file, this.fileSizeBytes)
    const made: StoreFile = { path, startsAt, file, dirty: true, isShort: this.isMakingAgain }
    this.#files.push(made)
    this.#hasNewNames = true
    return made
  }

  /** Writes bytes that lie within one file, and makes the file when it is the next one. Throws `DiskError`. */
  write(position: number, bytes: Uint8Array): void {
    const target = this.#findOrMake(position)
    assert(
      position + bytes.length <= target.startsAt + this.fileSizeBytes,
      `${bytes.length} bytes at ${position} do not fit in ${target.path}`,
    )
    this.#disk.write(target.file, position - target.startsAt, bytes)
    target.dirty = true
  }

  /** Returns max `lengthBytes` from `position`, not beyond the end of its file; empty where there is no file. */
  read(position: number, lengthBytes: number): Uint8Array {
    const source = this.#find(position)
    if (source === undefined) return new Uint8Array()
    const at = position - source.startsAt
    return this.#disk.read(source.file, at, Math.min(lengthBytes, this.fileSizeBytes - at))
  }

  /** True when something was written at `position`, or when files follow the one that holds it. */
  hasBytesAt(position: number): boolean {
    return position < this.endsAt - this.fileSizeBytes || this.read(position, 4).some((byte) => byte !== 0)
  }

  /** Bytes from `position` to the last one that is not zero. Reads all of them: for the event log only. */
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

  /** Makes everything written so far durable. `done` gets '' or the first reason why it failed. */
  sync(done: (error: string) => void): void {
    this.#sync.sync(done)
  }

  // #region sync-files
  /** Syncs. Files that were built again then get their full size, which is synced, too. */
  #syncAndComplete(done: (error: string) => void): void {
    const short = this.#files.filter((file) => file.isShort)
    this.#syncAll((error) => {
      if (error !== '' || short.length === 0) return done(error)
      for (const file of short) {
        file.isShort = false
        if (!this.#files.includes(file)) continue // it was removed meanwhile
        this.#disk.resize(file.file, this.fileSizeBytes)
        file.dirty = true
      }
      this.#syncAll(done)
    })
  }

  /** Syncs dirty files, and the directories when a name is new. */
  #syncAll(done: (error: string) => void): void {
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
  // #endregion sync-files

  // #region truncate
  /**
   * Forgets everything from `position` on: later files are
   * removed, and the rest of its file is filled with zeros, so
   * that a later crash cannot bring the cut records back
   * (apache/rocketmq#10666). With `keepNames` later files stay,
   * emptied, until `deleteFilesAfter`: a power cut must not
   * take one name and leave the next.
   */
  truncateAfter(position: number, keepNames = false): void {
    for (const file of this.#files.toReversed()) {
      if (file.startsAt < position) break
      if (keepNames) this.#fillWithZeros(file, 0)
      else this.#remove(this.#files.pop()!)
    }
    const file = this.#find(position)
    if (file === undefined || file.startsAt >= position) return
    this.#fillWithZeros(file, position - file.startsAt)
  }

  #fillWithZeros(file: StoreFile, from: number): void {
    this.#disk.resize(file.file, from)
    if (!file.isShort) this.#disk.resize(file.file, this.fileSizeBytes)
    file.dirty = true
  }
  // #endregion truncate

  /** Removes files that begin at or after `position`, except the first: the last one first, each for good before the next. */
  deleteFilesAfter(position: number, done: (error: string) => void): void {
    const last = this.#files.at(-1)
    if (last === undefined || last.startsAt < position || this.#files.length === 1) return done('')
    this.#files.pop()
    this.#removeForGood(last, (error) => {
      if (error === '') this.deleteFilesAfter(position, done)
      else done(error)
    })
  }

  /** Removes a file; `done` when a power cut cannot bring it back. */
  #removeForGood(file: StoreFile, done: (error: string) => void): void {
    try {
      this.#remove(file)
    } catch (error) {
      if (!(error instanceof DiskError)) throw error
      return done(error.message)
    }
    this.#disk.syncDirectory(this.#directory, done)
  }

  #remove(file: StoreFile): void {
    this.#disk.close(file.file)
    this.#disk.remove(file.path)
    this.#hasNewNames = true
  }

  // #region delete-first
  /** Removes the first file for good; the last one always stays. */
  deleteFirst(done: (error: string) => void): void {
    const isAllowed = this.#files.length > 1
    assert(isAllowed, `the last file of ${this.#directory} stays`)
    this.#removeForGood(this.#files.shift()!, done)
  }
  // #endregion delete-first

  /** Removes every file; the caller builds their content again. */
  deleteAll(): void {
    this.truncateAfter(this.startsAt)
  }

  /** Closes the files without a sync. */
  close(): void {
    for (const file of this.#files) this.#disk.close(file.file)
  }
}

/** A directory and its parents: a new file is durable when all their entries are. */
function withParents(directory: string): string[] {
  const parts = directory.split('/')
  return parts.map((_, i) => parts.slice(0, i + 1).join('/')).reverse()
}
