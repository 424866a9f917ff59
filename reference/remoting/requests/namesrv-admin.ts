/**
 * Requests of operators and brokers to a NameServer. Operators list the topics of a cluster (224), and change the
 * permissions of a broker's topics (205, 327). Operators also add a topic (217), delete a topic (216), and change and read
 * the settings of the NameServer (318, 319). Brokers report that they are alive, without sending their topics (904), and
 * list the processes of a broker name (901).
 *
 * RocketMQ: `GetTopicsByClusterRequestHeader`, `WipeWritePermOfBrokerRequestHeader`, `AddWritePermOfBrokerRequestHeader`,
 * `RegisterTopicRequestHeader`, `DeleteTopicFromNamesrvRequestHeader`, `BrokerHeartbeatRequestHeader`,
 * `GetBrokerMemberGroupRequestHeader`.
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

/** When `clusterName` is set (5.x), the topic is deleted only from the routes to the brokers of this cluster. */
export const deleteTopicInNamesrv = defineRequest(RequestCode.DELETE_TOPIC_IN_NAMESRV, 'DELETE_TOPIC_IN_NAMESRV', {
  topic: 'string!',
  clusterName: 'string',
})

/** The fields from `epoch` on are for controllers: they compare replicas before an election. A NameServer ignores them. */
export const brokerHeartbeat = defineRequest(RequestCode.BROKER_HEARTBEAT, 'BROKER_HEARTBEAT', {
  clusterName: 'string!',
  brokerAddr: 'string!',
  brokerName: 'string!',
  brokerId: 'long',
  epoch: 'int',
  maxOffset: 'long',
  confirmOffset: 'long',
  heartbeatTimeoutMills: 'long',
  electionPriority: 'int',
})

export const getBrokerMemberGroup = defineRequest(RequestCode.GET_BROKER_MEMBER_GROUP, 'GET_BROKER_MEMBER_GROUP', {
  clusterName: 'string!',
  brokerName: 'string!',
})
