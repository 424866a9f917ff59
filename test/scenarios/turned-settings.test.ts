/**
 * Clusters whose brokers, producers and consumers have settings drawn by chance, under mixed work: sends of every kind, groups that
 * pull, pop, refuse and keep an order, questions of operators, a stop and a kill. Every run is pinned (`test/support/pin-runs.ts`),
 * so what a setting does, alone or with others, changes only when somebody means it.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Cluster } from '../../reference/host/cluster.ts'
import { RandomStream } from '../../reference/host/sim/random.ts'
import { decodePoppedQueues, encodeExtraInfo } from '../../reference/remoting/pop-extra-info.ts'
import { RequestCode as code } from '../../reference/remoting/request-code.ts'
import { type Question, type Reply, withAsker } from '../support/asker.ts'
import { startControllerShape } from '../support/controller-shape.ts'
import { NAMESRV, SMALL_FILES, startBroker, startCluster } from '../support/sim.ts'
import { ROOT } from '../support/stages.ts'

type Ask = (question: Question) => Promise<Reply>

const RUNS = 12
const PAIR_RUNS = 10
const OPS = 40
/** One setting in so many is turned. */
const TURNED_ONE_IN = 3
/** These say who a program is and where it lies, or make it another program: other scenarios are about them. */
const NOT_TURNED =
  /^(?:bind|broker(?:Id|Name|Role|Permission|IP)|clusterTopic|controller|enableControllerMode|enableSlaveActing|ha|listenPort|mappedFile|namesrv|storePath|authentication|aclEnable|maxMessageSize|maxHashSlotNum|maxIndexNum|startAccept|totalReplicas|inSync|minInSync|allAck|glassmqSendLimit|diskMax|diskSpace|orderly|messageModel|rejectTrans|allocate|messageDelayLevel|timerRoll|timerPrecision|timerWheelEnable|reviveQueueNum|asyncLearner|autoCreate|brokerTopic|adminWrite)/

/** A setting of `test/unit/settings.txt` and the values that it may be turned to. */
interface Turnable {
  readonly name: string
  readonly values: readonly string[]
}

