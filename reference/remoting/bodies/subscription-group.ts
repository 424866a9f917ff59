/**
 * The settings of a consumer group on one broker, and the table of all groups (`config/subscriptionGroup.json`).
 *
 * RocketMQ: `SubscriptionGroupConfig`, `SubscriptionGroupWrapper`, `SubscriptionGroupList`, `GroupForbidden`,
 * `GroupRetryPolicy`, `SimpleSubscriptionData`.
 */
import type { Json } from '../../common/lax-json.ts'
import { flag, list, optional, record, type Shape, table, text, toObject, whole } from '../../common/shape.ts'
import { type DataVersion, dataVersionShape } from './data-version.ts'

/**
 * The policy of a group for the delays between the redeliveries of a message. Only 5.x has this policy. Without a policy,
 * the delay levels determine these delays.
 */
export interface GroupRetryPolicy {
  /** `CUSTOMIZED` or `EXPONENTIAL`. */
  readonly type: string
  readonly customizedRetryPolicy: { readonly next: readonly number[] } | undefined
  readonly exponentialRetryPolicy:
    | { readonly initial: number; readonly max: number; readonly multiplier: number }
    | undefined
}

/** All settings of a group. `broker/subscription-groups.ts` says which settings have an effect in GlassMQ. */
export interface SubscriptionGroupConfig {
  readonly groupName: string
  readonly consumeEnable: boolean
  readonly consumeFromMinEnable: boolean
  readonly consumeBroadcastEnable: boolean
  readonly consumeMessageOrderly: boolean
  /** The number of queues of the group's retry topic. When this number is 0, a failed message is not redelivered. */
  readonly retryQueueNums: number
  /** The max number of redeliveries. After this number of redeliveries, a message becomes a dead letter. */
  readonly retryMaxTimes: number
  readonly groupRetryPolicy: GroupRetryPolicy
  readonly brokerId: number
  readonly whichBrokerWhenConsumeSlowly: number
  readonly notifyConsumerIdsChangedEnable: boolean
  readonly groupSysFlag: number
  readonly consumeTimeoutMinute: number
  readonly attributes: { readonly [name: string]: string }
  /** This field is stored, but has no effect, because the heartbeats determine the subscriptions of a group. */
  readonly subscriptionDataSet: readonly Json[] | undefined
}

const retryPolicyShape: Shape<GroupRetryPolicy> = record<GroupRetryPolicy>({
  type: text('CUSTOMIZED'),
  customizedRetryPolicy: optional(record<{ next: number[] }>({ next: list(whole()) })),
  exponentialRetryPolicy: optional(
    record<{ initial: number; max: number; multiplier: number }>({
      initial: whole(5_000),
      max: whole(7_200_000),
      multiplier: whole(2),
    }),
  ),
})

/** Reads the settings of a group. Missing fields have the defaults of Java's class. */
export const subscriptionGroupConfigShape: Shape<SubscriptionGroupConfig> = record<SubscriptionGroupConfig>({
  groupName: text(),
  consumeEnable: flag(true),
  consumeFromMinEnable: flag(true),
  consumeBroadcastEnable: flag(true),
  consumeMessageOrderly: flag(),
  retryQueueNums: whole(1),
  retryMaxTimes: whole(16),
  groupRetryPolicy: retryPolicyShape,
  brokerId: whole(),
  whichBrokerWhenConsumeSlowly: whole(1),
  notifyConsumerIdsChangedEnable: flag(true),
  groupSysFlag: whole(),
  consumeTimeoutMinute: whole(15),
  attributes: (value, path) => toObject(table(text())(value, path)),
  subscriptionDataSet: optional(list((value) => value ?? null)),
})

export const subscriptionGroupListShape: Shape<{ groupConfigList: SubscriptionGroupConfig[] }> = record<{
  groupConfigList: SubscriptionGroupConfig[]
}>({ groupConfigList: list(subscriptionGroupConfigShape) })

/** All groups of a broker. */
export interface SubscriptionGroupTable {
  readonly dataVersion: DataVersion
  readonly subscriptionGroupTable: ReadonlyMap<string, SubscriptionGroupConfig>
  /** The forbidden operations, as bits by group and topic. */
  readonly forbiddenTable: ReadonlyMap<string, ReadonlyMap<string, number>>
}

export const subscriptionGroupTableShape: Shape<SubscriptionGroupTable> = record<SubscriptionGroupTable>({
  dataVersion: dataVersionShape,
  subscriptionGroupTable: table(subscriptionGroupConfigShape),
  forbiddenTable: table(table(whole())),
})

/** Returns the table of all groups as the object for JSON. */
export function subscriptionGroupTableJson(groups: SubscriptionGroupTable): object {
  return {
    dataVersion: groups.dataVersion,
    forbiddenTable: Object.fromEntries([...groups.forbiddenTable].map(([group, topics]) => [group, toObject(topics)])),
    subscriptionGroupTable: toObject(groups.subscriptionGroupTable),
  }
}
