/**
 * Refuses a send at once when it would wait too long. A producer that gets the refusal can try another broker. A producer
 * that waits cannot.
 *
 * | what waits                              | in RocketMQ                                          | here                                  |
 * | --------------------------------------- | ---------------------------------------------------- | ------------------------------------- |
 * | requests for a thread                   | a queue; older than 200 ms: `[TIMEOUT_CLEAN_QUEUE]`    | nothing: requests run as they are read |
 * | the process, for the page cache          | the queue is emptied: `[PCBUSY_CLEAN_QUEUE]`           | `store/page-cache-watch.ts`, afterwards |
 * | stored messages, for the disk (SYNC_FLUSH) | up to 5 s, then FLUSH_DISK_TIMEOUT                    | the same; new ones are refused meanwhile |
 * | too many of anything                     | `[OVERLOAD]`                                         | the same                              |
 *
 * RocketMQ removes waiting requests, because nothing has been stored for them yet. Unlike RocketMQ, a waiting message of
 * this broker is in the log already. The answer SYSTEM_BUSY would be wrong, and the producer's retry would store the message
 * twice. So waiting messages continue to wait, and new sends are refused. When the first waiting message has waited for a
 * second, a new message would wait even longer. The producer of the new message could wait for three seconds without an
 * answer. The remarks of the answers are RocketMQ's, because clients and operators know these texts.
 *
 * A busy process cannot know how long a request has waited in the socket, so it checks the cause of the delay instead.
 * RocketMQ: `BrokerFastFailure`, `NettyRemotingAbstract.processRequestCommand`. Left out: the waits of RocketMQ's other
 * queues.
 */
import { Refusal } from '../../remoting/refusal.ts'
import { ResponseCode } from '../../remoting/response-code.ts'
import type { OverloadConfig } from './overload-config.ts'

/** The puts that wait for the disk. The store has these values. */
export interface PutLine {
  readonly waitingPuts: number
  /** Time that the first put has waited, ms, or 0 when no put waits. */
  readonly longestWaitMs: number
}

// #region fast-failure
/** Returns the reason why a send is refused now, or undefined when it is accepted. */
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
