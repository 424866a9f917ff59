/**
 * Replaces a file as a whole. The new file is written under another name, made durable, and then renamed. After a crash at
 * any moment, a reader finds the complete old file or the complete new file. When the old file is kept, a crash between the
 * two renames leaves the old file under the name `path.bak` only.
 *
 * `replaceFileInPieces` writes a large file in pieces, one piece in each turn of the event loop. So other work of the node
 * does not wait for the whole file.
 *
 * RocketMQ: `MixAll.string2File`.
 */
import { attempt } from './disk-attempt.ts'
import type { Clock, Disk, FileId } from './host.ts'
import { directoryOf } from './paths.ts'

/**
 * Writes `bytes` as the file `path`. When `keepsOld` is true, the old file stays as `path.bak`. Calls `done` with '' when
 * the file is durable, or with the reason of the failure. After a failure, one of three states is possible:
 *
 * - `path` is the old file;
 * - `path` is the new file, but its name may not be durable;
 * - `path` is missing, and the old file is `path.bak`.
 *
 * At most one replacement of a file may run at a time.
 */
export function replaceFile(
  disk: Disk,
  path: string,
  bytes: Uint8Array,
  keepsOld: boolean,
  done: (fault: string) => void,
): void {
  const written = begin(disk, path, bytes, done)
  if (written !== undefined) finish(disk, path, written, keepsOld, done)
}

/**
 * Does the same as `replaceFile`, but `pieces` yields the content in pieces. The first piece is written at once. Each other
 * piece is written in a separate turn of the event loop.
 */
export function replaceFileInPieces(
  { disk, clock }: { readonly disk: Disk; readonly clock: Clock },
  path: string,
  pieces: Iterator<Uint8Array>,
  keepsOld: boolean,
  done: (fault: string) => void,
): void {
  const first = pieces.next()
  const bytes = first.done === true ? new Uint8Array() : first.value
  const written = begin(disk, path, bytes, done)
  if (written === undefined) return
  let atBytes = bytes.length
  const goOn = () => {
    const next = pieces.next()
    if (next.done === true) return finish(disk, path, written, keepsOld, done)
    clock.after(0, () => {
      const refused = attempt(() => disk.write(written, atBytes, next.value))
      atBytes += next.value.length
      if (refused === '') return goOn()
      disk.close(written)
      done(refused)
    })
  }
  goOn()
}

/**
 * Opens the new file and writes its first bytes. When the disk fails, calls `done` with the reason and returns undefined.
 */
function begin(disk: Disk, path: string, bytes: Uint8Array, done: (fault: string) => void): FileId | undefined {
  let file: FileId | undefined
  const refused = attempt(() => {
    file = disk.open(`${path}.tmp`)
    disk.resize(file, 0)
    disk.write(file, 0, bytes)
  })
  if (file !== undefined && refused === '') return file
  if (file !== undefined) disk.close(file)
  done(refused)
  return undefined
}

function finish(disk: Disk, path: string, written: FileId, keepsOld: boolean, done: (fault: string) => void): void {
  disk.sync(written, (error) => {
    disk.close(written)
    if (error !== '') return done(error)
    const fault = attempt(() => {
      if (keepsOld && disk.sizeBytes(path) >= 0) disk.rename(path, `${path}.bak`)
      disk.rename(`${path}.tmp`, path)
    })
    if (fault !== '') return done(fault)
    disk.syncDirectory(directoryOf(path), done)
  })
}
