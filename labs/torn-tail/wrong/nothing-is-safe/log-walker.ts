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

/** Where the stop was not clean, nothing is trusted. */
export function walkLog(files: MappedFileQueue, { from }: Walk): WalkResult {
  return { endsAt: from, stoppedAt: Math.min(from, files.endsAt), records: 0, reason: 'after a crash nothing is trusted' }
}
