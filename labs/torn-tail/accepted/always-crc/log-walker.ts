import type { MessageExt } from '../common/message.ts'
import { stepAt } from './log-step.ts'
import type { MappedFileQueue } from './mapped-file-queue.ts'

export interface Walk {
  readonly from: number
  readonly until?: number
  readonly checkCrc: boolean
  readonly onRecord: (message: MessageExt) => unknown
  readonly onProgress?: (position: number) => void
}

export interface WalkResult {
  readonly endsAt: number
  readonly stoppedAt: number
  readonly records: number
  readonly reason: string
}

/** Walks along the log. Calls `onRecord` for every record, from the oldest to the newest. */
export function walkLog(files: MappedFileQueue, { from, until, onRecord }: Walk): WalkResult {
  const end = Math.min(until ?? files.endsAt, files.endsAt)
  const read = (position: number, lengthBytes: number) => files.read(position, lengthBytes)
  let at = from
  let endsAt = from
  let records = 0
  const stop = (reason: string) => ({ endsAt, stoppedAt: at, records, reason })
  while (at < end) {
    const step = stepAt(read, at, files.fileSizeBytes, true)
    if (step.is === 'end') return stop(step.reason)
    at = step.nextAt
    if (step.is === 'blank') continue
    records++
    endsAt = at
    if (onRecord(step.message) === false) return stop('ended by the reader')
  }
  return stop('end of the last file')
}
