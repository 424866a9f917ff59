/**
 * What a consumer wants of a topic: everything, messages with certain tags, or those an SQL92 expression holds for.
 *
 * `TagA || TagB` becomes two tags and their Java hashes. The broker compares hashes, which two different tags may share. The
 * client compares the text, so no unwanted message passes and no wanted message is lost.
 *
 * An SQL92 expression is read and applied by the broker alone (`enablePropertyFilter`).
 *
 * RocketMQ: `FilterAPI.build`, `PullAPIWrapper.processPullResult`.
 */
import { javaHashCode } from '../../../common/hash.ts'
import { javaTrim } from '../../../common/java-text.ts'
import { type MessageExt, PROPERTY } from '../../../common/message.ts'
import { SUB_ALL, type SubscriptionData } from '../../../remoting/bodies/heartbeat.ts'
import { ClientError } from '../../client-error.ts'

/** How an expression is to be read. */
export type ExpressionType = 'TAG' | 'SQL92'

/** The subscription to `topic` by `expression`; `version` is the time it was made, so a later one wins. */
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
