/**
 * The requests about replicas that a broker answers. A controller reports the result of an election. A NameServer reports
 * the new smallest id. A slave asks at which address it can copy. Operators ask for the epochs of the log, and set the
 * flushed position of the master.
 *
 * RocketMQ: `AdminBrokerProcessor.notifyBrokerRoleChanged`, `notifyMinBrokerIdChange`, `exchangeBrokerHaInfo`,
 * `getBrokerEpochCache`, `resetMasterFlushOffset`.
 */

import { syncStateSetShape } from '../../remoting/bodies/controller.ts'
import { decodeRequestBody, encodeJsonBody } from '../../remoting/bodies/json-body.ts'
import { NO_ANSWER, type RequestHandlers } from '../../remoting/dispatch.ts'
import { Refusal } from '../../remoting/refusal.ts'
import { SUCCESS } from '../../remoting/remoting-command.ts'
import { RequestCode } from '../../remoting/request-code.ts'
import { notifyBrokerRoleChanged } from '../../remoting/requests/controller.ts'
import { notifyMinBrokerIdChange } from '../../remoting/requests/min-broker-id.ts'
import {
  type EpochEntryCache,
  exchangeHaInfo,
  exchangeHaInfoAnswer,
  resetMasterFlushOffset,
} from '../../remoting/requests/replicas.ts'
import { ResponseCode } from '../../remoting/response-code.ts'
import type { MessageStore } from '../../store/message-store.ts'
import type { BrokerConfig } from '../broker-config.ts'
import type { Role } from './replicas-manager.ts'

/** The parts of the broker that the handlers use. */
export interface ReplicasRequestParts {
  readonly config: BrokerConfig
  readonly store: MessageStore
  readonly address: string
  /** The address at which this broker listens for slaves. */
  readonly haServerAddr: string
  readonly roles: {
    /** Undefined when no controller elects the master. */
    readonly replicas: { takeRole(role: Role): void } | undefined
    masterTold(masterAddr: string, haServerAddr: string): void
    minIdKnown(minId: number, minAddr: string): void
  }
}

// #region replicas-handlers
/** Returns the handlers of the requests about replicas, by code. */
export function replicasHandlers(broker: ReplicasRequestParts): RequestHandlers {
  return [
    [
      notifyBrokerRoleChanged.code,
      (request) => {
        const role = notifyBrokerRoleChanged.decode(request.extFields)
        const { syncStateSet } = decodeRequestBody('NOTIFY_BROKER_ROLE_CHANGED', request.body, syncStateSetShape)
        broker.roles.replicas?.takeRole({ ...role, syncStateSet })
        return NO_ANSWER
      },
    ],
    [
      notifyMinBrokerIdChange.code,
      (request) => {
        const { minBrokerId, minBrokerAddr = '' } = notifyMinBrokerIdChange.decode(request.extFields)
        if (minBrokerId !== undefined) broker.roles.minIdKnown(minBrokerId, minBrokerAddr)
        return NO_ANSWER
      },
    ],
    [
      exchangeHaInfo.code,
      (request) => {
        // a master that starts reports its own address to its slaves, and a slave asks for the address of its master
        const told = exchangeHaInfo.decode(request.extFields)
        if ((told.masterHaAddress ?? '') !== '')
          broker.roles.masterTold(told.masterAddress ?? '', told.masterHaAddress!)
        const { store, config, address: masterAddress, haServerAddr: masterHaAddress } = broker
        const isMaster = config.brokerRole !== 'SLAVE' && (store.ha !== undefined || store.replicas !== undefined)
        if (!isMaster) return { ...SUCCESS, extFields: {} }
        const masterFlushOffset = store.masterFlushedOffset
        return {
          ...SUCCESS,
          extFields: exchangeHaInfoAnswer.encode({ masterAddress, masterHaAddress, masterFlushOffset }),
        }
      },
    ],
    [
      resetMasterFlushOffset.code,
      (request) => {
        const { masterFlushOffset } = resetMasterFlushOffset.decode(request.extFields)
        if (broker.config.brokerId !== 0) broker.store.resetMasterFlushedOffset(masterFlushOffset)
        return SUCCESS
      },
    ],
    [RequestCode.GET_BROKER_EPOCH_CACHE, () => ({ ...SUCCESS, body: encodeJsonBody(epochCache(broker)) })],
  ]
}
// #endregion replicas-handlers

function epochCache({ config, store }: ReplicasRequestParts): EpochEntryCache {
  const { replicas, commitLogMaxOffset: maxOffset } = store
  if (replicas === undefined) throw new Refusal(ResponseCode.SYSTEM_ERROR, 'this request only for controllerMode ')
  const { epochs } = replicas
  return {
    clusterName: config.brokerClusterName,
    brokerName: config.brokerName,
    brokerId: config.brokerId,
    epochList: epochs.map((entry, i) => ({ ...entry, endOffset: epochs[i + 1]?.startOffset ?? maxOffset })),
    maxOffset,
  }
}
