/**
 * Reports the min and max offsets of queues, and how far the offsets of groups are behind the max offsets.
 *
 * While a group is online, the reports leave out topics to which the group no longer subscribes, unless the request lists
 * the topics. The group still has offsets in these topics, but these offsets do not move. RocketMQ: `AdminBrokerProcessor`
 * (getTopicStatsInfo, getConsumeStats, fetchAllConsumeStatsInBroker, queryConsumeTimeSpan).
 */

import type { Host } from '../../host/host.ts'
import { encodeJsonBody } from '../../remoting/bodies/json-body.ts'
import {
  type ConsumeStats,
  consumeStatsJson,
  consumeStatsListJson,
  consumeTimeSpanJson,
  topicStatsJson,
} from '../../remoting/bodies/stats.ts'
import type { RequestHandlers } from '../../remoting/dispatch.ts'
import { Refusal } from '../../remoting/refusal.ts'
import { type Answer, type RemotingCommand, SUCCESS } from '../../remoting/remoting-command.ts'
import * as requests from '../../remoting/requests/consume-stats.ts'
import { ResponseCode } from '../../remoting/response-code.ts'
import type { MessageStore } from '../../store/message-store.ts'
import type { BrokerConfig } from '../broker-config.ts'
import type { ConsumerManager } from '../consumer-manager.ts'
import type { ConsumerOffsetManager } from '../consumer-offset-manager.ts'
import type { BrokerStats } from '../stats/broker-stats.ts'
import type { SubscriptionGroups } from '../subscription-groups.ts'
import type { TopicConfigManager } from '../topic-config-manager.ts'

/** The parts of the broker that the handlers need. */
export interface ConsumeStatsParts {
  readonly host: Host
  readonly config: BrokerConfig
  readonly store: MessageStore
  readonly topics: TopicConfigManager
  readonly groups: SubscriptionGroups
  readonly offsets: ConsumerOffsetManager
  readonly consumers: ConsumerManager
  readonly stats: BrokerStats
  readonly address: string
}

/** Returns the handlers of the requests about consumption, by code. */
export function consumeStatsHandlers(broker: ConsumeStatsParts): RequestHandlers {
  return [
    [requests.getTopicStatsInfo.code, (request) => topicStats(broker, request)],
    [requests.getConsumeStats.code, (request) => consumeStats(broker, request)],
    [requests.getBrokerConsumeStats.code, (request) => brokerConsumeStats(broker, request)],
    [requests.queryConsumeTimeSpan.code, (request) => timeSpan(broker, request)],
    [requests.queryTopicConsumeByWho.code, (request) => consumersOf(broker, request)],
    [requests.queryTopicsByConsumer.code, (request) => topicsOf(broker, request)],
    [requests.querySubscriptionByConsumer.code, (request) => subscription(broker, request)],
  ]
}

function topicStats(broker: ConsumeStatsParts, request: RemotingCommand): Answer {
  const { topic } = requests.getTopicStatsInfo.decode(request.extFields)
  const config = broker.topics.get(topic)
  if (config === undefined) return unknownTopic(topic)
  const { brokerName } = broker.config
  const entries = queueIds(Math.max(config.readQueueNums, config.writeQueueNums)).map((queueId) => {
    const minOffset = broker.store.minOffset(topic, queueId)
    const maxOffset = broker.store.maxOffset(topic, queueId)
    const lastUpdateTimestamp = Math.max(0, storedAt(broker, topic, queueId, maxOffset - 1))
    return [
      { topic, brokerName, queueId },
      { minOffset, maxOffset, lastUpdateTimestamp },
    ] as const
  })
  return body(topicStatsJson(entries, broker.stats.tps('TOPIC_PUT_NUMS', topic)))
}

// #region consume-stats
function consumeStats(broker: ConsumeStatsParts, request: RemotingCommand): Answer {
  const { consumerGroup, topic, topicList } = requests.getConsumeStats.decode(request.extFields)
  const listed = (topicList ?? '').split(';').filter((name) => name !== '')
  const topics = listed.length > 0 ? listed : topicsToTell(broker, consumerGroup, topic ?? '')
  const each = topics.map((name) => statsOf(broker, consumerGroup, name))
  return body(
    consumeStatsJson({
      consumeTps: each.reduce((sum, { consumeTps }) => sum + consumeTps, 0),
      offsetTable: each.flatMap(({ offsetTable }) => offsetTable),
    }),
  )
}

