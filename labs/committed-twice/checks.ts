/**
 * The scenarios of the lab "Committed twice": a broker that dies, or whose store takes nothing, around the moment of
 * a commit.
 *
 * What an order is, is told by its message id: two orders may have one key and one text.
 */
import { ScenarioFailure } from '../../reference/host/cluster.ts'
import { secretBody, storedRecords } from '../judge/evidence.ts'
import type { CheckContext, Draw, Variant } from '../lab.ts'
import { drawNames, machineOf } from '../one-broker.ts'

export const COMMIT = 'commit.ts'
export const OUTCOMES = 'outcomes-in-log.ts'

const NAMESRV = 'namesrv:9876'
const OP_TOPIC = 'RMQ_SYS_TRANS_OP_HALF_TOPIC'
/** A write that waits longer than this for the page cache makes the store refuse all puts for a second. */
const BUSY = 'osPageCacheBusyTimeOutMills=300'
/** Into two queues: more than 32 for each, which is what one read of a queue returns at most. */
const KIOSK_ORDERS = 72
const CHECKS = ['transactionCheckInterval=1000', 'transactionTimeOut=500', BUSY]

export function variant(draw: Draw): Variant {
  return {
    ...drawNames(draw),
    number: 100 + draw('number.first', 800),
    orders: 6 + draw('orders', 3),
    refused: draw('refused', 2),
    // ends while the store refuses every put
    localMs: 1_200 + draw('local', 350),
  }
}

/** An order that was sold: its message id, once the shop knows it. */
interface Sold {
  readonly key: string
  readonly body: string
  msgId: string
}

/** What the shop's database says: when a local transaction has ended, and how. By key. */
type Local = Readonly<Record<string, { readonly afterMs?: number; readonly isRefused?: boolean }>>

const keyOf = ({ variant }: CheckContext, i: number) => `order-${Number(variant['number']) + i}`
const topicOf = ({ variant }: CheckContext) => String(variant['topic'])

/** The shop's database: what has become of each order, by message id. */
type Ended = Map<string, { readonly atMs: number; readonly state: string }>

/**
 * Starts everybody. The database decides as `local` says, and everything else at once. Whoever asks it before it has decided hears
 * UNKNOW. Returns the database.
 */
async function startShop(context: CheckContext, queues: number, local: Local = {}): Promise<Ended> {
  const { cluster, variant } = context
  const ended: Ended = new Map()
  cluster.onHanded('executeLocalTransaction', (_, json) => {
    const { key, msgId } = JSON.parse(json) as { key: string; msgId: string }
    const { afterMs = 0, isRefused = false } = local[key] ?? {}
    const state = isRefused ? 'ROLLBACK_MESSAGE' : 'COMMIT_MESSAGE'
    ended.set(msgId, { atMs: cluster.nowMs() + afterMs, state })
    return JSON.stringify({ state, afterMs })
  })
  cluster.onHanded('checkLocalTransaction', (_, json) => {
    const known = ended.get((JSON.parse(json) as { msgId: string }).msgId)
    const isDecided = known !== undefined && known.atMs <= cluster.nowMs()
    return JSON.stringify({ state: isDecided ? known.state : 'UNKNOW' })
  })
  await cluster.start({ name: 'namesrv', program: 'namesrv', args: ['listenPort=9876'] })
  const args = [`namesrvAddr=${NAMESRV}`, `brokerName=${variant['broker']}`, `listenPort=${variant['port']}`]
  const files = ['mappedFileSizeCommitLog=65536', 'mappedFileSizeConsumeQueue=6000', 'messageIndexEnable=false']
  await cluster.start({
    name: machineOf(variant),
    program: 'broker',
    args: [...args, ...files, ...CHECKS],
  })
  await cluster.start({ name: 'admin', program: 'admin', args: [`namesrvAddr=${NAMESRV}`] })
  const many = String(queues)
  const create = ['updateTopic', '-t', topicOf(context), '-c', 'DefaultCluster', '-r', many, '-w', many]
  await cluster.admin('admin', create)
  await startProcess(context, 'shop')
  await cluster.sleep(1_500)
  return ended
}

/** Starts a process of the shop. A broker may ask it soon about every transaction of the shop. */
function startProcess(context: CheckContext, name: string): Promise<void> {
  const args = [`namesrvAddr=${NAMESRV}`, 'group=shop', `topic=${topicOf(context)}`]
  return context.cluster.start({ name, program: 'transaction-producer', args })
}

