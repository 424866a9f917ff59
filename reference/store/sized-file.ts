/**
 * Opens files of a fixed size: the checkpoint, index files and the timer wheel.
 *
 * In RocketMQ, such a file is mapped into memory at its full size (`DefaultMappedFile`).
 */
import type { Disk, FileId } from '../host/host.ts'

/**
 * Opens a file. A file that is missing or too short gets the size `sizeBytes`, and `isNew` is true. The new bytes are zeros
 * that need no space on the disk. Throws `DiskError` when the disk fails.
 */
export function openSized(disk: Disk, path: string, sizeBytes: number): { file: FileId; isNew: boolean } {
  const isNew = disk.sizeBytes(path) < sizeBytes
  const file = disk.open(path)
  if (isNew) disk.resize(file, sizeBytes)
  return { file, isNew }
}
