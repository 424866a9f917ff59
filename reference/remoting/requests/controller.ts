/**
 * Requests to a controller, and its notice to brokers.
 *
 * | code       | sender           | purpose                                                              |
 * | ---------- | ---------------- | -------------------------------------------------------------------- |
 * | 1001       | broker           | to change its in-sync set                                            |
 * | 1002       | broker, operator | to ask for an election                                               |
 * | 1003       | broker           | to register its address                                              |
 * | 1004       | broker           | to read the master                                                   |
 * | 1005       | broker, operator | to find the leader; a broker asks one controller after the other     |
 * | 1006       | operator         | to read the replicas                                                 |
 * | 1008       | controller       | NOTIFY_BROKER_ROLE_CHANGED: to notify brokers of a new master, oneway |
 * | 1009, 1010 | operator         | to change and to read settings                                       |
 * | 1011       | operator         | to remove replicas, see `ReplicasInfoManager.cleanBrokerData`         |
 * | 1012, 1013 | broker           | to receive an id                                                     |
 *
 * Every controller serves 1005, 1009, 1010 and heartbeats (904). A controller that is not the leader answers
 * CONTROLLER_NOT_LEADER to all other requests of this table, unless `adminWriteEnable` forbids the request. A controller
 * sends 1008, but does not serve it. The `brokerId` of a replica is 1 or larger, and a broker keeps this number. In a
 * route, the id 0 means the present master. `bodies/controller.ts` describes the bodies. The bodies of 1009 and 1010 are
 * settings as text (`controller/controller-config.ts`). RocketMQ's brokers also send the field `invokeTime`, which GlassMQ
 * ignores.
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

/** The body contains the new in-sync set. */
export const alterSyncStateSet = defineRequest(
  RequestCode.CONTROLLER_ALTER_SYNC_STATE_SET,
  'CONTROLLER_ALTER_SYNC_STATE_SET',
  { brokerName: 'string!', masterBrokerId: 'long!', masterEpoch: 'int!' },
)
export const alterSyncStateSetAnswer = defineHeader('the answer to CONTROLLER_ALTER_SYNC_STATE_SET', {
  newSyncStateSetEpoch: 'int!',
})

/**
 * Asks for an election. The id -1 means that a controller or an operator asks. When `designateElect` is true, only the
 * replica `brokerId` may be elected.
 */
export const electMaster = defineRequest(RequestCode.CONTROLLER_ELECT_MASTER, 'CONTROLLER_ELECT_MASTER', {
  clusterName: 'string!',
  brokerName: 'string!',
  brokerId: 'long!',
  designateElect: 'boolean!',
})
export const electMasterAnswer = defineHeader('the answer to CONTROLLER_ELECT_MASTER', MASTER)

/** A broker sends its address. The answer contains the present master while this master is alive, and the in-sync set. */
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

/** Asks for the master of a broker name. */
export const getReplicaInfo = defineRequest(RequestCode.CONTROLLER_GET_REPLICA_INFO, 'CONTROLLER_GET_REPLICA_INFO', {
  brokerName: 'string!',
})
/** `masterEpoch` is always present, because Java's brokers need it. Before the first election, its value is 0. */
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

/** The header contains the present master, and the body contains the in-sync set. */
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

/** Asks for a free id. The id is not taken before `applyBrokerId`. */
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