/** Starts a producer that sends orders without a transaction. */
function startKiosk({ cluster }: CheckContext): Promise<void> {
  return cluster.start({ name: 'kiosk', program: 'producer', args: [`namesrvAddr=${NAMESRV}`, 'group=kiosk'] })
}

/** Sends an order without a transaction. */
async function sellAtKiosk(context: CheckContext, number: number): Promise<void> {
  await context.cluster.produce('kiosk', { topic: topicOf(context), key: `kiosk-${number}`, body: 'one coffee' })
}

/** Sells an order; its id is known when the half message is stored and the local transaction has ended. */
function sell(context: CheckContext, key: string, text = `order ${key}`): Sold {
  const { cluster, variant } = context
  const sold: Sold = { key, body: secretBody(text, variant['secret'] ?? ''), msgId: '' }
  cluster.produce('shop', { topic: topicOf(context), key, body: sold.body }).then(({ msgId }) => (sold.msgId = msgId))
  return sold
}

/** Kills the broker, and starts it again a little later; then another process of the shop makes itself known to it. */
async function crash(context: CheckContext): Promise<void> {
  const { cluster, variant } = context
  cluster.step(`the process of ${variant['broker']} is killed`)
  await cluster.kill(machineOf(variant))
  await cluster.sleep(1_500)
  cluster.step(`${variant['broker']} starts again`)
  await cluster.restart(machineOf(variant)).catch((error: Error) => {
    throw new ScenarioFailure(`${variant['broker']} does not start again: ${error.message}`)
  })
  await startProcess(context, 'shop-2')
}

/** Starts the billing, which reads from the first offset, and waits until it has read everything. */
async function bill({ cluster, variant }: CheckContext): Promise<void> {
  cluster.step('the billing comes')
  const args = [`namesrvAddr=${NAMESRV}`, `group=${variant['group']}`, `topic=${variant['topic']}`]
  const from = 'consumeFromWhere=CONSUME_FROM_FIRST_OFFSET'
  await cluster.start({ name: 'billing', program: 'consumer', args: [...args, from] })
  await cluster.sleep(2_000)
}

/** The billing comes, and each of these orders must be billed once. `when` says in words what has happened. */
async function expectOnce(context: CheckContext, sold: readonly Sold[], when: string): Promise<void> {
  const { cluster, variant } = context
  await bill(context)
  const own = cluster.deliveries().filter(({ node, group }) => node === 'billing' && group === variant['group'])
  for (const { key, body, msgId } of sold) {
    if (msgId === '') throw new ScenarioFailure(`the shop could not sell ${key}`)
    const times = own.filter((one) => one.msgId === msgId && one.key === key && one.body === body).length
    if (times === 0) throw new ScenarioFailure(`${key} was never billed; ${when}`)
    if (times > 1) throw new ScenarioFailure(`${key} was billed ${times} times; ${when}`)
  }
}

/**
 * A broker dies after it has committed, and before it has noted so. Between the half message of the first order and its commit a kiosk
 * has put more records into each queue than one read returns.
 */
export async function onceAfterCrash(context: CheckContext): Promise<void> {
  const { cluster, variant } = context
  // the first order is committed after one that came later into its queue
  await startShop(context, 2, { [keyOf(context, 0)]: { afterMs: 900 } })
  await startKiosk(context)
  cluster.step(`the shop sells ${variant['orders']} orders, and a kiosk sells ${KIOSK_ORDERS} without a transaction`)
  const sold = [sell(context, keyOf(context, 0))]
  await cluster.sleep(100)
  // one after the other: the kiosk takes the queues in turn
  for (let i = 1; i <= KIOSK_ORDERS; i++) await sellAtKiosk(context, i)
  for (let i = 1; i < Number(variant['orders']); i++) {
    sold.push(sell(context, keyOf(context, i)))
    await cluster.sleep(100)
  }
  await cluster.sleep(600)
  const when = `${variant['broker']} died after the commit and before its op message`
  await crash(context)
  await cluster.sleep(5_000)
  await expectOnce(context, sold, when)
}

/**
 * A broker dies between half messages and their commits. Others in the same queue were committed before and after them, and a
 * kiosk has put orders into it that need no transaction.
 */
