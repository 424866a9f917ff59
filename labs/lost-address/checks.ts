/**
 * The scenarios of lab 1: a cluster whose broker has moved, what each check does in it, and what the check looks at.
 *
 * Every name, port and address is drawn from the seed (`variant` below), so an answer that names one of them is right in
 * one cluster only. The machine of a broker is the node; its name and the broker's name differ, as they do in practice.
 */
import { parseProperties } from '../../reference/common/properties-file.ts'
import { encodeUtf8 } from '../../reference/common/utf8.ts'
import { type Cluster, type NodeSpec, ScenarioFailure } from '../../reference/host/cluster.ts'
import { isStored, type SentMessage, secretBody, storedRecords, undelivered } from '../judge/evidence.ts'
import type { CheckContext, Draw, Variant } from '../lab.ts'

export const CONF = 'broker.conf'
export const CODE = 'advertised-address.ts'
/** The address that the starter's configuration names; in a check's cluster the old address of that cluster stands there. */
export const OLD_ADDRESS = '10.77.0.9'

/** Small files: a lab's disk is not a data centre. */
const SMALL = ['mappedFileSizeCommitLog=262144', 'mappedFileSizeConsumeQueue=6000', 'messageIndexEnable=false']
const NAMESRV = 'namesrv:9876'
/** More than a consumer needs to find its queues: two rounds of rebalance. */
const ARRIVE_WITHIN_MS = 45_000
/** A send that finds its broker at once is far quicker; one that first tries a dead address is not. */
const SEND_WITHIN_MS = 500

const MACHINES = ['heron', 'birch', 'cedar', 'ember', 'flint', 'grove', 'juniper', 'kestrel', 'larch', 'maple', 'otter', 'plover'] // biome-ignore format: a list of names
const BROKERS = ['north', 'south', 'east', 'west', 'harbour', 'market', 'station', 'castle']
const TOPICS = ['Orders', 'Payments', 'Parcels', 'Tickets']
const GROUPS = ['billing', 'billing-eu', 'invoices', 'charges']

/** A broker and its machine. `letter` is a for the one that stays, b for the one that moves, c and d for new ones. */
export interface BrokerOf {
  readonly machine: string
  readonly brokerName: string
  readonly port: number
}

/** Draws names, ports, addresses, counts, and the secret that stands in every body. */
export function variant(draw: Draw): Variant {
  const drawn: Record<string, string | number> = {
    topic: TOPICS[draw('topic', TOPICS.length)]!,
    group: GROUPS[draw('group', GROUPS.length)]!,
    queues: 2 + draw('queues', 3),
    messages: 12 + draw('messages', 9),
    oldAddress: `10.${60 + draw('old.1', 100)}.${draw('old.2', 250)}.${10 + draw('old.3', 200)}`,
    // as private as the old address
    gateway: `10.${200 + draw('gateway.1', 50)}.${draw('gateway.2', 250)}.${10 + draw('gateway.3', 200)}`,
    secret: `${draw('secret.1', 2 ** 31)}-${draw('secret.2', 2 ** 31)}`,
  }
  const [machines, brokers] = [[...MACHINES], [...BROKERS]]
  for (const letter of 'abcd') {
    const [machine] = machines.splice(draw(`machine.${letter}`, machines.length), 1)
    const [broker] = brokers.splice(draw(`broker.${letter}`, brokers.length), 1)
    drawn[`machine.${letter}`] = `${machine}-${10 + draw(`number.${letter}`, 90)}`
    drawn[`broker.${letter}`] = broker!
    // apart from each other also where all machines are one
    drawn[`port.${letter}`] = 11_000 + 1_000 * 'abcd'.indexOf(letter) + 10 * (1 + draw(`port.${letter}`, 90))
  }
  return drawn
}

/** The broker with this letter, as the seed drew it. */
export function brokerOf(variant: Variant, letter: 'a' | 'b' | 'c' | 'd'): BrokerOf {
  return {
    machine: String(variant[`machine.${letter}`]),
    brokerName: String(variant[`broker.${letter}`]),
    port: Number(variant[`port.${letter}`]),
  }
}

