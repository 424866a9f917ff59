/**
 * GET_BROKER_CONFIG (26) and UPDATE_BROKER_CONFIG (25): operator to broker, its settings as properties text.
 *
 * 26 is answered with the text as body and the version of the topic table beside it; 25 carries `name=value` lines as body.
 * What may be changed, and by whom, is `broker/config-update.ts`.
 *
 * RocketMQ: `GetBrokerConfigResponseHeader`.
 */
import { defineHeader, defineRequest } from '../request.ts'
import { RequestCode } from '../request-code.ts'

export const updateBrokerConfig = defineRequest(RequestCode.UPDATE_BROKER_CONFIG, 'UPDATE_BROKER_CONFIG', {})

export const getBrokerConfig = defineRequest(RequestCode.GET_BROKER_CONFIG, 'GET_BROKER_CONFIG', {})

/** `version`: a `DataVersion` as JSON. */
export const getBrokerConfigAnswer = defineHeader('the answer to GET_BROKER_CONFIG', { version: 'string!' })
