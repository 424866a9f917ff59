/**
 * The scenarios of the lab "Storm": the bank does not answer for ten minutes, or for two seconds, or it refuses one card.
 *
 * Calls are counted by the bank that the check plays. A run ends as soon as a promise is broken, so a storm costs little.
 */
import { MINUTE_MS } from '../../reference/common/units.ts'
import { ScenarioFailure } from '../../reference/host/cluster.ts'
import {
  type BankOrder,
  type Books,
  drawBank,
  expectCharged,
  expectOnce,
  openBank,
  orderOf,
  sellAt,
  sellFirst,
} from '../bank.ts'
import type { CheckContext, Draw, Variant } from '../lab.ts'

export const CODE = 'bank-gate.ts'

/** How long the bank takes to fail, and to answer. */
const FAILS_MS = 100

/** The listener's twenty places may all have called before the first call fails; after that, six are enough to ask again. */
const CALLS_A_MINUTE_MAX = 26
/** How long the calls are counted. */
const WATCHED_MS = 130_000
/** While the calls are counted, the shop sells a free order every second, and every third second one that costs something. */
const SELL_EVERY_MS = 1_000
const COSTS_EVERY = 3
/** An order that needs nobody who is down is settled in less. */
const AT_ONCE_MS = 5_000
/** After the bank is back, every order is charged in less. */
const HOME_WITHIN_MS = 6 * MINUTE_MS
const HICCUP_MS = 2_000
const AFTER_HICCUP_MS = 2 * MINUTE_MS
/** Orders of the runs in which their number does not matter. */
const FEW = 6

export function variant(draw: Draw): Variant {
  return { ...drawBank(draw), orders: 32 + draw('orders', 9), downMs: 570_000 + 1_000 * draw('down', 60) }
}

interface Outage {
  readonly books: Books
  readonly orders: readonly BankOrder[]
  readonly fromMs: number
}

/** Sells orders while the bank is down; it is back `downMs` after the first of them. */
async function openOutage(context: CheckContext, downMs: number, count: number, refused?: BankOrder): Promise<Outage> {
  const { cluster } = context
  let untilMs = -1
  const books = await openBank(context, ({ key }) => {
    if (cluster.nowMs() < untilMs) return { status: 'down', afterMs: FAILS_MS }
    return { status: key === refused?.key ? 'refused' : 'charged', afterMs: FAILS_MS }
  })
  await sellFirst(context, books)
  const fromMs = cluster.nowMs()
  untilMs = fromMs + downMs
  if (downMs > 0) cluster.step(`the bank does not answer for ${Math.round(downMs / 1_000)} s`)
  const orders = Array.from({ length: count }, (_, i) => orderOf(context, 1 + i))
  await Promise.all(orders.map((one) => sellAt(context, one)))
  return { books, orders, fromMs }
}

/** In no minute more calls than `CALLS_A_MINUTE_MAX`, however many orders wait, and although free ones are settled meanwhile. */
export async function fewCalls(context: CheckContext): Promise<void> {
  const { cluster } = context
  const { books, orders, fromMs } = await openOutage(context, 10 * MINUTE_MS, Number(context.variant['orders']))
  const limit = CALLS_A_MINUTE_MAX
  const busiest = () => {
    const times = books.calls.map(({ atMs }) => atMs).filter((atMs) => atMs >= fromMs)
    return times.findIndex((atMs, i) => (times[i + limit] ?? Number.POSITIVE_INFINITY) - atMs < MINUTE_MS)
  }
  let seen = 0
  const isOver = () => {
    if (books.calls.length === seen) return false
    seen = books.calls.length
    return busiest() >= 0
  }
  let isStorm = false
  for (let i = 0; i * SELL_EVERY_MS < WATCHED_MS && !isStorm; i++) {
    await sellAt(context, orderOf(context, 300 + i, 0))
    if (i % COSTS_EVERY === 0) await sellAt(context, orderOf(context, 600 + i))
    isStorm = await cluster.waitUntil('there are too many calls', isOver, SELL_EVERY_MS).then(
      () => true,
      () => false,
    )
  }
  if (isStorm)
    throw new ScenarioFailure(
      `${orders.length} orders wait for a bank that does not answer, others come, and it was called more than ${limit} times within a minute`,
    )
}

/** Orders that need no bank are settled while the others wait for it. */
export async function othersGoOn(context: CheckContext): Promise<void> {
  const { cluster } = context
  await openOutage(context, 10 * MINUTE_MS, Number(context.variant['orders']))
  await cluster.sleep(1_000)
  const printed = new Set<string>()
  cluster.onHanded('receipt', (_node, text) => {
    printed.add(String((JSON.parse(text) as { key?: unknown }).key))
    return '{}'
  })
  const free = [101, 102, 103].map((number) => orderOf(context, number, 0))
  cluster.step('three orders are free: they need no bank')
  for (const one of free) await sellAt(context, one)
  await cluster
    .waitUntil('receipts', () => free.every(({ key }) => printed.has(key)), AT_ONCE_MS)
    .catch(() => {
      const late = free.find(({ key }) => !printed.has(key))!
      throw new ScenarioFailure(
        `${late.key} costs 0 cents, and had no receipt ${AT_ONCE_MS / 1_000} s after it was sent`,
      )
    })
}

/** After ten minutes the bank is back, and every order is charged once, soon. */
export async function allComeHome(context: CheckContext): Promise<void> {
  const downMs = Number(context.variant['downMs'])
  const { books, orders } = await openOutage(context, downMs, FEW)
  const because = `the bank has been back for ${HOME_WITHIN_MS / MINUTE_MS} minutes after ${Math.round(downMs / 1_000)} s`
  await expectCharged(context, books, orders, downMs + HOME_WITHIN_MS, because)
  await context.cluster.sleep(MINUTE_MS)
  expectOnce(books, orders, 'it waited for the bank')
}

/** The bank fails for two seconds. */
export async function hiccup(context: CheckContext): Promise<void> {
  const { cluster } = context
  const { books, orders } = await openOutage(context, HICCUP_MS, FEW)
  const because = `the bank failed for ${HICCUP_MS / 1_000} s, and has been back for two minutes`
  await expectCharged(context, books, orders, HICCUP_MS + AFTER_HICCUP_MS, because)
  const later = orderOf(context, 201)
  await cluster.sleep(MINUTE_MS)
  await sellAt(context, later)
  await expectCharged(context, books, [later], AT_ONCE_MS, 'it was sent when the bank had long been back')
}

/** One card is refused: that is an answer. */
export async function refusedCard(context: CheckContext): Promise<void> {
  const { cluster } = context
  const refused = orderOf(context, 1)
  const { books } = await openOutage(context, 0, 3, refused)
  await cluster.sleep(1_000)
  const later = orderOf(context, 50)
  await sellAt(context, later)
  await expectCharged(
    context,
    books,
    [orderOf(context, 2), orderOf(context, 3), later],
    AT_ONCE_MS,
    `only the card of ${refused.key} was refused`,
  )
  await cluster.sleep(2 * MINUTE_MS)
  const asked = books.calls.filter(({ key, question }) => question === 'charge' && key === refused.key).length
  if (asked > 1)
    throw new ScenarioFailure(
      `the bank has refused the card of ${refused.key}, and was asked ${asked} times within two minutes`,
    )
}

/** What the learner sees when the lab opens: orders, and a bank that does not answer. */
export async function demo(context: CheckContext): Promise<void> {
  await openOutage(context, 8_000, FEW)
  await context.cluster.sleep(14_000)
}
