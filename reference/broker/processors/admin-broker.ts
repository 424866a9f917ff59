/**
 * What operators ask: make a topic, where do its queues stand, how far is a group behind, how is the broker.
 *
 * RocketMQ: `AdminBrokerProcessor`. Not here: most of it.
 */
import { AUTO_CREATE_TOPIC_KEY_TOPIC } from '../../common/message.ts'
import { topicNameFault } from '../../common/topic-validator.ts'
import { encodeUtf8 } from '../../common/utf8.ts'
import { encodeJsonBody } from '../../remoting/bodies/json-body.ts'
import { consumeStatsJson, topicStatsJson } from '../../remoting/bodies/stats.ts'
import {
  failure,
  languageName,
  OWN_VERSION,
  OWN_VERSION_TEXT,
  type RemotingCommand,
  type ResponseParts,
  SUCCESS,
} from '../../remoting/remoting-command.ts'
import type { RequestHandler } from '../../remoting/remoting-server.ts'
import {
  deleteTopicInBroker,
  getBrokerConfig,
  getBrokerRuntimeInfo,
  getConsumerConnectionList,
  getConsumeStats,
  getTopicStatsInfo,
  updateAndCreateTopic,
} from '../../remoting/requests/admin.ts'
import { ResponseCode } from '../../remoting/response-code.ts'
import type { Broker } from '../broker.ts'

export function adminBrokerHandlers(broker: Broker): readonly (readonly [number, RequestHandler])[] {
  return [
    [updateAndCreateTopic.code, (request) => updateTopic(broker, request)],
    [deleteTopicInBroker.code, (request) => deleteTopic(broker, request)],
    [getTopicStatsInfo.code, (request) => topicStats(broker, request)],
    [getConsumeStats.code, (request) => consumeStats(broker, request)],
    [getConsumerConnectionList.code, (request) => consumerConnections(broker, request)],
    [getBrokerRuntimeInfo.code, () => ({ ...SUCCESS, body: encodeJsonBody({ table: runtimeInfo(broker) }) })],
    [
      getBrokerConfig.code,
      () => ({
        ...SUCCESS,
        extFields: { version: JSON.stringify(broker.topics.registration().dataVersion) },
        body: encodeUtf8(configText(broker)),
      }),
    ],
  ]
}

// #region update-topic
function updateTopic(broker: Broker, request: RemotingCommand): ResponseParts {
  const header = updateAndCreateTopic.decode(request.extFields)
  const { topic, readQueueNums, writeQueueNums, perm } = header
  const fault =
    topicNameFault(topic) || (isSystemTopic(broker, topic) ? `The topic[${topic}] is conflict with system topic.` : '')
  if (fault !== '') return failure(ResponseCode.INVALID_PARAMETER, fault)
  if (perm < 0 || perm > 7)
    return failure(ResponseCode.INVALID_PARAMETER, `perm is ${perm}; it must be 0 to 7 (2 write, 4 read, 6 both)`)
  const problem = broker.topics.update({
    topicName: topic,
    readQueueNums,
    writeQueueNums,
    perm,
    topicFilterType: header.topicFilterType ?? 'SINGLE_TAG',
    topicSysFlag: header.topicSysFlag ?? 0,
    order: header.order ?? false,
    attributes: {},
  })
  return problem === '' ? SUCCESS : failure(ResponseCode.INVALID_PARAMETER, problem)
}
// #endregion update-topic

function isSystemTopic(broker: Broker, topic: string): boolean {
  return [
    AUTO_CREATE_TOPIC_KEY_TOPIC,
    broker.config.brokerName,
    broker.config.brokerClusterName,
    'SELF_TEST_TOPIC',
    'OFFSET_MOVED_EVENT',
  ].includes(topic)
}

function deleteTopic(broker: Broker, request: RemotingCommand): ResponseParts {
  const { topic } = deleteTopicInBroker.decode(request.extFields)
  if (isSystemTopic(broker, topic))
    return failure(ResponseCode.INVALID_PARAMETER, `The topic[${topic}] is conflict with system topic.`)
  broker.topics.delete(topic)
  return SUCCESS
}

