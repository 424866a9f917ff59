/**
 * The days of chapter 5: brokers that keep orders among clicks, and what becomes of their queues and of their index.
 *
 * The applications act by the clock alone, so what a reader kills delays nothing that RocketMQ would not delay.
 */
import { encodeBase64 } from '#reference/common/base64.ts'
import { encodeUtf8 } from '#reference/common/utf8.ts'
import type { Cluster } from '#reference/host/cluster.ts'
import type { SimCluster } from '#reference/host/sim/cluster.ts'
import type { CastMember } from '#site/figures/kit/types.ts'
import { start, until } from '#site/figures/shop.ts'

export const BROKER = 'broker-a'
export const NAMESRV = 'namesrv:9876'
/** The folder with all queues. */
const QUEUES = 'store/consumequeue'

/** The named moments of a day on which somebody tidies up. Passages begin and end with them. */
export const DAY = {
  open: 'The shop opens: six orders among clicks',
  four: 'order-4 is sold',
  stop: 'The broker is stopped, properly',
  sweep: 'Somebody removes the folder of the queues',
  again: 'The broker starts again',
  more: 'Two more orders are sold',
  billing: 'The billing comes',
} as const

/** Who takes part. Strips of queues are drawn for the broker. */
export const CAST: readonly CastMember[] = [
  { name: 'namesrv', role: 'namesrv' },
  { name: BROKER, role: 'broker', queues: ['Orders/0', 'Orders/1', 'Clicks/0'] },
  { name: 'shop', role: 'producer' },
  { name: 'billing', role: 'consumer', group: 'billing' },
]

const DRINKS = ['coffee', 'tea', 'cocoa']

/** Starts a NameServer, the broker with its topics, and the shop. `topics`: how many queues each has. */
export function open(
  cluster: Cluster,
  topics: Readonly<Record<string, number>>,
  settings: readonly string[] = [],
): void {
  start(cluster, 'namesrv', 'namesrv', ['listenPort=9876'])
  const files = { 'store/config/topics.json': topicsJson(topics) }
  const args = [
    `namesrvAddr=${NAMESRV}`,
    `brokerName=${BROKER}`,
    'listenPort=10911',
    'mappedFileSizeConsumeQueue=6000',
    ...settings,
  ]
  void cluster.start({ name: BROKER, program: 'broker', args, files }).catch(() => {})
  start(cluster, 'shop', 'producer', [`namesrvAddr=${NAMESRV}`, 'group=shop'])
}

/** The file with which a broker knows its topics from the start. */
function topicsJson(topics: Readonly<Record<string, number>>): string {
  const one = ([topicName, queues]: [string, number]) => [
    topicName,
    {
      attributes: {},
      order: false,
      perm: 6,
      readQueueNums: queues,
      topicFilterType: 'SINGLE_TAG',
      topicName,
      topicSysFlag: 0,
      writeQueueNums: queues,
    },
  ]
  return JSON.stringify({
    dataVersion: { counter: 1, stateVersion: 0, timestamp: 1_704_067_100_000 },
    topicConfigTable: Object.fromEntries(Object.entries(topics).map(one)),
  })
}

/** Sends an order; whatever comes of it, the shop goes on. `bodyBytes` 0: the usual size. */
export function sell(cluster: Cluster, key: string, bodyBytes = 0, tag = 'coffee'): void {
  const body = `one ${tag}, please (${key})`.padEnd(bodyBytes, '.')
  void cluster.produce('shop', { topic: 'Orders', key, body, tag }).catch(() => {})
}

/** Sends the order with a number; what is ordered goes round. */
function sellNumber(cluster: Cluster, number: number): void {
  sell(cluster, `order-${number}`, 0, DRINKS[(number - 1) % DRINKS.length]!)
}

/** A visitor looks at a page. A click has no key: nobody will look for one click. */
export function click(cluster: Cluster): void {
  const text = JSON.stringify({ topic: 'Clicks', key: '', body: '', bodyBase64: encodeBase64(encodeUtf8('/coffee')) })
  void cluster.call('shop', 'send', text).catch(() => {})
}

/** Starts the billing: a group that reads the orders from the first one on. */
export function startBilling(cluster: Cluster): void {
  const from = 'consumeFromWhere=CONSUME_FROM_FIRST_OFFSET'
  start(cluster, 'billing', 'consumer', [`namesrvAddr=${NAMESRV}`, 'group=billing', 'topic=Orders', from])
}

/** Removes the folder of the queues, unless the reader has the broker running. */
export function sweep(cluster: Cluster): void {
  if (!('removeFolder' in cluster) || cluster.isRunning(BROKER)) return
  try {
    ;(cluster as SimCluster).removeFolder(BROKER, QUEUES)
  } catch {
    // the reader has removed it already, or the broker was never started
  }
}

export const stop = (cluster: Cluster) => void cluster.stop(BROKER).catch(() => {})
export const kill = (cluster: Cluster) => void cluster.kill(BROKER).catch(() => {})
export const restart = (cluster: Cluster) => void cluster.restart(BROKER).catch(() => {})

/** Sends orders `first` to `last`, one every `everyMs`. */
export async function sellMany(cluster: Cluster, first: number, last: number, everyMs: number): Promise<void> {
  for (let number = first; number <= last; number++) {
    sell(cluster, `order-${number}`)
    await cluster.sleep(everyMs)
  }
}

/** What is sent on the day: numbers are orders, 0 is a click. */
const SENT = [1, 0, 0, 2, 0, 3, 0, 0, 4, 0, 5, 6]

// #region day
/** The whole day: orders and clicks, a stop, the folder of the queues goes, a start, two more orders, the billing. */
export async function day(cluster: Cluster): Promise<void> {
  const small = ['mappedFileSizeCommitLog=65536', 'messageIndexEnable=false']
  open(cluster, { Orders: 2, Clicks: 1 }, small)
  await until(cluster, 1_000)
  cluster.step(DAY.open)
  for (const number of SENT) {
    if (number === 4) cluster.step(DAY.four)
    if (number === 0) click(cluster)
    else sellNumber(cluster, number)
    await cluster.sleep(150)
  }
  await until(cluster, 4_000)
  cluster.step(DAY.stop)
  stop(cluster)
  await until(cluster, 5_000)
  cluster.step(DAY.sweep)
  sweep(cluster)
  await until(cluster, 6_000)
  cluster.step(DAY.again)
  restart(cluster)
  await until(cluster, 7_500)
  cluster.step(DAY.more)
  await sellMany(cluster, 7, 8, 150)
  await until(cluster, 8_500)
  cluster.step(DAY.billing)
  startBilling(cluster)
}
// #endregion day
