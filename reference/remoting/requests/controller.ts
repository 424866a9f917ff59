/**
 * Requests to a controller. A broker alters its in-sync set (1001), asks for an election (1002), registers its address (1003)
 * and reads the master (1004), asks every controller for the leader (1005), and receives an id (1012, 1013). Operators ask
 * for an election (1002), read the replicas (1006) and the settings (1010), change settings (1009), and remove dead replicas
 * (1011). The controller sends NOTIFY_BROKER_ROLE_CHANGED (1008) to brokers, oneway.
 *
 * All controllers answer 1005, 1009 and 1010 and take heartbeats (904). Only the leader answers the other requests. In an
 * id, `brokerId` is a number from 1 on, which the broker keeps; the id 0 in a route means the present master.
 * `bodies/controller.ts` describes the bodies. `invokeTime` and the fields that Java sends without need are ignored.
 *
 * RocketMQ: `AlterSyncStateSetRequestHeader`, `ElectMasterRequestHeader`, `RegisterBrokerToControllerRequestHeader`,
 * `GetReplicaInfoRequestHeader`, `GetMetaDataResponseHeader`, `NotifyBrokerRoleChangedRequestHeader`,
 * `CleanControllerBrokerDataRequestHeader`, `GetNextBrokerIdRequestHeader`, `ApplyBrokerIdRequestHeader`.
 */
import { defineHeader, defineRequest } from '../request.ts'
import { RequestCode } from '../request-code.ts'

const MASTER = {
  masterBrokerId: 'long',
  masterAddress: 'string',
  masterEpoch: 'int',
  syncStateSetEpoch: 'int',
} as const

export const alterSyncStateSet = defineRequest(
  RequestCode.CONTROLLER_ALTER_SYNC_STATE_SET,
  'CONTROLLER_ALTER_SYNC_STATE_SET',
  { brokerName: 'string!', masterBrokerId: 'long!', masterEpoch: 'int!' },
)
export const alterSyncStateSetAnswer = defineHeader('the answer to CONTROLLER_ALTER_SYNC_STATE_SET', {
  newSyncStateSetEpoch: 'int!',
})

/**
 * The id -1 means that a controller or an operator asks. When `designateElect` is true, only the replica `brokerId` may be
 * elected.
 */
export const electMaster = defineRequest(RequestCode.CONTROLLER_ELECT_MASTER, 'CONTROLLER_ELECT_MASTER', {
  clusterName: 'string!',
  brokerName: 'string!',
  brokerId: 'long!',
  designateElect: 'boolean!',
})
export const electMasterAnswer = defineHeader('the answer to CONTROLLER_ELECT_MASTER', MASTER)

export const registerBrokerToController = defineRequest(
  RequestCode.CONTROLLER_REGISTER_BROKER,
  'CONTROLLER_REGISTER_BROKER',
  { clusterName: 'string!', brokerName: 'string!', brokerId: 'long!', brokerAddress: 'string!' },
)
export const registerBrokerToControllerAnswer = defineHeader('the answer to CONTROLLER_REGISTER_BROKER', {
  clusterName: 'string',
  brokerName: 'string',
  ...MASTER,
})

export const getReplicaInfo = defineRequest(RequestCode.CONTROLLER_GET_REPLICA_INFO, 'CONTROLLER_GET_REPLICA_INFO', {
  brokerName: 'string!',
})
/** `masterEpoch` is always present: Java's brokers need it, also when there was no master yet (0). */
export const getReplicaInfoAnswer = defineHeader('the answer to CONTROLLER_GET_REPLICA_INFO', {
  masterBrokerId: 'long',
  masterAddress: 'string',
  masterEpoch: 'int!',
})

/** `controllerLeaderAddress` is always present, and is '' while the leader is unknown. */
export const getMetadataAnswer = defineHeader('the answer to CONTROLLER_GET_METADATA_INFO', {
  group: 'string',
  controllerLeaderId: 'string',
  controllerLeaderAddress: 'string!',
  isLeader: 'boolean',
  peers: 'string',
})

export const notifyBrokerRoleChanged = defineRequest(
  RequestCode.NOTIFY_BROKER_ROLE_CHANGED,
  'NOTIFY_BROKER_ROLE_CHANGED',
  MASTER,
)

/** `brokerControllerIdsToClean` looks like `1;2`. When it is empty, all replicas of the broker name are removed. */
export const cleanBrokerData = defineRequest(RequestCode.CLEAN_BROKER_DATA, 'CLEAN_BROKER_DATA', {
  clusterName: 'string',
  brokerName: 'string!',
  brokerControllerIdsToClean: 'string',
  isCleanLivingBroker: 'boolean',
})

export const getNextBrokerId = defineRequest(
  RequestCode.CONTROLLER_GET_NEXT_BROKER_ID,
  'CONTROLLER_GET_NEXT_BROKER_ID',
  { clusterName: 'string', brokerName: 'string!' },
)
export const getNextBrokerIdAnswer = defineHeader('the answer to CONTROLLER_GET_NEXT_BROKER_ID', {
  clusterName: 'string',
  brokerName: 'string',
  nextBrokerId: 'long!',
})

/** `registerCheckCode` is the address of the broker and the time of its request, such as `10.0.0.5:10911;1700000000000`. */
export const applyBrokerId = defineRequest(RequestCode.CONTROLLER_APPLY_BROKER_ID, 'CONTROLLER_APPLY_BROKER_ID', {
  clusterName: 'string!',
  brokerName: 'string!',
  appliedBrokerId: 'long!',
  registerCheckCode: 'string!',
})
export const applyBrokerIdAnswer = defineHeader('the answer to CONTROLLER_APPLY_BROKER_ID', {
  clusterName: 'string',
  brokerName: 'string',
})
