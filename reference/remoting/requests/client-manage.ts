/**
 * Clients send HEART_BEAT (34), UNREGISTER_CLIENT (35) and GET_CONSUMER_LIST_BY_GROUP (38) to brokers, to join a group, to
 * leave it, and to read its list of members. A broker sends NOTIFY_CONSUMER_IDS_CHANGED (40) to clients, oneway, when the
 * members of a group have changed.
 *
 * `bodies/heartbeat.ts` describes the body of HEART_BEAT, which has no header fields. The answer to
 * GET_CONSUMER_LIST_BY_GROUP has the body `{"consumerIdList":[…]}`, or the code SYSTEM_ERROR for a group without members.
 *
 * RocketMQ: `UnregisterClientRequestHeader`, `GetConsumerListByGroupRequestHeader`, `NotifyConsumerIdsChangedRequestHeader`.
 */

import { defineRequest } from '../request.ts'
import { RequestCode } from '../request-code.ts'

export const heartBeat = defineRequest(RequestCode.HEART_BEAT, 'HEART_BEAT', {})

export const unregisterClient = defineRequest(RequestCode.UNREGISTER_CLIENT, 'UNREGISTER_CLIENT', {
  clientID: 'string!',
  producerGroup: 'string',
  consumerGroup: 'string',
})

export const getConsumerListByGroup = defineRequest(
  RequestCode.GET_CONSUMER_LIST_BY_GROUP,
  'GET_CONSUMER_LIST_BY_GROUP',
  {
    consumerGroup: 'string!',
    bname: 'string',
  },
)

export const notifyConsumerIdsChanged = defineRequest(
  RequestCode.NOTIFY_CONSUMER_IDS_CHANGED,
  'NOTIFY_CONSUMER_IDS_CHANGED',
  {
    consumerGroup: 'string!',
  },
)
