/**
 * The scenarios of the lab "Rebuild": a broker is stopped, files of its queues are emptied on its disk, and it starts again. What the
 * billing is handed then decides.
 *
 * Which files, how many orders, which tags, how large and how many queues is drawn from the seed.
 */
import { ScenarioFailure } from '../../reference/host/cluster.ts'
import { type SentMessage, secretBody, undelivered } from '../judge/evidence.ts'
import type { CheckContext, Draw, Variant } from '../lab.ts'
import { drawNames, machineOf, unexpected } from '../one-broker.ts'

export const CODE = 'offer-to-queues.ts'

const NAMESRV = 'namesrv:9876'
const CLICKS = 'Clicks'
const TAGS = ['coffee', 'tea', 'cocoa', 'water', 'juice', 'milk']
/** The log is one file: a check that is not about files. */
const ONE_FILE: readonly string[] = ['mappedFileSizeCommitLog=262144']
const HOURS = Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, '0')).join(';')
/** Old files are deleted in less. */
const DELETED_WITHIN_MS = 60_000
/** A billing that has just started finds its queues, and reads them, in less. */
const ARRIVE_WITHIN_MS = 25_000
/** After all that must arrive has arrived: time for what must not. */
const QUIET_MS = 3_000
/** Where a checkpoint of this broker counts the entries of all queues, and how many bytes that takes. RocketMQ has zeros there. */
const COUNTS_AT = { from: 2_048, lengthBytes: 32 }
/** Level 3 of the delays: ten seconds. */
const DELAY = { level: 3, waitsMs: 10_000 }

export function variant(draw: Draw): Variant {
  const tag = draw('tag', TAGS.length)
  return {
    ...drawNames(draw),
    queues: 2 + draw('queues', 3),
    orders: 8 + draw('orders', 5),
    emptied: draw('emptied', 100),
    padding: 900 + draw('padding', 250),
    tag: TAGS[tag]!,
    otherTag: TAGS[(tag + 1 + draw('other', TAGS.length - 1)) % TAGS.length]!,
  }
}

const text = ({ variant }: CheckContext, name: string) => String(variant[name])
const number = ({ variant }: CheckContext, name: string) => Number(variant[name])

/** Starts NameServer, broker, the topics, and the shop. */
async function open(context: CheckContext, queues: number, settings = ONE_FILE): Promise<void> {
  const { cluster } = context
  await cluster.start({ name: 'namesrv', program: 'namesrv', args: ['listenPort=9876'] })
  await startBroker(context, settings)
  await cluster.start({ name: 'admin', program: 'admin', args: [`namesrvAddr=${NAMESRV}`] })
  for (const [topic, count] of [
    [text(context, 'topic'), queues],
    [CLICKS, 1],
  ] as const) {
    const create = ['updateTopic', '-t', topic, '-c', 'DefaultCluster', '-r', String(count), '-w', String(count)]
    await cluster.admin('admin', create)
  }
  await cluster.start({ name: 'shop', program: 'producer', args: [`namesrvAddr=${NAMESRV}`, 'group=shop'] })
}

function startBroker(context: CheckContext, settings: readonly string[]): Promise<void> {
  const args = [
    `namesrvAddr=${NAMESRV}`,
    `brokerName=${text(context, 'broker')}`,
    `listenPort=${text(context, 'port')}`,
    'mappedFileSizeConsumeQueue=6000',
    'messageIndexEnable=false',
    ...settings,
  ]
  return context.cluster.start({ name: machineOf(context.variant), program: 'broker', args })
}

/** What an order may have beside its key. */
interface Order {
  readonly tag?: string
  readonly delayLevel?: number
  readonly padding?: number
}

