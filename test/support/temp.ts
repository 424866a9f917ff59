/**
 * Temporary folders that are gone afterwards, also when a test fails or the program is interrupted.
 *
 * A folder is removed by `remove()`, and whatever is left is removed when the process exits. Folders lie in the
 * system's folder for temporary files and are named `glassmq-<purpose>-XXXXXX`.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** One temporary folder. */
export interface TemporaryFolder {
  /** Absolute path. */
  readonly path: string
  /** Removes it and all it holds; does nothing the second time. */
  remove(): void
}

const left = new Set<string>()
let watching = false

/**
 * Makes an empty temporary folder.
 *
 * @param purpose a word for the folder's name, such as `store`
 * @param parent where it lies, instead of the system's folder
 */
export function temporaryFolder(purpose: string, parent = tmpdir()): TemporaryFolder {
  if (!watching) {
    watching = true
    process.on('exit', removeAll)
  }
  mkdirSync(parent, { recursive: true })
  const path = mkdtempSync(join(parent, `glassmq-${purpose}-`))
  left.add(path)
  return {
    path,
    remove() {
      if (!left.delete(path)) return
      remove(path)
    },
  }
}

function remove(path: string): void {
  rmSync(path, { recursive: true, force: true, maxRetries: 3, retryDelay: 100 })
}

function removeAll(): void {
  for (const path of left) {
    try {
      remove(path)
    } catch {
      // A file that another process still writes: nothing more can be done while exiting.
    }
  }
  left.clear()
}
