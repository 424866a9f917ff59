/**
 * The scenarios of the lab "The check-back": a shop of two processes sells orders in transactions, and one of them dies, is slow, or
 * hears too late that its half message is stored. Judged is by the database, the billing, and the broker's log.
 */
import { ScenarioFailure } from '../../reference/host/cluster.ts'
import { secretBody, storedRecords } from '../judge/evidence.ts'
import type { CheckContext, Draw, Variant } from '../lab.ts'
import { drawNames, machineOf } from '../one-broker.ts'
import { type Decision, ShopDatabase } from './database.ts'

export const CODE = 'listener.ts'

const NAMESRV = 'namesrv:9876'
const GIVEN_UP = 'TRANS_CHECK_MAX_TIME_TOPIC'
/** The broker asks at most this many times how a transaction ended. */
const CHECKS_MAX = 5
/** It asks about a half message that is older than half an interval, and again in each interval. */
const CHECKED_EVERY_MS = 1_000
const CHECKED_OFTEN_MS = 400

const checks = (everyMs: number) => [
  `transactionCheckInterval=${everyMs}`,
  `transactionTimeOut=${everyMs / 2}`,
  `transactionCheckMax=${CHECKS_MAX}`,
]
const SHOPS = ['shop-1', 'shop-2'] as const
const SAVED: Decision = { outcome: 'saved', afterMs: 20 }
/** The database decides after the process has died, and before the broker asks. */
const DECIDED_MS = 400
/** The database decides between the first question and the second one. */
const DECIDED_LATE_MS = 1_800

export function variant(draw: Draw): Variant {
  return {
    ...drawNames(draw),
    number: 100 + draw('number.first', 800),
    // which of three orders the database saves: at least one, and not all of them
    saves: 1 + draw('saves', 6),
    slowMs: 3_000 + draw('slow', 1_500),
    // longer than a broker asks that asks often, and shorter than a send waits
    heldMs: 2_600 + draw('held', 250),
  }
}

const topicOf = ({ variant }: CheckContext) => String(variant['topic'])
const keyOf = ({ variant }: CheckContext, i: number) => `order-${Number(variant['number']) + i}`

/** Starts everybody, with a database that decides so. */
async function startShops(
  context: CheckContext,
  decide: (key: string, attempt: number) => Decision,
  checkedEveryMs = CHECKED_EVERY_MS,
): Promise<ShopDatabase> {
  const { cluster, variant } = context
  const database = new ShopDatabase(cluster, decide)
  await cluster.start({ name: 'namesrv', program: 'namesrv', args: ['listenPort=9876'] })
  const args = [`namesrvAddr=${NAMESRV}`, `brokerName=${variant['broker']}`, `listenPort=${variant['port']}`]
  const small = ['mappedFileSizeCommitLog=65536', 'mappedFileSizeConsumeQueue=6000', 'messageIndexEnable=false']
  await cluster.start({
    name: machineOf(variant),
    program: 'broker',
    args: [...args, ...small, ...checks(checkedEveryMs)],
  })
  await cluster.start({ name: 'admin', program: 'admin', args: [`namesrvAddr=${NAMESRV}`] })
  await cluster.admin('admin', ['updateTopic', '-t', topicOf(context), '-c', 'DefaultCluster', '-r', '1', '-w', '1'])
  for (const name of SHOPS) {
    const shop = [`namesrvAddr=${NAMESRV}`, 'group=shop', `topic=${topicOf(context)}`]
    await cluster.start({ name, program: 'transaction-producer', args: shop })
  }
  const billing = [`namesrvAddr=${NAMESRV}`, `group=${variant['group']}`, `topic=${topicOf(context)}`]
  const from = 'consumeFromWhere=CONSUME_FROM_FIRST_OFFSET'
  await cluster.start({ name: 'billing', program: 'consumer', args: [...billing, from] })
  // both shops have sent the broker a heartbeat
  await cluster.sleep(1_500)
  return database
}