/** Sends one order, with the secret of the run in its body; the broker must take it. */
async function sell(context: CheckContext, key: string, order: Order = {}): Promise<SentMessage> {
  const { cluster } = context
  const startMs = cluster.nowMs()
  const padding = ' please'.repeat(Math.ceil((order.padding ?? 0) / 7))
  const message = {
    topic: text(context, 'topic'),
    key,
    body: secretBody(`order ${key}${padding}`, text(context, 'secret')),
  }
  const { tag, delayLevel } = order
  const call = {
    ...message,
    ...(tag === undefined ? {} : { tag }),
    ...(delayLevel === undefined ? {} : { delayLevel }),
  }
  const result = JSON.parse(await cluster.call('shop', 'send', JSON.stringify(call))) as Omit<SentMessage, 'tookMs'>
  if (result.status !== 'SEND_OK') throw new ScenarioFailure(`${key} was not taken: ${result.error || result.status}`)
  return { ...result, ...message, tookMs: cluster.nowMs() - startMs }
}

async function sellMany(context: CheckContext, prefix: string, count: number, order: Order = {}) {
  const sent: SentMessage[] = []
  for (let i = 1; i <= count; i++) sent.push(await sell(context, `${prefix}-${i}`, order))
  return sent
}

/** A click between two orders: the log holds more than one topic. */
async function click({ cluster }: CheckContext): Promise<void> {
  await cluster.call('shop', 'send', JSON.stringify({ topic: CLICKS, key: '', body: '/coffee' }))
}

/** Stops the broker properly and fills files of its queues with zeros: those whose path `isMeant` names. */
async function emptyQueues(context: CheckContext, isMeant: (path: string) => boolean = () => true): Promise<void> {
  const { cluster, variant } = context
  const machine = machineOf(variant)
  await cluster.stop(machine)
  cluster.step(`files of the queues of ${variant['broker']} are emptied`)
  for (const { path, sizeBytes } of await cluster.listFiles(machine))
    if (/(?:^|\/)consumequeue\/.+\/\d{20}$/.test(path) && isMeant(path))
      await cluster.writeFile(machine, path, new Uint8Array(sizeBytes))
}

/** Starts the broker again, and gives everybody the time to find it. */
async function startAgain(context: CheckContext, settings = ONE_FILE): Promise<void> {
  context.cluster.step(`${text(context, 'broker')} starts again`)
  await startBroker(context, settings).catch((error: Error) => {
    throw new ScenarioFailure(`${text(context, 'broker')} does not start again: ${error.message}`)
  })
  await context.cluster.sleep(2_000)
}

async function startBilling(context: CheckContext, tags = '*'): Promise<void> {
  const args = [
    `namesrvAddr=${NAMESRV}`,
    `group=${text(context, 'group')}`,
    `topic=${text(context, 'topic')}`,
    `tags=${tags}`,
    'consumeFromWhere=CONSUME_FROM_FIRST_OFFSET',
  ]
  await context.cluster.start({ name: 'billing', program: 'consumer', args })
}

/**
 * All of these must be delivered, each once, and nothing else. `missed` says what has happened to an order that is missing, and
 * `odd` what is wrong with a delivery that nobody expects.
 */
async function expectExactly(
  context: CheckContext,
  sent: readonly SentMessage[],
  missed: (order: SentMessage) => string,
  odd: string,
): Promise<void> {
  const { cluster } = context
  const missing = () => undelivered(cluster, 'billing', text(context, 'group'), sent)
  await cluster
    .waitUntil('all orders are delivered', () => missing().length === 0, ARRIVE_WITHIN_MS)
    .catch(() => {
      const lost = missing()
      throw new ScenarioFailure(`${missed(lost[0]!)} (${lost.length} of ${sent.length} orders are missing)`)
    })
  await cluster.sleep(QUIET_MS)
  const found = unexpected(context, sent)
  if (found !== '') throw new ScenarioFailure(`${found}${odd}`)
}

/** Every queue is emptied. */
export async function allFound(context: CheckContext): Promise<void> {
  await open(context, number(context, 'queues'))
  const sent: SentMessage[] = []
  for (let i = 1; i <= number(context, 'orders'); i++) {
    sent.push(await sell(context, `order-${i}`))
    if (i % 2 === 0) await click(context)
  }
  await emptyQueues(context)
  await startAgain(context)
  sent.push(...(await sellMany(context, 'fresh', 3)))
  await startBilling(context)
  const missed = ({ key, queueId, queueOffset }: SentMessage) =>
    `${key} was sold as offset ${queueOffset} of queue ${queueId}, its record is whole in the log, all queues were made again, and no consumer is handed it`
  await expectExactly(context, sent, missed, ' after all queues had been made again')
}

