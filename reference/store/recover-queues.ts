/**
 * Recovers the consume queues. A walk offers every record that it reads to the queue of the record (`offer-to-queues.ts`).
 *
 * The first walk finds the end of the log (`recovery.ts`). When entries of earlier records are missing in a queue, a second
 * walk reads the whole log.
 *
 * RocketMQ: `ConsumeQueueStore.recover`, `CommitLog.recoverNormally`.
 */
import { readI32 } from '../common/bytes.ts'
import type { MessageExt } from '../common/message.ts'
import type { Trace } from '../host/trace.ts'
import type { OfferedQueues } from './consume-queue-store.ts'
import { firstRecord } from './first-record.ts'
import { walkLog } from './log-walker.ts'
import type { MappedFileQueue } from './mapped-file-queue.ts'
import { OfferToQueues } from './offer-to-queues.ts'

/** The parts that a walk over a log and its queues needs. */
export interface WalkedParts extends OfferedQueues {
  /** The files of the commit log. The caller has already loaded these files. */
  readonly log: MappedFileQueue
  readonly trace: Trace
}

// #region rebuild-queues
/**
 * Walks the whole log and adds the missing entries to every
 * queue. The checkpoint may already say that these entries are
 * durable. So a power cut must not leave an incomplete file
 * that looks complete. Therefore a new file stays short until
 * its content is durable.
 */
export function rebuildQueues(parts: WalkedParts, endsAt: number): void {
  const { log, queues, trace } = parts
  trace.log('warn', 'consume queues lack entries of messages in the commit log: they are made again from it')
  const offer = new OfferToQueues(parts, true)
  queues.isMakingAgain = true
  const onRecord = (message: MessageExt) => offer.record(message)
  walkFiles(parts, log.startsAt, endsAt, 'making consume queues', onRecord)
  for (const queue of queues.all()) queue.writeOut()
  queues.isMakingAgain = false
  queues.correctMinOffsets(log.startsAt)
  if (!offer.entriesAreMissing) return
  trace.log('error', 'some queues end early: a damaged record stands in the commit log')
}
// #endregion rebuild-queues

// #region walk-files
/**
 * Walks the log from `from` to `until`. Continues after damaged records. `what` is the beginning of each log line for
 * operators.
 */
export function walkFiles(
  parts: Pick<WalkedParts, 'log' | 'trace'>,
  from: number,
  until: number,
  what: string,
  onRecord: (message: MessageExt) => void,
): void {
  const onProgress = progressOf(parts, what)
  for (let at = from; at < until; ) {
    const walk = { from: at, until, checkCrc: false, onRecord, onProgress }
    const { stoppedAt, reason } = walkLog(parts.log, walk)
    if (stoppedAt >= until) return
    parts.trace.log('warn', `${what}: ${reason}; it is left out`)
    at = afterDamage(parts.log, stoppedAt)
  }
}
// #endregion walk-files

/**
 * Returns the position at which a walk continues after a damaged record at `at`. This is the end of the damaged record when
 * a valid record begins there, and otherwise the start of the next file.
 */
function afterDamage(log: MappedFileQueue, at: number): number {
  const next = at + readI32(log.read(at, 4), 0)
  const isFollowed = next > at && firstRecord(log, next) !== undefined
  return isFollowed ? next : at - (at % log.fileSizeBytes) + log.fileSizeBytes
}

/** Returns a function that logs the position of a walk. */
export function progressOf(
  { log, trace }: Pick<WalkedParts, 'log' | 'trace'>,
  what: string,
): (position: number) => void {
  return (position) => trace.log('info', `${what}: at ${position} of at most ${log.endsAt} bytes of the commit log`)
}
