/**
 * An operator sends GET_BROKER_CONFIG (26) to read a broker's settings, and UPDATE_BROKER_CONFIG (25) to change them. The
 * settings are a properties text.
 *
 * The answer to GET_BROKER_CONFIG has this text as its body, and the version of the topic table in its header. The body of
 * UPDATE_BROKER_CONFIG has lines `name=value`. `broker/config-update.ts` says which settings may change.
 *
 * RocketMQ: `GetBrokerConfigResponseHeader`.
 */
import { defineHeader, defineRequest } from '../request.ts'
import { RequestCode } from '../request-code.ts'

export const updateBrokerConfig = defineRequest(RequestCode.UPDATE_BROKER_CONFIG, 'UPDATE_BROKER_CONFIG', {})

export const getBrokerConfig = defineRequest(RequestCode.GET_BROKER_CONFIG, 'GET_BROKER_CONFIG', {})

/** `version` is a `DataVersion` as JSON. */
export const getBrokerConfigAnswer = defineHeader('the answer to GET_BROKER_CONFIG', { version: 'string!' })
