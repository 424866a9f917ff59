/**
 * The scenarios of the lab "Twin keys": orders whose keys have the same hash, and an operator who asks the broker for some of them.
 *
 * Two letters make twins: `Aa` and `BB`, `AaB` and `BBB`, in Java's hash of a text. Which pair, how many orders of which key and in
 * which order is drawn from the seed. The operator's tool compares keys itself, as RocketMQ's does; what is judged is that the
 * messages it asked for are among those that the broker chose to answer.
 */
import { ScenarioFailure } from '../../reference/host/cluster.ts'
import { type SentMessage, secretBody } from '../judge/evidence.ts'
import type { CheckContext, Draw, Variant } from '../lab.ts'
import { drawNames, machineOf } from '../one-broker.ts'

export const CODE = 'key-lookup.ts'

const NAMESRV = 'namesrv:9876'
/** Pairs of texts with the same hash, whatever stands before or behind both. */
const TWINS = [
  ['Aa', 'BB'],
  ['Bb', 'CC'],
  ['Cc', 'DD'],
  ['Dd', 'EE'],
] as const
const SETTINGS = [
  'mappedFileSizeCommitLog=262144',
  'mappedFileSizeConsumeQueue=6000',
  'maxHashSlotNum=64',
  'maxIndexNum=400',
]

export function variant(draw: Draw): Variant {
  const [one, other] = TWINS[draw('twins', TWINS.length)]!
  return {
    ...drawNames(draw),
    one: `order-${one}-${draw('key', 1_000)}`,
    pair: `${one}/${other}`,
    same: 2 + draw('same', 3),
    newer: 2 + draw('newer', 4),
  }
}

const text = ({ variant }: CheckContext, name: string) => String(variant[name])
const number = ({ variant }: CheckContext, name: string) => Number(variant[name])

/** The key of the lab's twin. */
const twinOf = (context: CheckContext, word: string) => {
  const [one = '', other = ''] = text(context, 'pair').split('/')
  return word.replace(one, other)
}

async function open(context: CheckContext, topics: readonly string[]): Promise<void> {
  const { cluster, variant } = context
  await cluster.start({ name: 'namesrv', program: 'namesrv', args: ['listenPort=9876'] })
  const args = [
    `namesrvAddr=${NAMESRV}`,
    `brokerName=${variant['broker']}`,
    `listenPort=${variant['port']}`,
    ...SETTINGS,
  ]
  await cluster.start({ name: machineOf(variant), program: 'broker', args })
  await cluster.start({ name: 'admin', program: 'admin', args: [`namesrvAddr=${NAMESRV}`] })
  for (const topic of topics)
    await cluster.admin('admin', ['updateTopic', '-t', topic, '-c', 'DefaultCluster', '-r', '1', '-w', '1'])
  await cluster.start({ name: 'shop', program: 'producer', args: [`namesrvAddr=${NAMESRV}`, 'group=shop'] })
}

/** Sends one order with these keys, and with the secret of the run in its body. */
async function sell(context: CheckContext, topic: string, key: string): Promise<SentMessage> {
  const { cluster } = context
  const startMs = cluster.nowMs()
  const message = { topic, key, body: secretBody(`order ${key}`, text(context, 'secret')) }
  const result = await cluster.produce('shop', message)
  if (result.status !== 'SEND_OK') throw new ScenarioFailure(`${key} was not taken: ${result.error || result.status}`)
  return { ...message, ...result, tookMs: cluster.nowMs() - startMs }
}

/** The ids that the operator's tool prints, in its order: the earliest first. */
async function ask({ cluster }: CheckContext, topic: string, key: string, atMost: number): Promise<readonly string[]> {
  const command = ['queryMsgByKey', '-t', topic, '-k', key, '-m', String(atMost)]
  const printed = await cluster.admin('admin', command).catch((error: Error) => {
    throw new ScenarioFailure(`the question for ${key} failed: ${error.message}`)
  })
  return printed.match(/\b[0-9A-F]{32}\b/g) ?? []
}

/** The newest `atMost` of these orders must be answered, and nothing else. */
async function expectAnswer(
  context: CheckContext,
  key: string,
  sent: readonly SentMessage[],
  atMost: number,
  among: string,
): Promise<void> {
  const expected = sent.slice(-atMost).map(({ msgId }) => msgId)
  const answered = await ask(context, sent[0]!.topic, key, atMost)
  const missing = sent.slice(-atMost).filter(({ msgId }) => !answered.includes(msgId))
  if (missing.length > 0)
    throw new ScenarioFailure(
      `asked for at most ${atMost} with the key ${key}, the broker left out ${missing.length} of ${expected.length}${among}`,
    )
  if (answered.join() !== expected.join())
    throw new ScenarioFailure(
      `asked for at most ${atMost} with the key ${key}, the broker answered ${answered.length}${among}`,
    )
}

