/**
 * The listener: a function of the application that takes one message and returns how it ended.
 *
 * | answer           | concurrent, clustering                       | orderly                                             | broadcasting |
 * | ---------------- | -------------------------------------------- | --------------------------------------------------- | ------------ |
 * | CONSUME_SUCCESS  | consumed                                     | consumed                                            | consumed     |
 * | RECONSUME_LATER  | sent back to the broker, redelivered later    | the queue waits, then the same message is handed over | logged, not redelivered |
 *
 * RocketMQ: `MessageListenerConcurrently`, `MessageListenerOrderly`. Java calls the second answer of the orderly listener
 * SUSPEND_CURRENT_QUEUE_A_MOMENT. Not in GlassMQ: batches of messages, commit and rollback by hand.
 */
import { keyOf, type MessageExt, type MessageQueue, PROPERTY, RETRY_TOPIC_PREFIX } from '../../../common/message.ts'
import { normalTopicOf } from '../../../common/pop-names.ts'
import type { PullLoop } from './pull-loop.ts'

/** A listener's answer. */
export type ConsumeStatus = 'CONSUME_SUCCESS' | 'RECONSUME_LATER'

/** Further instructions of a listener. The listener may set these fields before it answers. */
export interface ConsumeContext {
  /**
   * For a concurrent listener that answers RECONSUME_LATER. 0 leaves the delay to the broker (10 s, 30 s, 1 min …). 1 to 18
   * is a delay level. -1 makes a dead letter.
   */
  delayLevelWhenNextConsume: number
  /**
   * For an orderly listener that answers RECONSUME_LATER: the time for which the queue waits. Default:
   * `suspendCurrentQueueTimeMillis`.
   */
  suspendCurrentQueueMs: number
}

/**
 * Takes one message and returns how the work on it ended, directly or as a promise. A listener that throws or rejects means
 * RECONSUME_LATER.
 */
export type MessageListener = (
  message: MessageExt,
  queue: MessageQueue,
  context: ConsumeContext,
) => ConsumeStatus | Promise<ConsumeStatus>

/**
 * Passes messages of this member's queues to the listener: `../listen/consume-concurrently.ts`,
 * `../listen/consume-orderly.ts`.
 */
export interface ConsumeService {
  /** Called when new messages are in the queue's cache. */
  submit(loop: PullLoop, messages: readonly MessageExt[]): void
  /**
   * Ends the work on a queue. Calls `done` when the listener has no message of the queue for which the next owner must wait.
   */
  giveUp(loop: PullLoop, done: () => void): void
  /** Returns true while the listener has a message of the queue. Until then no other member may receive the next message. */
  isBusy(loop: PullLoop): boolean
  stop(): void
}

/**
 * Hands one message to the listener and calls `done` with the listener's answer. A listener that throws or rejects counts as
 * RECONSUME_LATER.
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
 * Returns a redelivered message under its original topic instead of the retry topic. `group` is needed for the retry topics
 * of popped messages. A message of any other topic is returned unchanged.
 */
export function withRealTopic(message: MessageExt, group = ''): MessageExt {
  if (!message.topic.startsWith(RETRY_TOPIC_PREFIX)) return message
  const topic = message.properties.get(PROPERTY.RETRY_TOPIC) ?? message.topic
  return { ...message, topic: group === '' ? topic : normalTopicOf(topic, group) }
}
// #endregion restore-topic

/** Returns the fields by which the event log names a message. Topic and broker are those of the queue. */
export function messageFacts(group: string, loop: { readonly queue: MessageQueue }, message: MessageExt) {
  const msgId = message.properties.get(PROPERTY.UNIQ_KEY) ?? ''
  const { topic, brokerName } = loop.queue
  const { queueId, queueOffset } = message
  return { group, topic, brokerName, queueId, queueOffset, key: keyOf(message.properties), msgId }
}
