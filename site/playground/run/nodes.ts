/** The nodes of a member: which programs of the reference run, with which arguments. */
import type { NodeSpec } from '../../../reference/host/cluster.ts'
import { type Member, nodesOf } from '../experiment/experiment.ts'
import { TAGS } from './messages.ts'

/** The topic of every playground. */
export const TOPIC = 'Orders'
/** The operator's console: started when it has something to do. */
export const OPERATOR = 'operator'

/** What all nodes of one run have in common. */
export interface Surroundings {
  /** Addresses of the controllers, separated by `;`. */
  readonly controllerAddr: string
  /** Addresses of the NameServers, separated by `;`. */
  readonly namesrvAddr: string
  /** Options of all brokers, as arguments. */
  readonly settings: readonly string[]
}

/** The nodes of a member as the cluster starts them. */
export function specsOf(member: Member, around: Surroundings): readonly NodeSpec[] {
  const nodes = nodesOf(member)
  switch (member.kind) {
    case 'namesrv':
      return nodes.map((name) => ({ name, program: 'namesrv', args: ['listenPort=9876'] }))
    case 'controller':
      return nodes.map((name, i) => controllerSpec(nodes, name, i))
    case 'broker':
      return nodes.map((name, id) => brokerSpec(member, name, id, around))
    case 'producer':
      return nodes.map((name) => producerSpec(member, name, around))
    case 'group':
      return nodes.map((name) => consumerSpec(member, name, around))
  }
}

/** The arguments of a console that asks these NameServers. */
export function operatorSpec({ namesrvAddr }: Surroundings): NodeSpec {
  return { name: OPERATOR, program: 'admin', args: [`namesrvAddr=${namesrvAddr}`] }
}

/** Where a node of the controllers listens. */
export const CONTROLLER_PORT = 9878

function controllerSpec(all: readonly string[], name: string, i: number): NodeSpec {
  const peers = all.map((one, at) => `n${at}-${one}:${CONTROLLER_PORT}`).join(';')
  const args = ['controllerDLegerGroup=group1', `controllerDLegerPeers=${peers}`, `controllerDLegerSelfId=n${i}`]
  return { name, program: 'controller', args }
}

function brokerSpec({ name: brokerName, values }: Member, name: string, id: number, around: Surroundings): NodeSpec {
  const isCopied = values['copy'] === 'sync' && Number(values['slaves']) > 0
  const isElected = values['master'] === 'elected' && Number(values['slaves']) > 0
  const role = id > 0 ? 'SLAVE' : isCopied ? 'SYNC_MASTER' : 'ASYNC_MASTER'
  const roles = isElected
    ? [
        'enableControllerMode=true',
        `controllerAddr=${around.controllerAddr}`,
        ...(isCopied ? ['allAckInSyncStateSet=true', 'minInSyncReplicas=2'] : []),
      ]
    : [`brokerId=${id}`, `brokerRole=${role}`, ...(isCopied ? ['inSyncReplicas=2'] : [])]
  const args = [
    `namesrvAddr=${around.namesrvAddr}`,
    `brokerName=${brokerName}`,
    ...roles,
    `flushDiskType=${values['flush'] === 'sync' ? 'SYNC_FLUSH' : 'ASYNC_FLUSH'}`,
    'slaveReadEnable=true',
    'listenPort=10911',
    // small files: a disk is memory here
    'mappedFileSizeCommitLog=1048576',
    'mappedFileSizeConsumeQueue=30000',
    'messageIndexEnable=false',
    ...around.settings,
  ]
  const files = { 'store/config/topics.json': topicsJson(Number(values['queues'])) }
  return { name, program: 'broker', args, files }
}

function producerSpec({ name: group, values }: Member, name: string, { namesrvAddr }: Surroundings): NodeSpec {
  // as a client of RocketMQ: it learns of a new master with its next regular question
  const args = [`namesrvAddr=${namesrvAddr}`, `group=${group}`, 'askRouteWhenMasterIsLost=false']
  return values['mode'] === 'transaction'
    ? { name, program: 'transaction-producer', args: [...args, `topic=${TOPIC}`] }
    : { name, program: 'producer', args }
}

function consumerSpec({ name: group, values }: Member, name: string, { namesrvAddr }: Surroundings): NodeSpec {
  const { mode, share, threads, retries, tag } = values
  const args = [
    `namesrvAddr=${namesrvAddr}`,
    `group=${group}`,
    `topic=${TOPIC}`,
    'consumeFromWhere=CONSUME_FROM_FIRST_OFFSET',
    `consumeThreadMax=${threads}`,
    `maxReconsumeTimes=${retries}`,
    ...(mode === 'orderly' ? ['orderly=true'] : []),
    ...(mode === 'broadcast' ? ['messageModel=BROADCASTING'] : []),
    ...(mode === 'pop' ? ['clientRebalance=false'] : [`allocateMessageQueueStrategy=${share}`]),
    ...(TAGS.includes(String(tag)) ? [`tags=${tag}`] : []),
  ]
  return { name, program: 'consumer', args }
}

/** The file with which a broker knows the topic from its first start. */
function topicsJson(queues: number): string {
  const topic = {
    attributes: {},
    order: false,
    perm: 6,
    readQueueNums: queues,
    topicFilterType: 'SINGLE_TAG',
    topicName: TOPIC,
    topicSysFlag: 0,
    writeQueueNums: queues,
  }
  return JSON.stringify({
    dataVersion: { counter: 1, stateVersion: 0, timestamp: 1_704_067_100_000 },
    topicConfigTable: { [TOPIC]: topic },
  })
}
