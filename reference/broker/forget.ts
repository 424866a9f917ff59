/**
 * Deletes the data that the broker keeps under the name of a deleted topic or group. So a later topic or group with the same
 * name begins without these data.
 *
 * | data                              | key           | deleted with the topic                  | deleted with the group   |
 * | --------------------------------- | ------------- | --------------------------------------- | ----------------------------------- |
 * | queues, offsets, resets            | topic (group) | yes                                     | the offsets, if the operator requests it |
 * | pop retry topics                   | topic, group  | yes (`clearRetryTopicWhenDeleteTopic`)    | when the offsets are deleted         |
 * | open batches popped in order       | topic, group  | yes                                     | yes                                 |
 * | request modes                      | topic, group  | yes                                     | yes                                 |
 * | locks of queues                    | topic, group  | yes                                     | yes                                 |
 * | topics that a group may not read   | topic, group  | yes                                     | yes                     |
 * | statistics                         | topic, group  | yes                                     | yes                                 |
 * | check points of popped messages    | topic, group  | when they are settled: `pop/settlement.ts` | when they are settled |
 *
 * As in RocketMQ, some data are kept. A message may still wait with a delay level, with a delivery time or in a transaction.
 * Such a message is later delivered to the topic that has the same name at that time. Messages of the deleted topic can be
 * found by key until the files of the log are deleted.
 *
 * RocketMQ: `AdminBrokerProcessor` (deleteTopic, deleteSubscriptionGroup). Unlike GlassMQ, RocketMQ also keeps request
 * modes, locks and open batches.
 */
import { RETRY_TOPIC_PREFIX } from '../common/message.ts'
import { popRetryTopicV1, popRetryTopicV2 } from '../common/pop-names.ts'
import type { MessageStore } from '../store/message-store.ts'
import type { BrokerConfig } from './broker-config.ts'
import type { ConsumerOffsetManager } from './consumer-offset-manager.ts'
import type { ConsumerOrderInfoManager } from './pop/consumer-order-info-manager.ts'
import type { MessageRequestModeManager } from './pop/message-request-mode-manager.ts'
import type { RebalanceLockManager } from './rebalance-lock-manager.ts'
import type { BrokerStats } from './stats/broker-stats.ts'
import type { SubscriptionGroups } from './subscription-groups.ts'
import type { TopicConfigManager } from './topic-config-manager.ts'

/** The parts of the broker that keep data under the name of a topic or a group. */
export interface ForgetParts {
  readonly config: BrokerConfig
  readonly store: MessageStore
  readonly topics: TopicConfigManager
  readonly groups: SubscriptionGroups
  readonly offsets: ConsumerOffsetManager
  readonly locks: RebalanceLockManager
  readonly orders: ConsumerOrderInfoManager
  readonly requestModes: MessageRequestModeManager
  readonly stats: BrokerStats
}

// #region forget-topic
/**
 * Deletes a topic. When `clearRetryTopicWhenDeleteTopic` is true, also deletes the pop retry topics that belong to the
 * topic.
 */
export function forgetTopic(broker: ForgetParts, topic: string): void {
  const { config, offsets } = broker
  const pairs = config.clearRetryTopicWhenDeleteTopic ? offsets.groupsOf(topic) : []
  const retryTopics = pairs.flatMap((group) => popRetryTopics(broker, topic, group))
  for (const name of [topic, ...retryTopics]) forgetQueues(broker, name)
  forgetWho(broker, new Set([topic, ...retryTopics]), new Set())
}
// #endregion forget-topic

// #region forget-group
/**
 * Deletes a group. With `withOffsets`, also deletes the offsets and the retry topics of the group, so that a later group
 * with the same name begins without old data. `done` is called when the disk has stored or refused the change.
 */
export function forgetGroup(broker: ForgetParts, group: string, withOffsets: boolean, done: () => void): void {
  const retryTopics = withOffsets
    ? broker.offsets.topicsOf(group).flatMap((topic) => popRetryTopics(broker, topic, group))
    : []
  if (withOffsets) broker.offsets.removeGroup(group)
  for (const name of retryTopics) forgetQueues(broker, name)
  broker.stats.forget((key) => key.endsWith(`@${group}`))
  forgetWho(broker, new Set(retryTopics), new Set([group]))
  broker.groups.delete(group, done)
}
// #endregion forget-group

/**
 * Returns the existing pop retry topics of a topic and a group. A name of version 1 may also be the retry topic of another
 * group. Such a topic is left out.
 */
function popRetryTopics({ topics, groups }: ForgetParts, topic: string, group: string): readonly string[] {
  const isAnothers = (name: string) => groups.get(name.slice(RETRY_TOPIC_PREFIX.length)) !== undefined
  return [popRetryTopicV1(topic, group), popRetryTopicV2(topic, group)].filter(
    (name) => topics.get(name) !== undefined && !isAnothers(name),
  )
}

function forgetQueues({ topics, offsets, store, stats }: ForgetParts, topic: string): void {
  topics.delete(topic)
  offsets.removeTopic(topic)
  store.deleteTopic(topic)
  stats.forget((key) => key === topic || key.startsWith(`${topic}@`))
}

function forgetWho(broker: ForgetParts, topics: ReadonlySet<string>, groups: ReadonlySet<string>): void {
  const isGone = (topic: string, group: string) => topics.has(topic) || groups.has(group)
  broker.orders.forgetAll(isGone)
  broker.requestModes.forget(isGone)
  broker.locks.forget((group, topic) => isGone(topic, group))
  for (const topic of topics) broker.groups.topicDeleted(topic)
}
