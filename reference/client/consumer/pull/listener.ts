/**
 * The listener: a function of the application that takes one message and returns how it ended.
 *
 * | answer           | concurrent, clustering                       | orderly                                             | broadcasting |
 * | ---------------- | -------------------------------------------- | --------------------------------------------------- | ------------ |
 * | CONSUME_SUCCESS  | consumed                                     | consumed                                            | consumed     |
 * | RECONSUME_LATER  | sent back to the broker, redelivered later    | the queue waits, then the same message is handed over | logged, not redelivered |
 *
 * RocketMQ: `MessageListenerConcurrently`, `MessageListenerOrderly` (whose second answer is called
 * SUSPEND_CURRENT_QUEUE_A_MOMENT). Not here: batches of messages, commit and rollback by hand.
 */
import { keyOf, type MessageExt, type MessageQueue, PROPERTY, RETRY_TOPIC_PREFIX } from '../../../common/message.ts'
import { normalTopicOf } from '../../../common/pop-names.ts'
import type { PullLoop } from './pull-loop.ts'

/** A listener's answer. */
export type ConsumeStatus = 'CONSUME_SUCCESS' | 'RECONSUME_LATER'

/** What a listener may request beside its answer; it sets the fields before it answers. */
export interface ConsumeContext {
  /** Concurrent, RECONSUME_LATER: 0 leaves the delay to the broker (10 s, 30 s, 1 min …), 1 to 18 is a level, -1 makes a dead letter. */
  delayLevelWhenNextConsume: number
  /** Orderly, RECONSUME_LATER: how long the queue waits. Default: `suspendCurrentQueueTimeMillis`. */
  suspendCurrentQueueMs: number
}

/** Takes one message and returns, at once or later, how it ended. A listener that throws means RECONSUME_LATER. */
export type MessageListener = (
  message: MessageExt,
  queue: MessageQueue,
  context: ConsumeContext,
) => ConsumeStatus | Promise<ConsumeStatus>

/** How messages of this member's queues reach the listener: `../listen/consume-concurrently.ts`, `../listen/consume-orderly.ts`. */
export interface ConsumeService {
  /** Called when new messages are in the queue's cache. */
  submit(loop: PullLoop, messages: readonly MessageExt[]): void
  /** Ends the work on a queue; calls `done` when the listener has no message of it that the next owner must wait for. */
  giveUp(loop: PullLoop, done: () => void): void
  /** True while the listener has a message of the queue, so that another member must not receive the next one. */
  isBusy(loop: PullLoop): boolean
  stop(): void
}

/** Hands one message over and returns the listener's answer; RECONSUME_LATER when the listener throws. */
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
 * Returns a redelivered message, which lies in a retry topic, under the topic that it was sent to. `group` is needed for the
 * retry topics of popped messages.
 */
export function withRealTopic(message: MessageExt, group = ''): MessageExt {
  if (!message.topic.startsWith(RETRY_TOPIC_PREFIX)) return message
  const topic = message.properties.get(PROPERTY.RETRY_TOPIC) ?? message.topic
  return { ...message, topic: group === '' ? topic : normalTopicOf(topic, group) }
}
// #endregion restore-topic

/** The fields by which the event log names a message: those of the queue in which it lies. */
export function messageFacts(group: string, loop: { readonly queue: MessageQueue }, message: MessageExt) {
  const msgId = message.properties.get(PROPERTY.UNIQ_KEY) ?? ''
  const { topic, brokerName } = loop.queue
  const { queueId, queueOffset } = message
  return { group, topic, brokerName, queueId, queueOffset, key: keyOf(message.properties), msgId }
}
