/**
 * The options of a consumer program, with the names that RocketMQ uses.
 *
 * | argument                                | meaning                                                              |
 * | --------------------------------------- | -------------------------------------------------------------------- |
 * | consumeFromWhere                        | where a new group begins: CONSUME_FROM_LAST_OFFSET or CONSUME_FROM_FIRST_OFFSET |
 * | messageModel                            | CLUSTERING or BROADCASTING                                           |
 * | orderly                                 | true: the messages of a queue are consumed in order                    |
 * | maxReconsumeTimes, consumeTimeout (min) | maxReconsumeTimes: max redeliveries before a message becomes a dead letter. consumeTimeout: time limit of the listener |
 * | suspendCurrentQueueTimeMillis           | the time for which an orderly queue waits after a failure             |
 * | consumeThreadMax                        | the max number of messages that the listener has at the same time     |
 * | pullThresholdForQueue and similar options | limits for messages that are not consumed yet: `../consumer/pull/flow-control.ts` |
 * | glassmqBreakerSlowMs and similar options | a circuit breaker for the listener: `../consumer/listen/listener-breaker.ts`              |
 * | clientRebalance                         | false: a broker assigns the queues, and may choose that members pop them |
 * | popInvisibleTime (ms), popBatchNums     | popInvisibleTime: the time for which a popped message is hidden. popBatchNums: max messages of one pop |
 * | allocateMessageQueueStrategy            | how the members of the group share the queues: see the next table     |
 *
 * | strategy                         | further argument or rule                                                |
 * | -------------------------------- | ----------------------------------------------------------------------- |
 * | AVG, AVG_BY_CIRCLE, CONSISTENT_HASH | no further argument                                                    |
 * | CONFIG                           | messageQueues=topic/broker/id,…: all queues of this member, also those of its retry topic |
 * | MACHINE_ROOM                     | consumeridcs=room,…: the rooms whose brokers this group consumes. The name of a broker must be `room@name` |
 * | MACHINE_ROOM_NEARBY | the room of a broker is the part of its name before `@`, the room of a consumer the part of its node's name before the first `-` |
 *
 * RocketMQ: `DefaultMQPushConsumer`. In RocketMQ's Java client, the application creates the strategy as an object.
 */

import { allocateByConfig } from '../../common/allocate/allocate-by-config.ts'
import { allocateByMachineRoom } from '../../common/allocate/allocate-by-machine-room.ts'
import { allocateMachineRoomNearby } from '../../common/allocate/allocate-machine-room-nearby.ts'
import { type AllocateStrategy, AVG, PLAIN_STRATEGIES } from '../../common/allocate/allocate-strategy.ts'
import { INT_MAX } from '../../common/bytes.ts'
import { POP_BATCH_MAX } from '../../common/limits.ts'
import type { MessageQueue } from '../../common/message.ts'
import { ConfigError, type Settings } from '../../common/properties-file.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../common/units.ts'
import { CONSUME_FROM, MESSAGE_MODEL } from '../../remoting/bodies/heartbeat.ts'
import { FLOW_DEFAULTS, type FlowControl } from '../consumer/pull/flow-control.ts'
import type { PushConsumerOptions } from '../consumer/push-consumer.ts'

const THREADS_MAX = 100_000

/**
 * Returns the consumer's options. An option that is not set keeps the default of the consumer. Throws `ConfigError` when a
 * value is not valid.
 */
