/**
 * The listener is a function of the application. The listener takes one message and returns whether the message was
 * consumed.
 *
 * | answer | concurrent, clustering | orderly | concurrent, broadcasting |
 * | ---------------- | -------------------------------------------- | --------------------------------------------------- | ------------ |
 * | CONSUME_SUCCESS  | the message is consumed                      | the message is consumed                             | the message is consumed |
 * | RECONSUME_LATER  | the message is sent back to the broker, which redelivers it later | the queue waits, then the same message is handed over again | the failure is logged, and the message is not redelivered |
 *
 * RocketMQ: `MessageListenerConcurrently`, `MessageListenerOrderly`. In RocketMQ's Java client, an orderly listener returns
 * SUSPEND_CURRENT_QUEUE_A_MOMENT instead of RECONSUME_LATER. Not in GlassMQ: batches of messages, commit and rollback by
 * hand.
 */
import { keyOf, type MessageExt, type MessageQueue, PROPERTY, RETRY_TOPIC_PREFIX } from '../../../common/message.ts'
import { normalTopicOf } from '../../../common/pop-names.ts'
import type { PullLoop } from './pull-loop.ts'

/** The answer of a listener. */
export type ConsumeStatus = 'CONSUME_SUCCESS' | 'RECONSUME_LATER'

/**
 * Instructions of a listener to the consumer, in addition to the answer. The listener may set these fields before it
 * returns.
 */
export interface ConsumeContext {
  /**
   * Used when a concurrent listener answers RECONSUME_LATER. With 0, the broker chooses the delay (10 s, 30 s, 1 min …). A
   * number from 1 to 18 is a delay level. With -1, the message becomes a dead letter. For a popped message, see
   * `../pop/consume-pop.ts`.
   */
  delayLevelWhenNextConsume: number
  /**
   * The time for which the queue waits after an orderly listener has answered RECONSUME_LATER, from 10 ms to 30 s. Default:
   * `suspendCurrentQueueTimeMillis`.
   */
  suspendCurrentQueueMs: number
}

/**
 * Takes one message and returns whether the message was consumed, directly or as a promise. When the listener throws or
 * rejects, the answer is RECONSUME_LATER.
 */
export type MessageListener = (
  message: MessageExt,
  queue: MessageQueue,
  context: ConsumeContext,
) => ConsumeStatus | Promise<ConsumeStatus>

/**
 * Passes messages of the consumer's queues to the listener. `../listen/consume-concurrently.ts` and
 * `../listen/consume-orderly.ts` implement this interface for pulled messages.
 */
export interface ConsumeService {
  /** Called when new messages are in the queue's cache. */
  submit(loop: PullLoop, messages: readonly MessageExt[]): void
  /** Ends the work on a queue. Calls `done` when the next owner of the queue may begin to consume. */
  giveUp(loop: PullLoop, done: () => void): void
  /**
   * Returns true while no other member may receive the next message of the queue. Concurrent consumption always returns
   * false.
   */
  isBusy(loop: PullLoop): boolean
  stop(): void
}

/**
 * Hands one message to the listener, and calls `done` with the listener's answer. When the listener throws or rejects, the
 * answer is RECONSUME_LATER.
 */
export function callListener(
  listener: MessageListener,
  message: MessageExt,
  queue: MessageQueue,
  context: ConsumeContext,
  done: (status: ConsumeStatus) => void,
): void {
  let answer: ConsumeStatus | Promise<ConsumeStatus>
  try {
    answer = listener(message, queue, context)
  } catch {
    answer = 'RECONSUME_LATER'
  }
  if (typeof answer === 'string') done(answer)
  else answer.then(done, () => done('RECONSUME_LATER'))
}

// #region restore-topic
/**
 * Returns a redelivered message with its original topic instead of the retry topic. `group` is needed because the name of a
 * pop retry topic contains the name of the group. Returns a message of any other topic unchanged.
 */
export function withRealTopic(message: MessageExt, group = ''): MessageExt {
  if (!message.topic.startsWith(RETRY_TOPIC_PREFIX)) return message
  const topic = message.properties.get(PROPERTY.RETRY_TOPIC) ?? message.topic
  return { ...message, topic: group === '' ? topic : normalTopicOf(topic, group) }
}
// #endregion restore-topic

/**
 * Returns the fields that identify a message in the event log. The topic and the broker of the message are the topic and the
 * broker of its queue.
 */
export function messageFacts(group: string, loop: { readonly queue: MessageQueue }, message: MessageExt) {
  const msgId = message.properties.get(PROPERTY.UNIQ_KEY) ?? ''
  const { topic, brokerName } = loop.queue
  const { queueId, queueOffset } = message
  return { group, topic, brokerName, queueId, queueOffset, key: keyOf(message.properties), msgId }
}
