/**
 * Answers a pull with the messages of a queue from an offset on. A filter by tags or SQL92 selects the messages. When the
 * queue ends at the offset, the broker may hold the pull: the answer is sent later.
 *
 * | status of the read                           | answer to the pull      | what the client does                         |
 * | -------------------------------------------- | ----------------------- | -------------------------------------------- |
 * | FOUND                                        | SUCCESS                 | takes the messages and pulls again            |
 * | NO_MATCHED_MESSAGE                           | PULL_RETRY_IMMEDIATELY, or PULL_NOT_FOUND when no entry can be read | pulls again |
 * | OFFSET_OVERFLOW_ONE, or an empty queue with offset 0 | no answer while the pull is held. When no message arrives, or when the pull may not be held, the answer is PULL_NOT_FOUND | pulls again |
 * | any other status                             | PULL_OFFSET_MOVED       | corrects its offset                           |
 *
 * A slave may have fewer messages than its master, so it answers a pull beyond its end as in the third row. When an operator
 * has reset the offset of the group, the next answer is PULL_OFFSET_MOVED, whatever the queue has.
 *
 * RocketMQ: `PullMessageProcessor`, `DefaultPullMessageResultHandler`. Left out: class filter.
 */
import { PERM, PULL_SYS_FLAG } from '../../common/sys-flag.ts'
import { DiskError, type Host } from '../../host/host.ts'
import { MESSAGE_MODEL } from '../../remoting/bodies/heartbeat.ts'
import type { Channel } from '../../remoting/channel.ts'
import type { RequestHandler, RequestHandlers } from '../../remoting/dispatch.ts'
import { LaterAnswer } from '../../remoting/later-answer.ts'
import { Refusal } from '../../remoting/refusal.ts'
import { type Answer, type ExtFields, failure, type RemotingCommand } from '../../remoting/remoting-command.ts'
import type { HeaderOf } from '../../remoting/request.ts'
import { RequestCode } from '../../remoting/request-code.ts'
import { pullMessage, pullMessageAnswer } from '../../remoting/requests/pull-message.ts'
import { ResponseCode } from '../../remoting/response-code.ts'
import { type GetMessageResult, GetMessageStatus } from '../../store/get-message.ts'
import type { BrokerConfig } from '../broker-config.ts'
import { checkReading } from '../broker-permission.ts'
import type { ConsumerManager } from '../consumer-manager.ts'
import type { ExpressionFilters } from '../filter/expression-filters.ts'
import { filterOfSubscription, filterOfText, type PullFilter, readThrough } from '../filter/pull-filter.ts'
import { HOLD_MS_MAX } from '../limits.ts'
import type { PullRequestHold } from '../pull-request-hold.ts'
import { asSlaveSees, checkSlaveRead, suggestedBrokerId } from '../slave/slave-reads.ts'
import type { BrokerStats } from '../stats/broker-stats.ts'
import type { SubscriptionGroups } from '../subscription-groups.ts'
import { checkGroupName, existingGroup, existingTopic, illegalQueue } from './checks.ts'
import { type CommitParts, commitRefusal } from './consumer-manage.ts'

/** The parts of the broker that the handlers need. */
export interface PullParts extends CommitParts {
  readonly host: Host
  readonly config: BrokerConfig
  readonly groups: SubscriptionGroups
  readonly filters: ExpressionFilters
  readonly consumers: ConsumerManager
  readonly hold: PullRequestHold
  readonly stats: BrokerStats
  readonly address: string
}

/** The header without the text of the filter. The broker keeps this header while it holds the pull. */
type PullHeader = Omit<HeaderOf<typeof pullMessage.fields>, 'subscription'>

/** Returns the handlers of the two pull requests, by code. */
export function pullMessageHandlers(broker: PullParts): RequestHandlers {
  const handler: RequestHandler = (request, channel) => pull(broker, request, channel)
  // As in RocketMQ, the lite pull consumer of 5.x uses a request code of its own. Clients of 4.9 do not use this code.
  return [
    [pullMessage.code, handler],
    [RequestCode.LITE_PULL_MESSAGE, handler],
  ]
}

