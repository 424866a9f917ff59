/**
 * The scenarios of the lab "Idempotent": orders whose messages come twice, each time for another reason.
 *
 * The bank's books are the check's own. The billing is killed and started again by the check.
 */
import { ScenarioFailure } from '../../reference/host/cluster.ts'
import { drawBank, expectCharged, expectOnce, openBank, orderOf, sellAt, sellFirst } from '../bank.ts'
import type { CheckContext, Draw, Variant } from '../lab.ts'

export const CODE = 'charge-once.ts'

const BILLING = 'billing'
/** A redelivery by the broker comes after a minute: `reference/client/apps/billing/bank-gate.ts`. */
const REDELIVERED_WITHIN_MS = 150_000
/** A billing that starts again has its queues and their messages in less. */
const AGAIN_MS = 15_000

export function variant(draw: Draw): Variant {
  return { ...drawBank(draw), slowMs: 400 + draw('slow', 400), orders: 2 + draw('orders', 3) }
}

/** The shop sends an order again, because it has not heard an answer: another message about the same order. */
export async function sentTwice(context: CheckContext): Promise<void> {
  const { cluster } = context
  const books = await openBank(context, () => ({ status: 'charged', afterMs: 0 }))
  await sellFirst(context, books)
  const [order, last] = [orderOf(context, 1), orderOf(context, 2)]
  await sellAt(context, order)
  await cluster.sleep(2_000)
  cluster.step(`the shop sends ${order.key} again`)
  await sellAt(context, order)
  await sellAt(context, last)
  await expectCharged(context, books, [order, last], AGAIN_MS, 'the bank answered every call')
  await cluster.sleep(2_000)
  expectOnce(books, [order, last], 'the shop sent two messages about this one order')
}

/** Different orders for the same coffee at the same price. */
export async function alike(context: CheckContext): Promise<void> {
  const books = await openBank(context, () => ({ status: 'charged', afterMs: 0 }))
  await sellFirst(context, books)
  const orders = Array.from({ length: Number(context.variant['orders']) }, (_, i) => orderOf(context, 1 + i))
  for (const order of orders) await sellAt(context, order)
  await expectCharged(context, books, orders, AGAIN_MS, 'it was sent once, as each of the others was')
}

/** The billing is killed after it has charged, and before the group's offset is written down. */
export async function restarted(context: CheckContext): Promise<void> {
  const { cluster, variant } = context
  const books = await openBank(context, () => ({ status: 'charged', afterMs: 0 }))
  await sellFirst(context, books)
  const orders = Array.from({ length: Number(variant['orders']) }, (_, i) => orderOf(context, 1 + i))
  for (const order of orders) await sellAt(context, order)
  await expectCharged(context, books, orders, AGAIN_MS, 'the bank answered every call')
  await cluster.sleep(50)
  cluster.step('kill -9: the billing')
  await cluster.kill(BILLING)
  await cluster.restart(BILLING)
  const after = orderOf(context, 9)
  await sellAt(context, after)
  await expectCharged(context, books, [after], AGAIN_MS, 'it was sent after the restart')
  await cluster.sleep(AGAIN_MS)
  expectOnce(books, [orderOf(context, 0), ...orders, after], 'its message came again after the billing was killed')
}

/**
 * The first charge of one order does not reach the bank; of another one the answer is lost. To the billing both look alike. When it
 * asks for the first time whether the bank has charged one of them, it hears nothing, either.
 */
