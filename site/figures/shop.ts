/**
 * The shop and the billing of the book: what scripts of figures are made of. A topic that exists, nodes that start, and
 * applications that act by the clock alone, so that what the reader kills delays nothing that RocketMQ would not delay.
 *
 * Nothing here waits for anything but time: a call that fails is the reader's doing, and the script goes on.
 */
import type { Cluster } from '../../reference/host/cluster.ts'
import type { EventKind } from '../../reference/host/trace.ts'

/** The topic of the book's orders. */
export const TOPIC = 'Orders'
const DRINKS = ['coffee', 'tea', 'cocoa']

/** The file with which a broker knows the topic from the start. */
function topicsJson(queues: number): string {
  return JSON.stringify({
    dataVersion: { counter: 1, stateVersion: 0, timestamp: 1_704_067_100_000 },
    topicConfigTable: {
      [TOPIC]: {
        attributes: {},
        order: false,
        perm: 6,
        readQueueNums: queues,
        topicFilterType: 'SINGLE_TAG',
        topicName: TOPIC,
        topicSysFlag: 0,
        writeQueueNums: queues,
      },
    },
  })
}

/** The one setting by which this book's producer would do otherwise than RocketMQ's, which a figure is to show. */
const AS_ROCKETMQ = 'askRouteWhenMasterIsLost=false'

/** Starts a node unless the reader has made that impossible. A producer does as RocketMQ's, unless its arguments say otherwise. */
export function start(cluster: Cluster, name: string, program: string, args: readonly string[]): void {
  const isProducer = /producer$/.test(program) && args.some((one) => one.startsWith('group='))
  void cluster.start({ name, program, args: isProducer ? [AS_ROCKETMQ, ...args] : args }).catch(() => {})
}

/** Starts a broker with small files: a figure's disk is memory. */
export function startBroker(
  cluster: Cluster,
  name: string,
  namesrvAddr: string,
  queues: number,
  settings: readonly string[] = [],
): void {
  const args = [
    `namesrvAddr=${namesrvAddr}`,
    `brokerName=${name}`,
    'listenPort=10911',
    'mappedFileSizeConsumeQueue=6000',
    ...settings,
  ]
  const files = { 'store/config/topics.json': topicsJson(queues) }
  void cluster.start({ name, program: 'broker', args, files }).catch(() => {})
}

/** Starts a member of a group that reads from the first offset. */
export function startConsumer(cluster: Cluster, name: string, namesrvAddr: string, group: string): void {
  const from = 'consumeFromWhere=CONSUME_FROM_FIRST_OFFSET'
  start(cluster, name, 'consumer', [`namesrvAddr=${namesrvAddr}`, `group=${group}`, `topic=${TOPIC}`, from])
}

/** Sends `order-<number>`, with a body of `bodyBytes` when that is not 0; whatever comes of it, the application goes on. */
export function send(cluster: Cluster, producer: string, number: number, bodyBytes = 0): void {
  const tag = DRINKS[(number - 1) % DRINKS.length]!
  const words = `one ${tag}, please`
  const body = bodyBytes === 0 ? words : filled(`${words} `, bodyBytes)
  const order = { topic: TOPIC, key: `order-${number}`, body, tag }
  void cluster.produce(producer, order).catch(() => {})
}

/** A text that begins with `words` and has this many bytes. It hardly compresses: a producer compresses large bodies. */
function filled(words: string, bytes: number): string {
  let text = words.slice(0, bytes)
  for (let seed = 1; text.length < bytes; ) {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0
    const letter = String.fromCharCode(35 + ((seed >>> 16) % 90))
    if (letter !== '\\') text += letter
  }
  return text
}

/** Sends the order with a key, such as the one that a reader asks for: a figure's `send`. */
export function sendKey(cluster: Cluster, producer: string, key: string, bodyBytes = 0): void {
  send(cluster, producer, Number(/\d+$/.exec(key)?.[0] ?? 1), bodyBytes)
}

/** Sends orders `first` to `last`, one every `everyMs`. */
export async function sendMany(
  cluster: Cluster,
  producer: string,
  [first, last]: readonly [number, number],
  everyMs: number,
): Promise<void> {
  for (let number = first; number <= last; number++) {
    send(cluster, producer, number)
    await cluster.sleep(everyMs)
  }
}

/** Sleeps until a virtual time. */
export function until(cluster: Cluster, atMs: number): Promise<void> {
  return cluster.sleep(Math.max(0, atMs - cluster.nowMs()))
}

/** Names moments that come by themselves, when they come: the first event of each kind makes its moment. */
export function tellMoments(cluster: Cluster, texts: Readonly<Partial<Record<EventKind, string>>>): void {
  for (const [kind, text] of Object.entries(texts)) {
    let next = cluster.events.length
    const holds = () => {
      for (; next < cluster.events.length; next++) if (cluster.events[next]!.kind === kind) return true
      return false
    }
    cluster.waitUntil(`there is a ${kind}`, holds, MOMENT_MS_MAX).then(
      () => cluster.step(text),
      () => {}, // it does not come in this run
    )
  }
}

/** A moment that has not come by then is not waited for: longer than any figure's run. */
const MOMENT_MS_MAX = 24 * 3_600_000