// #region pull-message
function pull(broker: PullParts, request: RemotingCommand, channel: Channel): Answer | LaterAnswer {
  const { subscription, ...header } = pullMessage.decode(request.extFields)
  checkSlaveRead(broker)
  checkNothingMissing(header)
  checkLitePull(broker, request.code)
  check(broker, header)
  const filter = filterOf(broker, header, subscription ?? '')

  const { consumerGroup: group, topic, queueId, queueOffset } = header
  broker.groups.find(group) // the group is created only when all checks have passed
  if ((header.sysFlag & PULL_SYS_FLAG.COMMIT_OFFSET) !== 0)
    if (commitRefusal(broker, group, topic, queueId, header.commitOffset!) === undefined)
      broker.offsets.commitOffset(group, topic, queueId, header.commitOffset!)

  // When a reset waits that no pull or pop has fetched, the answer contains the new offset. Otherwise, the broker reads the
  // queue now.
  const reset = resetAnswer(broker, header)
  if (reset !== undefined) return reset
  const look = (through: PullFilter) =>
    asSlaveSees(
      broker.config,
      readThrough(broker.store, topic, queueId, queueOffset, header.maxMsgNums, through),
      queueOffset,
    )
  const found = look(filter)
  const mayHold =
    (header.sysFlag & PULL_SYS_FLAG.SUSPEND) !== 0 && codeOf(found, queueOffset) === ResponseCode.PULL_NOT_FOUND
  const holdMs = broker.config.longPollingEnable
    ? Math.min(header.suspendTimeoutMillis ?? 0, HOLD_MS_MAX) // the field may be missing only without SUSPEND, and such a pull is not held
    : broker.config.shortPollingTimeMills
  // The read has found no message, so the pull may be held. The queue is read again for the later answer. A pull without text
  // is then filtered by the newest subscription of its group.
  if (mayHold && holdMs > 0) {
    const later = new LaterAnswer(request, channel)
    const isHeld = broker.hold.hold(
      {
        group,
        topic,
        queueId,
        queueOffset,
        codes: filter.codes,
        channel,
        // This answer is final: the pull is not held again, even when there is still no message.
        answer: () =>
          later.answer(
            answerOrRefusal(
              () => resetAnswer(broker, header) ?? answer(broker, header, look(filterNow(broker, header, filter))),
            ),
          ),
      },
      holdMs,
    )
    if (isHeld) return later
  }
  return answer(broker, header, found)
}
// #endregion pull-message

// #region told-of-reset
/**
 * An operator may reset the offset of the group in this queue. Returns the next answer to a pull of the queue after that, with
 * the new offset. After this answer, the broker accepts the group's commits again. Returns undefined when there is no reset,
 * or when a pull or a pop has fetched it.
 */
function resetAnswer(broker: PullParts, header: PullHeader): Answer | undefined {
  const { consumerGroup, topic, queueId } = header
  const nextBeginOffset = broker.offsets.resetOf(consumerGroup, topic, queueId)
  if (nextBeginOffset < 0) return undefined
  broker.offsets.resetHeard(consumerGroup, topic, queueId)
  const minOffset = broker.store.minOffset(topic, queueId)
  const maxOffset = broker.store.maxOffset(topic, queueId)
  return {
    code: ResponseCode.PULL_OFFSET_MOVED,
    remark: 'OFFSET_RESET',
    extFields: pullMessageAnswer.encode({ suggestWhichBrokerId: 0, nextBeginOffset, minOffset, maxOffset }),
  }
}
// #endregion told-of-reset

/**
 * The values of the field `forbiddenType` in a refusal with NO_PERMISSION. This field contains the reason why a pull was refused. RocketMQ:
 * `ForbiddenType`.
 */
const FORBIDDEN = { BROKER: 1, GROUP: 2, TOPIC: 3, BROADCAST: 4, SUBSCRIPTION: 5 } as const

