/**
 * HEART_BEAT (34), UNREGISTER_CLIENT (35), GET_CONSUMER_LIST_BY_GROUP (38): client to broker, who is there.
 * NOTIFY_CONSUMER_IDS_CHANGED (40): broker to client, oneway: your group has changed, look again.
 *
 * A heartbeat's body is `bodies/heartbeat.ts`; it has no header fields. The list's answer has a body
 * `{"consumerIdList":[…]}`; a group nobody is in answers SYSTEM_ERROR.
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
