/**
 * Refuses a send at once when this send would wait too long. A producer that receives the refusal can try another broker, if
 * its settings say so. A producer that still waits for an answer cannot try another broker.
 *
 * | what waits                              | in RocketMQ                                          | in GlassMQ                            |
 * | --------------------------------------- | ---------------------------------------------------- | ------------------------------------- |
 * | requests that wait for a thread         | in a queue. After 200 ms: `[TIMEOUT_CLEAN_QUEUE]`      | a request is processed when it is read. Only a leaky bucket delays a send: `send-limiter.ts` |
 * | a slow write to the page cache          | the queue is emptied: `[PCBUSY_CLEAN_QUEUE]`           | for some time after the wait, puts are refused: `store/page-cache-watch.ts` |
 * | stored messages that wait for the disk (SYNC_FLUSH) | up to 5 s, then FLUSH_DISK_TIMEOUT                    | as in RocketMQ. When the oldest has waited for `glassmqWaitTimeMillsForDisk` (1 s), new sends are refused |
 * | more sends than the limit | the answer has the text `[OVERLOAD]` | as in RocketMQ |
 *
 * In RocketMQ, the broker removes requests that wait, because their messages are not stored yet. In GlassMQ, a message that
 * waits is already in the log. For this message, the answer SYSTEM_BUSY would be wrong: its producer would send the message
 * again, and the message would be stored twice. So messages that wait continue to wait, and only new sends are refused. The
 * answers begin with the same texts as in RocketMQ, because clients and operators know these texts.
 *
 * A process cannot know how long a request has waited in the socket. So GlassMQ looks at the puts that wait in the store.
 *
 * RocketMQ: `BrokerFastFailure`, `NettyRemotingAbstract.processRequestCommand`. Left out: the waits in RocketMQ's other
 * queues.
 */
import { Refusal } from '../../remoting/refusal.ts'
import { ResponseCode } from '../../remoting/response-code.ts'
import type { OverloadConfig } from './overload-config.ts'

/**
 * The puts that wait for the page cache, for the disk or for slaves. Puts of the broker itself count, too. The store provides
 * these values.
 */
export interface PutLine {
  readonly waitingPuts: number
  /** The time for which the oldest put has waited, in ms. The value is 0 when no put waits, or when all wait only for slaves. */
  readonly longestWaitMs: number
}

// #region fast-failure
/** Returns the refusal of a send. Returns undefined when the send is accepted. */
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
