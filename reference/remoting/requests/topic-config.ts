/**
 * GET_TOPIC_CONFIG (351): tool to broker, the settings of one topic. Answer: `TopicConfig` as body; 17 for an unknown topic.
 *
 * Tools of 5.x ask for it before they show a topic's status. RocketMQ: `GetTopicConfigRequestHeader`.
 */

import { defineRequest } from '../request.ts'
import { RequestCode } from '../request-code.ts'

export const getTopicConfig = defineRequest(RequestCode.GET_TOPIC_CONFIG, 'GET_TOPIC_CONFIG', { topic: 'string!' })
