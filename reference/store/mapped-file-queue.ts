/**
 * A long row of bytes in files of equal size. The name of a file is the position of its first byte in the row, in 20 digits.
 *
 * ```
 * 00000000000000000000   00000000001073741824   00000000002147483648
 * |<---- 1 GiB ------->|<---- 1 GiB ------->|<---- …
 * ```
 *
 * The commit log and every consume queue are such rows. The position divided by the file size shows in which file a byte
 * lies. A new file gets its full size at once, but takes space only where bytes were written. As in RocketMQ, a file of
 * another size is refused. Unlike RocketMQ, a short file is repaired after a crash.
 *
 * Invariants: Each open file begins where the previous file ends. Every file has the full size, except a file that is being
 * rebuilt.
 *
 * RocketMQ: `MappedFileQueue`, `DefaultMappedFile`. Not in GlassMQ: memory mapping (Node does not offer it), preallocation
 * of the next file, warm-up, the transient pool.
 */
import { assert } from '../common/assert.ts'
import { readI32 } from '../common/bytes.ts'
import { type Disk, DiskError, type FileId } from '../host/host.ts'
import { FIRST_RECORD_BYTES_MAX, WALK_CHUNK_BYTES } from './limits.ts'
import { SharedSync } from './shared-sync.ts'
import { StoreError } from './store-error.ts'

const NAME_DIGITS = 20

interface StoreFile {
  readonly path: string
  /** The position of the first byte of this file in the row. */
  readonly startsAt: number
  readonly file: FileId
  /** True when the file may have changed after its last sync began. */
  dirty: boolean
  /** True while the content of the file is being rebuilt. After a crash, the next start removes such a file. */
  isShort: boolean
}

/** A file that was found on the disk when the row was opened. */
interface FoundFile {
  readonly name: string
  readonly path: string
  readonly startsAt: number
  /** True when the file begins where the previous file ends. */
  readonly follows: boolean
  readonly isEmpty: boolean
  readonly isShort: boolean
}

/** Returns true when a file behind a missing file may be removed. `firstRecord` is the first record of this file. */
type MayGo = (startsAt: number, firstRecord: Uint8Array) => boolean

/** Returns the name of the file that begins at `startsAt`: the position, written with 20 digits. */
export function fileName(startsAt: number): string {
  return String(startsAt).padStart(NAME_DIGITS, '0')
}

/** A row of files of equal size. The row is read and written like one long file. */
export class MappedFileQueue {
  readonly #disk: Disk
  readonly #directory: string
  readonly fileSizeBytes: number
  readonly #files: StoreFile[] = []
  /** True when a file was created or removed, and its directory is not synced yet. A power cut could undo this change. */
  #hasNewNames = false
  /** True while the row is rebuilt from the log. During this time, a new file stays short until its content is durable. */
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

  /** The position of the first byte of the first file, or 0 when the row has no file. */
  get startsAt(): number {
    return this.#files[0]?.startsAt ?? 0
  }

  /** The position after the last byte of the last file, or 0 when the row has no file. */
  get endsAt(): number {
    const last = this.#files.at(-1)
    return last === undefined ? 0 : last.startsAt + this.fileSizeBytes
  }

  /** The start positions of all files, in ascending order. */
  get fileStarts(): readonly number[] {
    return this.#files.map((file) => file.startsAt)
  }

  // #region load-files
  /**
   * Opens the files on disk. Returns true when a file was
   * missing, was short or was removed.
   *
   * `canBeMadeAgain` is true when the files can be rebuilt
   * from the log. `mayGo` decides whether a file behind a
   * missing file may be removed. Throws `StoreError` when a
   * file has a wrong size, or `mayGo` forbids the removal.
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
    // After a crash, the directory is synced, even without files, because an earlier removal may not be durable.
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
    // A row that can be rebuilt from the log may begin at any position, because its oldest files may have been deleted.
    const follows = startsAt === this.endsAt || (this.#files.length === 0 && canBeMadeAgain)
    return { name, path, startsAt, follows, isEmpty: sizeBytes === 0, isShort: sizeBytes < this.fileSizeBytes }
  }

  // #region missing-file
  /**
   * Returns true when a file must be removed from the row. A
   * power cut may remove the name of one file and keep the
   * name of the next file. `mayGo` decides whether the file
   * behind this gap was never durable.
   */
  #goes(found: FoundFile, canBeMadeAgain: boolean, mayGo: MayGo): boolean {
    if (found.isShort && canBeMadeAgain) return true
    if (found.follows) return false
    return mayGo(found.startsAt, this.#firstRecord(found.path))
  }

