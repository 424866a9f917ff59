/**
 * A consumer for applications that choose the queue, the offset and the max number of messages of each pull.
 *
 * | status            | meaning                                                  | offset for the next pull |
 * | ----------------- | -------------------------------------------------------- | ------------------- |
 * | FOUND             | the broker has found messages; after the check of their tags, `messages` may be empty | `nextBeginOffset`   |
 * | NO_NEW_MSG        | the queue has no message at this offset yet              | `nextBeginOffset`   |
 * | NO_MATCHED_MSG    | messages were found, but the filter matches none of them | `nextBeginOffset`   |
 * | OFFSET_ILLEGAL | the offset is before the first message or behind the end | `nextBeginOffset` |
 *
 * RocketMQ: `DefaultMQPullConsumer`, `PullAPIWrapper.pullKernelImpl`, `PullResult`. Not in GlassMQ: a queue listener, and
 * sending messages back.
 */
import type { MessageExt, MessageQueue } from '../../common/message.ts'
import { decodeRecords } from '../../common/message-codec.ts'
import { PULL_SYS_FLAG } from '../../common/sys-flag.ts'
import { groupNameFault } from '../../common/topic-validator.ts'
import {
  CONSUME_FROM,
  CONSUME_TYPE,
  type ConsumerData,
  MESSAGE_MODEL,
  SUB_ALL,
} from '../../remoting/bodies/heartbeat.ts'
import type { CallResult } from '../../remoting/channel.ts'
import { HeaderError } from '../../remoting/request.ts'
import { pullMessage, pullMessageAnswer } from '../../remoting/requests/pull-message.ts'
import { ResponseCode, responseName } from '../../remoting/response-code.ts'
import { ClientError } from '../client-error.ts'
import { type ClientInstance, type ClientPart, fetchReadQueues } from '../client-instance.ts'
import { inflateBody } from '../inflate.ts'
import * as limits from '../limits.ts'
import { type OffsetQuestion, queueOffset } from '../queue-offsets.ts'
import { RemoteOffsetStore, storedOffset } from './pull/offset-store.ts'
import { buildSubscription, type ExpressionType, wantsMessage } from './pull/subscription.ts'

/** The status of a pull. The table at the start of this file explains each value. */
export type PullStatus = 'FOUND' | 'NO_NEW_MSG' | 'NO_MATCHED_MSG' | 'OFFSET_ILLEGAL'

const STATUS_OF: ReadonlyMap<number, PullStatus> = new Map([
  [ResponseCode.SUCCESS, 'FOUND'],
  [ResponseCode.PULL_NOT_FOUND, 'NO_NEW_MSG'],
  [ResponseCode.PULL_RETRY_IMMEDIATELY, 'NO_MATCHED_MSG'],
  [ResponseCode.PULL_OFFSET_MOVED, 'OFFSET_ILLEGAL'],
])

/** The status and the messages of one pull. */
export interface PullResult {
  readonly status: PullStatus
  readonly nextBeginOffset: number
  readonly minOffset: number
  readonly maxOffset: number
  readonly messages: readonly MessageExt[]
}

/** The options of one pull. */
export interface PullOptions {
  /** `*`, tags, or an SQL92 expression. Default: all messages. */
  readonly expression?: string
  readonly expressionType?: ExpressionType
  /** The max number of messages. Default: 32. */
  readonly maxNums?: number
  /** True: when the queue has no message at the offset, the broker may hold the pull for up to 20 s. Default: false. */
  readonly blockIfNotFound?: boolean
}

/** A consumer whose application chooses the queue and the offset of each pull. */
export class PullConsumer implements ClientPart {
  readonly #instance: ClientInstance
  readonly #group: string
  readonly #offsets: RemoteOffsetStore
  readonly #topics = new Set<string>()

  constructor(instance: ClientInstance, group: string) {
    const fault = groupNameFault(group)
    if (fault !== '') throw new ClientError(fault, 'definite')
    this.#instance = instance
    this.#group = group
    this.#offsets = new RemoteOffsetStore(instance, group)
  }

  start(): void {
    this.#instance.add(this)
  }

  shutdown(): void {
    this.#offsets.persistAll()
    this.#instance.remove(this)
  }

  topics(): Iterable<string> {
    return this.#topics
  }

  consumerData(): ConsumerData {
    return {
      groupName: this.#group,
      consumeType: CONSUME_TYPE.PULL,
      messageModel: MESSAGE_MODEL.CLUSTERING,
      consumeFromWhere: CONSUME_FROM.LAST_OFFSET,
      subscriptionDataSet: [],
      unitMode: false,
    }
  }

