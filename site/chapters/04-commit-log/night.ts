/**
 * The night of chapter 4: a broker with log files of 4,096 bytes keeps orders and clicks, is killed, starts again; then the
 * billing comes. Two figures run it: one with the broker of this book, one whose broker ends its files in another way.
 *
 * The sizes are chosen for the edges of the files. order-6 would leave five bytes behind it in the first file, order-11 leaves
 * eight in the second. The applications act by the clock alone.
 */
import { encodeBase64 } from '#reference/common/base64.ts'
import { concatBytes } from '#reference/common/bytes.ts'
import { encodeRecord } from '#reference/common/message-codec.ts'
import { encodeUtf8 } from '#reference/common/utf8.ts'
import type { Cluster } from '#reference/host/cluster.ts'
import { until } from '#site/figures/shop.ts'

/** Bytes of a log file of this broker. In production it is 1 GiB. */
export const FILE_BYTES = 4096
export const BROKER = 'broker-a'
const NAMESRV = 'namesrv:9876'

/** The named moments. Passages begin and end with them, and each text stands once. */
export const STEP = {
  open: 'The shop opens: orders and clicks come in',
  one: 'order-1 lies in the log',
  edge: 'The first file is nearly full; order-6 comes',
  second: 'The second file fills',
  forger: 'order-8 lies in the log, a strange one',
  exact: 'The second file is nearly full; order-11 comes',
  third: 'A third file, and its first orders',
  kill: 'The broker is killed',
  again: 'The broker starts again',
  billing: 'The billing comes',
} as const

/** A message of the night: bytes of its record in the log, when the applications of this book send it. */
interface Sent {
  readonly topic: 'Orders' | 'Clicks'
  /** '' for a click: nobody looks for one click. */
  readonly key: string
  readonly recordBytes: number
  /** Its body is not a text but a whole record, as somebody who knows the format may write one. */
  readonly isForged?: boolean
}

const order = (number: number, recordBytes: number): Sent => ({ topic: 'Orders', key: `order-${number}`, recordBytes })
const click: Sent = { topic: 'Clicks', key: '', recordBytes: 300 }

/** What is sent from each named moment on. */
const SENT: readonly (readonly [keyof typeof STEP, readonly Sent[]])[] = [
  ['open', [order(1, 520)]],
  ['one', [click, order(2, 560), click, order(3, 480), order(4, 540), click, order(5, 610)]],
  ['edge', [order(6, 481)]],
  ['second', [click, order(7, 600), { ...order(8, 700), isForged: true }]],
  ['forger', [click, order(9, 560), order(10, 600)]],
  ['exact', [order(11, 547)]],
  ['third', [order(12, 500), click, order(13, 450), order(14, 520)]],
]

/** The order whose body holds a record. */
export const FORGER = 'order-8'
/** Bytes of a record beside its body: the fixed fields, the topic, the properties that client and broker set. */
const BESIDE_BODY: Readonly<Record<Sent['topic'], number>> = { Orders: 224, Clicks: 211 }
const EVERY_MS = 150

/** Starts what there is at night: NameServer, broker, shop. */
function open(cluster: Cluster): void {
  const started = (name: string, program: string, args: readonly string[], files = {}) =>
    void cluster.start({ name, program, args, files }).catch(() => {})
  started('namesrv', 'namesrv', ['listenPort=9876'])
  started(BROKER, 'broker', brokerArgs(), { 'store/config/topics.json': topicsJson(['Orders', 'Clicks']) })
  started('shop', 'producer', [`namesrvAddr=${NAMESRV}`, 'group=shop'])
}

/** The settings of the broker: small files, no index. */
export function brokerArgs(): readonly string[] {
  return [
    `namesrvAddr=${NAMESRV}`,
    `brokerName=${BROKER}`,
    'listenPort=10911',
    `mappedFileSizeCommitLog=${FILE_BYTES}`,
    'mappedFileSizeConsumeQueue=6000',
    'messageIndexEnable=false',
  ]
}

/** A table of topics with one queue each, as a broker keeps it. */
export function topicsJson(topics: readonly string[], queues = 1): string {
  const one = (topicName: string) => [
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
    topicConfigTable: Object.fromEntries(topics.map(one)),
  })
}

/** Bytes of a key, counted from those of `order-1`. */
const keyBytes = ({ key }: Sent) => (key === '' ? 0 : key.length - 'order-1'.length)