/** Old log files have gone, and the billing has read what lay in them; then the queue is emptied. */
export async function sameOffsets(context: CheckContext): Promise<void> {
  const { cluster } = context
  const smallFiles = 'mappedFileSizeCommitLog=4096'
  await open(context, 1, [smallFiles, 'fileReservedTime=0', `deleteWhen=${HOURS}`])
  await startBilling(context)
  const read = await sellMany(context, 'read', number(context, 'orders'), { padding: number(context, 'padding') })
  await expectExactly(context, read, ({ key }) => `${key} was not delivered before anything was emptied`, ' by itself')
  cluster.step('the broker deletes old files of its log')
  await firstFileGone(context)
  await cluster.stop('billing')
  await cluster.sleep(500)
  const unread = await sellMany(context, 'unread', 2)
  await emptyQueues(context)
  await startAgain(context, [smallFiles])
  await startBilling(context)
  const fresh = await sellMany(context, 'fresh', 2)
  const readUpTo = read.at(-1)!.queueOffset
  const missed = ({ key, queueOffset }: SentMessage) =>
    `the billing had read up to offset ${readUpTo} before its queue was made again; ${key} was sold as offset ${queueOffset}, and the billing is not handed it`
  await expectExactly(context, [...read, ...unread, ...fresh], missed, ', although it had been billed before')
}

async function firstFileGone({ cluster, variant }: CheckContext): Promise<void> {
  const endMs = cluster.nowMs() + DELETED_WITHIN_MS
  while (cluster.nowMs() < endMs) {
    const files = await cluster.listFiles(machineOf(variant))
    if (!files.some(({ path }) => path.endsWith(`commitlog/${'0'.repeat(20)}`))) return
    await cluster.sleep(1_000)
  }
  throw new ScenarioFailure('the broker did not delete the first file of its log')
}

/** The billing reads one tag of two; one order waits for its time. */
export async function tagsKept(context: CheckContext): Promise<void> {
  const { cluster } = context
  await open(context, 1)
  const [tag, otherTag] = [text(context, 'tag'), text(context, 'otherTag')]
  const wanted: SentMessage[] = []
  for (let i = 1; i <= number(context, 'orders'); i++) {
    const isWanted = (i + number(context, 'emptied')) % 2 === 0
    const one = await sell(context, `${isWanted ? tag : otherTag}-${i}`, { tag: isWanted ? tag : otherTag })
    if (isWanted) wanted.push(one)
  }
  const soldAtMs = cluster.nowMs()
  const later = await sell(context, `${tag}-later`, { tag, delayLevel: DELAY.level })
  await emptyQueues(context)
  await startAgain(context)
  await startBilling(context, tag)
  const missed = ({ key }: SentMessage) =>
    `the billing asks for orders with the tag ${tag}; ${key} has this tag in the log, and it is held back since its queue was made again`
  const all = [...wanted, await deliveredLater(context, later)]
  await expectExactly(context, all, missed, `: the billing had asked for ${tag} alone`)
  const early = cluster.deliveries().find(({ key, atMs }) => key === later.key && atMs < soldAtMs + DELAY.waitsMs)
  if (early === undefined) return
  const afterMs = Math.round(early.atMs - soldAtMs)
  throw new ScenarioFailure(
    `${later.key} was sold with a delay of ${DELAY.waitsMs} ms, and after the queues had been made again it was delivered after ${afterMs} ms`,
  )
}

/** A delayed order is delivered as a new record: with its body, key and id, and at a place that the shop does not know. */
async function deliveredLater({ cluster }: CheckContext, sent: SentMessage): Promise<SentMessage> {
  const found = () => cluster.deliveries().find(({ body }) => body === sent.body)
  await cluster.waitUntil('it is due', () => found() !== undefined, ARRIVE_WITHIN_MS).catch(() => {})
  return { ...sent, msgId: found()?.msgId ?? sent.msgId }
}