  /**
   * Resolves with the queues of a topic from which a consumer may read. Rejects with a `ClientError` when the client cannot
   * fetch the route of the topic.
   */
  fetchSubscribeMessageQueues(topic: string): Promise<readonly MessageQueue[]> {
    this.#topics.add(topic)
    return fetchReadQueues(this.#instance, topic)
  }

  // #region pull-by-hand
  /**
   * Pulls once. Rejects with a `ClientError` when the expression is not valid, when the broker is not known, or when no
   * answer arrives. Also rejects when the answer cannot be read, or when its code has no `PullStatus`.
   */
  async pull(queue: MessageQueue, offset: number, options: PullOptions = {}): Promise<PullResult> {
    if (this.#instance.masterAddress(queue.brokerName) === '') await this.fetchSubscribeMessageQueues(queue.topic)
    // the application decides on queue and offset, so the pull does not commit an offset
    const { topic, queueId, brokerName } = queue
    const { expression = SUB_ALL, expressionType = 'TAG', blockIfNotFound = false } = options
    const subscription = buildSubscription(topic, expression, 0, expressionType)
    const extFields = pullMessage.encode({
      consumerGroup: this.#group,
      topic,
      queueId,
      queueOffset: offset,
      maxMsgNums: options.maxNums ?? limits.PULL_BATCH_SIZE,
      sysFlag: PULL_SYS_FLAG.SUBSCRIPTION | (blockIfNotFound ? PULL_SYS_FLAG.SUSPEND : 0),
      commitOffset: 0,
      suspendTimeoutMillis: limits.LITE_BROKER_SUSPEND_MAX_MS,
      subscription: subscription.subString,
      subVersion: 0,
      expressionType,
      bname: brokerName,
    })
    // a pull that the broker may hold has a longer timeout than other pulls
    const timeoutMs = blockIfNotFound ? limits.PULL_TIMEOUT_MS : limits.PULL_ONCE_TIMEOUT_MS
    const answer = await new Promise<CallResult>((resolve) =>
      this.#instance.remoting.invoke(
        this.#instance.masterAddress(brokerName),
        { code: pullMessage.code, extFields },
        timeoutMs,
        resolve,
      ),
    )
    // The broker compares only hashes of tags. Therefore the consumer now removes each message that has another tag with the
    // same hash.
    const result = pullResult(queue, answer)
    return { ...result, messages: result.messages.filter((message) => wantsMessage(subscription, message)) }
  }
  // #endregion pull-by-hand

  /** Resolves with the offset that the group has stored for a queue, or with -1 when the group has no stored offset. */
  fetchConsumeOffset(queue: MessageQueue): Promise<number> {
    return storedOffset(this.#offsets, queue)
  }

  /**
   * Stores the group's offset of a queue. Sends the offset at once when the address of the broker is known. The broker does
   * not answer.
   */
  updateConsumeOffset(queue: MessageQueue, offset: number): void {
    this.#offsets.update(queue, offset, false)
    this.#offsets.persistAll()
  }

  /** Resolves with an offset of a queue. `question` selects the min offset, the max offset, or the offset for a time. */
  offset(queue: MessageQueue, question: OffsetQuestion): Promise<number> {
    return queueOffset(this.#instance, queue, question)
  }
}

function pullResult(queue: MessageQueue, answer: CallResult): PullResult {
  const where = `pull of ${queue.topic} queue ${queue.queueId} on ${queue.brokerName}`
  if (answer.error !== undefined) throw new ClientError(`${where}: ${answer.error.message}`, answer.error.outcome)
  const { code, remark, extFields, body } = answer.response
  const status = STATUS_OF.get(code)
  if (status === undefined) throw new ClientError(`${where}: ${remark ?? responseName(code)}`, 'definite', code)
  try {
    const { nextBeginOffset, minOffset, maxOffset } = pullMessageAnswer.decode(extFields)
    const { messages, fault } = decodeRecords(status === 'FOUND' && body !== undefined ? body : new Uint8Array())
    if (fault !== '') throw new ClientError(`${where}: the answer ends in a broken record: ${fault}`, 'definite')
    const inflated = messages.map((message) => ({ ...message, body: inflateBody(message.body, message.sysFlag) }))
    return { status, nextBeginOffset, minOffset, maxOffset, messages: inflated }
  } catch (error) {
    if (error instanceof HeaderError) throw new ClientError(`${where}: ${error.message}`, 'definite')
    throw error
  }
}