function brokerSpec({ machine, brokerName, port }: BrokerOf, conf: string): NodeSpec {
  const args = [
    '-c',
    'broker.conf',
    `namesrvAddr=${NAMESRV}`,
    `brokerName=${brokerName}`,
    `listenPort=${port}`,
    'adminWriteEnable=true', // bound to every address, it would take no topics from the admin
    ...SMALL,
  ]
  return { name: machine, program: 'broker', args, files: { 'broker.conf': conf } }
}

/** What an operator has written into the configuration of the broker that moves; none of it says where the machine is. */
const WRITTEN: readonly (readonly [setting: string, value: string])[] = [
  ['brokerClusterName', 'DefaultCluster'],
  ['flushDiskType', 'ASYNC_FLUSH'],
  ['fileReservedTime', '72'],
  ['deleteWhen', '04'],
  ['bindAddress', '0.0.0.0'],
]

const told = (address: string) => `bindAddress = 0.0.0.0\nbrokerIP1 = ${address}\n`
const UNTOLD = 'bindAddress = 0.0.0.0\n'

/** Starts the NameServer, two brokers, the console and the shop. The broker that will move runs on working settings at first. */
async function startNodes({ cluster, variant }: CheckContext): Promise<void> {
  const [a, b] = [brokerOf(variant, 'a'), brokerOf(variant, 'b')]
  await cluster.start({ name: 'namesrv', program: 'namesrv', args: ['listenPort=9876'] })
  for (const broker of [a, b]) await cluster.start(brokerSpec(broker, told(broker.machine)))
  await cluster.start({ name: 'admin', program: 'admin', args: [`namesrvAddr=${NAMESRV}`] })
  await cluster.start({ name: 'shop', program: 'producer', args: [`namesrvAddr=${NAMESRV}`, 'group=shop'] })
}

/** The same, and the topic of the shop on both brokers. */
async function startCluster(context: CheckContext): Promise<void> {
  const { cluster, variant } = context
  await startNodes(context)
  for (const letter of ['a', 'b'] as const) {
    const { machine, brokerName } = brokerOf(variant, letter)
    const { address, isAnswering } = await listed(cluster, brokerName)
    if (!isAnswering)
      throw new ScenarioFailure(
        `before the move, ${brokerName} has brokerIP1 = ${machine} in its configuration, and is registered at ${address}, where nobody answers`,
      )
  }
  await makeTopic(cluster, String(variant['topic']), ['-c', 'DefaultCluster'], Number(variant['queues']))
}

async function makeTopic(cluster: Cluster, topic: string, where: readonly string[], queues: number): Promise<void> {
  const count = String(queues)
  await cluster.admin('admin', ['updateTopic', '-t', topic, ...where, '-r', count, '-w', count])
}

/** The move: the broker comes back with the learner's configuration, on the disk it had. */
async function moveBroker({ cluster, variant, files }: CheckContext, oldAddress: string): Promise<void> {
  const { machine, brokerName } = brokerOf(variant, 'b')
  cluster.step(`${brokerName} moves to new hardware, with its disk`)
  await cluster.stop(machine)
  const conf = (files.get(CONF) ?? '').replaceAll(OLD_ADDRESS, oldAddress)
  await cluster.writeFile(machine, 'broker.conf', encodeUtf8(conf))
  await cluster.restart(machine).catch((error: Error) => {
    throw new ScenarioFailure(`${brokerName} does not start after the move: ${error.message}`)
  })
  await cluster.sleep(1_000)
}

async function sendOrders(
  { cluster, variant }: CheckContext,
  prefix: string,
  count: number,
  topic = String(variant['topic']),
): Promise<readonly SentMessage[]> {
  const results: SentMessage[] = []
  for (let i = 1; i <= count; i++) {
    const startMs = cluster.nowMs()
    const message = { topic, key: `${prefix}-${i}`, body: secretBody(`order ${i}`, variant['secret'] ?? '') }
    const result = await cluster.produce('shop', message)
    results.push({ ...message, ...result, tookMs: cluster.nowMs() - startMs })
  }
  return results
}

async function startBilling({ cluster, variant }: CheckContext, topic = String(variant['topic'])): Promise<void> {
  const args = [
    `namesrvAddr=${NAMESRV}`,
    `group=${variant['group']}`,
    `topic=${topic}`,
    'consumeFromWhere=CONSUME_FROM_FIRST_OFFSET',
  ]
  await cluster.start({ name: 'billing', program: 'consumer', args })
}

