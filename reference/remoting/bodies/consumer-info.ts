/**
 * The answers to GET_CONSUMER_RUNNING_INFO (the state of a consumer) and to CONSUME_MESSAGE_DIRECTLY (the result of a
 * message that an operator sent to one consumer).
 *
 * The names in JSON are RocketMQ's names, including the misspelt names `droped` and `spentTimeMills`.
 *
 * RocketMQ: `ConsumerRunningInfo`, `ConsumeMessageDirectlyResult`. In GlassMQ, `mqPopTable` and `userConsumerInfo` are
 * always empty.
 */
import { flag, list, optional, record, type Shape, table, text, toObject, whole } from '../../common/shape.ts'
import { type SubscriptionData, subscriptionDataShape } from './heartbeat.ts'
import { type QueueTable, queueTable, queueTableJson } from './queue-table.ts'

/** The state of one queue of a consumer. Times are in ms since 1970. A time of 0 means never. */
export interface ProcessQueueInfo {
  readonly commitOffset: number
  readonly cachedMsgMinOffset: number
  readonly cachedMsgMaxOffset: number
  readonly cachedMsgCount: number
  readonly cachedMsgSizeInMiB: number
  readonly locked: boolean
  readonly tryUnlockTimes: number
  readonly lastLockTimestamp: number
  readonly droped: boolean
  readonly lastPullTimestamp: number
  readonly lastConsumeTimestamp: number
}

const processQueueInfoShape: Shape<ProcessQueueInfo> = record<ProcessQueueInfo>({
  commitOffset: whole(),
  cachedMsgMinOffset: whole(),
  cachedMsgMaxOffset: whole(),
  cachedMsgCount: whole(),
  cachedMsgSizeInMiB: whole(),
  locked: flag(),
  tryUnlockTimes: whole(),
  lastLockTimestamp: whole(),
  droped: flag(),
  lastPullTimestamp: whole(),
  lastConsumeTimestamp: whole(),
})

/**
 * A consumer's statistics for one topic. Times are in ms, and rates are per second. Failures are counted over the last
 * hour, in GlassMQ since the last full hour.
 */
export interface ConsumeTopicStatus {
  readonly pullRT: number
  readonly pullTPS: number
  readonly consumeRT: number
  readonly consumeOKTPS: number
  readonly consumeFailedTPS: number
  readonly consumeFailedMsgs: number
}

const number: Shape<number> = (value, path) => (typeof value === 'number' ? value : whole()(value, path))

const consumeTopicStatusShape: Shape<ConsumeTopicStatus> = record<ConsumeTopicStatus>({
  pullRT: number,
  pullTPS: number,
  consumeRT: number,
  consumeOKTPS: number,
  consumeFailedTPS: number,
  consumeFailedMsgs: whole(),
})

/** The state of one consumer. */
export interface ConsumerRunningInfo {
  /** The consumer's settings. The keys are RocketMQ's names `PROP_…`. */
  readonly properties: ReadonlyMap<string, string>
  readonly subscriptionSet: readonly SubscriptionData[]
  readonly mqTable: QueueTable<ProcessQueueInfo>
  readonly statusTable: ReadonlyMap<string, ConsumeTopicStatus>
  /** The stacks of the consumer's threads. Only Java clients send this field. */
  readonly jstack?: string | undefined
}

export const consumerRunningInfoShape: Shape<ConsumerRunningInfo> = record<ConsumerRunningInfo>({
  properties: table(text()),
  subscriptionSet: list(subscriptionDataShape),
  mqTable: queueTable(processQueueInfoShape),
  statusTable: table(consumeTopicStatusShape),
  jstack: optional(text()),
})

/** Returns a consumer's state as the object for JSON. */
export function consumerRunningInfoJson(info: ConsumerRunningInfo): object {
  return {
    properties: toObject(info.properties),
    subscriptionSet: info.subscriptionSet,
    mqTable: queueTableJson(info.mqTable),
    mqPopTable: {},
    statusTable: toObject(info.statusTable),
    userConsumerInfo: {},
  }
}

/** The result that a listener returned for one message that an operator sent to the consumer. */
export type ConsumeDirectlyStatus =
  | 'CR_SUCCESS'
  | 'CR_LATER'
  | 'CR_ROLLBACK'
  | 'CR_COMMIT'
  | 'CR_THROW_EXCEPTION'
  | 'CR_RETURN_NULL'

/** The result of one message that an operator sent to a consumer. */
export interface ConsumeDirectlyResult {
  readonly order: boolean
  readonly autoCommit: boolean
  readonly consumeResult: string
  readonly remark?: string | undefined
  readonly spentTimeMills: number
}

export const consumeDirectlyShape: Shape<ConsumeDirectlyResult> = record<ConsumeDirectlyResult>({
  order: flag(),
  autoCommit: flag(true),
  consumeResult: text(),
  remark: optional(text()),
  spentTimeMills: whole(),
})
