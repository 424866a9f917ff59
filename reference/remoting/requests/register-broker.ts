/**
 * A broker sends REGISTER_BROKER (103), UNREGISTER_BROKER (104) and QUERY_DATA_VERSION (322) to a NameServer. By default, a
 * broker registers every 30 s. It also registers when its topics change.
 *
 * `bodies/topic-config.ts` describes the body of REGISTER_BROKER. When `compressed` is true in the header,
 * `bodies/compressed-registration.ts` describes the body instead. `bodyCrc32` in the header is the CRC of the sent body.
 * When `bodyCrc32` is 0, the CRC is not checked. The body of a QUERY_DATA_VERSION is a `DataVersion`. The answer to a
 * QUERY_DATA_VERSION says whether the broker needs to register.
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

/** The answer tells a slave the addresses of its master. */
export const registerBrokerAnswer = defineHeader('the answer to REGISTER_BROKER', {
  haServerAddr: 'string',
  masterAddr: 'string',
})

export const unregisterBroker = defineRequest(RequestCode.UNREGISTER_BROKER, 'UNREGISTER_BROKER', WHO)

export const queryDataVersion = defineRequest(RequestCode.QUERY_DATA_VERSION, 'QUERY_DATA_VERSION', WHO)

export const queryDataVersionAnswer = defineHeader('the answer to QUERY_DATA_VERSION', { changed: 'boolean!' })