/**
 * Waits until every message has been delivered; the failure names the first that was not, the broker that has acknowledged it, and
 * whether it is on that broker's disk.
 */
async function expectDelivered({ cluster, variant }: CheckContext, sent: readonly SentMessage[]): Promise<void> {
  const missing = () => undelivered(cluster, 'billing', String(variant['group']), sent)
  const isAll = await cluster
    .waitUntil('all orders are delivered', () => missing().length === 0, ARRIVE_WITHIN_MS)
    .then(
      () => true,
      () => false,
    )
  const [first] = missing()
  if (isAll || first === undefined) return
  const machine = machineOf(variant, first.brokerName)
  const isThere = isStored(await storedRecords(cluster, machine), first)
  throw new ScenarioFailure(
    `${missing().length} of ${sent.length} acknowledged orders were not delivered within ${ARRIVE_WITHIN_MS / 1000} s; the first is ${first.key}, which ${first.brokerName} acknowledged; it is ${isThere ? '' : 'not '}on the disk of ${machine}, its machine`,
  )
}

/** The machine of the broker with this name. */
function machineOf(variant: Variant, brokerName: string | undefined): string {
  const brokers = (['a', 'b', 'c', 'd'] as const).map((letter) => brokerOf(variant, letter))
  return brokers.find((one) => one.brokerName === brokerName)?.machine ?? ''
}

/** The settings that have nothing to do with the move are those of before the move: read as the broker reads its file. */
function expectWritten({ files, variant }: CheckContext): void {
  const settings = readConf(files.get(CONF) ?? '')
  for (const [setting, value] of WRITTEN) {
    const now = settings.get(setting)
    if (now !== value)
      throw new ScenarioFailure(
        `before the move, ${brokerOf(variant, 'b').brokerName} had ${setting} = ${value} in its configuration; now it has ${now === undefined ? `no ${setting}` : `${setting} = ${now}`}`,
      )
  }
}

function readConf(text: string): ReadonlyMap<string, string> {
  try {
    return parseProperties(text, CONF)
  } catch (error) {
    throw new ScenarioFailure(`the configuration cannot be read: ${(error as Error).message}`)
  }
}

interface Listed {
  readonly address: string
  readonly host: string
  readonly isAnswering: boolean
}

/** The console's line about a broker: the NameServer's word for the address, the console's own for the answer. */
async function listed(cluster: Cluster, brokerName: string): Promise<Listed> {
  const printed = await cluster.admin('admin', ['clusterList'])
  const rows = printed.split('\n').map((line) => line.trim().split(/\s{2,}/))
  const row = rows.find((cells) => cells[1] === brokerName)
  if (row === undefined)
    throw new ScenarioFailure(`no route leads to ${brokerName}: it is not registered with the NameServer`)
  const address = row[3] ?? ''
  return { address, host: address.slice(0, address.lastIndexOf(':')), isAnswering: row.at(-1) === 'true' }
}

async function expectReachable(cluster: Cluster, brokerName: string): Promise<void> {
  const { address, isAnswering } = await listed(cluster, brokerName)
  if (!isAnswering) throw new ScenarioFailure(`${brokerName} is registered at ${address}, where nobody answers`)
}

/** A broker's word is not enough: what it acknowledged must lie on its own disk, as a whole record. */
async function expectStored({ cluster, variant }: CheckContext, sent: readonly SentMessage[]): Promise<void> {
  const records = new Map<string, Awaited<ReturnType<typeof storedRecords>>>()
  for (const one of sent) {
    if (one.status !== 'SEND_OK') throw new ScenarioFailure(`order ${one.key} was not taken: ${one.error}`)
    const machine = machineOf(variant, one.brokerName)
    if (!records.has(machine)) records.set(machine, await storedRecords(cluster, machine))
    if (!isStored(records.get(machine)!, one))
      throw new ScenarioFailure(
        `order ${one.key} was sent to ${one.brokerName} and acknowledged, but it is not on ${one.brokerName}'s disk`,
      )
  }
}