/** The order that is asked for, then newer ones of its twin. */
export async function twinsNewer(context: CheckContext): Promise<void> {
  const topic = text(context, 'topic')
  await open(context, [topic])
  const [key, twin] = [text(context, 'one'), twinOf(context, text(context, 'one'))]
  const meant = [await sell(context, topic, key)]
  for (let i = 0; i < number(context, 'newer'); i++) await sell(context, topic, twin)
  await context.cluster.sleep(2_000)
  await expectAnswer(context, key, meant, 1, `: ${number(context, 'newer')} newer messages have the key ${twin}`)
}

/** Several orders with one key, and twins among them. */
export async function severalOfOne(context: CheckContext): Promise<void> {
  const topic = text(context, 'topic')
  await open(context, [topic])
  const [key, twin] = [text(context, 'one'), twinOf(context, text(context, 'one'))]
  const meant: SentMessage[] = []
  for (let i = 0; i < number(context, 'same'); i++) {
    meant.push(await sell(context, topic, key))
    await sell(context, topic, twin)
  }
  await context.cluster.sleep(2_000)
  await expectAnswer(
    context,
    key,
    meant,
    64,
    `: ${meant.length} messages have it, each with a message of ${twin} behind it`,
  )
  await expectAnswer(context, key, meant, 2, ': the newest two were asked for')
}

/** A message may have several keys; each finds it, whole, and no part of one does. */
export async function severalKeys(context: CheckContext): Promise<void> {
  const topic = text(context, 'topic')
  await open(context, [topic])
  const [key, twin] = [text(context, 'one'), twinOf(context, text(context, 'one'))]
  const customer = `customer-${number(context, 'port')}`
  const both = [await sell(context, topic, `${customer} ${key}`)]
  // its first key has the hash of the key that is asked for, and its second one holds that key as a part
  await sell(context, topic, `${twin} x${key}`)
  await sell(context, topic, `${twin} ${key}x`)
  await context.cluster.sleep(2_000)
  await expectAnswer(context, customer, both, 1, ': it stands before another key')
  await expectAnswer(context, key, both, 1, ': two newer messages hold it only as a part of a key')
  const twice = [...both, await sell(context, topic, `${key} ${key}`)]
  await context.cluster.sleep(2_000)
  await expectAnswer(context, key, twice, 2, ': the newest message names it twice')
}

/** Two topics whose names are twins, and one key. */
export async function twinTopics(context: CheckContext): Promise<void> {
  const [one = '', other = ''] = text(context, 'pair').split('/')
  const [topic, twin] = [`${text(context, 'topic')}${one}`, `${text(context, 'topic')}${other}`]
  await open(context, [topic, twin])
  const key = `order-${number(context, 'port')}`
  const meant = [await sell(context, topic, key)]
  for (let i = 0; i < number(context, 'newer'); i++) await sell(context, twin, key)
  await context.cluster.sleep(2_000)
  await expectAnswer(context, key, meant, 1, ` of ${topic}: newer messages of ${twin} have this key, too`)
}

/** The id that the client made is a key like any other. */
export async function byUniqueId(context: CheckContext): Promise<void> {
  const topic = text(context, 'topic')
  await open(context, [topic])
  const sent = await sell(context, topic, text(context, 'one'))
  await context.cluster.sleep(2_000)
  const printed = await context.cluster
    .admin('admin', ['queryMsgByUniqueKey', '-t', topic, '-i', sent.msgId])
    .catch((error: Error) => {
      throw new ScenarioFailure(
        `${sent.key} was stored, and is not found by the id that its client gave it: ${error.message}`,
      )
    })
  if (!printed.includes(sent.body)) throw new ScenarioFailure(`the id of ${sent.key} leads to another message`)
}

/** What the learner sees when the lab opens: an order, its twins, and an operator who asks for the one. */
export async function demo(context: CheckContext): Promise<void> {
  const { cluster } = context
  const topic = text(context, 'topic')
  await open(context, [topic])
  const [key, twin] = [text(context, 'one'), twinOf(context, text(context, 'one'))]
  cluster.step(`${key} is sold, and three orders of ${twin}`)
  await sell(context, topic, key)
  for (let i = 0; i < 3; i++) await sell(context, topic, twin)
  await cluster.sleep(2_000)
  cluster.step(`the support asks for the newest message with the key ${key}`)
  await cluster.admin('admin', ['queryMsgByKey', '-t', topic, '-k', key, '-m', '1']).catch(() => '')
  await cluster.sleep(1_000)
}