const bodyOf = ({ variant }: CheckContext, key: string) => secretBody(`order ${key}`, variant['secret'] ?? '')

/** Sells one order; what comes of the send is not believed. */
function sell(context: CheckContext, shop: string, key: string): Promise<unknown> {
  return context.cluster.produce(shop, { topic: topicOf(context), key, body: bodyOf(context, key) })
}

/** Keys that the billing was handed, with the body of their order. */
function billed(context: CheckContext): ReadonlySet<string> {
  const { cluster, variant } = context
  const own = cluster.deliveries().filter(({ node, group }) => node === 'billing' && group === variant['group'])
  return new Set(own.filter(({ key, body }) => body === bodyOf(context, key)).map(({ key }) => key))
}

/** Saved set = billed set. `when` says in words what has happened. */
function expectAgreement(context: CheckContext, database: ShopDatabase, keys: readonly string[], when: string): void {
  const [saved, paid] = [database.saved(), billed(context)]
  for (const key of keys) {
    if (saved.has(key) && !paid.has(key))
      throw new ScenarioFailure(`${key} is saved in the database and was never billed; ${when}`)
    if (!saved.has(key) && paid.has(key))
      throw new ScenarioFailure(`${key} was billed, and the database does not have it; ${when}`)
  }
}

function expectSaved(database: ShopDatabase, keys: readonly string[], when: string): void {
  const missing = keys.find((key) => !database.saved().has(key))
  if (missing !== undefined) throw new ScenarioFailure(`${missing} is not in the database; ${when}`)
}

/** The broker has put no half message aside, because it was told how each one ended. */
async function expectEnded(context: CheckContext, when: string): Promise<void> {
  const { cluster, variant } = context
  const aside = (await storedRecords(cluster, machineOf(variant))).find(({ topic }) => topic === GIVEN_UP)
  if (aside === undefined) return
  const key = aside.properties.get('KEYS') ?? ''
  throw new ScenarioFailure(
    `${variant['broker']} asked ${CHECKS_MAX} times how ${key} ended, was never told, and put it aside; ${when}`,
  )
}

/**
 * One process saves three orders and dies while the database still works on them. One of those that are saved takes longer than the
 * others: when the other process is asked for the first time, it is not decided yet.
 */
export async function siblingKnows(context: CheckContext): Promise<void> {
  const { cluster, variant } = context
  const keys = [0, 1, 2].map((i) => keyOf(context, i))
  const isSaved = (key: string) => ((Number(variant['saves']) >> keys.indexOf(key)) & 1) === 1
  const late = keys.findLast(isSaved)
  const decide = (key: string): Decision => ({
    outcome: isSaved(key) ? 'saved' : 'refused',
    afterMs: key === late ? DECIDED_LATE_MS : DECIDED_MS,
  })
  const database = await startShops(context, decide)
  cluster.step('shop-1 saves three orders, and dies')
  for (const key of keys) void sell(context, 'shop-1', key)
  await cluster.sleep(150)
  await cluster.kill('shop-1')
  await cluster.sleep(4_000)
  const when = 'the process that had sold it died before it could say how the transaction ended'
  expectSaved(database, keys.filter(isSaved), 'the sale was begun, and nothing kept the database from saving it')
  const quick = keys.filter((key) => key !== late)
  expectAgreement(context, database, quick, when)
  const still = 'and when the other process was asked for the first time, the database still worked on it'
  expectAgreement(context, database, late === undefined ? [] : [late], `${when}, ${still}`)
}

