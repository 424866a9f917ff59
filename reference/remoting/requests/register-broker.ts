/**
 * REGISTER_BROKER (103), UNREGISTER_BROKER (104), QUERY_DATA_VERSION (322): broker to NameServer, every 30 s.
 *
 * Body of a registration: `bodies/topic-config.ts`, or `bodies/compressed-registration.ts` when `compressed`; the
 * header's `bodyCrc32` is the CRC of the body as it is sent (0: unchecked). A query carries a `DataVersion` and asks whether the
 * broker needs to register at all.
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

/** A slave learns from it where its master is. */
export const registerBrokerAnswer = defineHeader('the answer to REGISTER_BROKER', {
  haServerAddr: 'string',
  masterAddr: 'string',
})

export const unregisterBroker = defineRequest(RequestCode.UNREGISTER_BROKER, 'UNREGISTER_BROKER', WHO)

export const queryDataVersion = defineRequest(RequestCode.QUERY_DATA_VERSION, 'QUERY_DATA_VERSION', WHO)

export const queryDataVersionAnswer = defineHeader('the answer to QUERY_DATA_VERSION', { changed: 'boolean!' })
