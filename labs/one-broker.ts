/**
 * What the scenarios of several labs share: a NameServer, one broker, a shop and a billing, with names, ports and a secret that
 * are drawn from the seed.
 *
 * Believed is only what `judge/evidence.ts` says: deliveries on the billing's node, bodies with the secret of the run, records
 * that are decoded whole.
 */
import { type Fault, ScenarioFailure } from '../reference/host/cluster.ts'
import { isStored, type SentMessage, secretBody, storedRecords, undelivered } from './judge/evidence.ts'
import type { CheckContext, Draw, Variant } from './lab.ts'

const NAMESRV = 'namesrv:9876'
const MACHINES = ['heron', 'birch', 'cedar', 'ember', 'flint', 'grove', 'larch', 'maple', 'otter', 'plover']
const BROKERS = ['north', 'south', 'east', 'west', 'harbour', 'market', 'station', 'castle']
const TOPICS = ['Orders', 'Payments', 'Parcels', 'Tickets']
const GROUPS = ['billing', 'billing-eu', 'invoices', 'charges']
/** A consumer finds its queues and reads them in less. */
const ARRIVE_WITHIN_MS = 25_000

/** Draws names, a port, the number of orders and the secret that stands in every body. */
export function drawNames(draw: Draw): Record<string, string | number> {
  return {
    topic: TOPICS[draw('topic', TOPICS.length)]!,
    group: GROUPS[draw('group', GROUPS.length)]!,
    machine: `${MACHINES[draw('machine', MACHINES.length)]}-${10 + draw('number', 90)}`,
    broker: BROKERS[draw('broker', BROKERS.length)]!,
    port: 11_000 + 10 * (1 + draw('port', 90)),
    secret: `${draw('secret.1', 2 ** 31)}-${draw('secret.2', 2 ** 31)}`,
  }
}

const text = (variant: Variant, name: string) => String(variant[name])

/** The machine of the broker: the name of its node. */
export const machineOf = (variant: Variant) => text(variant, 'machine')

/** Starts NameServer, broker, topic with one queue, and shop. */
export async function startShop(
  { cluster, variant }: CheckContext,
  settings: readonly string[],
  shopSettings: readonly string[] = [],
): Promise<void> {
  await cluster.start({ name: 'namesrv', program: 'namesrv', args: ['listenPort=9876'] })
  const args = [
    `namesrvAddr=${NAMESRV}`,
    `brokerName=${variant['broker']}`,
    `listenPort=${variant['port']}`,
    'mappedFileSizeConsumeQueue=6000',
    'messageIndexEnable=false',
    ...settings,
  ]
  await cluster.start({ name: machineOf(variant), program: 'broker', args })
  await cluster.start({ name: 'admin', program: 'admin', args: [`namesrvAddr=${NAMESRV}`] })
  const create = ['updateTopic', '-t', text(variant, 'topic'), '-c', 'DefaultCluster', '-r', '1', '-w', '1']
  await cluster.admin('admin', create)
  await cluster.start({
    name: 'shop',
    program: 'producer',
    args: [`namesrvAddr=${NAMESRV}`, 'group=shop', ...shopSettings],
  })
}

/** Sends one order and waits for its answer. `padding` makes the body longer. */
export async function sell({ cluster, variant }: CheckContext, key: string, padding = 0): Promise<SentMessage> {
  const startMs = cluster.nowMs()
  const body = secretBody(`order ${key}${' please'.repeat(Math.ceil(padding / 7))}`, variant['secret'] ?? '')
  const message = { topic: text(variant, 'topic'), key, body }
  const result = await cluster.produce('shop', message)
  return { ...message, ...result, tookMs: cluster.nowMs() - startMs }
}

/** Sends `prefix-1` to `prefix-count`, one after the other; each must be acknowledged. */
export async function sellAll(
  context: CheckContext,
  prefix: string,
  count: number,
  padding = 0,
): Promise<readonly SentMessage[]> {
  const sent: SentMessage[] = []
  for (let i = 1; i <= count; i++) {
    const one = await sell(context, `${prefix}-${i}`, padding)
    if (one.status !== 'SEND_OK') throw new ScenarioFailure(`${one.key} was not taken: ${one.error || one.status}`)
    sent.push(one)
  }
  return sent
}

/** Starts the broker again, and waits until its topic can be reached. */
export async function startAgain({ cluster, variant }: CheckContext): Promise<void> {
  await cluster.restart(machineOf(variant)).catch((error: Error) => {
    throw new ScenarioFailure(`${variant['broker']} does not start again: ${error.message}`)
  })
  await cluster.sleep(2_000)
}

/** Starts the billing, which reads from the first offset. `program`: the one whose listener is the script, or `billing`. */
export async function startBilling({ cluster, variant }: CheckContext, program = 'consumer'): Promise<void> {
  const args = [
    `namesrvAddr=${NAMESRV}`,
    `group=${variant['group']}`,
    `topic=${variant['topic']}`,
    'consumeFromWhere=CONSUME_FROM_FIRST_OFFSET',
  ]
  await cluster.start({ name: 'billing', program, args })
}

/** Waits until every one of these orders was delivered, whole. The failure names the first that was not. */
export async function expectDelivered({ cluster, variant }: CheckContext, sent: readonly SentMessage[]): Promise<void> {
  const missing = () => undelivered(cluster, 'billing', text(variant, 'group'), sent)
  await cluster
    .waitUntil('all orders are delivered', () => missing().length === 0, ARRIVE_WITHIN_MS)
    .catch(() => {
      const [first] = missing()
      throw new ScenarioFailure(
        `${missing().length} of ${sent.length} orders were acknowledged and whole on the disk, and were not delivered; the first is ${first!.key}`,
      )
    })
}

/** Every one of these orders must lie in the broker's log, where a reader that knows nothing else finds it. */
export async function expectStored({ cluster, variant }: CheckContext, sent: readonly SentMessage[]): Promise<void> {
  const records = await storedRecords(cluster, machineOf(variant))
  const missing = sent.filter((one) => !isStored(records, one))
  if (missing.length === 0) return
  throw new ScenarioFailure(
    `${missing[0]!.key} was acknowledged, and a reader that walks the log of ${variant['broker']} from its beginning does not come to it`,
  )
}

/** What the billing was handed beyond these orders: a sentence about the first, or ''. */
export function unexpected({ cluster, variant }: CheckContext, expected: readonly SentMessage[]): string {
  const bodies = new Map(expected.map((one) => [one.key, one.body]))
  const seen = new Set<string>()
  for (const { key, body, group } of cluster.deliveries()) {
    if (group !== variant['group']) continue
    const wanted = bodies.get(key)
    if (wanted === undefined) return `${key} was delivered`
    if (wanted !== body) return `${key} was delivered with a body that nobody sent`
    if (seen.has(key)) return `${key} was delivered twice`
    seen.add(key)
  }
  return ''
}

/** Begins a fault of the broker's disk. */
export function diskFault(
  { cluster, variant }: CheckContext,
  fails: Extract<Fault, { kind: 'disk' }>['fails'],
  delayMs = 0,
): Promise<{ heal(): Promise<void> }> {
  return cluster.inject({ kind: 'disk', node: machineOf(variant), fails, delayMs })
}

/** Answers of the shop that say SEND_OK. */
export const acknowledged = (sent: readonly SentMessage[]) => sent.filter(({ status }) => status === 'SEND_OK')