/** The database takes seconds, and the broker asks meanwhile. */
export async function slowSave(context: CheckContext): Promise<void> {
  const { cluster, variant } = context
  const keys = [0, 1].map((i) => keyOf(context, i))
  const afterMs = Number(variant['slowMs'])
  const refused = keys[Number(variant['saves']) % 2]
  const database = await startShops(context, (key) => ({ outcome: key === refused ? 'refused' : 'saved', afterMs }))
  cluster.step('shop-1 sells two orders; the database takes seconds')
  for (const key of keys) void sell(context, 'shop-1', key)
  await cluster.sleep(afterMs + 3_000)
  const when = 'it was not decided yet when the broker asked about it'
  const wanted = keys.filter((key) => key !== refused)
  expectSaved(database, wanted, 'nothing kept the database from saving it')
  expectAgreement(context, database, keys, when)
}

/** The process dies before it has heard that its half message is stored: nothing was saved, and nothing will be. */
export async function nothingSaved(context: CheckContext): Promise<void> {
  const { cluster, variant } = context
  const key = keyOf(context, 0)
  const database = await startShops(context, () => SAVED)
  const link = { kind: 'link', from: machineOf(variant), to: 'shop-1', hold: true, oneWay: true } as const
  const held = await cluster.inject(link)
  cluster.step('shop-1 sends a half message, and dies before the answer comes')
  void sell(context, 'shop-1', key)
  await cluster.sleep(150)
  await cluster.kill('shop-1')
  await held.heal()
  await cluster.sleep((CHECKS_MAX + 3) * 1_000)
  const when = 'the process that had sent the half message died before it could save anything'
  const [saver] = database.savers(key)
  if (saver !== undefined)
    throw new ScenarioFailure(
      `${key} was saved by ${saver}, which had not sold it and was only asked what had become of it; ${when}`,
    )
  expectAgreement(context, database, [key], when)
  await expectEnded(context, when)
}

/** The answer to the half message comes late: the broker has asked both processes, several times, before anything could be saved. */
export async function lateSave(context: CheckContext): Promise<void> {
  const { cluster, variant } = context
  const key = keyOf(context, 0)
  const database = await startShops(context, () => SAVED, CHECKED_OFTEN_MS)
  const link = { kind: 'link', from: machineOf(variant), to: 'shop-1', hold: true, oneWay: true } as const
  const held = await cluster.inject(link)
  cluster.step('shop-1 sends a half message; the answer is under way for seconds')
  void sell(context, 'shop-1', key)
  await cluster.sleep(Number(variant['heldMs']))
  await held.heal()
  await cluster.sleep(4_000)
  const when =
    'the broker had asked what became of it before shop-1 heard that its half message was stored, and saved it'
  expectAgreement(context, database, [key], when)
}

/** A card is refused; the customer takes another one, and the same order is sold again. */
export async function sameKey(context: CheckContext): Promise<void> {
  const { cluster } = context
  const key = keyOf(context, 0)
  const decide = (_key: string, attempt: number): Decision => ({
    outcome: attempt === 1 ? 'refused' : 'saved',
    afterMs: attempt === 1 ? 20 : 300,
  })
  const database = await startShops(context, decide)
  cluster.step('an order is sold; the card is refused')
  await sell(context, 'shop-1', key)
  await cluster.sleep(500)
  cluster.step('the same order with another card; shop-2 dies while it is saved')
  void sell(context, 'shop-2', key)
  await cluster.sleep(150)
  await cluster.kill('shop-2')
  await cluster.sleep(4_000)
  const when = 'it was sold twice under one key: refused the first time, accepted the second time'
  expectSaved(database, [key], when)
  expectAgreement(context, database, [key], when)
}

/** What the learner sees when the lab opens: an order that is saved and billed, and one whose shop dies while it is saved. */
export async function demo(context: CheckContext): Promise<void> {
  const { cluster } = context
  await startShops(context, () => ({ outcome: 'saved', afterMs: 400 }))
  cluster.step('shop-1 sells an order')
  void sell(context, 'shop-1', keyOf(context, 0))
  await cluster.sleep(3_000)
  cluster.step('shop-1 sells another one, and dies while the database saves it')
  void sell(context, 'shop-1', keyOf(context, 1))
  await cluster.sleep(150)
  await cluster.kill('shop-1')
  await cluster.sleep(4_000)
}
