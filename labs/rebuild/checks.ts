/**
 * The scenarios of the lab "Rebuild": a broker is stopped, files of its queues are emptied on its disk, and it starts again. What the
 * billing is handed then decides.
 *
 * Which files, how many orders, which tags, how large and how many queues is drawn from the seed.
 */
import { ScenarioFailure } from '../../reference/host/cluster.ts'
import { type SentMessage, secretBody } from '../judge/evidence.ts'
import type { CheckContext, Draw, Variant } from '../lab.ts'
import { drawNames, expectDelivered, machineOf, unexpected } from '../one-broker.ts'

export const CODE = 'offer-to-queues.ts'

const NAMESRV = 'namesrv:9876'
const CLICKS = 'Clicks'
const TAGS = ['coffee', 'tea', 'cocoa', 'water', 'juice', 'milk']
/** The log is one file: a check that is not about files. */
const ONE_FILE: readonly string[] = ['mappedFileSizeCommitLog=262144']
const HOURS = Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, '0')).join(';')
/** Old files are deleted in less. */
const DELETED_WITHIN_MS = 60_000
/** After all that must arrive has arrived: time for what must not. */
const QUIET_MS = 3_000

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
  const { tag } = order
  const call = { ...message, ...(tag === undefined ? {} : { tag }) }
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

/** Stops the broker properly and empties the files of its queues: those whose path `isMeant` names. */
async function emptyQueues(context: CheckContext, isMeant: (path: string) => boolean = () => true): Promise<void> {
  const { cluster, variant } = context
  const machine = machineOf(variant)
  await cluster.stop(machine)
  cluster.step(`files of the queues of ${variant['broker']} are emptied`)
  for (const { path } of await cluster.listFiles(machine))
    if (/(?:^|\/)consumequeue\/.+\/\d{20}$/.test(path) && isMeant(path))
      await cluster.writeFile(machine, path, new Uint8Array())
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

/** All of these must be delivered, each once, and nothing else. */
async function expectExactly(context: CheckContext, sent: readonly SentMessage[], why: string): Promise<void> {
  await expectDelivered(context, sent)
  await context.cluster.sleep(QUIET_MS)
  const odd = unexpected(context, sent)
  if (odd !== '') throw new ScenarioFailure(`${odd}${why}`)
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
  await expectExactly(context, sent, ' after the queues had been made again')
}

/** Old log files have gone, and the billing has read what lay in them; then the queue is emptied. */
export async function sameOffsets(context: CheckContext): Promise<void> {
  const { cluster } = context
  const smallFiles = 'mappedFileSizeCommitLog=4096'
  await open(context, 1, [smallFiles, 'fileReservedTime=0', `deleteWhen=${HOURS}`])
  await startBilling(context)
  const read = await sellMany(context, 'read', number(context, 'orders'), { padding: number(context, 'padding') })
  await expectDelivered(context, read)
  cluster.step('the broker deletes old files of its log')
  await firstFileGone(context)
  await cluster.stop('billing')
  await cluster.sleep(500)
  const unread = await sellMany(context, 'unread', 2)
  await emptyQueues(context)
  await startAgain(context, [smallFiles])
  await startBilling(context)
  const fresh = await sellMany(context, 'fresh', 2)
  await expectExactly(context, [...read, ...unread, ...fresh], ', although it had been billed before')
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

/** The billing reads one tag of two. */
export async function tagsKept(context: CheckContext): Promise<void> {
  await open(context, 1)
  const [tag, otherTag] = [text(context, 'tag'), text(context, 'otherTag')]
  const wanted: SentMessage[] = []
  for (let i = 1; i <= number(context, 'orders'); i++) {
    const isWanted = (i + number(context, 'emptied')) % 2 === 0
    const one = await sell(context, `${isWanted ? tag : otherTag}-${i}`, { tag: isWanted ? tag : otherTag })
    if (isWanted) wanted.push(one)
  }
  await emptyQueues(context)
  await startAgain(context)
  await startBilling(context, tag)
  await expectExactly(context, wanted, `: the billing had asked for ${tag} alone`)
}

/** One queue of several is emptied; the others are as they were, and the log has several files. */
export async function oneQueue(context: CheckContext): Promise<void> {
  const queues = number(context, 'queues')
  await open(context, queues, ['mappedFileSizeCommitLog=4096'])
  const sent = await sellMany(context, 'order', number(context, 'orders'), { padding: number(context, 'padding') })
  const emptied = number(context, 'emptied') % queues
  await emptyQueues(context, (path) => path.includes(`/${text(context, 'topic')}/${emptied}/`))
  await startAgain(context, ['mappedFileSizeCommitLog=4096'])
  sent.push(...(await sellMany(context, 'fresh', queues)))
  await startBilling(context)
  await expectExactly(context, sent, ' after one queue had been made again')
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