const SMALL_FILES: readonly string[] = ['mappedFileSizeCommitLog=4096']

/** One queue of several is emptied; the others are as they were, and the log has several files. */
export async function oneQueue(context: CheckContext): Promise<void> {
  const queues = number(context, 'queues')
  await open(context, queues, SMALL_FILES)
  const sent = await sellMany(context, 'order', number(context, 'orders'), { padding: number(context, 'padding') })
  // the queue of the last order: a start comes to it however late its walk begins
  const emptied = sent.at(-1)!.queueId
  await emptyQueues(context, (path) => path.includes(`/${text(context, 'topic')}/${emptied}/`))
  await forgetCounts(context)
  await startAgain(context, SMALL_FILES)
  sent.push(...(await sellMany(context, 'fresh', queues)))
  await startBilling(context)
  const missed = ({ key, queueId }: SentMessage) =>
    `queue ${emptied} of ${queues} was emptied and the others were not; ${key} was sold into queue ${queueId}, its record is whole in the log, and no consumer is handed it`
  await expectExactly(context, sent, missed, ` after queue ${emptied} of ${queues} had been made again`)
}

/** A broker is killed; nothing is emptied. The queues are whole but for their last entries, which a start does not trust. */
export async function lastOrders(context: CheckContext): Promise<void> {
  const { cluster, variant } = context
  await open(context, 2, SMALL_FILES)
  const sent: SentMessage[] = []
  for (let i = 1; i <= number(context, 'orders'); i++) {
    sent.push(await sell(context, `order-${i}`, { padding: number(context, 'padding') }))
    await cluster.sleep(1_000)
  }
  await cluster.sleep(2_000)
  cluster.step(`the process of ${variant['broker']} is killed`)
  await cluster.kill(machineOf(variant))
  await forgetCounts(context)
  const from = cluster.events.length
  await startAgain(context, SMALL_FILES)
  const again = cluster.events
    .slice(from)
    .find((event) => event.kind === 'log.line' && event.text.includes('they are made again from it'))
  sent.push(...(await sellMany(context, 'fresh', 2)))
  await startBilling(context)
  const missed = ({ key, queueId }: SentMessage) =>
    `${variant['broker']} was killed and started again; nothing was emptied, and ${key}, which it had put into queue ${queueId} and which is whole in its log, is handed to no consumer`
  await expectExactly(context, sent, missed, `, and ${variant['broker']} had only been killed and started again`)
  if (again !== undefined)
    throw new ScenarioFailure(
      `${variant['broker']} was killed and started again, and read its whole log a second time, although every entry before the last file was in its queue`,
    )
}

/** Leaves in the checkpoint what RocketMQ writes there too: times, and no counts of entries. So the records alone decide. */
async function forgetCounts({ cluster, variant }: CheckContext): Promise<void> {
  const machine = machineOf(variant)
  const { path } = (await cluster.listFiles(machine)).find(({ path }) => /(?:^|\/)checkpoint$/.test(path)) ?? {
    path: '',
  }
  const bytes = path === '' ? undefined : (await cluster.readFile(machine, path))?.slice()
  if (bytes === undefined) throw new ScenarioFailure(`${variant['broker']} has written no checkpoint`)
  bytes.fill(0, COUNTS_AT.from, COUNTS_AT.from + COUNTS_AT.lengthBytes)
  await cluster.writeFile(machine, path, bytes)
}

/** What the learner sees when the lab opens: the queues are emptied, and a billing for one tag waits in vain. */
export async function demo(context: CheckContext): Promise<void> {
  const { cluster } = context
  await open(context, 1)
  const tag = text(context, 'tag')
  cluster.step(`the shop sells ${number(context, 'orders')} orders for ${tag}`)
  await sellMany(context, 'order', number(context, 'orders'), { tag })
  await emptyQueues(context)
  await startAgain(context)
  cluster.step('the billing service starts')
  await startBilling(context, tag)
  await cluster.sleep(6_000)
}
