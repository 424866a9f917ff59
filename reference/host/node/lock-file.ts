/**
 * An exclusive lock held by a process: a file that names its owner.
 *
 * Node has no `fcntl` lock, which the kernel would release when a process dies. So the file has the owner's process id and start
 * time; a lock whose owner is gone is stale and is taken over. A complete file is linked under the lock's name, so no process reads
 * half of one.
 *
 * RocketMQ takes a Java `FileLock` on `store/lock`. The two locks do not exclude each other: do not run both servers on one store.
 * Not here: locks between machines (a shared disk). Two processes that take over the same stale lock in the same millisecond are
 * distinguished only by reading it twice.
 */
import { linkSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs'

let attempts = 0

/** A lock that this process holds. */
export class LockFile {
  readonly #path: string
  readonly #owner: string

  private constructor(path: string, owner: string) {
    this.#path = path
    this.#owner = owner
  }

  /** Takes the lock; undefined when a living process holds it. */
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
        tryLink(stale, path) // another process was quicker: this is its lock
        unlinkSync(stale)
        return undefined
      }
      unlinkSync(stale)
      return tryLink(own, path) ? new LockFile(path, owner) : undefined
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined // taken over at the same moment
      throw error
    } finally {
      unlinkSync(own)
    }
  }

  /** Releases the lock. */
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
    writeFileSync(to, read(from), { flag: 'wx' }) // a file system without links
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

/** Returns true when the process that wrote `owner` still runs, and not a later one with the same number. */
function isAlive(owner: string): boolean {
  // a WebContainer does not say whether a process lives; there the lab's runtime starts one process for each directory
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

/** Returns when a process started, in the kernel's ticks; '0' on systems other than Linux, where it is unknown. */
function startTimeOf(pid: number): string {
  const stat = read(`/proc/${pid}/stat`)
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '0'
}
