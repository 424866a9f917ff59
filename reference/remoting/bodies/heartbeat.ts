/**
 * The heartbeat. A client sends a heartbeat soon after its start, then every 30 s, and after changes of routes. The
 * heartbeat reports the groups of the client and the subscriptions of each consumer group.
 *
 * RocketMQ: `HeartbeatData`, `ConsumerData`, `ProducerData`, `SubscriptionData`. Not in GlassMQ: heartbeat V2, which
 * RocketMQ does not use by default.
 */
import { flag, list, record, type Shape, text, whole } from '../../common/shape.ts'

export const CONSUME_TYPE = { PULL: 'CONSUME_ACTIVELY', PUSH: 'CONSUME_PASSIVELY' } as const
export const MESSAGE_MODEL = { CLUSTERING: 'CLUSTERING', BROADCASTING: 'BROADCASTING' } as const
export const CONSUME_FROM = {
  LAST_OFFSET: 'CONSUME_FROM_LAST_OFFSET',
  FIRST_OFFSET: 'CONSUME_FROM_FIRST_OFFSET',
  TIMESTAMP: 'CONSUME_FROM_TIMESTAMP',
} as const
/** The position at which a group without a stored offset begins. */
export type ConsumeFromWhere = (typeof CONSUME_FROM)[keyof typeof CONSUME_FROM]

/** The expression of a subscription to all messages. */
export const SUB_ALL = '*'

/**
 * One topic of a subscription. With the type `TAG`, `codeSet` contains the Java hashes of the subscribed tags, and the
 * broker filters by these hashes.
 */
export interface SubscriptionData {
  readonly topic: string
  readonly subString: string
  readonly tagsSet: readonly string[]
  readonly codeSet: readonly number[]
  readonly subVersion: number
  /** `TAG` or `SQL92`. */
  readonly expressionType: string
  readonly classFilterMode: boolean
}

/** A consumer group of the client. */
export interface ConsumerData {
  readonly groupName: string
  readonly consumeType: string
  readonly messageModel: string
  readonly consumeFromWhere: string
  readonly subscriptionDataSet: readonly SubscriptionData[]
  readonly unitMode: boolean
}

/** The groups of one client. */
export interface HeartbeatData {
  readonly clientID: string
  readonly producerDataSet: readonly { readonly groupName: string }[]
  readonly consumerDataSet: readonly ConsumerData[]
}

export const subscriptionDataShape: Shape<SubscriptionData> = record<SubscriptionData>({
  topic: text(),
  subString: text(SUB_ALL),
  tagsSet: list(text()),
  codeSet: list(whole()),
  subVersion: whole(),
  expressionType: text('TAG'),
  classFilterMode: flag(),
})

/** The body of CHECK_CLIENT_CONFIG, with one subscription that the broker checks. RocketMQ: `CheckClientRequestBody`. */
export const checkClientShape: Shape<{ subscriptionData: SubscriptionData }> = record<{
  subscriptionData: SubscriptionData
}>({ subscriptionData: subscriptionDataShape })

/** The max number of groups in one heartbeat, and of topics in one of its groups. */
const HEARTBEAT_ENTRIES_MAX = 10_000

export const heartbeatDataShape: Shape<HeartbeatData> = record<HeartbeatData>({
  clientID: text(),
  producerDataSet: list(record<{ groupName: string }>({ groupName: text() }), HEARTBEAT_ENTRIES_MAX),
  consumerDataSet: list(
    record<ConsumerData>({
      groupName: text(),
      consumeType: text(CONSUME_TYPE.PUSH),
      messageModel: text(MESSAGE_MODEL.CLUSTERING),
      consumeFromWhere: text(CONSUME_FROM.LAST_OFFSET),
      subscriptionDataSet: list(subscriptionDataShape, HEARTBEAT_ENTRIES_MAX),
      unitMode: flag(),
    }),
    HEARTBEAT_ENTRIES_MAX,
  ),
})

export const consumerIdListShape: Shape<readonly string[]> = (value, path) =>
  record<{ consumerIdList: string[] }>({ consumerIdList: list(text()) })(value, path).consumerIdList
