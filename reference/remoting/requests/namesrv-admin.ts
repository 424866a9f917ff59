/**
 * Requests of operators to a NameServer: the topics of a cluster (224), permissions of a broker's topics (205, 327), a topic
 * added by hand (217) or deleted (216), the NameServer's settings (318, 319). Requests of brokers: a sign of life without topics
 * (904), the processes of a broker name (901).
 *
 * RocketMQ: `GetTopicsByClusterRequestHeader`, `WipeWritePermOfBrokerRequestHeader`, `AddWritePermOfBrokerRequestHeader`,
 * `RegisterTopicRequestHeader`, `DeleteTopicFromNamesrvRequestHeader`, `BrokerHeartbeatRequestHeader`, `GetBrokerMemberGroupRequestHeader`.
 */
import { defineHeader, defineRequest } from '../request.ts'
import { RequestCode } from '../request-code.ts'

export const getTopicsByCluster = defineRequest(RequestCode.GET_TOPICS_BY_CLUSTER, 'GET_TOPICS_BY_CLUSTER', {
  cluster: 'string!',
})

export const wipeWritePerm = defineRequest(RequestCode.WIPE_WRITE_PERM_OF_BROKER, 'WIPE_WRITE_PERM_OF_BROKER', {
  brokerName: 'string',
})
export const wipeWritePermAnswer = defineHeader('the answer to WIPE_WRITE_PERM_OF_BROKER', { wipeTopicCount: 'int!' })

export const addWritePerm = defineRequest(RequestCode.ADD_WRITE_PERM_OF_BROKER, 'ADD_WRITE_PERM_OF_BROKER', {
  brokerName: 'string',
})
export const addWritePermAnswer = defineHeader('the answer to ADD_WRITE_PERM_OF_BROKER', { addTopicCount: 'int!' })

export const registerTopic = defineRequest(RequestCode.REGISTER_TOPIC_IN_NAMESRV, 'REGISTER_TOPIC_IN_NAMESRV', {
  topic: 'string!',
})

/** With `clusterName` only what that cluster's brokers have of the topic (5.x). */
export const deleteTopicInNamesrv = defineRequest(RequestCode.DELETE_TOPIC_IN_NAMESRV, 'DELETE_TOPIC_IN_NAMESRV', {
  topic: 'string!',
  clusterName: 'string',
})

export const brokerHeartbeat = defineRequest(RequestCode.BROKER_HEARTBEAT, 'BROKER_HEARTBEAT', {
  clusterName: 'string!',
  brokerAddr: 'string!',
  brokerName: 'string!',
  brokerId: 'long',
})

export const getBrokerMemberGroup = defineRequest(RequestCode.GET_BROKER_MEMBER_GROUP, 'GET_BROKER_MEMBER_GROUP', {
  clusterName: 'string!',
  brokerName: 'string!',
})
