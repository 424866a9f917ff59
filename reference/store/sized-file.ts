/**
 * Opens files of a fixed size: checkpoints, index files, the timer wheel.
 *
 * RocketMQ maps such a file into memory at its full size (`DefaultMappedFile`).
 */
import type { Disk, FileId } from '../host/host.ts'

/**
 * Opens a file. A missing or too short file gets its full size. The new bytes are zeros that take no space. `isNew` is true
 * for such a file. Throws `DiskError`.
 */
export function openSized(disk: Disk, path: string, sizeBytes: number): { file: FileId; isNew: boolean } {
  const isNew = disk.sizeBytes(path) < sizeBytes
  const file = disk.open(path)
  if (isNew) disk.resize(file, sizeBytes)
  return { file, isNew }
}
