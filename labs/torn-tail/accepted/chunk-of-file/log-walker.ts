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

/** Reads one file of the log at a time. */
export function walkLog(files: MappedFileQueue, walk: Walk): WalkResult {
  const until = Math.min(walk.until ?? files.endsAt, files.endsAt)
  const found = { endsAt: walk.from, stoppedAt: walk.from, records: 0, reason: 'end of the last file' }
  const file = { startsAt: -1, bytes: new Uint8Array() }
  const read = (position: number, lengthBytes: number): Uint8Array => {
    const startsAt = position - (position % files.fileSizeBytes)
    if (startsAt !== file.startsAt) {
      file.bytes = files.read(startsAt, files.fileSizeBytes).slice()
      file.startsAt = startsAt
    }
    return file.bytes.subarray(position - startsAt, position - startsAt + lengthBytes)
  }
  while (found.stoppedAt < until) {
    const step = stepAt(read, found.stoppedAt, files.fileSizeBytes, walk.checkCrc)
    if (step.is === 'end') return { ...found, reason: step.reason }
    found.stoppedAt = step.nextAt
    if (step.is === 'record') {
      found.endsAt = step.nextAt
      found.records += 1
      if (walk.onRecord(step.message) === false) return { ...found, reason: 'ended by the reader' }
    }
  }
  return found
}
