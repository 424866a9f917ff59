/**
 * REGISTER_BROKER (103), UNREGISTER_BROKER (104), QUERY_DATA_VERSION (322): broker to NameServer. A broker registers every
 * 30 s.
 *
 * The body of a registration is in `bodies/topic-config.ts`, or with `compressed` in `bodies/compressed-registration.ts`.
 * The header's `bodyCrc32` is the CRC of the body as it is sent; 0 means no check. The body of a query is a `DataVersion`.
 * The answer says whether the broker needs to register.
 *
 * RocketMQ: `RegisterBrokerRequestHeader`, `RegisterBrokerResponseHeader`, `UnRegisterBrokerRequestHeader`,
 * `QueryDataVersionRequestHeader`.
 */

import { defineHeader, defineRequest } from '../request.ts'
import { RequestCode } from '../request-code.ts'

const WHO = { brokerName: 'string!', brokerAddr: 'string!', clusterName: 'string!', brokerId: 'long!' } as const

export const registerBroker = defineRequest(RequestCode.REGISTER_BROKER, 'REGISTER_BROKER', {
  ...WHO,
  haServerAddr: 'string',
  heartbeatTimeoutMillis: 'long',
  enableActingMaster: 'boolean',
  compressed: 'boolean',
  bodyCrc32: 'int',
})

/** A slave learns the addresses of its master from this answer. */
export const registerBrokerAnswer = defineHeader('the answer to REGISTER_BROKER', {
  haServerAddr: 'string',
  masterAddr: 'string',
})

export const unregisterBroker = defineRequest(RequestCode.UNREGISTER_BROKER, 'UNREGISTER_BROKER', WHO)

export const queryDataVersion = defineRequest(RequestCode.QUERY_DATA_VERSION, 'QUERY_DATA_VERSION', WHO)

export const queryDataVersionAnswer = defineHeader('the answer to QUERY_DATA_VERSION', { changed: 'boolean!' })
