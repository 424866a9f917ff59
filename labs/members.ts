/**
 * What the scenarios of the labs about rebalance share: brokers, a topic, a shop, and members of a group that come and go.
 *
 * Which queue an order lies in is what the shop was answered; who was handed it is the node on which it was handed over. Both are
 * seen by the hosts. An order counts only with the body that the check has made.
 */
import { ScenarioFailure } from '../reference/host/cluster.ts'
import { type SentMessage, secretBody } from './judge/evidence.ts'
import type { CheckContext, Draw, Variant } from './lab.ts'
import { drawNames, machineOf } from './one-broker.ts'

const NAMESRV = 'namesrv:9876'
const CREW = ['ann', 'bea', 'cid', 'dot', 'eve', 'fay', 'gus', 'hal'] as const
/** Members have found each other by then. */
export const SETTLE_MS = 3_000

/** How many queues a sentence names. */
const PLACES_NAMED = 4

/** Draws names as `drawNames` does, and where in the crew's list the members begin. */
export function drawCrew(draw: Draw): Variant {
  return { ...drawNames(draw), crew: draw('crew', CREW.length) }
}

/** The name of the member with this number, from 0. */
export function memberName({ variant }: CheckContext, number: number): string {
  return `${CREW[(Number(variant['crew']) + number) % CREW.length]}-${number + 1}`
}

const text = ({ variant }: CheckContext, name: string) => String(variant[name])
const partner = (context: CheckContext) => `${machineOf(context.variant)}-b`

/** Names of the broker machines: the one, and the other one of a pair. */
export function machines(context: CheckContext, brokers: number): readonly string[] {
  return [machineOf(context.variant), partner(context)].slice(0, brokers)
}

/** Starts NameServer, brokers with so many queues each, an operator's tool, and a shop. */
export async function openGroup(context: CheckContext, queues: number, brokers = 1): Promise<void> {
  const { cluster, variant } = context
  await cluster.start({ name: 'namesrv', program: 'namesrv', args: ['listenPort=9876'] })
  for (const [i, name] of machines(context, brokers).entries()) {
    const args = [
      `namesrvAddr=${NAMESRV}`,
      `brokerName=${variant['broker']}${i === 0 ? '' : '-b'}`,
      `listenPort=${variant['port']}`,
      'mappedFileSizeCommitLog=65536',
      'mappedFileSizeConsumeQueue=2000',
      'messageIndexEnable=false',
    ]
    await cluster.start({ name, program: 'broker', args })
  }
  await cluster.start({ name: 'admin', program: 'admin', args: [`namesrvAddr=${NAMESRV}`] })
  const create = ['updateTopic', '-t', text(context, 'topic'), '-c', 'DefaultCluster']
  await cluster.admin('admin', [...create, '-r', String(queues), '-w', String(queues)])
  await cluster.start({ name: 'shop', program: 'producer', args: [`namesrvAddr=${NAMESRV}`, 'group=shop'] })
}

/** Starts a member. `group`: another group than the lab's. */
export async function enter(
  { cluster, variant }: CheckContext,
  name: string,
  { group = String(variant['group']), options = [] }: { group?: string; options?: readonly string[] } = {},
): Promise<void> {
  const args = [
    `namesrvAddr=${NAMESRV}`,
    `group=${group}`,
    `topic=${variant['topic']}`,
    'consumeFromWhere=CONSUME_FROM_FIRST_OFFSET',
    ...options,
  ]
  await cluster.start({ name, program: 'consumer', args })
}

/** Sends so many orders at once; with as many as there are queues, each queue gets one. Each must be acknowledged. */
export async function sellEach(context: CheckContext, prefix: string, count: number): Promise<readonly SentMessage[]> {
  const { cluster } = context
  const startMs = cluster.nowMs()
  const sent: SentMessage[] = []
  for (let i = 1; i <= count; i++) {
    const message = {
      topic: text(context, 'topic'),
      key: `${prefix}-${i}`,
      body: secretBody(`order ${prefix}-${i}`, text(context, 'secret')),
    }
    const result = await cluster.produce('shop', message)
    if (result.status !== 'SEND_OK') throw new ScenarioFailure(`${message.key} was not taken: ${result.error}`)
    sent.push({ ...message, ...result, tookMs: cluster.nowMs() - startMs })
  }
  return sent
}

/** The members that were handed an order, whole, in the order of time. */
export function handedTo({ cluster, variant }: CheckContext, order: SentMessage, group = variant['group']): string[] {
  return cluster
    .deliveries()
    .filter(({ key, body, group: of }) => key === order.key && body === order.body && of === group)
    .map(({ node }) => node)
}

/** Where an order lies, in words: `queue 3`, with the broker's name where there are two. */
export function placeOf({ brokerName, queueId }: SentMessage, brokers = 1): string {
  return brokers === 1 ? `queue ${queueId}` : `queue ${queueId} of ${brokerName}`
}

/** Waits until each of these orders was handed to somebody. The failure names where the first one lies that was not. */
export async function expectRead(
  context: CheckContext,
  sent: readonly SentMessage[],
  when: string,
  withinMs = 25_000,
  brokers = 1,
): Promise<void> {
  const missing = () => sent.filter((order) => handedTo(context, order).length === 0)
  await context.cluster
    .waitUntil('each order is handed out', () => missing().length === 0, withinMs)
    .catch(() => {
      const places = [...new Set(missing().map((order) => placeOf(order, brokers)))]
      throw new ScenarioFailure(
        `${when}, ${missing().length} of ${sent.length} orders were handed to nobody within ${withinMs / 1_000} s; they lie in ${places.slice(0, PLACES_NAMED).join(', ')}${places.length > PLACES_NAMED ? ' and others' : ''}`,
      )
    })
}

/** None of these orders may have been handed out more than once. */
export function expectOnce(context: CheckContext, sent: readonly SentMessage[], when: string, brokers = 1): void {
  for (const order of sent) {
    const [first, second] = handedTo(context, order)
    if (second === undefined) continue
    const who = first === second ? `to ${first} twice` : `to ${first} and to ${second}`
    throw new ScenarioFailure(`${when}, ${order.key} in ${placeOf(order, brokers)} was handed ${who}`)
  }
}

/** Who is handed the orders of each queue: by queue, from orders that were each handed out. */
export function ownersBy(context: CheckContext, sent: readonly SentMessage[]): ReadonlyMap<string, string> {
  return new Map(sent.map((order) => [placeOf(order), handedTo(context, order)[0] ?? 'nobody']))
}

/** The ids of the members by name, as the broker lists them. */
export async function memberIds(context: CheckContext): Promise<ReadonlyMap<string, string>> {
  const printed = await context.cluster.admin('admin', ['consumerConnection', '-g', text(context, 'group')])
  const ids = [...new Set(printed.match(/\d+\.\d+\.\d+\.\d+@[^\s#]+#\d+/g) ?? [])]
  return new Map(ids.map((id) => [/@([^#]+)#/.exec(id)![1]!, id]))
}