export async function openStays(context: CheckContext): Promise<void> {
  const { cluster, variant } = context
  const keys = [0, 1, 2, 3, 4].map((i) => keyOf(context, i))
  const slow = { afterMs: 1_200 }
  const refused = keys[1 + 2 * Number(variant['refused'])]!
  const local: Record<string, { afterMs: number; isRefused?: boolean }> = {
    [keys[0]!]: slow,
    [keys[1]!]: slow,
    [keys[3]!]: slow,
  }
  local[refused] = { ...slow, isRefused: true }
  await startShop(context, 1, local)
  await startKiosk(context)
  cluster.step('five orders; the local transactions of three of them take longer')
  const sold: Sold[] = []
  // the first two in one millisecond
  for (const i of [0, 4, 1, 2, 3]) {
    sold.push(sell(context, keys[i]!))
    if (i > 0) await cluster.sleep(60)
  }
  cluster.step('a kiosk sells one, without a transaction')
  await sellAtKiosk(context, 1)
  await cluster.sleep(200)
  await crash(context)
  await cluster.sleep(6_000)
  const wanted = sold.filter(({ key }) => key !== refused)
  await expectOnce(context, wanted, `${variant['broker']} died while some of the local transactions still ran`)
  if (cluster.deliveries().some(({ key }) => key === refused))
    throw new ScenarioFailure(`${refused} was billed, although its local transaction was refused`)
}

/** Two orders with the same key and the same text: one is still open when the broker dies, the other one is committed. */
export async function twins(context: CheckContext): Promise<void> {
  const { cluster, variant } = context
  const key = keyOf(context, 0)
  const local: Record<string, { afterMs: number }> = { [key]: { afterMs: 1_300 } }
  await startShop(context, 1, local)
  cluster.step('a customer orders the same twice; the first local transaction takes longer')
  const sold = [sell(context, key, 'the usual, please')]
  await cluster.sleep(300)
  local[key] = { afterMs: 0 }
  sold.push(sell(context, key, 'the usual, please'))
  await cluster.sleep(300)
  await crash(context)
  await cluster.sleep(6_000)
  const when = `two orders have one key and one text, and when ${variant['broker']} died one of them was committed`
  await expectOnce(context, sold, when)
}

/**
 * A process of the shop dies while the database works on its order. The broker asks the other process: first it is not decided, then
 * it is. The broker commits, and dies.
 */
export async function afterACheck(context: CheckContext): Promise<void> {
  const { cluster, variant } = context
  const key = keyOf(context, 0)
  const ended = await startShop(context, 1, { [key]: { afterMs: Number(variant['localMs']) } })
  await startProcess(context, 'till')
  await cluster.sleep(500)
  cluster.step('an order is sold; its process dies while the database works on it')
  const sold = sell(context, key)
  await cluster.sleep(400)
  await cluster.kill('shop')
  const [msgId = ''] = [...ended.keys()]
  await cluster.sleep(2_500)
  await crash(context)
  await cluster.sleep(6_000)
  const why = `it was committed when the other process of the shop was asked about it, and then ${variant['broker']} died`
  await expectOnce(context, [{ ...sold, msgId }], why)
}

/** Another order's write waits long for the page cache. For a second afterwards the store takes nothing, the commit least of all. */
export async function noneLost(context: CheckContext): Promise<void> {
  const { cluster, variant } = context
  const [first, second] = [keyOf(context, 0), keyOf(context, 1)]
  await startShop(context, 1, { [first]: { afterMs: Number(variant['localMs']) } })
  cluster.step('an order is sold; its local transaction takes a while')
  const sold = [sell(context, first)]
  await cluster.sleep(300)
  cluster.step('a second order; its write waits for the page cache')
  const slow = await cluster.inject({ kind: 'disk', node: machineOf(variant), fails: 'slowWrite', delayMs: 400 })
  sold.push(sell(context, second))
  await cluster.sleep(100)
  await slow.heal()
  await cluster.sleep(7_000)
  const when = 'the store had refused the commit, because a write had just waited long for the page cache'
  await expectOnce(context, sold, when)
  const records = await storedRecords(cluster, machineOf(variant))
  if (!records.some(({ topic }) => topic === OP_TOPIC))
    throw new ScenarioFailure(
      `${variant['broker']} has committed two orders, and seconds later its op queue lists no end of a transaction`,
    )
}

/** What the learner sees when the lab opens: an order that is billed, a broker that dies, and the same order billed again. */
export async function demo(context: CheckContext): Promise<void> {
  const { cluster } = context
  await startShop(context, 1)
  cluster.step('the shop sells an order')
  sell(context, keyOf(context, 0))
  await cluster.sleep(1_000)
  await crash(context)
  await cluster.sleep(4_000)
  await bill(context)
  await cluster.sleep(1_000)
}