/** The body that makes the record as long as it should be. */
export function bodyOf(sent: Sent): Uint8Array {
  const bytes = Math.max(0, sent.recordBytes - BESIDE_BODY[sent.topic] - keyBytes(sent))
  if (sent.isForged === true) return concatBytes([forged(), encodeUtf8(' please '.repeat(bytes))]).subarray(0, bytes)
  const text =
    sent.topic === 'Clicks' ? 'page=/coffee;' : 'one coffee, please; to the second floor, the door with the bell; '
  return encodeUtf8(text.repeat(Math.ceil(bytes / text.length)).slice(0, bytes))
}

/** A record that nobody has sent: it says that a refund is due. */
function forged(): Uint8Array {
  const ip = new Uint8Array([10, 0, 0, 1])
  return encodeRecord({
    topic: 'Refunds',
    queueId: 0,
    queueOffset: 0,
    physicalOffset: FILE_BYTES,
    flag: 0,
    sysFlag: 0,
    bornTimestamp: 1_704_067_201_000,
    bornIp: ip,
    bornPort: 40_000,
    storeTimestamp: 1_704_067_201_000,
    storeIp: ip,
    storePort: 10_911,
    reconsumeTimes: 0,
    preparedTransactionOffset: 0,
    body: encodeUtf8('pay back 1,000,000'),
    propertiesText: 'KEYS\u0001refund-1\u0002',
  })
}

/** Sends a message; whatever comes of it, the shop goes on. */
function send(cluster: Cluster, sent: Sent): void {
  const { topic, key } = sent
  const text = JSON.stringify({ topic, key, body: '', bodyBase64: encodeBase64(bodyOf(sent)) })
  void cluster.call('shop', 'send', text).catch(() => {})
}

/** Sends one more order, such as the reader asks for, with a body of `bodyBytes` bytes; 0: the usual size. */
export function sendOne(cluster: Cluster, key: string, bodyBytes: number): void {
  const sent: Sent = { topic: 'Orders', key, recordBytes: 0 }
  const recordBytes = bodyBytes === 0 ? 480 : BESIDE_BODY.Orders + keyBytes(sent) + bodyBytes
  send(cluster, { ...sent, recordBytes })
}

/** Sends what stands in the table for a named moment, one message every 150 ms. */
async function sendAll(cluster: Cluster, messages: readonly Sent[]): Promise<void> {
  for (const message of messages) {
    send(cluster, message)
    await cluster.sleep(EVERY_MS)
  }
}

// #region night
/** The whole night: messages, a kill, a start, the billing. */
export async function night(cluster: Cluster): Promise<void> {
  open(cluster)
  await until(cluster, 1_000)
  for (const [step, messages] of SENT) {
    cluster.step(STEP[step])
    await sendAll(cluster, messages)
  }
  await until(cluster, 4_600)
  cluster.step(STEP.kill)
  void cluster.kill(BROKER).catch(() => {})
  await until(cluster, 5_200)
  cluster.step(STEP.again)
  void cluster.restart(BROKER).catch(() => {})
  await until(cluster, 6_500)
  cluster.step(STEP.billing)
  void cluster.start(BILLING).catch(() => {})
}
// #endregion night

/** The named moments of the evening. */
export const EVENING = {
  open: 'The shop opens',
  room: 'The first file has 486 bytes left',
  six: 'order-6 comes',
  billing: 'The billing comes early',
} as const

/** The beginning of the night, with a pause before the first file is full, and nothing that fails: for what a reader may try. */
export async function evening(cluster: Cluster): Promise<void> {
  open(cluster)
  await until(cluster, 1_000)
  cluster.step(EVENING.open)
  const [first, one, six] = SENT.map(([, messages]) => messages)
  await sendAll(cluster, [...first!, ...one!])
  await until(cluster, 2_500)
  cluster.step(EVENING.room)
  await until(cluster, 4_000)
  cluster.step(EVENING.six)
  await sendAll(cluster, [...six!, click, order(7, 600)])
  await until(cluster, 6_000)
  cluster.step(EVENING.billing)
  void cluster.start(BILLING).catch(() => {})
}

/** The billing: a group that reads the orders from the first one on. */
const BILLING = {
  name: 'billing',
  program: 'consumer',
  args: [`namesrvAddr=${NAMESRV}`, 'group=billing', 'topic=Orders', 'consumeFromWhere=CONSUME_FROM_FIRST_OFFSET'],
} as const
