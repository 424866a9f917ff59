/**
 * An exclusive lock held by a process: a file that names its owner.
 *
 * Node offers no `fcntl` lock, which the kernel would give back by itself when a process dies. So the file holds the
 * owner's process id and start time; a lock whose owner is gone is stale and is taken over. The file appears complete, by
 * linking a written one under the lock's name, so nobody reads half an owner.
 *
 * RocketMQ takes a Java `FileLock` on `store/lock`. The two do not see each other: do not run both on one store. Not here:
 * locks between machines (a shared disk), and two processes that take over the same stale lock in the same millisecond
 * are told apart only by looking twice.
 */
import { linkSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs'

let attempts = 0

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
        tryLink(stale, path) // somebody was quicker: this is his lock
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

  /** Gives it back. */
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

/** True when the process that wrote `owner` still runs (and is not a later one with the same number). */
function isAlive(owner: string): boolean {
  // WebContainer does not say whether a process lives; there the lab's runtime starts one process per directory.
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

/** When a process started, in the kernel's ticks; '0' where that cannot be known (only Linux tells). */
function startTimeOf(pid: number): string {
  const stat = read(`/proc/${pid}/stat`)
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '0'
}
