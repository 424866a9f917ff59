/**
 * Tells the settings of one topic. RocketMQ: `AdminBrokerProcessor.getTopicConfig`.
 */
import { encodeJsonBody } from '../../remoting/bodies/json-body.ts'
import { failure, SUCCESS } from '../../remoting/remoting-command.ts'
import type { RequestHandler } from '../../remoting/remoting-server.ts'
import { getTopicConfig } from '../../remoting/requests/topic-config.ts'
import { ResponseCode } from '../../remoting/response-code.ts'
import type { Broker } from '../broker.ts'

export function topicConfigHandlers(broker: Broker): readonly (readonly [number, RequestHandler])[] {
  return [
    [
      getTopicConfig.code,
      (request) => {
        const { topic } = getTopicConfig.decode(request.extFields)
        const config = broker.topics.get(topic)
        return config === undefined
          ? failure(ResponseCode.TOPIC_NOT_EXIST, `No topic in this broker. topic: ${topic}`)
          : { ...SUCCESS, body: encodeJsonBody(config) }
      },
    ],
  ]
}
