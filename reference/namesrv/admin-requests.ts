/**
 * Handles requests of operators to a NameServer: lists of topics, permissions of brokers, settings. Also handles two kinds
 * of requests of brokers of 5.x. Requests for routes are handled in `namesrv.ts`.
 *
 * To stop a broker, an operator first removes the permission to write from the broker's topics. Producers notice the change
 * when they fetch the route again. Consumers can still read the remaining messages. `namesrv-config.ts` lists the settings
 * that a request may change.
 *
 * RocketMQ: `DefaultRequestProcessor`. Not in GlassMQ: static topics, zones.
 */

import { toObject } from '../common/shape.ts'
import { PERM, TOPIC_SYS_FLAG } from '../common/sys-flag.ts'
import { encodeUtf8 } from '../common/utf8.ts'
import type { Host } from '../host/host.ts'
import { decodeJsonBody, encodeJsonBody } from '../remoting/bodies/json-body.ts'
import { topicRouteDataShape } from '../remoting/bodies/route.ts'
import type { RequestHandlers } from '../remoting/dispatch.ts'
import { Refusal } from '../remoting/refusal.ts'
import { type Answer, SUCCESS } from '../remoting/remoting-command.ts'
import { RequestCode } from '../remoting/request-code.ts'
import * as requests from '../remoting/requests/namesrv-admin.ts'
import { ResponseCode } from '../remoting/response-code.ts'
import { configText, type NamesrvConfig, updateConfig } from './namesrv-config.ts'
import type { RouteInfoManager } from './route-info-manager.ts'

const READ_AND_WRITE = PERM.READ | PERM.WRITE

/**
 * In RocketMQ, a large installation may consist of several units. `isUnit` returns true for the flags of a topic that
 * belongs to one unit. `hasUnitSub` returns true for the flags of a topic to which other units subscribe. Both flags have no
 * effect in GlassMQ.
 */
const isUnit = (topicSysFlag: number) => (topicSysFlag & TOPIC_SYS_FLAG.UNIT) !== 0
const hasUnitSub = (topicSysFlag: number) => (topicSysFlag & TOPIC_SYS_FLAG.UNIT_SUB) !== 0

/** Returns the handlers of operators' requests and of the two kinds of brokers' requests, by code. */
export function adminHandlers(host: Host, routes: RouteInfoManager, config: NamesrvConfig): RequestHandlers {
  return [
    // requests about topics, and about the permission of all topics of a broker
    [
      requests.deleteTopicInNamesrv.code,
      (request) => {
        const { topic, clusterName } = requests.deleteTopicInNamesrv.decode(request.extFields)
        routes.deleteTopic(topic, clusterName ?? '')
        return SUCCESS
      },
    ],
    [
      requests.getTopicsByCluster.code,
      (request) => topicList(routes.topicsOfCluster(requests.getTopicsByCluster.decode(request.extFields).cluster)),
    ],
    [
      requests.wipeWritePerm.code,
      (request) => {
        const { brokerName } = requests.wipeWritePerm.decode(request.extFields)
        const wipeTopicCount = routes.changePerm(brokerName ?? '', (perm) => perm & ~PERM.WRITE)
        return { ...SUCCESS, extFields: requests.wipeWritePermAnswer.encode({ wipeTopicCount }) }
      },
    ],
    [
      requests.addWritePerm.code,
      (request) => {
        const { brokerName } = requests.addWritePerm.decode(request.extFields)
        const addTopicCount = routes.changePerm(brokerName ?? '', () => READ_AND_WRITE)
        return { ...SUCCESS, extFields: requests.addWritePermAnswer.encode({ addTopicCount }) }
      },
    ],
    [
      requests.registerTopic.code,
      (request) => {
        const { topic } = requests.registerTopic.decode(request.extFields)
        const { queueDatas } = decodeJsonBody('REGISTER_TOPIC_IN_NAMESRV', request.body, topicRouteDataShape)
        if (!routes.registerTopic(topic, queueDatas))
          throw new Refusal(ResponseCode.SYSTEM_ERROR, `no room for topic ${topic}: delete some topics first`)
        return SUCCESS
      },
    ],
    // requests for lists of topics of one kind
    [RequestCode.GET_SYSTEM_TOPIC_LIST_FROM_NS, () => systemTopics(routes)],
    [RequestCode.GET_UNIT_TOPIC_LIST, () => topicList(routes.topicsByFlag(isUnit))],
    [RequestCode.GET_HAS_UNIT_SUB_TOPIC_LIST, () => topicList(routes.topicsByFlag(hasUnitSub))],
    [
      RequestCode.GET_HAS_UNIT_SUB_UNUNIT_TOPIC_LIST,
      () => topicList(routes.topicsByFlag((flag) => hasUnitSub(flag) && !isUnit(flag))),
    ],
    // requests about the settings of the NameServer
    [
      RequestCode.UPDATE_NAMESRV_CONFIG,
      (request) => {
        updateConfig(host, config, request.body)
        return SUCCESS
      },
    ],
    [RequestCode.GET_NAMESRV_CONFIG, () => ({ ...SUCCESS, body: encodeUtf8(configText(config)) })],
    // requests that brokers of 5.x send in addition to registrations
    [
      requests.brokerHeartbeat.code,
      (request) => {
        const header = requests.brokerHeartbeat.decode(request.extFields)
        routes.touch({ ...header, brokerId: header.brokerId ?? 0 }, host.clock.monotonicMs())
        return SUCCESS
      },
    ],
    [
      requests.getBrokerMemberGroup.code,
      (request) => {
        const { clusterName, brokerName } = requests.getBrokerMemberGroup.decode(request.extFields)
        const brokerAddrs = toObject(routes.memberGroup(brokerName))
        return {
          ...SUCCESS,
          body: encodeJsonBody({ brokerMemberGroup: { brokerAddrs, brokerName, cluster: clusterName } }),
        }
      },
    ],
  ]
}

function topicList(topics: readonly string[], brokerAddr?: string): Answer {
  return {
    ...SUCCESS,
    body: encodeJsonBody({ ...(brokerAddr === undefined ? {} : { brokerAddr }), topicList: topics }),
  }
}

/**
 * Returns the topic names that this NameServer reserves: the names of clusters and brokers. The answer also contains the
 * address of one broker. From this broker, the operator's tool can fetch the other reserved names.
 */
function systemTopics(routes: RouteInfoManager): Answer {
  const { brokerAddrTable, clusterAddrTable } = routes.clusterInfo()
  const first = [...brokerAddrTable.values()].flatMap((broker) => [...broker.brokerAddrs.values()])[0]
  return topicList([...clusterAddrTable.keys(), ...brokerAddrTable.keys()], first)
}
