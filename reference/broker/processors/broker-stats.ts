/**
 * Reports numbers about the state of the broker. RocketMQ: `AdminBrokerProcessor` (getBrokerRuntimeInfo,
 * ViewBrokerStatsData, getBrokerHaStatus, getColdDataFlowCtrInfo).
 */
import { encodeJsonBody } from '../../remoting/bodies/json-body.ts'
import type { RequestHandlers } from '../../remoting/dispatch.ts'
import { Refusal } from '../../remoting/refusal.ts'
import { type Answer, type RemotingCommand, SUCCESS } from '../../remoting/remoting-command.ts'
import * as requests from '../../remoting/requests/broker-stats.ts'
import { ResponseCode } from '../../remoting/response-code.ts'
import { HA_SLAVE_FALLBEHIND_BYTES } from '../../store/ha/limits.ts'
import type { MessageStore } from '../../store/message-store.ts'
import type { BrokerStats } from '../stats/broker-stats.ts'
import { type RuntimeInfoParts, runtimeInfo } from '../stats/runtime-info.ts'

/** The parts of the broker that the handlers need. */
export interface StatsParts extends RuntimeInfoParts {
  readonly store: MessageStore
  readonly stats: BrokerStats
}

/** Returns the handlers of the four requests, each with its code. */
export function brokerStatsHandlers(broker: StatsParts): RequestHandlers {
  return [
    [requests.getBrokerRuntimeInfo.code, () => ({ ...SUCCESS, body: encodeJsonBody({ table: runtimeInfo(broker) }) })],
    [requests.viewBrokerStatsData.code, (request) => statsData(broker, request)],
    [requests.getBrokerHaStatus.code, () => ({ ...SUCCESS, body: encodeJsonBody(haStatus(broker)) })],
    [requests.getColdDataFlowCtrInfo.code, () => ({ ...SUCCESS, body: encodeJsonBody(NOBODY_SLOWED_DOWN) })],
  ]
}

/**
 * On a master, returns how much of the log each slave has copied. On a slave, returns its own position and its master. The
 * fields with the speed and the times of copying are always 0, and `isActivated` is always false. RocketMQ:
 * `DefaultHAService.getRuntimeInfo`, `AutoSwitchHAService.getRuntimeInfo`.
 */
function haStatus({ store }: StatsParts): object {
  const { commitLogMaxOffset: end, replicas, masterFlushedOffset } = store
  const ha = store.ha ?? replicas
  const members = replicas?.inSync.members
  const slaves = (ha?.slaves ?? []).map(({ slave, ackedAt, nextAt, brokerId }) => ({
    addr: slave,
    slaveAckOffset: ackedAt,
    diff: end - Math.max(ackedAt, 0),
    inSync: members?.includes(brokerId ?? 0) ?? end - Math.max(ackedAt, 0) < HA_SLAVE_FALLBEHIND_BYTES,
    transferredByteInSecond: 0,
    transferFromWhere: nextAt,
  }))
  const isSlave = ha?.isSlave ?? false
  return {
    master: !isSlave,
    masterCommitLogMaxOffset: isSlave ? 0 : end,
    inSyncSlaveNums:
      members === undefined || isSlave ? slaves.filter(({ inSync }) => inSync).length : members.length - 1,
    haConnectionInfo: slaves,
    haClientRuntimeInfo: {
      masterAddr: isSlave ? (ha?.masterAddress ?? '') : null,
      transferredByteInSecond: 0,
      maxOffset: isSlave ? end : 0,
      lastReadTimestamp: 0,
      lastWriteTimestamp: 0,
      masterFlushOffset: masterFlushedOffset,
      isActivated: false,
    },
  }
}

/**
 * The answer to a question about cold data. Cold data are old messages that are not in memory. As in RocketMQ by default,
 * the broker does not slow down reads of cold data. The answer contains the default thresholds of RocketMQ.
 */
const NOBODY_SLOWED_DOWN = {
  runtimeTable: {},
  configTable: {},
  cgColdReadThreshold: 3 * 1024 * 1024,
  globalColdReadThreshold: 100 * 1024 * 1024,
  globalAcc: 0,
}

function statsData(broker: StatsParts, request: RemotingCommand): Answer {
  const { statsName, statsKey } = requests.viewBrokerStatsData.decode(request.extFields)
  const data = broker.stats.data(statsName, statsKey)
  if (data === undefined)
    throw new Refusal(ResponseCode.SYSTEM_ERROR, `The stats <${statsName}> <${statsKey}> not exist`)
  return { ...SUCCESS, body: encodeJsonBody(data) }
}
