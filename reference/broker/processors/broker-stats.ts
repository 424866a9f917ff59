/**
 * Tells how the broker is, in numbers. RocketMQ: `AdminBrokerProcessor` (getBrokerRuntimeInfo, ViewBrokerStatsData).
 */
import { encodeJsonBody } from '../../remoting/bodies/json-body.ts'
import { failure, type RemotingCommand, type ResponseParts, SUCCESS } from '../../remoting/remoting-command.ts'
import type { RequestHandler } from '../../remoting/remoting-server.ts'
import { getBrokerRuntimeInfo, viewBrokerStatsData } from '../../remoting/requests/broker-stats.ts'
import { ResponseCode } from '../../remoting/response-code.ts'
import type { Broker } from '../broker.ts'
import { runtimeInfo } from '../stats/runtime-info.ts'

export function brokerStatsHandlers(broker: Broker): readonly (readonly [number, RequestHandler])[] {
  return [
    [getBrokerRuntimeInfo.code, () => ({ ...SUCCESS, body: encodeJsonBody({ table: runtimeInfo(broker) }) })],
    [viewBrokerStatsData.code, (request) => statsData(broker, request)],
  ]
}

function statsData(broker: Broker, request: RemotingCommand): ResponseParts {
  const { statsName, statsKey } = viewBrokerStatsData.decode(request.extFields)
  const data = broker.stats.data(statsName, statsKey)
  return data === undefined
    ? failure(ResponseCode.SYSTEM_ERROR, `The stats <${statsName}> <${statsKey}> not exist`)
    : { ...SUCCESS, body: encodeJsonBody(data) }
}