export async function routeReachable(context: CheckContext): Promise<void> {
  await startCluster(context)
  await moveBroker(context, String(context.variant['oldAddress']))
  for (const letter of ['a', 'b'] as const)
    await expectReachable(context.cluster, brokerOf(context.variant, letter).brokerName)
}

export async function earlierArrive(context: CheckContext): Promise<void> {
  await startCluster(context)
  const sent = await sendOrders(context, 'order', Number(context.variant['messages']))
  await moveBroker(context, String(context.variant['oldAddress']))
  await startBilling(context)
  await expectDelivered(context, sent)
}

export async function bothServe(context: CheckContext): Promise<void> {
  await startCluster(context)
  await moveBroker(context, String(context.variant['oldAddress']))
  await startBilling(context)
  await context.cluster.sleep(35_000) // every client has asked for its routes again
  const sent = await sendOrders(context, 'new', Number(context.variant['messages']))
  for (const { key, status, error, tookMs } of sent) {
    if (status !== 'SEND_OK') throw new ScenarioFailure(`order ${key} was not taken: ${error}`)
    if (tookMs > SEND_WITHIN_MS)
      throw new ScenarioFailure(
        `order ${key} took ${tookMs} ms: a broker in the route did not answer, and the producer had to try another`,
      )
  }
  for (const letter of ['a', 'b'] as const) {
    const { brokerName } = brokerOf(context.variant, letter)
    if (!sent.some((result) => result.brokerName === brokerName))
      throw new ScenarioFailure(`not one of ${sent.length} orders went to ${brokerName}`)
  }
  await expectStored(context, sent)
  await expectDelivered(context, sent)
}

export async function moveAgain(context: CheckContext): Promise<void> {
  const { cluster, variant } = context
  await startNodes(context)
  const fresh = brokerOf(variant, 'c')
  cluster.step(`${fresh.brokerName} starts on a new machine, with nothing said about its address`)
  await startNew(cluster, fresh, UNTOLD)
  await expectReachable(cluster, fresh.brokerName)
  await makeTopic(cluster, 'Moved', ['-b', `${fresh.machine}:${fresh.port}`], 1)
  await cluster.sleep(1_000)
  const sent = await sendOrders(context, 'moved', 3, 'Moved')
  await expectStored(context, sent)
  await startBilling(context, 'Moved')
  await expectDelivered(context, sent)
}

/** The operator's word counts while it stands in the file, and no longer; and what was right in the file stays there. */
export async function toldCounts(context: CheckContext): Promise<void> {
  const { cluster, variant } = context
  expectWritten(context)
  const [broker, gateway] = [brokerOf(variant, 'd'), String(variant['gateway'])]
  await startNodes(context)
  cluster.step(`${broker.brokerName} starts behind a gateway: its brokerIP1 is ${gateway}`)
  await startNew(cluster, broker, told(gateway))
  const { address, host } = await listed(cluster, broker.brokerName)
  if (host !== gateway)
    throw new ScenarioFailure(
      `${broker.brokerName} has brokerIP1 = ${gateway} in its configuration, and is registered at ${address}`,
    )
  cluster.step(`${broker.brokerName} leaves the gateway: the line is taken out of its configuration`)
  await cluster.stop(broker.machine)
  await cluster.writeFile(broker.machine, 'broker.conf', encodeUtf8(UNTOLD))
  await cluster.restart(broker.machine)
  await cluster.sleep(1_000)
  await expectReachable(cluster, broker.brokerName)
}

async function startNew(cluster: Cluster, broker: BrokerOf, conf: string): Promise<void> {
  await cluster.start(brokerSpec(broker, conf)).catch((error: Error) => {
    throw new ScenarioFailure(`${broker.brokerName} does not start: ${error.message}`)
  })
  await cluster.sleep(1_000)
}

/** What the learner sees when the lab opens: orders before the move, the move, and a billing service that waits. */
export async function demo(context: CheckContext): Promise<void> {
  await startCluster(context)
  context.cluster.step('the shop sends eight orders')
  await sendOrders(context, 'order', 8)
  // This cluster is the one that the learner's file was written for.
  await moveBroker(context, OLD_ADDRESS)
  context.cluster.step('the billing service starts')
  await startBilling(context)
  await context.cluster.sleep(5_000)
}
