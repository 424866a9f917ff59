/**
 * The requests of brokers and operators to a controller. Each handler decodes one request and passes it on: to the scheduler
 * when only the leader may answer, and otherwise to the part that knows the answer.
 *
 * RocketMQ: `ControllerRequestProcessor`.
 */
import { encodeUtf8 } from '../common/utf8.ts'
import type { Host } from '../host/host.ts'
import { brokerNamesShape, syncStateSetShape } from '../remoting/bodies/controller.ts'
import { decodeRequestBody } from '../remoting/bodies/json-body.ts'
import type { Channel } from '../remoting/channel.ts'
import { NO_ANSWER, type RequestHandlers } from '../remoting/dispatch.ts'
import { LaterAnswer } from '../remoting/later-answer.ts'
import { Refusal } from '../remoting/refusal.ts'
import { type Answer, isOneway, type RemotingCommand, SUCCESS } from '../remoting/remoting-command.ts'
import { RequestCode } from '../remoting/request-code.ts'
import * as requests from '../remoting/requests/controller.ts'
import { brokerHeartbeat } from '../remoting/requests/namesrv-admin.ts'
import { ResponseCode } from '../remoting/response-code.ts'
import { type ControllerConfig, configText, updateConfig } from './controller-config.ts'
import type { EventScheduler } from './event-scheduler.ts'
import type { Heartbeat } from './heartbeat-manager.ts'
import type { Decision, ReplicasInfoManager } from './replicas-info-manager.ts'

/** The parts of the controller that the handlers use. */
export interface ControllerRequestParts {
  readonly host: Host
  readonly config: ControllerConfig
  readonly scheduler: EventScheduler
  readonly manager: ReplicasInfoManager
  /** Returns the fields of the answer to GET_METADATA. */
  metadata(): ReturnType<typeof requests.getMetadataAnswer.decode>
  heartbeat(heartbeat: Heartbeat & { readonly clusterName: string }, channel: Channel): void
  /** Called when a new master of `brokerName` has been elected. */
  elected(brokerName: string): void
}

/** Returns the handlers of the requests to a controller, by code. */
export function controllerHandlers(parts: ControllerRequestParts): RequestHandlers {
  const { host, config, manager } = parts
  /** Lets the leader decide about a request, and answers later. */
  const decided = (
    request: RemotingCommand,
    channel: Channel,
    decide: () => Decision,
    then?: (answer: Answer) => void,
  ) => decideLater(parts.scheduler, new LaterAnswer(request, channel), decide, then)
  return [
    // requests of brokers
    [
      brokerHeartbeat.code,
      (request, channel) => {
        const { brokerId, ...header } = brokerHeartbeat.decode(request.extFields)
        if (brokerId === undefined)
          throw new Refusal(ResponseCode.CONTROLLER_INVALID_REQUEST, 'Heart beat with empty brokerId')
        parts.heartbeat({ ...header, brokerId }, channel)
        return isOneway(request) ? NO_ANSWER : { ...SUCCESS, remark: 'Heart beat success' }
      },
    ],
    [
      requests.getNextBrokerId.code,
      (request, channel) => {
        const header = requests.getNextBrokerId.decode(request.extFields)
        return decided(request, channel, () => manager.getNextBrokerId(header))
      },
    ],
    [
      requests.applyBrokerId.code,
      (request, channel) => {
        const header = requests.applyBrokerId.decode(request.extFields)
        return decided(request, channel, () => manager.applyBrokerId(header))
      },
    ],
    [
      requests.registerBrokerToController.code,
      (request, channel) => {
        const header = requests.registerBrokerToController.decode(request.extFields)
        return decided(request, channel, () => manager.registerBroker(header))
      },
    ],
    [
      requests.alterSyncStateSet.code,
      (request, channel) => {
        const header = requests.alterSyncStateSet.decode(request.extFields)
        const asked = decodeRequestBody('CONTROLLER_ALTER_SYNC_STATE_SET', request.body, syncStateSetShape)
        return decided(request, channel, () => manager.alterSyncStateSet(header, asked))
      },
    ],
    [
      requests.getReplicaInfo.code,
      (request, channel) => {
        const header = requests.getReplicaInfo.decode(request.extFields)
        return decided(request, channel, () => manager.getReplicaInfo(header))
      },
    ],
    // requests of brokers and operators
    [
      requests.electMaster.code,
      (request, channel) => {
        const header = requests.electMaster.decode(request.extFields)
        if (header.designateElect && !config.adminWriteEnable)
          throw new Refusal(
            ResponseCode.NO_PERMISSION,
            'a designated election is not taken: this server listens beyond its own machine; set adminWriteEnable=true in its configuration',
          )
        const notify = ({ code }: Answer) => {
          if (code === ResponseCode.SUCCESS) parts.elected(header.brokerName)
        }
        return decided(request, channel, () => manager.electMaster(header), notify)
      },
    ],
    [
      RequestCode.CONTROLLER_GET_METADATA_INFO,
      () => ({ ...SUCCESS, extFields: requests.getMetadataAnswer.encode(parts.metadata()) }),
    ],
    // requests of operators
    [
      RequestCode.CONTROLLER_GET_SYNC_STATE_DATA,
      (request, channel) => {
        const names = decodeRequestBody('CONTROLLER_GET_SYNC_STATE_DATA', request.body, brokerNamesShape)
        return decided(request, channel, () => manager.getSyncStateData(names))
      },
    ],
    [
      requests.cleanBrokerData.code,
      (request, channel) => {
        const header = requests.cleanBrokerData.decode(request.extFields)
        return decided(request, channel, () => manager.cleanBrokerData(header))
      },
    ],
    [RequestCode.GET_CONTROLLER_CONFIG, () => ({ ...SUCCESS, body: encodeUtf8(configText(config)) })],
    [
      RequestCode.UPDATE_CONTROLLER_CONFIG,
      (request) => {
        updateConfig(host, config, request.body)
        return SUCCESS
      },
    ],
  ]
}

function decideLater(
  scheduler: EventScheduler,
  later: LaterAnswer,
  decide: () => Decision,
  then?: (answer: Answer) => void,
): LaterAnswer {
  scheduler.submit(decide, (answer) => {
    later.answer(answer)
    then?.(answer)
  })
  return later
}
