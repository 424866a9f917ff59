/**
 * Implements `Disk` with real files. All files are inside one directory.
 *
 * Reads and writes are synchronous, and use the page cache of the kernel, like RocketMQ's mapped files. So a finished write
 * survives `kill -9`. `sync` runs `fdatasync` on a thread of Node's pool. The event loop does not wait for a sync, so
 * several records can share one sync.
 *
 * An open file needs a descriptor, and a broker may have more files than a process may have descriptors. So only a limited
 * number of descriptors is kept open, and a file is opened again when it is used. When more descriptors are needed, the
 * descriptor that was not used for the longest time is closed. A removed or replaced file that is still in use keeps its
 * descriptor, because this file cannot be opened again.
 *
 * RocketMQ: `MappedFile`, `FileChannel.force`. Not in GlassMQ: memory mapping (Node does not support it), `O_DIRECT`,
 * preallocation.
 */
import {
  closeSync,
  constants,
  fdatasync,
  fstatSync,
  fsync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  open,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmdirSync,
  statfsSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { MIB } from '../../common/units.ts'
import { type Disk, DiskError, type DiskSpace, type FileId } from '../host.ts'
import { FILES_OPEN_MAX } from '../limits.ts'
import { checkDirectory, checkPath } from '../paths.ts'
import { LockFile } from './lock-file.ts'

/** Max descriptors that are kept open, if possible. A process may usually have 1,024, and sockets need some of them. */
const DESCRIPTORS_MAX = 512
/**
 * Max syncs that run at the same time. A file needs its descriptor during a sync, so this limit also limits the number of
 * descriptors that cannot be closed. With a higher limit, syncs would not be faster, because Node's pool has only four
 * threads by default.
 */
const SYNCS_AT_ONCE_MAX = 64
/**
 * Before a read of more bytes than this, the size of the file is checked. So no memory is allocated for bytes that do not
 * exist.
 */
const LARGE_READ_BYTES = MIB
const READ_WRITE_MAKE = constants.O_RDWR | constants.O_CREAT

interface OpenFile {
  /** The path with which the file can be opened again, or '' when this path no longer belongs to the file. */
  path: string
  /** The descriptor, or -1 while no descriptor is open. */
  descriptor: number
  /** The number of running syncs. While a sync runs, the file keeps its descriptor. */
  syncs: number
  /** The number of waiting syncs. While a sync waits, the file is kept, even when the program has closed it. */
  waitingSyncs: number
  isClosed: boolean
}

/** One directory of this machine as a disk. */
export class NodeDisk implements Disk {
  readonly #root: string
  readonly #files = new Map<FileId, OpenFile>()
  /** The files with an open descriptor. When at least half of `DESCRIPTORS_MAX` are open, a use moves a file to the end. */
  readonly #used = new Set<OpenFile>()
  readonly #locks = new Map<string, LockFile>()
  #nextFile = 1
  #syncing = 0
  readonly #waitingSyncs: { readonly file: OpenFile; readonly done: (error: string) => void }[] = []

  /** `root` is the directory for all files. A missing directory is created. */
  constructor(root: string) {
    this.#root = root
    mkdirSync(root, { recursive: true })
  }

  list(directory: string): readonly string[] {
    const bare = checkDirectory(directory)
    try {
      const entries = readdirSync(join(this.#root, bare), { withFileTypes: true })
      return entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name)).sort(byCodeUnit)
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return []
      throw diskError(error, directory, 'cannot list')
    }
  }

  sizeBytes(path: string): number {
    try {
      const stat = lstatSync(this.#at(path), { throwIfNoEntry: false })
      return stat?.isFile() ? stat.size : -1
    } catch (error) {
      if (codeOf(error) === 'ENOTDIR') return -1
      throw diskError(error, path, 'cannot look at')
    }
  }

  open(path: string): FileId {
    if (this.#files.size >= FILES_OPEN_MAX) throw new DiskError('EMFILE', path, 'cannot open')
    const file: OpenFile = { path: checkPath(path), descriptor: -1, syncs: 0, waitingSyncs: 0, isClosed: false }
    this.#descriptor(file)
    const id = this.#nextFile++
    this.#files.set(id, file)
    return id
  }

  read(id: FileId, atBytes: number, lengthBytes: number, given?: Uint8Array): Uint8Array {
    const file = this.#file(id)
    const descriptor = this.#descriptor(file)
    try {
      let length = lengthBytes
      if (length > LARGE_READ_BYTES) length = Math.max(0, Math.min(length, fstatSync(descriptor).size - atBytes))
      const bytes = given !== undefined && given.length >= length ? given.subarray(0, length) : room(length)
      let filled = 0
      while (filled < length) {
        const count = readSync(descriptor, bytes, filled, length - filled, atBytes + filled)
        if (count === 0) break
        filled += count
      }
      return filled === length ? bytes : bytes.slice(0, filled)
    } catch (error) {
      throw diskError(error, file.path, 'cannot read')
    }
  }

  write(id: FileId, atBytes: number, bytes: Uint8Array): void {
    const file = this.#file(id)
    const descriptor = this.#descriptor(file)
    try {
      let written = writeSync(descriptor, bytes, 0, bytes.length, atBytes)
      while (written < bytes.length) {
        written += writeSync(descriptor, bytes, written, bytes.length - written, atBytes + written)
      }
    } catch (error) {
      throw diskError(error, file.path, 'cannot write to')
    }
  }

  resize(id: FileId, sizeBytes: number): void {
    const file = this.#file(id)
    if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0) {
      throw new DiskError('EINVAL', file.path, `cannot set the length ${sizeBytes} of`)
    }
    const descriptor = this.#descriptor(file)
    try {
      ftruncateSync(descriptor, sizeBytes)
    } catch (error) {
      throw diskError(error, file.path, 'cannot set the length of')
    }
  }

  sync(id: FileId, done: (error: string) => void): void {
    const file = this.#file(id)
    if (this.#syncing < SYNCS_AT_ONCE_MAX) return this.#startSync(file, done)
    file.waitingSyncs++
    this.#waitingSyncs.push({ file, done })
  }

  #startSync(file: OpenFile, done: (error: string) => void): void {
    const descriptor = this.#descriptor(file)
    file.syncs++
    this.#syncing++
    fdatasync(descriptor, (error) => {
      file.syncs--
      this.#syncing--
      if (file.isClosed) this.#release(file)
      done(error === null ? '' : phraseOf(error))
      this.#startWaiting()
    })
  }

  #startWaiting(): void {
    while (this.#syncing < SYNCS_AT_ONCE_MAX) {
      const next = this.#waitingSyncs.shift()
      if (next === undefined) return
      next.file.waitingSyncs--
      try {
        this.#startSync(next.file, next.done)
      } catch (error) {
        // the descriptor was closed to make room, and the file cannot be opened again
        next.done(error instanceof DiskError ? error.code : 'EIO')
      }
    }
  }

  close(id: FileId): void {
    const file = this.#files.get(id)
    if (file === undefined) return
    this.#files.delete(id)
    file.isClosed = true
    this.#release(file)
  }

  rename(from: string, to: string): void {
    const target = this.#at(to)
    if (this.sizeBytes(from) < 0) {
      const isDirectory = this.#isDirectory(from)
      throw new DiskError(isDirectory ? 'EINVAL' : 'ENOENT', from, 'cannot rename')
    }
    if (this.#isDirectory(to)) throw new DiskError('EINVAL', to, 'cannot rename over the directory')
    try {
      mkdirSync(dirname(target), { recursive: true })
      this.#keepOpen(to)
      renameSync(this.#at(from), target)
    } catch (error) {
      throw diskError(error, from, 'cannot rename')
    }
    for (const file of this.#files.values()) if (file.path === from) file.path = to
  }

  remove(path: string): void {
    const at = this.#at(path)
    try {
      this.#keepOpen(path)
      unlinkSync(at)
    } catch (error) {
      if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return
      if (!this.#isDirectory(path)) throw diskError(error, path, 'cannot remove')
      try {
        rmdirSync(at)
      } catch (directoryError) {
        throw diskError(directoryError, path, 'cannot remove the directory')
      }
    }
  }

  syncDirectory(directory: string, done: (error: string) => void): void {
    open(join(this.#root, checkDirectory(directory)), constants.O_RDONLY, (openError, descriptor) => {
      if (openError !== null) {
        // Windows cannot open directories, but makes the names in directories durable without a sync. A missing directory
        // needs no sync.
        done(['EISDIR', 'EPERM', 'EACCES', 'ENOENT'].includes(codeOf(openError)) ? '' : phraseOf(openError))
        return
      }
      fsync(descriptor, (error) => {
        closeSync(descriptor)
        const isUnsupported = error !== null && ['EPERM', 'EINVAL', 'EISDIR'].includes(codeOf(error))
        done(error === null || isUnsupported ? '' : phraseOf(error))
      })
    })
  }

  lock(path: string): boolean {
    if (this.#locks.has(checkPath(path))) return true
    const at = this.#at(path)
    mkdirSync(dirname(at), { recursive: true })
    const lock = LockFile.take(at)
    if (lock !== undefined) this.#locks.set(path, lock)
    return lock !== undefined
  }

  usedRatio(): number {
    return usedRatioOf(statfsSync(this.#root))
  }

  spaceBytes(of: DiskSpace): number {
    const { bsize, blocks, bfree } = statfsSync(this.#root)
    return bsize * (of === 'total' ? blocks : bfree)
  }

  /** Closes all files and releases the locks. Called at the end of the program. */
  dispose(): void {
    for (const id of [...this.#files.keys()]) this.close(id)
    for (const lock of this.#locks.values()) lock.release()
    this.#locks.clear()
  }

  #at(path: string): string {
    return join(this.#root, checkPath(path))
  }

  #isDirectory(path: string): boolean {
    return lstatSync(this.#at(path), { throwIfNoEntry: false })?.isDirectory() ?? false
  }

  #file(id: FileId): OpenFile {
    const file = this.#files.get(id)
    if (file === undefined) throw new DiskError('EINVAL', `file ${id}`, 'not open:')
    return file
  }

  /**
   * Returns the descriptor of a file. Opens the file when it has no descriptor. Throws `DiskError` when the file cannot be
   * opened.
   */
  #descriptor(file: OpenFile): number {
    if (file.descriptor >= 0) {
      if (this.#used.size >= DESCRIPTORS_MAX / 2) {
        this.#used.delete(file)
        this.#used.add(file)
      }
      return file.descriptor
    }
    // a missing directory is rare, so the directory is created only after a failed open
    const at = this.#at(file.path)
    try {
      file.descriptor = openSync(at, READ_WRITE_MAKE, 0o644)
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw diskError(error, file.path, 'cannot open')
      try {
        mkdirSync(dirname(at), { recursive: true })
        file.descriptor = openSync(at, READ_WRITE_MAKE, 0o644)
      } catch (again) {
        throw diskError(again, file.path, 'cannot open')
      }
    }
    this.#used.add(file)
    if (this.#used.size > DESCRIPTORS_MAX) this.#makeRoom(file)
    return file.descriptor
  }

  /**
   * Closes the descriptor of the first file in `#used` that can be opened again later. Skips the file `wanted`, and files
   * with a running sync.
   */
  #makeRoom(wanted: OpenFile): void {
    for (const file of this.#used) {
      if (file === wanted || file.syncs > 0 || file.isClosed || file.path === '') continue
      this.#closeDescriptor(file)
      return
    }
  }

  #release(file: OpenFile): void {
    if (file.descriptor >= 0 && file.syncs === 0 && file.waitingSyncs === 0) this.#closeDescriptor(file)
  }

  #closeDescriptor(file: OpenFile): void {
    this.#used.delete(file)
    closeSync(file.descriptor)
    file.descriptor = -1
  }

  /** Keeps the descriptor of an open file, because its path will be removed or will belong to another file. */
  #keepOpen(path: string): void {
    for (const file of this.#files.values()) {
      if (file.path !== path) continue
      this.#descriptor(file)
      file.path = ''
    }
  }
}

/** Returns memory for a read. Node takes small pieces from one larger block, which is much faster. */
function room(lengthBytes: number): Uint8Array {
  const { buffer, byteOffset } = Buffer.allocUnsafe(lengthBytes)
  return new Uint8Array(buffer, byteOffset, lengthBytes)
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? ''
}

const CODES: Record<string, DiskError['code']> = {
  ENOENT: 'ENOENT',
  ENOSPC: 'ENOSPC',
  EDQUOT: 'ENOSPC',
  EFBIG: 'ENOSPC',
  EEXIST: 'EEXIST',
  ENOTEMPTY: 'EEXIST',
  EMFILE: 'EMFILE',
  ENFILE: 'EMFILE',
  EINVAL: 'EINVAL',
  EISDIR: 'EINVAL',
  ENOTDIR: 'EEXIST',
  ERR_OUT_OF_RANGE: 'EINVAL',
}

function diskError(error: unknown, path: string, what: string): DiskError {
  if (error instanceof DiskError) return error
  const code = CODES[codeOf(error)]
  return new DiskError(code ?? 'EIO', path, code === undefined ? `${what} (${codeOf(error)})` : what)
}

function phraseOf(error: NodeJS.ErrnoException): string {
  return CODES[codeOf(error)] ?? 'EIO'
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Returns the used part of a file system, from 0 to 1: used / (used + usable) blocks. */
export function usedRatioOf({ blocks, bfree, bavail }: { blocks: number; bfree: number; bavail: number }): number {
  const used = blocks - bfree
  return used + bavail === 0 ? 0 : used / (used + bavail)
}
