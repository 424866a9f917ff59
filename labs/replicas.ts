/**
 * What the scenarios of labs about elections share: a controller, replicas of one broker name, and two shops, one of which may be cut
 * off together with a replica.
 *
 * Believed is what `judge/evidence.ts` says, and the disks of the replicas, read from outside. No node is asked what it has.
 */
import { type Delivery, ScenarioFailure } from '../reference/host/cluster.ts'
import { type SentMessage, secretBody, undelivered } from './judge/evidence.ts'
import type { CheckContext, Draw, Variant } from './lab.ts'
import { drawNames } from './one-broker.ts'

const NAMESRV = 'namesrv:9876'
const CONTROLLER_PORT = 9878
/** The distance between the ports of two replicas, for clusters whose machines are one. */
const PORT_STEP = 3
/** Machines for each place in the group: no two replicas have one name. */
const MACHINES = [
  ['amber', 'basalt', 'cobalt', 'delta'],
  ['garnet', 'indigo', 'jasper', 'onyx'],
  ['pearl', 'quartz', 'ruby', 'topaz'],
] as const
/** A shop whose broker does not answer gives up after this time. */
const SEND_TIMEOUT_MS = 1_000
/** A group finds its queues and reads them in less. */
const ARRIVE_WITHIN_MS = 25_000
/** What follows behind the last awaited order comes in less. */
const MORE_WITHIN_MS = 5_000
const LOG_FILE_BYTES = 65_536
/** As much of an error as a sentence quotes. */
const REASON_CHARS_MAX = 160

/** Draws names, ports, a secret, and the machines of `count` replicas. */
export function drawReplicas(draw: Draw, count: number): Record<string, string | number> {
  const machines = MACHINES.slice(0, count).map((all, i) => [
    `replica${i + 1}`,
    `${all[draw(`replica.${i}`, all.length)]}-${10 + draw(`replica.${i}.number`, 90)}`,
  ])
  return { ...drawNames(draw), ...Object.fromEntries(machines), replicas: count }
}

/** The machine of the replica with this id. */
export const replica = (variant: Variant, id: number) => String(variant[`replica${id}`])

/** The file with which a replica knows the topic, with one queue. */
function topicsJson(topicName: string): string {
  const topic = { attributes: {}, order: false, perm: 6, readQueueNums: 1, topicFilterType: 'SINGLE_TAG', topicName }
  return JSON.stringify({
    dataVersion: { counter: 1, stateVersion: 0, timestamp: 1_704_067_100_000 },
    topicConfigTable: { [topicName]: { ...topic, topicSysFlag: 0, writeQueueNums: 1 } },
  })
}

/** Settings of a group. `of`: settings of single replicas, by their id. */
export interface GroupSettings {
  readonly controller?: readonly string[]
  readonly replicas?: readonly string[]
  readonly of?: Readonly<Record<number, readonly string[]>>
}

/** Starts a NameServer, a controller, the replicas in the order of their ids (the first one is the master), and the shop. */
export async function startGroup(context: CheckContext, settings: GroupSettings = {}): Promise<void> {
  const { cluster, variant } = context
  await cluster.start({ name: 'namesrv', program: 'namesrv', args: ['listenPort=9876'] })
  await cluster.start({
    name: 'controller',
    program: 'controller',
    args: [
      'controllerDLegerGroup=group1',
      `controllerDLegerPeers=controller-controller:${CONTROLLER_PORT}`,
      'controllerDLegerSelfId=controller',
      ...(settings.controller ?? []),
    ],
  })
  for (let id = 1; id <= Number(variant['replicas']); id++) {
    const args = [
      `namesrvAddr=${NAMESRV}`,
      `brokerName=${variant['broker']}`,
      `listenPort=${Number(variant['port']) + PORT_STEP * (id - 1)}`,
      'enableControllerMode=true',
      `controllerAddr=controller:${CONTROLLER_PORT}`,
      'mappedFileSizeConsumeQueue=6000',
      `mappedFileSizeCommitLog=${LOG_FILE_BYTES}`,
      'messageIndexEnable=false',
      ...(settings.replicas ?? []),
      ...(settings.of?.[id] ?? []),
    ]
    const files = { 'store/config/topics.json': topicsJson(String(variant['topic'])) }
    await cluster.start({ name: replica(variant, id), program: 'broker', args, files })
    await cluster.sleep(1_500)
  }
  await startShop(context, 'shop')
  await cluster.sleep(2_000)
}