const forbiddenBy = (forbiddenType: number): ExtFields => ({ forbiddenType: String(forbiddenType) })

function forbidden(forbiddenType: number, sentence: string): Refusal {
  return new Refusal(ResponseCode.NO_PERMISSION, sentence, forbiddenBy(forbiddenType))
}

/**
 * Checks `commitOffset` and `suspendTimeoutMillis`. Throws `Refusal` when `sysFlag` says that one of them is used, and this
 * field is missing. Unlike GlassMQ, RocketMQ requires these fields in every pull (`@CFNotNull`).
 */
function checkNothingMissing({ sysFlag, commitOffset, suspendTimeoutMillis }: PullHeader): void {
  const missing =
    (sysFlag & PULL_SYS_FLAG.COMMIT_OFFSET) !== 0 && commitOffset === undefined
      ? 'commitOffset'
      : (sysFlag & PULL_SYS_FLAG.SUSPEND) !== 0 && suspendTimeoutMillis === undefined
        ? 'suspendTimeoutMillis'
        : undefined
  if (missing !== undefined)
    throw new Refusal(
      ResponseCode.SYSTEM_ERROR,
      `PULL_MESSAGE: the custom field <${missing}> is null, and sysFlag says it counts`,
    )
}

function checkLitePull({ config, address }: PullParts, code: number): void {
  if (code === RequestCode.LITE_PULL_MESSAGE && !config.litePullMessageEnable)
    throw forbidden(
      FORBIDDEN.BROKER,
      `the broker[${address}] for lite pull consumer is forbidden: litePullMessageEnable`,
    )
}

/**
 * Checks the pull. Throws `Refusal` at the first check that fails. The checks that RocketMQ has are in its order; RocketMQ does
 * not check the name of the group and `maxMsgNums`.
 */
function check(broker: PullParts, header: PullHeader): void {
  const { consumerGroup, topic, queueId } = header
  checkReading(broker, 'pulling', forbiddenBy(FORBIDDEN.BROKER))
  checkGroupName(consumerGroup)
  const group = existingGroup(broker.groups.settingsOf(consumerGroup), consumerGroup)
  if (!group.consumeEnable) throw forbidden(FORBIDDEN.GROUP, `subscription group no permission, ${consumerGroup}`)
  const config = existingTopic(broker.topics, topic)
  if ((config.perm & PERM.READ) === 0)
    throw forbidden(FORBIDDEN.TOPIC, `the topic[${topic}] pulling message is forbidden`)
  if (queueId < 0 || queueId >= config.readQueueNums)
    throw illegalQueue(ResponseCode.INVALID_PARAMETER, config, queueId)
  if (header.maxMsgNums < 0)
    throw new Refusal(ResponseCode.SYSTEM_ERROR, `maxMsgNums is ${header.maxMsgNums}; it must be 0 or more`)
}

// #region filter
/**
 * Returns the filter of this pull. The filter comes from the text in the pull, or from the heartbeat of the group. Throws
 * `Refusal` when the text cannot be used, and for a pull without text when the group or its subscription is unknown, outdated
 * or forbidden.
 */
