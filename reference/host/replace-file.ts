/**
 * Replaces a file as a whole: the new one is written under another name, made durable, then renamed. A crash at any moment leaves
 * the old file or the new one, never a part of one.
 *
 * A large file is written in pieces, one in each turn of the event loop, so that other work does not wait for all of it.
 *
 * RocketMQ: `MixAll.string2File`.
 */
import { attempt } from './disk-attempt.ts'
import type { Clock, Disk, FileId } from './host.ts'
import { directoryOf } from './paths.ts'

/**
 * Writes `bytes` as the file `path`. Calls `done` with '' when the file is durable, or with the reason why the disk refused it: then
 * the old file stays, under its name or its `.bak`. At most one replacement of a file may be under way.
 *
 * @param keepsOld true: the old file stays beside the new one, as `path.bak`
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

/** The same for content in pieces: the first piece is written at once, each other piece in a turn of its own. */
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

/** Opens the new file and writes its beginning. When the disk refuses, calls `done` with the reason and returns undefined. */
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
