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
import { readI32 } from '../common/bytes.ts'
import { type Disk, DiskError, type FileId } from '../host/host.ts'
import { WALK_CHUNK_BYTES } from './limits.ts'
import { StoreError } from './store-error.ts'

const NAME_DIGITS = 20
/** What is looked at of a file behind a gap at most: its first record. */
const FIRST_RECORD_BYTES_MAX = 8 * 1024 * 1024

interface StoreFile {
  readonly path: string
  /** Position of its first byte in the whole row. */
  readonly startsAt: number
  readonly file: FileId
  /** Something was written since the last sync began. */
  dirty: boolean
  /** It is being made again, and has its full size only when what it holds is durable: a short one is not believed. */
  isShort: boolean
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
  /** A file was made or removed, and a power cut could still take that back. */
  #hasNewNames = false
  #isSyncing = false
  /** Files made now hold what is known to be durable already, but not in them. */
  isMakingAgain = false
  /** Why a sync failed; from then on all fail: the system has marked the pages clean, and another would save nothing. */
  #syncFailure = ''
  /** Who asked for a sync that has not begun. */
  #waiting: ((error: string) => void)[] = []

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
   *
   * Behind a gap, also one at the very start, files go whose names a power cut kept by chance while it took the name
   * before: `mayGo` decides by their first record. Files of a log are moved aside, to a folder beside it. Otherwise a gap
   * is a missing file, and refused; at the start, old files were deleted.
   *
   * `canBeMadeAgain`: derived files. A short one is removed, and so is what follows a gap. Gives whether anything was
   * missing.
   */
  load(
    wasStoppedCleanly: boolean,
    canBeMadeAgain: boolean,
    mayGo: (startsAt: number, firstRecord: Uint8Array) => boolean,
  ): boolean {
    const names = this.#disk.list(this.#directory).filter((name) => /^\d{20}$/.test(name))
    let isDamaged = !wasStoppedCleanly && names.length === 0
    for (const [i, name] of names.entries()) {
      const path = `${this.#directory}/${name}`
      const sizeBytes = this.#disk.sizeBytes(path)
      const isFirst = this.#files.length === 0
      const follows = Number(name) === this.endsAt || (isFirst && canBeMadeAgain)
      const isShort = sizeBytes < this.fileSizeBytes
      const isEmptyLast = sizeBytes === 0 && i === names.length - 1
      if (isEmptyLast || (isShort && canBeMadeAgain) || (!follows && mayGo(Number(name), this.#firstRecord(path)))) {
        if (follows || canBeMadeAgain) this.#disk.remove(path)
        else this.#disk.rename(path, `${this.#directory}.lost/${name}`)
        this.#hasNewNames = true
        isDamaged = true
        continue
      }
      if (sizeBytes > this.fileSizeBytes || (isShort && wasStoppedCleanly)) throw this.#wrongSize(path)
      if (!follows && !isFirst) throw this.#gapBefore(path)
      const file = this.#disk.open(path)
      if (isShort) this.#disk.resize(file, this.fileSizeBytes)
      this.#files.push({ path, startsAt: Number(name), file, dirty: !wasStoppedCleanly, isShort: false })
      isDamaged ||= isShort
    }
    this.#hasNewNames ||= !wasStoppedCleanly // also when no file is left: one may have been removed just before the crash
    return isDamaged
  }
  // #endregion load-files

  /** The first record of a file of a log, or what is there of it. */
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
    if (!this.isMakingAgain) this.#disk.resize(file, this.fileSizeBytes)
    const made: StoreFile = { path, startsAt, file, dirty: true, isShort: this.isMakingAgain }
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

  /** Whether something was written at a position, or files follow its own. */
  hasBytesAt(position: number): boolean {
    return position < this.endsAt - this.fileSizeBytes || this.read(position, 4).some((byte) => byte !== 0)
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

  // #region sync-files
  /**
   * Makes everything written so far durable; `done` gets '' or the first reason it failed. One sync at a time: what one
   * under way has begun to save is not saved before it ends, so whoever asks meanwhile waits and shares the next.
   */
  sync(done: (error: string) => void): void {
    if (this.#syncFailure !== '') return done(this.#syncFailure)
    this.#waiting.push(done)
    if (!this.#isSyncing) this.#syncWaiting()
  }

  #syncWaiting(): void {
    const waiting = this.#waiting
    this.#waiting = []
    this.#isSyncing = true
    this.#syncAndComplete((error) => {
      this.#isSyncing = false
      this.#syncFailure = error
      const failed = error === '' ? [] : this.#waiting.splice(0) // their bytes may have been among those
      for (const done of [...waiting, ...failed]) done(error)
      if (this.#waiting.length > 0 && !this.#isSyncing) this.#syncWaiting()
    })
  }
  // #endregion sync-files

  /** Syncs; files that were made again get their full size then, which is synced too. */
  #syncAndComplete(done: (error: string) => void): void {
    const short = this.#files.filter((file) => file.isShort)
    this.#syncAll((error) => {
      if (error !== '' || short.length === 0) return done(error)
      for (const file of short) {
        file.isShort = false
        if (!this.#files.includes(file)) continue // removed meanwhile
        this.#disk.resize(file.file, this.fileSizeBytes)
        file.dirty = true
      }
      this.#syncAll(done)
    })
  }

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

  // #region truncate
  /**
   * Forgets everything from `position` on. Whole files after it are removed; the rest of its own file is overwritten with
   * zeros, so that a later crash cannot bring the cut records back (apache/rocketmq#10666). With `keepNames` the files
   * after it stay, emptied, until `deleteFilesAfter`: a power cut must not take one name and leave the next.
   */
  truncateAfter(position: number, keepNames = false): void {
    for (let i = this.#files.length - 1; i >= 0 && this.#files[i]!.startsAt >= position; i--) {
      const file = this.#files[i]!
      if (keepNames) this.#fillWithZeros(file, 0)
      else this.#remove(this.#files.pop()!)
    }
    const file = this.#find(position)
    if (file !== undefined && file.startsAt < position) this.#fillWithZeros(file, position - file.startsAt)
  }

  #fillWithZeros(file: StoreFile, from: number): void {
    this.#disk.resize(file.file, from)
    if (!file.isShort) this.#disk.resize(file.file, this.fileSizeBytes)
    file.dirty = true
  }
  // #endregion truncate

  /** Removes files that begin at or after `position`, but the first: from the last on, each for good before the next. */
  deleteFilesAfter(position: number, done: (error: string) => void): void {
    const last = this.#files.at(-1)
    if (last === undefined || last.startsAt < position || this.#files.length === 1) return done('')
    this.#files.pop()
    this.#removeForGood(last, (error) => {
      if (error === '') this.deleteFilesAfter(position, done)
      else done(error)
    })
  }

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
  /** Removes the first file; the last one always stays. `done` when a power cut cannot bring it back. */
  deleteFirst(done: (error: string) => void): void {
    assert(this.#files.length > 1, `the last file of ${this.#directory} is never deleted`)
    this.#removeForGood(this.#files.shift()!, done)
  }
  // #endregion delete-first

  /** Removes every file: what they held will be made again. */
  deleteAll(): void {
    this.truncateAfter(this.startsAt)
  }

  close(): void {
    for (const file of this.#files) this.#disk.close(file.file)
  }
}

/** A directory and those that hold it: a new file is durable when all their entries are. */
function withParents(directory: string): string[] {
  const parts = directory.split('/')
  return parts.map((_, i) => parts.slice(0, i + 1).join('/')).reverse()
}