export function consumerOptions(group: string, settings: Settings): PushConsumerOptions {
  const number = (name: string, max: number) => settings.whole(name, 0, 0, max)
  const isSet = (name: string) => settings.text(name, '') !== ''
  return {
    group,
    consumeFromWhere: settings.oneOf('consumeFromWhere', CONSUME_FROM.LAST_OFFSET, Object.values(CONSUME_FROM)),
    messageModel: settings.oneOf('messageModel', MESSAGE_MODEL.CLUSTERING, Object.values(MESSAGE_MODEL)),
    strategy: strategyOf(settings),
    orderly: settings.flag('orderly', false),
    clientRebalance: settings.flag('clientRebalance', true),
    flow: flowControl(settings),
    ...breakerOptions(settings),
    ...(isSet('maxReconsumeTimes') ? { maxReconsumeTimes: number('maxReconsumeTimes', INT_MAX) } : {}),
    ...(isSet('consumeTimeout') ? { consumeTimeoutMs: MINUTE_MS * number('consumeTimeout', 100_000) } : {}),
    ...(isSet('consumeThreadMax') ? { consumeThreadMax: settings.whole('consumeThreadMax', 1, 1, THREADS_MAX) } : {}),
    ...(isSet('popInvisibleTime') ? { popInvisibleTimeMs: number('popInvisibleTime', 300_000) } : {}),
    ...(isSet('popBatchNums') ? { popBatchNums: settings.whole('popBatchNums', 1, 1, POP_BATCH_MAX) } : {}),
    ...(isSet('suspendCurrentQueueTimeMillis')
      ? { suspendCurrentQueueMs: number('suspendCurrentQueueTimeMillis', HOUR_MS) }
      : {}),
  }
}

/**
 * Reads the options of flow control. The ranges are those of RocketMQ (`DefaultMQPushConsumerImpl.checkConfig`). Only the
 * limits of a topic may also be 0, which counts as 1.
 */
function flowControl(settings: Settings): FlowControl {
  const whole = (name: keyof FlowControl, max: number) => settings.whole(name, FLOW_DEFAULTS[name], 1, max)
  const orNone = (name: keyof FlowControl, max: number) => settings.whole(name, FLOW_DEFAULTS[name], -1, max)
  return {
    pullThresholdForQueue: whole('pullThresholdForQueue', 65_535),
    pullThresholdSizeForQueue: whole('pullThresholdSizeForQueue', 1_024),
    pullThresholdForTopic: orNone('pullThresholdForTopic', 6_553_500),
    pullThresholdSizeForTopic: orNone('pullThresholdSizeForTopic', 102_400),
    consumeConcurrentlyMaxSpan: whole('consumeConcurrentlyMaxSpan', 65_535),
    pullBatchSize: whole('pullBatchSize', 1_024),
  }
}

function breakerOptions(settings: Settings): Pick<PushConsumerOptions, 'breaker'> {
  const slowMs = settings.whole('glassmqBreakerSlowMs', 0, 0, DAY_MS)
  if (slowMs === 0) return {}
  const calls = settings.whole('glassmqBreakerCalls', 20, 1, 10_000)
  const failures = settings.whole('glassmqBreakerFailures', 10, 1, calls)
  return { breaker: { slowMs, calls, failures, openMs: settings.whole('glassmqBreakerOpenMs', 5_000, 1, DAY_MS) } }
}

function strategyOf(settings: Settings): AllocateStrategy {
  const option = 'allocateMessageQueueStrategy'
  const names = [...PLAIN_STRATEGIES.keys(), 'CONFIG', 'MACHINE_ROOM', 'MACHINE_ROOM_NEARBY']
  const name = settings.oneOf(option, AVG.name, names)
  if (name === 'CONFIG') return allocateByConfig(listOf(settings, 'messageQueues').map(queueNamed))
  if (name === 'MACHINE_ROOM') return allocateByMachineRoom(new Set(listOf(settings, 'consumeridcs')))
  if (name === 'MACHINE_ROOM_NEARBY')
    return allocateMachineRoomNearby(AVG, {
      brokerRoom: ({ brokerName }) => brokerName.split('@')[0]!,
      consumerRoom: (clientId) => clientId.split('@')[1]!.split('-')[0]!,
    })
  return PLAIN_STRATEGIES.get(name)!
}

function listOf(settings: Settings, name: string): readonly string[] {
  const items = settings
    .text(name, '')
    .split(',')
    .filter((item) => item !== '')
  if (items.length === 0) throw new ConfigError(`${name} is not set: the strategy needs it`)
  return items
}

function queueNamed(text: string): MessageQueue {
  const [topic, brokerName, id, ...more] = text.split('/')
  if (brokerName === undefined || !/^\d{1,5}$/.test(id ?? '') || more.length > 0)
    throw new ConfigError(`messageQueues holds "${text}"; a queue looks like Orders/broker-a/0`)
  return { topic: topic!, brokerName, queueId: Number(id) }
}
