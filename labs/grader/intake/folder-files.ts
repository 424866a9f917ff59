/**
 * All files of a folder or of a zip, with the files inside its zips, each as bytes or as a sentence why it cannot be read.
 *
 * Nothing is written anywhere: what is in a zip is only read. Limits hold for the number of files, for the bytes of each and
 * of all. Not here: zips inside zips, encrypted zips, other archives; each is told by its name.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { unzipSync } from 'fflate'
import { INTAKE_BYTES_MAX, SUBMISSION_BYTES_MAX, SUBMISSIONS_MAX, ZIP_BYTES_MAX } from '../limits.ts'

/** One file: `path` is relative to the folder, `class.zip/ada.json` for a file in a zip. */
export type FoundFile =
  | { readonly path: string; readonly bytes: Uint8Array; readonly modifiedMs?: number; readonly fault?: never }
  | { readonly path: string; readonly fault: string; readonly bytes?: never; readonly modifiedMs?: never }

/** What a folder holds. */
export interface FolderFiles {
  readonly files: readonly FoundFile[]
  /** Files of operating systems and of this grader: no hand-ins. */
  readonly ignored: readonly string[]
}

/** What computers and this grader put beside hand-ins. */
const NOT_HANDED_IN = /(^|\/)(\.[^/]*|__MACOSX|Thumbs\.db|desktop\.ini)($|\/)|\.secret\.glassmq\.json$/i

/** Reads a folder, or one zip. `own` are paths in it that are no hand-ins. Throws only when it cannot be read at all. */
export function readFolder(folder: string, own: readonly string[] = []): FolderFiles {
  const reader = new FolderReader()
  if (statSync(folder).isFile()) {
    reader.zip('', readFileSync(folder), basename(folder))
    return reader.result()
  }
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => ({ entry, path: relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/') }))
    .filter(({ path }) => !own.some((one) => path === one || path.startsWith(`${one}/`)))
    .sort((a, b) => (a.path < b.path ? -1 : 1))
  for (const { entry, path } of entries) {
    if (reader.isFull(path)) break
    if (!entry.isFile())
      reader.refuse(path, 'is not a plain file, and links are not followed: put the file itself here')
    else reader.file(path, join(folder, path))
  }
  return reader.result()
}

class FolderReader {
  readonly #files: FoundFile[] = []
  readonly #ignored: string[] = []
  #bytes = 0

  result(): FolderFiles {
    return { files: this.#files, ignored: this.#ignored }
  }

  /** Whether no more files are read; that is said once. */
  isFull(path: string): boolean {
    if (this.#files.length < SUBMISSIONS_MAX) return false
    this.refuse(path, `and all files after it were not read: ${SUBMISSIONS_MAX} files are the most`)
    return true
  }

  refuse(path: string, fault: string): void {
    this.#files.push({ path, fault })
  }

  file(path: string, place: string): void {
    if (NOT_HANDED_IN.test(path)) return void this.#ignored.push(path)
    try {
      const isZip = /\.zip$/i.test(path)
      const { size, mtimeMs } = statSync(place)
      const most = isZip ? ZIP_BYTES_MAX : SUBMISSION_BYTES_MAX
      if (size > most) return this.refuse(path, `is larger than ${most / 1024} KiB`)
      const bytes = readFileSync(place)
      if (isZip) this.zip(path, bytes, path)
      else this.#take(path, bytes, mtimeMs)
    } catch (error) {
      this.refuse(path, `cannot be read: ${(error as Error).message}`)
    }
  }

  /** The files of a zip, under its own path. */
  zip(path: string, bytes: Uint8Array, name: string): void {
    const under = path === '' ? '' : `${path}/`
    const tooLarge: string[] = []
    let entries = 0
    let unpacked = 0
    const wanted = (entry: string, size: number) => {
      if (entry.endsWith('/')) return false
      if (NOT_HANDED_IN.test(entry)) return !this.#ignored.push(under + entry)
      const isTooMuch = ++entries > SUBMISSIONS_MAX || (unpacked += size) > INTAKE_BYTES_MAX
      if (isTooMuch || size > SUBMISSION_BYTES_MAX) return !tooLarge.push(entry)
      return true
    }
    let inside: Record<string, Uint8Array>
    try {
      inside = unzipSync(bytes, { filter: ({ name: entry, originalSize }) => wanted(entry, originalSize) })
    } catch (error) {
      return this.refuse(
        name,
        `is no zip that can be opened (${(error as Error).message}): unpack it, or ask for it again`,
      )
    }
    for (const entry of tooLarge.slice(0, SUBMISSIONS_MAX))
      this.refuse(under + entry, 'is too large for a hand-in file')
    if (entries === 0 && tooLarge.length === 0) this.refuse(name, 'is a zip without a file')
    for (const entry of Object.keys(inside).sort()) {
      if (this.isFull(under + entry)) return
      this.#take(under + entry, inside[entry]!)
    }
  }

  #take(path: string, bytes: Uint8Array, modifiedMs?: number): void {
    this.#bytes += bytes.length
    if (this.#bytes > INTAKE_BYTES_MAX)
      return this.refuse(path, `was not read: all hand-ins together have more than ${INTAKE_BYTES_MAX / 2 ** 20} MiB`)
    this.#files.push({ path, bytes, ...(modifiedMs === undefined ? {} : { modifiedMs }) })
  }
}