  /** Removes a file from the row. A log file behind a gap is not deleted but moved to the directory `….lost`. */
  #takeAway(found: FoundFile, canBeMadeAgain: boolean): void {
    const aside = `${this.#directory}.lost/${found.name}`
    if (found.follows || canBeMadeAgain) this.#disk.remove(found.path)
    else this.#disk.rename(found.path, aside)
    this.#hasNewNames = true
  }
  // #endregion missing-file

  /**
   * Opens one file. After a crash, fills a short file with zeros. Throws `StoreError` when the size of the file is wrong, or
   * when there is a gap before the file.
   */
  #openFile({ path, startsAt, follows, isShort }: FoundFile, wasStoppedCleanly: boolean): void {
    const isLong = this.#disk.sizeBytes(path) > this.fileSizeBytes
    if (isLong || (isShort && wasStoppedCleanly)) throw this.#wrongSize(path)
    if (!follows && this.#files.length > 0) throw this.#gapBefore(path)
    const file = this.#disk.open(path)
    if (isShort) this.#disk.resize(file, this.fileSizeBytes)
    // After a crash, all bytes of the file must be synced again, because it is not known which of them are durable.
    this.#files.push({ path, startsAt, file, dirty: !wasStoppedCleanly, isShort: false })
  }

  /** Returns the bytes of the first record of a log file. Returns fewer bytes when the file ends earlier. */
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
  /** Returns the file that holds a position, or undefined. */
  #find(position: number): StoreFile | undefined {
    const bytesBefore = position - this.startsAt
    if (bytesBefore < 0) return undefined
    const files = Math.floor(bytesBefore / this.fileSizeBytes)
    return this.#files[files]
  }
  // #endregion find-file

  /**
   * Returns the file that holds `position`. Creates this file when it is the next file of the row. The first file of a row
   * may begin at any multiple of the file size.
   */
  #findOrMake(position: number): StoreFile {
    const found = this.#find(position)
    if (found !== undefined) return found
    const startsAt = this.#files.length === 0 ? position - (position % this.fileSizeBytes) : this.endsAt
    assert(
      position - startsAt < this.fileSizeBytes && position >= startsAt,
      () => `position ${position} is not in the next file of ${this.#directory}`,
    )
    const path = `${this.#directory}/${fileName(startsAt)}`
    const file = this.#disk.open(path)
    if (!this.isMakingAgain) this.#disk.resize(file, this.fileSizeBytes)
    const made: StoreFile = { path, startsAt, file, dirty: true, isShort: this.isMakingAgain }
    this.#files.push(made)
    this.#hasNewNames = true
    return made
  }

  /**
   * Writes bytes that lie within one file. Creates this file when it is the next file of the row. May throw `DiskError`.
   */
  write(position: number, bytes: Uint8Array): void {
    const target = this.#findOrMake(position)
    assert(
      position + bytes.length <= target.startsAt + this.fileSizeBytes,
      () => `${bytes.length} bytes at ${position} do not fit in ${target.path}`,
    )
    this.#disk.write(target.file, position - target.startsAt, bytes)
    target.dirty = true
  }

  /**
   * Returns at most `lengthBytes` bytes of one file from `position` on, or none. They may lie in `room` (see `Disk.read`).
   */
  read(position: number, lengthBytes: number, room?: Uint8Array): Uint8Array {
    const source = this.#find(position)
    if (source === undefined) return new Uint8Array()
    const at = position - source.startsAt
    return this.#disk.read(source.file, at, Math.min(lengthBytes, this.fileSizeBytes - at), room)
  }

  /** True when one of the four bytes at `position` is not zero, or when another file follows the file of `position`. */
  hasBytesAt(position: number): boolean {
    return position < this.endsAt - this.fileSizeBytes || this.read(position, 4).some((byte) => byte !== 0)
  }

  /**
   * Returns the number of bytes from `position` up to the last byte that is not zero. This method reads the whole rest of
   * the row, so it is used only for the event log.
   */
  usedBytesAfter(position: number): number {
    let usedUntil = position
    for (const { startsAt } of this.#files) {
      for (let at = Math.max(position, startsAt); at < startsAt + this.fileSizeBytes; at += WALK_CHUNK_BYTES) {
        const chunk = this.read(at, Math.min(WALK_CHUNK_BYTES, startsAt + this.fileSizeBytes - at))
        let used = chunk.length
        while (used > 0 && chunk[used - 1] === 0) used--
        if (used > 0) usedUntil = at + used
      }
    }
    return usedUntil - position
  }

  /** Makes all written bytes durable. Then calls `done` with '' or with the reason of the first failure. */
  sync(done: (error: string) => void): void {
    this.#sync.sync(done)
  }

  // #region sync-files
  /** Syncs all files. Then sets the full size of short files and syncs these files a second time. */
  #syncAndComplete(done: (error: string) => void): void {
    const short = this.#files.filter((file) => file.isShort)
    this.#syncAll((error) => {
      if (error !== '' || short.length === 0) return done(error)
      for (const file of short) {
        file.isShort = false
        if (!this.#files.includes(file)) continue // the file was removed during the sync
        this.#disk.resize(file.file, this.fileSizeBytes)
        file.dirty = true
      }
      this.#syncAll(done)
    })
  }

  /** Syncs the dirty files, and the directories in which a name was added or removed. */
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
   * Removes all content from `position` on. Fills the rest of
   * the file of `position` with zeros, and removes later
   * files. So, after a sync, a crash cannot bring removed
   * records back (apache/rocketmq#10666). When `keepNames` is
   * true, later files stay and are filled with zeros.
   * `deleteFilesAfter` removes them later, in a safe order.
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

  /**
   * Removes the files that begin at `position` or later, but never the first file. The last file is removed first. A file is
   * removed only after the removal of its next file is durable. At the end, calls `done` with '' or the reason of the
   * failure.
   */
  deleteFilesAfter(position: number, done: (error: string) => void): void {
    const last = this.#files.at(-1)
    if (last === undefined || last.startsAt < position || this.#files.length === 1) return done('')
    this.#files.pop()
    this.#removeForGood(last, (error) => {
      if (error === '') this.deleteFilesAfter(position, done)
      else done(error)
    })
  }

  /** Removes a file. Calls `done` with '' when the removal is durable, or with the reason of the failure. */
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
  /** Removes the first file of the row, and makes the removal durable. The caller must keep at least one file. */
  deleteFirst(done: (error: string) => void): void {
    const isAllowed = this.#files.length > 1
    assert(isAllowed, () => `the last file of ${this.#directory} stays`)
    this.#removeForGood(this.#files.shift()!, done)
  }
  // #endregion delete-first

  /** Removes every file. Throws `DiskError` when a removal fails. */
  deleteAll(): void {
    this.truncateAfter(this.startsAt)
  }

  /** Closes the files without a sync. */
  close(): void {
    for (const file of this.#files) this.#disk.close(file.file)
  }
}

/**
 * Returns a directory and all its parents. A new file is durable only when its name in `directory`, and the name of each of
 * these directories in its parent, are durable.
 */
function withParents(directory: string): string[] {
  const parts = directory.split('/')
  return parts.map((_, i) => parts.slice(0, i + 1).join('/')).reverse()
}
