/**
 * A subscription determines which messages of a topic a consumer receives: all messages, messages with certain tags, or
 * messages that match an SQL92 expression.
 *
 * The expression `TagA || TagB` becomes two tags and their hashes. A hash is computed as `String.hashCode` does in Java. The
 * broker compares only the hashes, and two different tags may have the same hash. Therefore the client also compares the
 * text of the tags. So the application receives no message with another tag.
 *
 * Only the broker parses and applies an SQL92 expression. The setting `enablePropertyFilter` of the broker must be true.
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
 * Returns the subscription to `topic` with `expression`. `version` is the time of the subscription. A later subscription
 * replaces an earlier one. Throws `ClientError` when a TAG expression contains no tag.
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

/** Returns true when the tag of the message is subscribed, or when all tags are subscribed. */
export function wantsMessage(subscription: SubscriptionData, message: MessageExt): boolean {
  if (subscription.tagsSet.length === 0) return true
  const tag = message.properties.get(PROPERTY.TAGS)
  return tag !== undefined && subscription.tagsSet.includes(tag)
}
// #endregion build-subscription