export async function bankFails(context: CheckContext): Promise<void> {
  const [order, other] = [orderOf(context, 1), orderOf(context, 2)]
  const called = new Set<string>()
  /** References of charges without an answer, about which nobody has asked yet. */
  const unsure = new Set<string>()
  const books = await openBank(context, ({ key, question, reference }) => {
    if (question === 'find') return { status: unsure.delete(reference) ? 'down' : 'charged', afterMs: 20 }
    const isFirst = !called.has(key)
    called.add(key)
    const status = !isFirst ? 'charged' : key === order.key ? 'down' : key === other.key ? 'unheard' : 'charged'
    if (status !== 'charged') unsure.add(reference)
    return { status, afterMs: 20 }
  })
  await sellFirst(context, books)
  await sellAt(context, order)
  await expectCharged(
    context,
    books,
    [order],
    REDELIVERED_WITHIN_MS,
    'the bank did not hear the first call about it, and would have heard the next one',
  )
  await context.cluster.sleep(AGAIN_MS)
  expectOnce(books, [order], 'the bank did not hear the first call about it')
  await sellAt(context, other)
  await expectCharged(context, books, [other], AGAIN_MS, 'the bank was there')
  context.cluster.step(`the bank has charged ${other.key}; its answer is lost`)
  await context.cluster.sleep(REDELIVERED_WITHIN_MS)
  expectOnce(books, [other], 'the bank had charged it, its answer was lost, and its message came again')
}

/** The bank has charged; the billing is killed before the answer comes. */
export async function unheard(context: CheckContext): Promise<void> {
  const { cluster, variant } = context
  const order = orderOf(context, 1)
  const slowMs = 5 * Number(variant['slowMs'])
  const books = await openBank(context, ({ key }) => ({ status: 'charged', afterMs: key === order.key ? slowMs : 0 }))
  await sellFirst(context, books)
  await sellAt(context, order)
  await expectCharged(context, books, [order], AGAIN_MS, 'the bank was there')
  cluster.step(`the bank has charged ${order.key}; kill -9: the billing has not heard it`)
  await cluster.kill(BILLING)
  await cluster.restart(BILLING)
  const after = orderOf(context, 2)
  await sellAt(context, after)
  await expectCharged(context, books, [after], AGAIN_MS, 'it was sent after the restart')
  await cluster.sleep(AGAIN_MS)
  expectOnce(books, [order, after], 'the bank had charged it when the billing was killed')
}

/** Two messages about one order are handed to the billing at the same time, and the bank takes its time. */
export async function sameTime(context: CheckContext): Promise<void> {
  const { cluster, variant } = context
  const books = await openBank(context, () => ({ status: 'charged', afterMs: Number(variant['slowMs']) }))
  await sellFirst(context, books)
  const order = orderOf(context, 1)
  cluster.step(`two messages about ${order.key}`)
  await Promise.all([sellAt(context, order), sellAt(context, order)])
  await expectCharged(context, books, [order], AGAIN_MS, 'the bank answered every call')
  await cluster.sleep(AGAIN_MS)
  expectOnce(books, [order], 'two messages about it were worked on at the same time')
}

/** One card is refused: that is an answer. */
export async function refusedCard(context: CheckContext): Promise<void> {
  const [refused, last] = [orderOf(context, 1), orderOf(context, 2)]
  const books = await openBank(context, ({ key }) => ({
    status: key === refused.key ? 'refused' : 'charged',
    afterMs: 20,
  }))
  await sellFirst(context, books)
  context.cluster.step(`the bank refuses the card of ${refused.key}`)
  await sellAt(context, refused)
  await sellAt(context, last)
  await expectCharged(context, books, [last], AGAIN_MS, `only the card of ${refused.key} was refused`)
  await context.cluster.sleep(REDELIVERED_WITHIN_MS)
  const asked = books.calls.filter(({ key, question }) => question === 'charge' && key === refused.key).length
  if (asked === 0) throw new ScenarioFailure(`the bank was never asked to charge ${refused.key}`)
  if (asked > 1)
    throw new ScenarioFailure(
      `the bank has refused the card of ${refused.key}, and was asked ${asked} times to charge it within ${REDELIVERED_WITHIN_MS / 1_000} s`,
    )
}

/** What the learner sees when the lab opens: four orders, one of them sent twice, and a billing that is killed. */
export async function demo(context: CheckContext): Promise<void> {
  const { cluster } = context
  const books = await openBank(context, () => ({ status: 'charged', afterMs: 100 }))
  await sellFirst(context, books)
  for (const number of [1, 2, 2, 3]) await sellAt(context, orderOf(context, number))
  await cluster.sleep(1_000)
  cluster.step('kill -9: the billing')
  await cluster.kill(BILLING)
  await cluster.restart(BILLING)
  await cluster.sleep(AGAIN_MS)
}