/** What of a program can be turned: the other boolean, the other words, and numbers near the usual one. */
function turnableOf(program: string): readonly Turnable[] {
  const text = readFileSync(join(ROOT, 'test/unit/settings.txt'), 'utf8')
  const section = text.split(/^# /m).find((part) => part.startsWith(`${program}\n`))!
  return section
    .split('\ncomes to')[0]!
    .split('\n')
    .flatMap((line) => {
      const [, name, usual, rest] = /^(\w+) = ([^,]*)(?:, (.*))?$/.exec(line) ?? []
      if (name === undefined || NOT_TURNED.test(name)) return []
      if (usual === 'true' || usual === 'false') return [{ name, values: [usual === 'true' ? 'false' : 'true'] }]
      const words = /^one of (.*)$/.exec(rest ?? '')?.[1]?.split(', ')
      if (words !== undefined) return [{ name, values: words.filter((word) => word !== usual) }]
      const [, from, to] = /^from (-?\d+) to (\d+)$/.exec(rest ?? '') ?? []
      if (from === undefined) return []
      const near = [Number(usual) * 2, Math.floor(Number(usual) / 2)]
      return [{ name, values: near.filter((n) => n >= Number(from) && n <= Number(to)).map(String) }]
    })
}

const pick = <T>(chance: RandomStream, all: readonly T[]): T => all[chance.int(all.length)]!

function turned(chance: RandomStream, settings: readonly Turnable[]): readonly string[] {
  const some = settings.filter(({ values }) => chance.int(TURNED_ONE_IN) === 0 && values.length > 0)
  return some.map(({ name, values }) => `${name}=${pick(chance, values)}`)
}

const PROPERTIES: readonly string[] = [
  'TAGS\u0001even\u0002',
  'DELAY\u00011\u0002',
  'DELAY\u00012\u0002KEYS\u0001later\u0002',
  'TIMER_DELAY_SEC\u00012\u0002',
  'TIMER_DELAY_SEC\u00013\u0002TIMER_DELAY_MS\u00019000\u0002TIMER_DELIVER_MS\u000190000\u0002',
  'TIMER_DELAY_MS\u00011500\u0002KEYS\u0001timed\u0002',
  'WAIT\u0001false\u0002a\u00017\u0002',
  '__SHARDINGKEY\u0001s\u0002',
]
const GROUPS = ['billing', 'popping', 'ordered', 'everybody']
const SHOWN: readonly Omit<Question, 'to'>[] = [
  { code: code.GET_BROKER_RUNTIME_INFO },
  { code: code.GET_ALL_CONSUMER_OFFSET },
  { code: code.GET_ALL_DELAY_OFFSET },
  { code: code.GET_TOPIC_STATS_INFO, fields: { topic: 'Orders' } },
  ...GROUPS.map((consumerGroup) => ({ code: code.GET_CONSUME_STATS, fields: { consumerGroup } })),
  {
    code: code.QUERY_MESSAGE,
    fields: { topic: 'Orders', key: 'k-1', maxNum: 9, beginTimestamp: 0, endTimestamp: 2e12 },
  },
  { code: code.SEARCH_OFFSET_BY_TIMESTAMP, fields: { topic: 'Orders', queueId: 0, timestamp: 1_000 } },
]

/** A message as a foreign client sends it, with properties that producers of the tests do not set. */
function foreignMessage(chance: RandomStream, number: number): Question {
  const fields = {
    producerGroup: 'foreign',
    topic: 'Orders',
    defaultTopic: 'TBW102',
    defaultTopicQueueNums: 4,
    queueId: chance.int(3),
    sysFlag: 0,
    bornTimestamp: 1_000,
    flag: number,
    properties: pick(chance, PROPERTIES),
    reconsumeTimes: 0,
    unitMode: false,
    batch: false,
  }
  return { code: code.SEND_MESSAGE, fields, body: `foreign ${number}` }
}

const popOnce = (chance: RandomStream): Question => ({
  code: code.POP_MESSAGE,
  fields: {
    consumerGroup: 'foreign-pop',
    topic: 'Orders',
    queueId: chance.int(4) - 1,
    maxMsgNums: 1 + chance.int(8),
    invisibleTime: 5_000 + chance.int(10_000),
    pollTime: 500,
    bornTime: 0,
    initMode: chance.int(2),
    order: chance.int(3) === 0,
  },
})

/** Pops, and answers for each message: done, done later, or nothing; one in four is answered twice. */
async function popAndSettle(ask: Ask, chance: RandomStream): Promise<void> {
  const popped = await ask(popOnce(chance))
  const { popTime, invisibleTime, reviveQid, startOffsetInfo = '', msgOffsetInfo = '' } = popped.fields
  if (popped.code !== 0) return
  const [popTimeMs, invisibleMs, reviveQueue] = [popTime, invisibleTime, reviveQid].map(Number) as [
    number,
    number,
    number,
  ]
  for (const { mark, queueId, startOffset, offsets } of decodePoppedQueues(startOffsetInfo, msgOffsetInfo).values())
    for (const offset of offsets) {
      const extraInfo = encodeExtraInfo({
        ckQueueOffset: startOffset,
        popTime: popTimeMs,
        invisibleTime: invisibleMs,
        reviveQid: reviveQueue,
        mark,
        brokerName: 'broker-a',
        queueId,
        queueOffset: offset,
      })
      const fields = { consumerGroup: 'foreign-pop', topic: 'Orders', queueId, offset, extraInfo }
      const later = { ...fields, invisibleTime: 3_000 + chance.int(20_000) }
      const answers = [
        { code: code.ACK_MESSAGE, fields },
        { code: code.CHANGE_MESSAGE_INVISIBLETIME, fields: later },
      ]
      for (let i = chance.int(3); i < 2 + (chance.int(4) === 0 ? 1 : 0); i += 2) await ask(pick(chance, answers))
    }
}

async function startMembers(cluster: Cluster, chance: RandomStream): Promise<void> {
  const settings = turnableOf('consumer')
  const start = (name: string, group: string, ...more: readonly string[]) =>
    cluster.start({
      name,
      program: 'consumer',
      args: [NAMESRV, `group=${group}`, 'topic=Orders', ...turned(chance, settings), ...more],
    })
  await cluster.admin('admin', [
    'setConsumeMode',
    '-c',
    'DefaultCluster',
    '-t',
    'Orders',
    '-g',
    'popping',
    '-m',
    'POP',
    '-q',
    '0',
  ])
  await start('billing-1', 'billing')
  await start('popping-1', 'popping', 'clientRebalance=false')
  if (chance.int(2) === 0) await start('ordered-1', 'ordered', 'orderly=true')
  else await start('everybody-1', 'everybody', 'messageModel=BROADCASTING')
}

async function doOne(cluster: Cluster, ask: Ask, chance: RandomStream, number: number): Promise<void> {
  const draw = chance.int(100)
  const message = {
    topic: 'Orders',
    key: `k-${number}`,
    body: `body ${number}`.repeat(1 + chance.int(200)),
    tag: 'odd',
  }
  if (draw < 30) await cluster.produce('shop', message)
  else if (draw < 40) await cluster.produce('bank', message)
  else if (draw < 60) await ask(foreignMessage(chance, number)).catch(() => undefined)
  else if (draw < 70) await popAndSettle(ask, chance).catch(() => undefined)
  else if (draw < 82) await ask(pick(chance, SHOWN)).catch(() => undefined)
  else await cluster.sleep(pick(chance, [50, 1_000, 7_000, 31_000]))
}

const SEEDS = (count: number) => Array.from({ length: count }, (_, i) => i + 1)

it.each(SEEDS(RUNS))('settings turned by chance, run %i', (seed) =>
  withAsker(async (cluster, ask) => {
    const chance = new RandomStream(seed, 'turned settings')
    const settings = [...turned(chance, turnableOf('broker')), ...SMALL_FILES]
    await startCluster(cluster, { brokers: ['broker-a'], queues: 3, settings })
    const producer = turned(chance, turnableOf('producer sendMsgMaxTimeoutPerRequest=7'))
    await cluster.start({ name: 'shop', program: 'producer', args: [NAMESRV, ...producer] })
    await cluster.start({ name: 'bank', program: 'transaction-producer', args: [NAMESRV] })
    cluster.onDelivery(({ key }) => (key.endsWith('3') ? 'RECONSUME_LATER' : 'CONSUME_SUCCESS'))
    await startMembers(cluster, chance)
    for (let i = 1; i <= OPS; i++) {
      await doOne(cluster, ask, chance, i)
      if (i === OPS / 2) await cluster[pick(chance, ['stop', 'kill'] as const)]('broker-a')
      if (i === OPS / 2) await cluster.restart('broker-a')
    }
    await cluster.sleep(120_000)
    await cluster.stop('billing-1')
    await cluster.sleep(20_000)
    for (const question of SHOWN) await ask(question)
    await cluster.stop('broker-a')
    expect(cluster.deliveries().length).toBeGreaterThan(0)
  }),
)

/** A master and a slave; even runs have a controller, which chooses the master. */
async function startReplicas(cluster: Cluster, seed: number, settings: readonly string[]): Promise<readonly string[]> {
  if (seed % 2 === 0) {
    await startControllerShape(cluster, { settings })
    return ['broker-1', 'broker-2']
  }
  await cluster.start({ name: 'namesrv', program: 'namesrv', args: ['listenPort=9876', 'supportActingMaster=true'] })
  const start = (name: string, ...more: readonly string[]) =>
    startBroker(cluster, name, ['brokerName=pair', ...settings, ...more])
  await start('broker-1', 'brokerRole=SYNC_MASTER', 'enableSlaveActingMaster=true')
  await start('broker-2', 'brokerRole=SLAVE', 'brokerId=1', 'enableSlaveActingMaster=true', 'enableRemoteEscape=true')
  return ['broker-1', 'broker-2']
}

it.each(SEEDS(PAIR_RUNS))('settings of a master and its slave turned by chance, run %i', (seed) =>
  withAsker(async (cluster, ask) => {
    const chance = new RandomStream(seed, 'turned settings of a pair')
    const brokers = await startReplicas(cluster, seed, turned(chance, turnableOf('broker')))
    const toAny = (question: Question) => ask({ ...question, to: `${pick(chance, brokers)}:10911` })
    await cluster.start({ name: 'admin', program: 'admin', args: [NAMESRV] })
    await cluster.admin('admin', ['updateTopic', '-t', 'Orders', '-b', 'broker-1:10911', '-r', '3', '-w', '3'])
    await cluster.start({ name: 'shop', program: 'producer', args: [NAMESRV] })
    await cluster.start({ name: 'bank', program: 'transaction-producer', args: [NAMESRV] })
    await cluster.start({
      name: 'billing-1',
      program: 'consumer',
      args: [NAMESRV, 'group=billing', 'topic=Orders', ...turned(chance, turnableOf('consumer'))],
    })
    for (let i = 1; i <= OPS; i++) {
      await doOne(cluster, toAny, chance, i)
      if (i === OPS / 4) await cluster[pick(chance, ['stop', 'kill', 'powerCut'] as const)](brokers[0]!)
      if (i === OPS / 2) await cluster.restart(brokers[0]!)
      if (i === (OPS * 3) / 4) await cluster[pick(chance, ['stop', 'kill'] as const)](brokers[1]!)
    }
    await cluster.restart(brokers[1]!)
    await cluster.sleep(60_000)
    for (const to of brokers) for (const question of SHOWN) await ask({ ...question, to: `${to}:10911` })
    for (const name of brokers) await cluster.stop(name)
    expect(cluster.deliveries().length).toBeGreaterThan(0)
  }),
)