function topicStats(broker: Broker, request: RemotingCommand): ResponseParts {
  const { topic } = getTopicStatsInfo.decode(request.extFields)
  const config = broker.topics.get(topic)
  if (config === undefined) return failure(ResponseCode.TOPIC_NOT_EXIST, `topic[${topic}] not exist`)
  const { brokerName } = broker.config
  const entries = queueIds(Math.max(config.readQueueNums, config.writeQueueNums)).map((queueId) => {
    const minOffset = broker.store.minOffset(topic, queueId)
    const maxOffset = broker.store.maxOffset(topic, queueId)
    const lastUpdateTimestamp =
      maxOffset > 0 ? Math.max(0, broker.store.storeTimestamp(topic, queueId, maxOffset - 1)) : 0
    return [
      { topic, brokerName, queueId },
      { minOffset, maxOffset, lastUpdateTimestamp },
    ] as const
  })
  return { ...SUCCESS, body: encodeJsonBody(topicStatsJson(entries)) }
}

// #region consume-stats
function consumeStats(broker: Broker, request: RemotingCommand): ResponseParts {
  const { consumerGroup, topic: onlyTopic } = getConsumeStats.decode(request.extFields)
  const topics = onlyTopic !== undefined && onlyTopic !== '' ? [onlyTopic] : broker.offsets.topicsOf(consumerGroup)
  const { brokerName } = broker.config
  const entries = topics.flatMap((topic) =>
    queueIds(broker.topics.get(topic)?.readQueueNums ?? 0).map((queueId) => {
      const consumerOffset = Math.max(0, broker.offsets.queryOffset(consumerGroup, topic, queueId))
      const lastTimestamp =
        consumerOffset > 0 ? Math.max(0, broker.store.storeTimestamp(topic, queueId, consumerOffset - 1)) : 0
      const brokerOffset = broker.store.maxOffset(topic, queueId)
      return [
        { topic, brokerName, queueId },
        { brokerOffset, consumerOffset, pullOffset: consumerOffset, lastTimestamp },
      ] as const
    }),
  )
  return { ...SUCCESS, body: encodeJsonBody(consumeStatsJson(entries)) }
}
// #endregion consume-stats

function consumerConnections(broker: Broker, request: RemotingCommand): ResponseParts {
  const { consumerGroup } = getConsumerConnectionList.decode(request.extFields)
  const group = broker.consumers.group(consumerGroup)
  if (group === undefined)
    return failure(ResponseCode.CONSUMER_NOT_ONLINE, `the consumer group[${consumerGroup}] not online`)
  const connectionSet = [...group.members].map(([channel, member]) => ({
    clientId: member.clientId,
    clientAddr: channel.remoteAddress,
    language: languageName(member.language),
    version: member.version,
  }))
  const { consumeType, messageModel, consumeFromWhere } = group
  const subscriptionTable = Object.fromEntries(group.subscriptions)
  return {
    ...SUCCESS,
    body: encodeJsonBody({ connectionSet, consumeFromWhere, consumeType, messageModel, subscriptionTable }),
  }
}

/** What clusterList and brokerStatus show; all values are text. Rates are not measured yet and say 0. */
function runtimeInfo(broker: Broker): { [key: string]: string } {
  const none = '0.0 0.0 0.0'
  return {
    brokerVersionDesc: OWN_VERSION_TEXT,
    brokerVersion: String(OWN_VERSION),
    brokerActive: 'true',
    bootTimestamp: String(broker.bootMs),
    runtime: `[ ${Math.floor((broker.host.clock.nowMs() - broker.bootMs) / 1000)} seconds ]`,
    putTps: none,
    getTransferredTps: none,
    commitLogMinOffset: String(broker.store.commitLogMinOffset),
    commitLogMaxOffset: String(broker.store.commitLogMaxOffset),
    dispatchBehindBytes: String(broker.store.dispatchBehindBytes),
    heldPulls: String(broker.hold.count),
    sendThreadPoolQueueSize: '0',
    pullThreadPoolQueueSize: '0',
    ackThreadPoolQueueSize: '0',
    sendThreadPoolQueueHeadWaitTimeMills: '0',
    pullThreadPoolQueueHeadWaitTimeMills: '0',
    ackThreadPoolQueueHeadWaitTimeMills: '0',
    pageCacheLockTimeMills: '0',
    earliestMessageTimeStamp: String(broker.bootMs),
    commitLogDiskRatio: broker.host.disk.usedRatio().toFixed(2),
    timerReadBehind: '0',
    timerOffsetBehind: '0',
    timerCongestNum: '0',
    timerEnqueueTps: '0.0',
    timerDequeueTps: '0.0',
  }
}

function configText(broker: Broker): string {
  return Object.entries(broker.config)
    .map(([name, value]) => `${name}=${Array.isArray(value) ? value.join(';') : String(value)}\n`)
    .join('')
}

function queueIds(count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => i)
}
