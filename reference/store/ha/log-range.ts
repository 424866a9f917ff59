/** Reads bytes of the log that are sent to a slave. */
import type { CommitLog } from '../commit-log.ts'

/**
 * Returns at most `sizeBytes` bytes of the log, all from one file. The log file may be shorter than its full size. The bytes
 * behind the end of the file count as zeros.
 */
export function readLogRange(log: CommitLog, at: number, sizeBytes: number): Uint8Array {
  const { fileSizeBytes } = log.files
  const wantedBytes = Math.min(sizeBytes, fileSizeBytes - (at % fileSizeBytes))
  const bytes = log.readRange(at, wantedBytes)
  if (bytes.length === wantedBytes) return bytes
  const padded = new Uint8Array(wantedBytes)
  padded.set(bytes)
  return padded
}
