/**
 * An exclusive lock of a process. The lock is a file that names its owner.
 *
 * Node has no locks that the kernel releases when a process ends. So the lock file contains the process id and the start
 * time of its owner. When the owner no longer runs, another process may take the lock. A process first writes a file under
 * another name, and then links this file to the name of the lock. So no process reads an incomplete lock file.
 *
 * RocketMQ uses a Java `FileLock` on `store/lock`. A Java lock and a GlassMQ lock do not exclude each other, so do not run
 * both servers on one store. The lock does not work between machines with a shared disk.
 *
 * When the owner of a lock file no longer runs, a process renames this lock file before it takes the lock. Another process
 * may have taken the lock just before the rename. Then the renamed file is the lock file of that process. So a process
 * reads the renamed file, and restores the lock file when its owner runs.
 */
import { linkSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs'

let attempts = 0

/** A lock of this process. */
export class LockFile {
  readonly #path: string
  readonly #owner: string

  private constructor(path: string, owner: string) {
    this.#path = path
    this.#owner = owner
  }

  /** Takes the lock. Returns undefined when another running process holds the lock, or takes it at the same time. */
  static take(path: string): LockFile | undefined {
    const owner = `${process.pid} ${startTimeOf(process.pid)} ${++attempts}\n`
    const own = `${path}.${process.pid}.${attempts}`
    writeFileSync(own, owner)
    try {
      if (tryLink(own, path)) return new LockFile(path, owner)
      const holder = read(path)
      if (isAlive(holder)) return undefined
      const stale = `${own}.stale`
      renameSync(path, stale)
      const moved = read(stale)
      if (moved !== holder && isAlive(moved)) {
        tryLink(stale, path) // another process has just taken the lock, so its lock file is restored
        unlinkSync(stale)
        return undefined
      }
      unlinkSync(stale)
      return tryLink(own, path) ? new LockFile(path, owner) : undefined
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined // another process has renamed the file
      throw error
    } finally {
      unlinkSync(own)
    }
  }

  /** Releases the lock, if this process still holds it. */
  release(): void {
    if (read(this.#path) === this.#owner) unlinkSync(this.#path)
  }
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
  }
  try {
    writeFileSync(to, read(from), { flag: 'wx' }) // the file system has no links
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** Returns true when the process that wrote `owner` still runs. A later process with the same id does not count. */
function isAlive(owner: string): boolean {
  // A WebContainer does not report whether a process runs. In a WebContainer, only one process is started for each
  // directory, so the owner of a lock file that exists has ended.
  if (process.versions['webcontainer'] !== undefined) return false
  const [pid, startTime] = owner.trim().split(' ')
  if (pid === undefined || !/^[1-9][0-9]*$/.test(pid)) return false
  try {
    process.kill(Number(pid), 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  const now = startTimeOf(Number(pid))
  return now === startTime || now === '0' || startTime === '0'
}

/**
 * Returns the start time of a process in ticks of the kernel. Returns '0' when the time is unknown, for example on systems
 * other than Linux.
 */
function startTimeOf(pid: number): string {
  const stat = read(`/proc/${pid}/stat`)
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '0'
}
