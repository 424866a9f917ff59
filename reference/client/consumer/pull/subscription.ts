/**
 * The messages of a topic that a consumer wants: all messages, messages with certain tags, or messages that match an SQL92
 * expression.
 *
 * `TagA || TagB` becomes two tags and their Java hashes. The broker compares hashes, and two different tags may have the
 * same hash. Therefore the client compares the text of the tags as well. No unwanted message passes, and no wanted message
 * is lost.
 *
 * Only the broker parses and applies an SQL92 expression (broker setting `enablePropertyFilter`).
 *
 * RocketMQ: `FilterAPI.build`, `PullAPIWrapper.processPullResult`.
 */
import { javaHashCode } from '../../../common/hash.ts'
import { javaTrim } from '../../../common/java-text.ts'
import { type MessageExt, PROPERTY } from '../../../common/message.ts'
import { SUB_ALL, type SubscriptionData } from '../../../remoting/bodies/heartbeat.ts'
import { ClientError } from '../../client-error.ts'

/** The language of an expression. */
export type ExpressionType = 'TAG' | 'SQL92'

/**
 * Returns the subscription to `topic` by `expression`. `version` is the time at which the subscription was made; a later
 * subscription replaces an earlier one. Throws `ClientError` when a TAG expression names no tag.
 */
export function buildSubscription(
  topic: string,
  expression: string,
  version: number,
  expressionType: ExpressionType = 'TAG',
): SubscriptionData {
  return expressionType === 'TAG'
    ? byTags(topic, expression, version)
    : {
        topic,
        subString: expression,
        tagsSet: [],
        codeSet: [],
        subVersion: version,
        expressionType,
        classFilterMode: false,
      }
}

// #region build-subscription
function byTags(topic: string, expression: string, version: number): SubscriptionData {
  const subString = javaTrim(expression) === '' ? SUB_ALL : javaTrim(expression)
  const tags =
    subString === SUB_ALL
      ? []
      : subString
          .split('||')
          .map(javaTrim)
          .filter((tag) => tag !== '')
  if (subString !== SUB_ALL && tags.length === 0)
    throw new ClientError(`the subscription "${expression}" names no tag`, 'definite')
  return {
    topic,
    subString,
    tagsSet: tags,
    codeSet: tags.map(javaHashCode),
    subVersion: version,
    expressionType: 'TAG',
    classFilterMode: false,
  }
}

/** True when the message's tag is among the subscribed tags, or when all tags are subscribed. */
export function wantsMessage(subscription: SubscriptionData, message: MessageExt): boolean {
  if (subscription.tagsSet.length === 0) return true
  const tag = message.properties.get(PROPERTY.TAGS)
  return tag !== undefined && subscription.tagsSet.includes(tag)
}
// #endregion build-subscription