/** Starts a shop, which asks for the route at its first send. */
export async function startShop({ cluster }: CheckContext, name: string): Promise<void> {
  const args = [`namesrvAddr=${NAMESRV}`, 'group=shop', `sendMsgTimeout=${SEND_TIMEOUT_MS}`]
  await cluster.start({ name, program: 'producer', args })
}

/** Sends one order from a shop and waits for its answer, whatever it is. `padding` makes the body longer by so many bytes. */
export async function sellFrom(
  { cluster, variant }: CheckContext,
  shop: string,
  key: string,
  padding = 0,
): Promise<SentMessage> {
  const startMs = cluster.nowMs()
  const body = secretBody(`order ${key}${'.'.repeat(padding)}`, variant['secret'] ?? '')
  const message = { topic: String(variant['topic']), key, body }
  const result = await cluster.produce(shop, message)
  return { ...message, ...result, tookMs: cluster.nowMs() - startMs }
}

/** Sends `prefix-1` to `prefix-count`, one after the other; each must be answered SEND_OK. */
export async function sellAllFrom(
  context: CheckContext,
  shop: string,
  prefix: string,
  count: number,
  padding = 0,
): Promise<readonly SentMessage[]> {
  const sent: SentMessage[] = []
  for (let i = 1; i <= count; i++) {
    const one = await sellFrom(context, shop, `${prefix}-${i}`, padding)
    if (one.status !== 'SEND_OK')
      throw new ScenarioFailure(
        `nobody takes ${one.key}, ${one.error || one.status}; there ought to be a master${endedByItself(context)}`,
      )
    sent.push(one)
  }
  return sent
}

/** What a replica that ended by itself has said, behind a sentence; '' when none has. */
function endedByItself({ cluster }: CheckContext): string {
  const ended = cluster.events.findLast((event) => event.kind === 'node.stopped' && event.how === 'failed')
  if (ended?.kind !== 'node.stopped') return ''
  return `. ${ended.node} has ended by itself: ${ended.reason.slice(0, REASON_CHARS_MAX)}`
}

/** Sends `prefix-1` to `prefix-count` side by side, and does not mind what is answered. */
export function trySelling(
  context: CheckContext,
  shop: string,
  prefix: string,
  count: number,
): Promise<readonly SentMessage[]> {
  return Promise.all(Array.from({ length: count }, (_, i) => sellFrom(context, shop, `${prefix}-${i + 1}`)))
}

/** Cuts these nodes off from all others; connections break. */
export function cutOff({ cluster, variant }: CheckContext, alone: readonly string[]) {
  const all = ['namesrv', 'controller', 'shop']
  for (let id = 1; id <= Number(variant['replicas']); id++) all.push(replica(variant, id))
  const others = all.filter((name) => !alone.includes(name))
  return cluster.inject({ kind: 'partition', between: [[...alone], others], held: 'reset' })
}

/** Starts the billing, which reads from the first offset. */
export async function startBilling({ cluster, variant }: CheckContext): Promise<void> {
  const args = [
    `namesrvAddr=${NAMESRV}`,
    `group=${variant['group']}`,
    `topic=${variant['topic']}`,
    'consumeFromWhere=CONSUME_FROM_FIRST_OFFSET',
  ]
  await cluster.start({ name: 'billing', program: 'consumer', args })
}

/** Each of these orders must be billed, and each one once. `when`: what has happened before, as the beginning of a sentence. */
export async function expectBilled(
  { cluster, variant }: CheckContext,
  sent: readonly SentMessage[],
  when: string,
): Promise<void> {
  const missing = () => undelivered(cluster, 'billing', String(variant['group']), sent)
  await cluster
    .waitUntil('all orders are delivered', () => missing().length === 0, ARRIVE_WITHIN_MS)
    .catch(() => {
      const lost = missing()
      throw new ScenarioFailure(
        `${when}, ${lost.length} of ${sent.length} orders that were answered SEND_OK are billed to nobody; the first is ${lost[0]!.key}`,
      )
    })
}

/** No order with this prefix may be billed, and none may be billed twice, also a while after the others. */
export async function expectNoneOf({ cluster, variant }: CheckContext, prefix: string, when: string): Promise<void> {
  await cluster.sleep(MORE_WITHIN_MS)
  const billed = cluster.deliveries().filter(({ group }) => group === variant['group'])
  const seen = new Set<string>()
  for (const { key, msgId } of billed as readonly Delivery[]) {
    if (key.startsWith(`${prefix}-`))
      throw new ScenarioFailure(`${when}, ${key} is billed: an order that the new master never had`)
    if (seen.has(msgId)) throw new ScenarioFailure(`${when}, ${key} is billed twice`)
    seen.add(msgId)
  }
}