function topicsToTell(broker: ConsumeStatsParts, group: string, onlyTopic: string): readonly string[] {
  const topics = onlyTopic === '' ? broker.offsets.topicsOf(group) : [onlyTopic]
  return topics.filter((topic) => !broker.consumers.isUnsubscribed(group, topic))
}

/** Returns the offsets of a group in one topic. `offsetTable` is empty for a topic that this broker does not have. */
function statsOf(broker: ConsumeStatsParts, group: string, topic: string): ConsumeStats {
  const { brokerName } = broker.config
  const offsetTable = queueIds(broker.topics.get(topic)?.readQueueNums ?? 0).map((queueId) => {
    const consumerOffset = Math.max(0, broker.offsets.queryOffset(group, topic, queueId))
    const lastTimestamp = Math.max(0, storedAt(broker, topic, queueId, consumerOffset - 1))
    const brokerOffset = broker.store.maxOffset(topic, queueId)
    return [
      { topic, brokerName, queueId },
      { brokerOffset, consumerOffset, pullOffset: consumerOffset, lastTimestamp },
    ] as const
  })
  return { consumeTps: broker.stats.tps('GROUP_GET_NUMS', `${topic}@${group}`), offsetTable }
}
// #endregion consume-stats

function brokerConsumeStats(broker: ConsumeStatsParts, request: RemotingCommand): Answer {
  const { isOrder } = requests.getBrokerConsumeStats.decode(request.extFields)
  const isAsked = (topic: string) => !isOrder || broker.topics.get(topic)?.order === true
  const groups = [...broker.groups.table().subscriptionGroupTable.keys()].map((group) => {
    const topics = topicsToTell(broker, group, '').filter(
      (topic) => broker.topics.get(topic) !== undefined && isAsked(topic),
    )
    return [group, topics.map((topic) => statsOf(broker, group, topic))] as const
  })
  return body(consumeStatsListJson(broker.address, groups))
}

// #region time-span
function timeSpan(broker: ConsumeStatsParts, request: RemotingCommand): Answer {
  const { topic, group } = requests.queryConsumeTimeSpan.decode(request.extFields)
  const config = broker.topics.get(topic)
  if (config === undefined) return unknownTopic(topic)
  const { brokerName } = broker.config
  const spans = queueIds(config.writeQueueNums).map((queueId) => {
    const maxOffset = broker.store.maxOffset(topic, queueId)
    const minTimeStamp = storedAt(broker, topic, queueId, broker.store.minOffset(topic, queueId))
    const offset = Math.max(0, broker.offsets.queryOffset(group, topic, queueId))
    return {
      messageQueue: { topic, brokerName, queueId },
      minTimeStamp,
      maxTimeStamp: storedAt(broker, topic, queueId, maxOffset - 1),
      consumeTimeStamp: offset > 0 ? storedAt(broker, topic, queueId, offset - 1) : minTimeStamp,
      delayTime: offset < maxOffset ? broker.host.clock.nowMs() - storedAt(broker, topic, queueId, offset) : 0,
    }
  })
  return body(consumeTimeSpanJson(spans))
}
// #endregion time-span

/** Lists the connected groups of a topic and the groups that have offsets in the topic. */
function consumersOf(broker: ConsumeStatsParts, request: RemotingCommand): Answer {
  const { topic } = requests.queryTopicConsumeByWho.decode(request.extFields)
  const groupList = [...new Set([...broker.consumers.subscribersOf(topic), ...broker.offsets.groupsOf(topic)])]
  return body({ groupList })
}

function topicsOf(broker: ConsumeStatsParts, request: RemotingCommand): Answer {
  const { group } = requests.queryTopicsByConsumer.decode(request.extFields)
  return body({ topicList: broker.offsets.topicsOf(group) })
}

function subscription(broker: ConsumeStatsParts, request: RemotingCommand): Answer {
  const { group, topic } = requests.querySubscriptionByConsumer.decode(request.extFields)
  return body({ group, topic, subscriptionData: broker.consumers.group(group)?.subscriptions.get(topic) })
}

function storedAt(broker: ConsumeStatsParts, topic: string, queueId: number, queueOffset: number): number {
  return queueOffset < 0 ? -1 : broker.store.storeTimestamp(topic, queueId, queueOffset)
}

function body(json: object): Answer {
  return { ...SUCCESS, body: encodeJsonBody(json) }
}

function unknownTopic(topic: string): Answer {
  throw new Refusal(ResponseCode.TOPIC_NOT_EXIST, `topic[${topic}] not exist`)
}

function queueIds(count: number): readonly number[] {
  return Array.from({ length: Math.max(0, count) }, (_, i) => i)
}
