/**
 * The disk of one simulated machine. The disk maps names to `PageFile`s, and continues to exist after the end of a process.
 *
 * A name operation creates, renames or removes a file. A name operation is visible at once, but becomes durable only with
 * `syncDirectory`. A sync of the file does not make its name durable, because POSIX does not require this. Of the name
 * operations that are not durable, a power cut keeps any subset, in their order. Each operation is kept completely or not at
 * all. So after a power cut, a renamed file may have its new name but no content. For this reason RocketMQ, like other
 * servers, writes and syncs a new file, renames the file, and then syncs the directory.
 *
 * The cluster adds and removes faults (`DiskFault`). A fault affects calls of the node, but not calls of the operator.
 *
 * `node-life.ts` holds the open files and locks of a process. Not simulated: permissions, links. A new directory is durable
 * at once.
 */
import { DiskError, type DiskSpace } from '../host.ts'
import { checkDirectory, checkPath, directoryOf } from '../paths.ts'
import { type LastWrite, PAGE_BYTES, PageFile } from './page-file.ts'
import type { RandomStream } from './random.ts'

/** An operation on a name that is not durable yet. */
interface NameOperation {
  readonly kind: 'make' | 'remove' | 'rename'
  readonly path: string
  /** The new path of a rename. */
  readonly to: string
  readonly file: PageFile
}

/** The number of bytes that a power cut removed from a file, for the event log. */
export interface LostBytes {
  readonly path: string
  readonly sizeBytes: number
}

/** A fault of the disk. Several faults may be active at the same time. */
export interface DiskFault {
  readonly fails: 'EIO' | 'ENOSPC' | 'slowSync' | 'slowWrite' | 'syncError'
  readonly delayMs: number
}

/** The disk of one machine. */
export class SimDisk {
  readonly faults = new Set<DiskFault>()
  readonly #sizeBytesMax: number
  #entries = new Map<string, PageFile>()
  #durableEntries = new Map<string, PageFile>()
  readonly #directories = new Set<string>()
  #operations: NameOperation[] = []
  #lastWrite: (LastWrite & { readonly file: PageFile }) | undefined
  /** The number of pages of all files that have a name, or -1 when the pages must be counted again. */
  #pages = 0

  constructor(sizeBytesMax: number) {
    this.#sizeBytesMax = sizeBytesMax
  }

  has(fails: DiskFault['fails']): boolean {
    for (const fault of this.faults) if (fault.fails === fails) return true
    return false
  }

  /** The time in ms that `slowSync` faults add to every sync. */
  get extraSyncMs(): number {
    return this.#delayMs('slowSync')
  }

  /** The time in ms that `slowWrite` faults add to every write. */
  get extraWriteMs(): number {
    return this.#delayMs('slowWrite')
  }

