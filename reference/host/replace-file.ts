/**
 * Replaces a file as a whole: written under another name, made durable, then renamed. A crash at any moment leaves the old file
 * or the new one, never half of one.
 *
 * RocketMQ: `MixAll.string2File`.
 */
import { attempt } from './disk-attempt.ts'
import type { Disk, FileId } from './host.ts'
import { directoryOf } from './paths.ts'

/**
 * Writes `bytes` as the file `path`; `done` gets '' when that is durable, or why the disk has refused it: what was there stays,
 * under its name or its `.bak`. At most one replacement of a file may be under way.
 *
 * @param keepsOld the old file stays beside the new one, as `path.bak`
 */
export function replaceFile(
  disk: Disk,
  path: string,
  bytes: Uint8Array,
  keepsOld: boolean,
  done: (fault: string) => void,
): void {
  let file: FileId | undefined
  const refused = attempt(() => {
    file = disk.open(`${path}.tmp`)
    disk.resize(file, 0)
    disk.write(file, 0, bytes)
  })
  if (file === undefined) return done(refused)
  const written = file
  if (refused !== '') {
    disk.close(written)
    return done(refused)
  }
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
