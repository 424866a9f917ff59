/**
 * Checks messages before a producer sends them. Also returns the properties that a message has when it is sent.
 *
 * RocketMQ: `Validators.checkMessage`, `DefaultMQProducerImpl.sendKernelImpl`.
 */
import { batchFault } from '../../common/batch.ts'
import { type Message, PROPERTY, RETRY_TOPIC_PREFIX } from '../../common/message.ts'
import { propertyFault } from '../../common/message-properties.ts'
import { topicNameFault } from '../../common/topic-validator.ts'

/**
 * Moves the numbers of redeliveries from `properties`, the properties of a message, into the header. Only messages for a
 * retry topic use these properties. For any other topic, nothing is moved.
 */
export function takeRetryTimes(topic: string, properties: Map<string, string>) {
  if (!topic.startsWith(RETRY_TOPIC_PREFIX)) return { reconsumeTimes: 0, maxReconsumeTimes: undefined }
  const times = properties.get(PROPERTY.RECONSUME_TIME)
  const max = properties.get(PROPERTY.MAX_RECONSUME_TIMES)
  properties.delete(PROPERTY.RECONSUME_TIME)
  properties.delete(PROPERTY.MAX_RECONSUME_TIMES)
  return { reconsumeTimes: Number(times ?? 0), maxReconsumeTimes: max === undefined ? undefined : Number(max) }
}

/** Returns '' when `messages` may be sent, and otherwise one sentence with the reason. */
export function faultOf(messages: readonly Message[], maxMessageSize: number): string {
  const first = messages[0]
  if (first === undefined) return 'a batch needs at least one message'
  for (const { topic, body, properties } of messages) {
    const fault = topicNameFault(topic)
    if (fault !== '') return fault
    if (topic !== first.topic) return `a batch goes to one topic, not to ${first.topic} and ${topic}`
    for (const [name, value] of properties ?? []) {
      const propertyProblem = propertyFault(name, value)
      if (propertyProblem !== '') return propertyProblem
    }
    if (body.length === 0) return 'the message body is empty'
    if (body.length > maxMessageSize)
      return `the message body has ${body.length} bytes; at most ${maxMessageSize} are allowed (maxMessageSize)`
  }
  return messages.length < 2 ? '' : batchFault(first.topic, messages.map(allProperties))
}

/** Returns the properties of a message. Includes the fields of the message that are sent as properties. */
export function allProperties(message: Message): Map<string, string> {
  const properties = new Map(message.properties)
  const { delayTimeSec, delayTimeMs, deliverTimeMs } = message
  if (delayTimeSec !== undefined) properties.set(PROPERTY.TIMER_DELAY_SEC, String(delayTimeSec))
  if (delayTimeMs !== undefined) properties.set(PROPERTY.TIMER_DELAY_MS, String(delayTimeMs))
  if (deliverTimeMs !== undefined) properties.set(PROPERTY.TIMER_DELIVER_MS, String(deliverTimeMs))
  return properties
}