  #delayMs(fails: DiskFault['fails']): number {
    let delay = 0
    for (const fault of this.faults) if (fault.fails === fails) delay += fault.delayMs
    return delay
  }

  list(directory: string): string[] {
    const bare = checkDirectory(directory)
    const prefix = bare === '' ? '' : `${bare}/`
    const names = new Set<string>()
    const collect = (path: string, isDirectory: boolean) => {
      if (!path.startsWith(prefix) || path.length === prefix.length) return
      const rest = path.slice(prefix.length)
      const slash = rest.indexOf('/')
      if (slash >= 0) names.add(rest.slice(0, slash + 1))
      else names.add(isDirectory ? `${rest}/` : rest)
    }
    for (const path of this.#entries.keys()) collect(path, false)
    for (const path of this.#directories) collect(path, true)
    return [...names].sort(byCodeUnit)
  }

  file(path: string): PageFile | undefined {
    return this.#entries.get(path)
  }

  /** Returns the path and the size of every file, sorted by path. */
  files(): { path: string; sizeBytes: number }[] {
    const paths = [...this.#entries.keys()].sort(byCodeUnit)
    return paths.map((path) => ({ path, sizeBytes: this.#entries.get(path)!.sizeBytes }))
  }

  /**
   * Returns the file with this path. Creates a missing file. Throws `DiskError` when the path is not valid or the file
   * cannot be created.
   */
  openOrMake(path: string): PageFile {
    checkPath(path)
    const known = this.#entries.get(path)
    if (known !== undefined) return known
    if (this.#directories.has(path)) throw new DiskError('EINVAL', path, 'cannot open the directory')
    if (this.has('ENOSPC')) throw new DiskError('ENOSPC', path, 'cannot make')
    const file = new PageFile()
    this.#makeDirectories(path)
    this.#entries.set(path, file)
    this.#operations.push({ kind: 'make', path, to: '', file })
    return file
  }

  write(path: string, file: PageFile, atBytes: number, bytes: Uint8Array): void {
    if (bytes.length === 0) return
    const newPages = file.newPages(atBytes, bytes.length)
    if (newPages > 0 && (this.has('ENOSPC') || this.usedBytes() + newPages * PAGE_BYTES > this.#sizeBytesMax)) {
      throw new DiskError('ENOSPC', path, 'cannot write to')
    }
    file.write(atBytes, bytes)
    if (this.#pages >= 0) this.#pages += newPages
    this.#lastWrite = { file, atBytes, sizeBytes: bytes.length }
  }

  resize(path: string, file: PageFile, sizeBytes: number): void {
    if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0)
      throw new DiskError('EINVAL', path, `cannot set the length ${sizeBytes} of`)
    file.resize(sizeBytes)
    this.#pages = -1
  }

  rename(from: string, to: string): void {
    checkPath(from)
    checkPath(to)
    const file = this.#entries.get(from)
    if (file === undefined) {
      throw new DiskError(this.#directories.has(from) ? 'EINVAL' : 'ENOENT', from, 'cannot rename')
    }
    if (this.#directories.has(to)) throw new DiskError('EINVAL', to, 'cannot rename over the directory')
    this.#makeDirectories(to)
    this.#entries.delete(from)
    this.#entries.set(to, file)
    this.#pages = -1
    this.#operations.push({ kind: 'rename', path: from, to, file })
  }

  /**
   * Removes a file or an empty directory. Returns true when the path existed. Throws `DiskError` when the directory is not
   * empty.
   */
  remove(path: string): boolean {
    checkPath(path)
    const file = this.#entries.get(path)
    if (file !== undefined) {
      this.#entries.delete(path)
      this.#pages = -1
      this.#operations.push({ kind: 'remove', path, to: '', file })
      return true
    }
    if (!this.#directories.has(path)) return false
    if (this.list(path).length > 0) throw new DiskError('EEXIST', path, 'cannot remove the directory with files in it:')
    return this.#directories.delete(path)
  }

  /** Returns the name operations that a sync of `directory` would make durable if it began now. */
  pendingIn(directory: string): ReadonlySet<object> {
    const bare = checkDirectory(directory)
    return new Set(
      this.#operations.filter(
        (o) => directoryOf(o.path) === bare || (o.kind === 'rename' && directoryOf(o.to) === bare),
      ),
    )
  }

  /** Makes the name operations in `pending` durable. */
  endDirectorySync(pending: ReadonlySet<object>): void {
    for (const operation of this.#operations) if (pending.has(operation)) apply(operation, this.#durableEntries)
    this.#operations = this.#operations.filter((operation) => !pending.has(operation))
  }

  /**
   * Simulates a power cut. Sets names and files to a state that a power cut can leave. Returns the lost bytes of each file.
   */
  powerCut(chance: RandomStream): LostBytes[] {
    const before = this.#entries
    for (const operation of this.#operations) if (chance.int(2) === 1) apply(operation, this.#durableEntries)
    this.#operations = []
    const lostOf = new Map<PageFile, number>()
    for (const path of [...this.#durableEntries.keys()].sort(byCodeUnit)) {
      const file = this.#durableEntries.get(path)!
      if (lostOf.has(file)) continue
      const lastWrite = this.#lastWrite?.file === file ? this.#lastWrite : undefined
      lostOf.set(file, file.powerCut(chance, lastWrite))
    }
    this.#lastWrite = undefined
    this.#pages = -1
    this.#entries = new Map(this.#durableEntries)
    const lost: LostBytes[] = []
    for (const path of [...before.keys()].sort(byCodeUnit)) {
      const file = before.get(path)!
      const sizeBytes = this.#entries.get(path) === file ? (lostOf.get(file) ?? 0) : file.sizeBytes
      if (sizeBytes > 0) lost.push({ path, sizeBytes })
    }
    return lost
  }

  /** Writes a whole file and makes it durable. Used for the operator, not for the node. */
  put(path: string, bytes: Uint8Array): void {
    checkPath(path)
    let file = this.#entries.get(path)
    if (file === undefined) {
      file = new PageFile()
      this.#makeDirectories(path)
      this.#entries.set(path, file)
    }
    this.#operations = this.#operations.filter((o) => o.file !== file)
    this.#durableEntries.set(path, file)
    file.replace(bytes)
    this.#pages = -1
  }

  /**
   * Removes a folder with its whole content. The removal is durable at once. Returns the sorted paths of the removed files.
   * Used for the operator, not for the node.
   */
  removeFolder(folder: string): string[] {
    const prefix = `${checkDirectory(folder)}/`
    const paths = [...this.#entries.keys()].filter((path) => path.startsWith(prefix)).sort(byCodeUnit)
    for (const path of paths) {
      const file = this.#entries.get(path)!
      this.#operations = this.#operations.filter((o) => o.file !== file)
      this.#entries.delete(path)
    }
    for (const path of [...this.#durableEntries.keys()]) if (path.startsWith(prefix)) this.#durableEntries.delete(path)
    for (const path of [...this.#directories]) if (`${path}/`.startsWith(prefix)) this.#directories.delete(path)
    this.#pages = -1
    return paths
  }

  usedBytes(): number {
    if (this.#pages < 0) {
      this.#pages = 0
      for (const file of this.#entries.values()) this.#pages += file.pages
    }
    return this.#pages * PAGE_BYTES
  }

  usedRatio(): number {
    // The used part is rounded to millionths, because every JavaScript engine must write the same text for this number.
    return Math.round(Math.min(1, this.usedBytes() / this.#sizeBytesMax) * 1_000_000) / 1_000_000
  }

  spaceBytes(of: DiskSpace): number {
    return of === 'total' ? this.#sizeBytesMax : Math.max(0, this.#sizeBytesMax - this.usedBytes())
  }

  #makeDirectories(path: string): void {
    for (let directory = directoryOf(path); directory !== ''; directory = directoryOf(directory)) {
      if (this.#entries.has(directory))
        throw new DiskError('EEXIST', directory, 'a file stands where a directory is needed:')
      this.#directories.add(directory)
    }
  }
}

function apply(operation: NameOperation, entries: Map<string, PageFile>): void {
  if (operation.kind === 'make') entries.set(operation.path, operation.file)
  else {
    if (entries.get(operation.path) === operation.file) entries.delete(operation.path)
    if (operation.kind === 'rename') entries.set(operation.to, operation.file)
  }
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
