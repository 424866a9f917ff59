/**
 * What a consumer wants of a topic: everything, or messages with certain tags.
 *
 * `TagA || TagB` becomes two tags and their Java hashes. The broker compares hashes, which two different tags may share;
 * the client compares the text, so nothing unwanted gets through and nothing wanted is lost.
 *
 * RocketMQ: `FilterAPI.buildSubscriptionData`, `PullAPIWrapper.processPullResult`. Not here: SQL92.
 */
import { javaHashCode } from '../../common/hash.ts'
import { type MessageExt, PROPERTY } from '../../common/message.ts'
import { SUB_ALL, type SubscriptionData } from '../../remoting/bodies/heartbeat.ts'
import { ClientError } from '../client-error.ts'

// #region build-subscription
/** The subscription to `topic` by `expression`; `version` is the time it was made, so a later one wins. */
export function buildSubscription(topic: string, expression: string, version: number): SubscriptionData {
  const subString = expression.trim() === '' ? SUB_ALL : expression.trim()
  const tags =
    subString === SUB_ALL
      ? []
      : subString
          .split('||')
          .map((tag) => tag.trim())
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

/** True when the text of the message's tag is one of those asked for. */
export function wantsMessage(subscription: SubscriptionData, message: MessageExt): boolean {
  if (subscription.tagsSet.length === 0) return true
  const tag = message.properties.get(PROPERTY.TAGS)
  return tag !== undefined && subscription.tagsSet.includes(tag)
}
// #endregion build-subscription
