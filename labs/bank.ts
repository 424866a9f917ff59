/**
 * The bank of the labs about retries: the check plays it. What it has charged stands in books that no node can write to.
 *
 * The billing asks it by `reference/client/apps/billing/bank.ts`. A charge counts by the key and the price of its order, so a
 * billing earns nothing with references of its own making.
 */
import { ScenarioFailure } from '../reference/host/cluster.ts'
import { secretBody } from './judge/evidence.ts'
import type { CheckContext, Draw } from './lab.ts'
import { drawNames, startBilling, startShop } from './one-broker.ts'

/** One call of the billing. */
export interface BankCall {
  readonly atMs: number
  readonly question: 'charge' | 'find'
  readonly reference: string
  /** Key and price of the order; '' and 0 for `find`. */
  readonly key: string
  readonly cents: number
}

/**
 * What the bank does with a call. `down`: it does not hear it. `unheard`: it charges, and its answer is lost, so that the
 * billing sees what it sees when the bank is down. `afterMs`: when the answer comes.
 */
export interface BankAnswer {
  readonly status: 'charged' | 'refused' | 'down' | 'unheard'
  readonly afterMs: number
}

/** The bank's own books. */
export interface Books {
  /** Every call that the billing has made, also those that the bank did not hear. */
  readonly calls: readonly BankCall[]
  /** The charges, in order. */
  readonly charges: readonly BankCall[]
}

/** An order as the shop sent it. */
export interface BankOrder {
  readonly key: string
  readonly cents: number
}

const SMALL = ['mappedFileSizeCommitLog=262144']
/** More calls than any run needs: a billing that calls without end is stopped here. */
const CALLS_MAX = 3_000
/** The billing finds its queues in less. */
const BILLING_WITHIN_MS = 20_000

/** Draws names, and the number and the price of the first order: keys and prices are different on every seed. */
export function drawBank(draw: Draw): Record<string, string | number> {
  return { ...drawNames(draw), first: 1_000 + draw('first', 9_000), cents: 100 + draw('cents', 900) }
}

/** The order with a number, from 1. A price of its own only where `cents` says so. */
export function orderOf({ variant }: CheckContext, number: number, cents = Number(variant['cents'])): BankOrder {
  return { key: `order-${Number(variant['first']) + number}`, cents }
}

/** Starts everybody, and the bank, which answers as `answers` says. */
export async function openBank(context: CheckContext, answers: (call: BankCall) => BankAnswer): Promise<Books> {
  const { cluster } = context
  const calls: BankCall[] = []
  const charges: BankCall[] = []
  const asked = (question: BankCall['question']) => (_node: string, text: string) => {
    const call = callOf(question, text, cluster.nowMs())
    calls.push(call)
    if (calls.length > CALLS_MAX) return '{"status":"down"}'
    const answer = answers(call)
    const isCharge = question === 'charge' && (answer.status === 'charged' || answer.status === 'unheard')
    if (isCharge) charges.push(call)
    const isKnown = charges.some(({ reference }) => reference === call.reference)
    const told = answer.status === 'unheard' ? 'down' : answer.status
    const status = question === 'charge' || told === 'down' ? told : isKnown ? 'charged' : 'none'
    return JSON.stringify({ ...answer, status })
  }
  cluster.onHanded('charge', asked('charge'))
  cluster.onHanded('find', asked('find'))
  await startShop(context, SMALL)
  await startBilling(context, 'billing')
  return { calls, charges }
}

function callOf(question: BankCall['question'], text: string, atMs: number): BankCall {
  const { reference, key, cents } = JSON.parse(text) as Record<string, unknown>
  return { atMs, question, reference: String(reference), key: String(key ?? ''), cents: Number(cents ?? 0) }
}

/** Sends an order. Its text says what every order says: only key and price tell two orders apart. */
export async function sellAt({ cluster, variant }: CheckContext, { key, cents }: BankOrder): Promise<void> {
  const body = secretBody(`${cents} cents for one coffee`, variant['secret'] ?? '')
  const { status, error } = await cluster.produce('shop', { topic: String(variant['topic']), key, body })
  if (status !== 'SEND_OK') throw new ScenarioFailure(`${key} was not taken: ${error || status}`)
}

/** How often an order was charged, at its own price. */
export function timesCharged({ charges }: Books, { key, cents }: BankOrder): number {
  return charges.filter((one) => one.key === key && one.cents === cents).length
}

/** Waits until each of these orders was charged. The failure names the first that was not, and says `because`. */
export async function expectCharged(
  { cluster }: CheckContext,
  books: Books,
  orders: readonly BankOrder[],
  withinMs: number,
  because: string,
): Promise<void> {
  const missing = () => orders.filter((one) => timesCharged(books, one) === 0)
  let seen = -1
  // asked after every event of the run: it looks again only when the bank was called
  const isOver = () => {
    if (books.calls.length === seen) return false
    seen = books.calls.length
    return missing().length === 0 || seen > CALLS_MAX
  }
  await cluster.waitUntil('all orders are charged', isOver, withinMs).catch(() => {})
  if (books.calls.length > CALLS_MAX)
    throw new ScenarioFailure(`the billing has called the bank more than ${CALLS_MAX} times, and it goes on calling`)
  const [first] = missing()
  if (first !== undefined)
    throw new ScenarioFailure(
      `${missing().length} of ${orders.length} orders were never charged, such as ${first.key}: ${because}`,
    )
}

/** Each of these orders must stand in the books at most once. The failure names the first that stands there more often. */
export function expectOnce(books: Books, orders: readonly BankOrder[], because: string): void {
  for (const one of orders) {
    const times = timesCharged(books, one)
    if (times > 1) throw new ScenarioFailure(`${one.key} was charged ${times} times: ${because}`)
  }
}

/** Sells an order and waits until it is charged: the billing has its queues, and all connections are open. */
export async function sellFirst(context: CheckContext, books: Books): Promise<void> {
  const first = orderOf(context, 0)
  await sellAt(context, first)
  await expectCharged(context, books, [first], BILLING_WITHIN_MS, 'it was the first order of the day')
}
