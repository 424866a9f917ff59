/**
 * Refuses a send at once that would wait too long: a producer that gets the refusal tries another broker; one that waits does
 * not.
 *
 * | what waits                              | in RocketMQ                                          | here                                  |
 * | --------------------------------------- | ---------------------------------------------------- | ------------------------------------- |
 * | requests for a thread                   | a queue; older than 200 ms: `[TIMEOUT_CLEAN_QUEUE]`    | nothing: requests run as they are read |
 * | the process, for the page cache          | the queue is emptied: `[PCBUSY_CLEAN_QUEUE]`           | `store/page-cache-watch.ts`, afterwards |
 * | stored messages, for the disk (SYNC_FLUSH) | up to 5 s, then FLUSH_DISK_TIMEOUT                    | the same; new ones are refused meanwhile |
 * | too many of anything                     | `[OVERLOAD]`                                         | the same                              |
 *
 * RocketMQ removes requests that wait, because nothing has been stored for them yet. Here a message that waits is already in
 * the log, and an answer of SYSTEM_BUSY would be a lie that stores it twice. So messages that wait keep waiting, and new sends
 * are refused: the first in the line has waited for a second, so a new one would wait longer than that, and its producer could
 * wait for three seconds before it learned anything. The remarks are RocketMQ's, because clients and people know them.
 *
 * A busy process cannot know how long a request lay in the socket; it looks at what made it busy instead.
 * RocketMQ: `BrokerFastFailure`, `NettyRemotingAbstract.processRequestCommand`. Not here: the waits of its other queues.
 */
import { Refusal } from '../../remoting/refusal.ts'
import { ResponseCode } from '../../remoting/response-code.ts'
import type { OverloadConfig } from './overload-config.ts'

/** The line of waiting puts, as the store knows it. */
export interface PutLine {
  readonly waitingPuts: number
  /** How long the first of them has waited, ms; 0 when none waits. */
  readonly longestWaitMs: number
}

// #region fast-failure
/** Why a send is refused now; undefined when it is accepted. */
export function fastFailure(config: OverloadConfig, { waitingPuts, longestWaitMs }: PutLine): Refusal | undefined {
  if (!config.brokerFastFailureEnable) return undefined
  const busy = (sentence: string) => new Refusal(ResponseCode.SYSTEM_BUSY, sentence)
  if (waitingPuts >= config.sendThreadPoolQueueCapacity)
    return busy(`[OVERLOAD]system busy, start flow control for a while: ${waitingPuts} sends wait for the disk`)
  const { glassmqWaitTimeMillsForDisk: maxMs } = config
  if (maxMs === 0 || longestWaitMs < maxMs) return undefined
  const line = `period in queue: ${Math.round(longestWaitMs)}ms, size of queue: ${waitingPuts}`
  return busy(`[TIMEOUT_CLEAN_QUEUE]broker busy, start flow control for a while, ${line}`)
}
// #endregion fast-failure
