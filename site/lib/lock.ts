/**
 * A lock in the file system: who holds the file holds the lock.
 *
 * Two processes that would build the same thing at the same time share one build so: the second waits for the first, and then
 * finds the work done. A lock whose owner has ended is taken over.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

const LOOK_AGAIN_MS = 200

/**
 * Waits until the lock is free, and takes it.
 * @param path the file; made with its folder
 * @param wait is called once, when another process holds the lock
 * @returns what ends the lock
 */
export async function lockFile(path: string, wait: () => void): Promise<() => void> {
  mkdirSync(dirname(path), { recursive: true })
  for (let isFirst = true; ; isFirst = false) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx' })
      return () => rmSync(path, { force: true })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    if (!ownerLives(path)) rmSync(path, { force: true })
    else {
      if (isFirst) wait()
      await new Promise((done) => setTimeout(done, LOOK_AGAIN_MS))
    }
  }
}

function ownerLives(path: string): boolean {
  try {
    const pid = Number(readFileSync(path, 'utf8'))
    // An empty lock is one that is being written.
    if (pid > 0) process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