function filterOf(broker: PullParts, header: PullHeader, subscriptionText: string): PullFilter {
  if ((header.sysFlag & PULL_SYS_FLAG.SUBSCRIPTION) !== 0)
    return filterOfText(broker.filters, header.expressionType, subscriptionText)
  // When the pull has no text, the subscription must come from a heartbeat of the group.
  const group = broker.consumers.group(header.consumerGroup)
  if (group === undefined)
    throw new Refusal(
      ResponseCode.SUBSCRIPTION_NOT_EXIST,
      `the consumer's group info not exist: ${header.consumerGroup}; a heartbeat must come first`,
    )
  const { consumerGroup, topic } = header
  const config = broker.groups.get(consumerGroup)
  if (config?.consumeBroadcastEnable === false && group.messageModel === MESSAGE_MODEL.BROADCASTING)
    throw forbidden(FORBIDDEN.BROADCAST, `the consumer group[${consumerGroup}] can not consume by broadcast way`)
  if (!broker.groups.mayRead(consumerGroup, topic))
    throw forbidden(FORBIDDEN.SUBSCRIPTION, `the consumer group[${consumerGroup}] is forbidden for topic[${topic}]`)
  // The subscription in the heartbeat must exist. It must not be older than `subVersion`, if the pull has this field.
  const subscription = group.subscriptions.get(header.topic)
  if (subscription === undefined)
    throw new Refusal(
      ResponseCode.SUBSCRIPTION_NOT_EXIST,
      `the consumer's subscription not exist: ${header.topic} in group ${header.consumerGroup}`,
    )
  if (subscription.subVersion < (header.subVersion ?? 0))
    throw new Refusal(ResponseCode.SUBSCRIPTION_NOT_LATEST, "the consumer's subscription not latest")
  return filterOfSubscription(broker.filters, subscription)
}

// #endregion filter

/**
 * Returns the filter for the answer to a held pull. For a pull with text, this is the filter at the time of the pull. For a
 * pull without text, it is the filter of the newest subscription of the group, and `filterOf` may throw `Refusal`. RocketMQ:
 * `PullMessageProcessor.executeRequestWhenWakeup`, which processes the pull from the beginning.
 */
function filterNow(broker: PullParts, header: PullHeader, atPull: PullFilter): PullFilter {
  return (header.sysFlag & PULL_SYS_FLAG.SUBSCRIPTION) !== 0 ? atPull : filterOf(broker, header, '')
}

/**
 * Returns the answer of `answerNow`. When `answerNow` throws `Refusal` or `DiskError`, returns an answer with the reason.
 */
function answerOrRefusal(answerNow: () => Answer): Answer {
  try {
    return answerNow()
  } catch (error) {
    if (error instanceof Refusal) return error.answer
    if (error instanceof DiskError) return failure(ResponseCode.SYSTEM_ERROR, error.message)
    throw error
  }
}

function codeOf(found: GetMessageResult, askedOffset: number): number {
  switch (found.status) {
    case GetMessageStatus.FOUND:
      return ResponseCode.SUCCESS
    case GetMessageStatus.NO_MATCHED_MESSAGE:
      // When the entries of a queue cannot be read, the offset stays. With PULL_NOT_FOUND, the broker may hold the pull.
      // Otherwise the client would ask for the same offset again and again.
      return found.nextBeginOffset > askedOffset ? ResponseCode.PULL_RETRY_IMMEDIATELY : ResponseCode.PULL_NOT_FOUND
    case GetMessageStatus.OFFSET_OVERFLOW_ONE:
      return ResponseCode.PULL_NOT_FOUND
    case GetMessageStatus.NO_MESSAGE_IN_QUEUE:
    case GetMessageStatus.NO_MATCHED_LOGIC_QUEUE:
      return askedOffset === 0 ? ResponseCode.PULL_NOT_FOUND : ResponseCode.PULL_OFFSET_MOVED
    default:
      return ResponseCode.PULL_OFFSET_MOVED
  }
}

function answer(broker: PullParts, header: PullHeader, found: GetMessageResult): Answer {
  const { consumerGroup: group, topic, queueId, queueOffset } = header
  const { nextBeginOffset, minOffset, maxOffset, count: messages, status } = found
  broker.host.trace.emit?.('pull.answered', { group, topic, queueId, queueOffset, messages, status })
  const bytes = found.records.reduce((sum, record) => sum + record.length, 0)
  broker.stats.pulled(header.consumerGroup, header.topic, found.count, bytes)
  const suggestWhichBrokerId = suggestedBrokerId(broker, group, topic, queueId, nextBeginOffset)
  return {
    code: codeOf(found, header.queueOffset),
    remark: found.status,
    extFields: pullMessageAnswer.encode({ suggestWhichBrokerId, nextBeginOffset, minOffset, maxOffset }),
    bodyPieces: found.records,
  }
}
