/**
 * What an application gives a consumer: a function that takes one message and says what became of it.
 *
 * | answer           | concurrent, clustering                       | orderly                                             | broadcasting |
 * | ---------------- | -------------------------------------------- | --------------------------------------------------- | ------------ |
 * | CONSUME_SUCCESS  | consumed                                     | consumed                                            | consumed     |
 * | RECONSUME_LATER  | given back to the broker, comes again later   | the queue waits a moment, then the same message again | told in the log, not repeated |
 *
 * RocketMQ: `MessageListenerConcurrently`, `MessageListenerOrderly` (whose second answer is called
 * SUSPEND_CURRENT_QUEUE_A_MOMENT). Not here: batches of messages, commit and rollback by hand.
 */
import { type MessageExt, type MessageQueue, PROPERTY, RETRY_TOPIC_PREFIX } from '../../../common/message.ts'
import { normalTopicOf } from '../../../common/pop-names.ts'
import type { PullLoop } from './pull-loop.ts'

export type ConsumeStatus = 'CONSUME_SUCCESS' | 'RECONSUME_LATER'

/** What a listener may ask for beside its answer; it sets the fields before it answers. */
export interface ConsumeContext {
  /** Concurrent, RECONSUME_LATER: 0 leaves it to the broker (10 s, 30 s, 1 min …), a level asks for that, -1 gives the message up. */
  delayLevelWhenNextConsume: number
  /** Orderly, RECONSUME_LATER: how long the queue waits. `suspendCurrentQueueTimeMillis`. */
  suspendCurrentQueueMs: number
}

/** Takes one message and says, at once or later, what became of it. Throwing means RECONSUME_LATER. */
export type MessageListener = (
  message: MessageExt,
  queue: MessageQueue,
  context: ConsumeContext,
) => ConsumeStatus | Promise<ConsumeStatus>

/** How messages of this member's queues get to the listener: `../listen/consume-concurrently.ts`, `../listen/consume-orderly.ts`. */
export interface ConsumeService {
  /** New messages are in the queue's cache. */
  submit(loop: PullLoop, messages: readonly MessageExt[]): void
  /** The queue is to be another member's; `done` when nothing of it is in the listener's hands that must be waited for. */
  giveUp(loop: PullLoop, done: () => void): void
  /** True while the listener has a message of the queue, so that its order depends on nobody else getting the next one. */
  isBusy(loop: PullLoop): boolean
  stop(): void
}

/** Hands one message over and gives back the answer, whatever the listener does. */
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
 * A message that came back lies in a retry topic of the group; its listener sees the topic it was sent to. `group`: to know
 * retry topics of popped messages.
 */
export function withRealTopic(message: MessageExt, group = ''): MessageExt {
  if (!message.topic.startsWith(RETRY_TOPIC_PREFIX)) return message
  const topic = message.properties.get(PROPERTY.RETRY_TOPIC) ?? message.topic
  return { ...message, topic: group === '' ? topic : normalTopicOf(topic, group) }
}
// #endregion restore-topic

/** A message as the event log names it: by the queue in which it lies. */
export function messageFacts(group: string, loop: { readonly queue: MessageQueue }, message: MessageExt) {
  const msgId = message.properties.get(PROPERTY.UNIQ_KEY) ?? ''
  const { topic, brokerName } = loop.queue
  const { queueId, queueOffset } = message
  return { group, topic, brokerName, queueId, queueOffset, key: message.properties.get(PROPERTY.KEYS) ?? msgId, msgId }
}
