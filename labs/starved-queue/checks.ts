/**
 * The scenarios of the lab "A starved queue": members come, go, are replaced and cut off from a broker, and orders lie in every queue.
 *
 * Judged is who was handed which order. In each scenario the group is left alone for long enough before the orders are sent, so what
 * is in hand during a change is not judged, except where nothing has changed at all.
 */
import { allocateAveragely } from '../../reference/common/allocate/allocate-averagely.ts'
import { ScenarioFailure } from '../../reference/host/cluster.ts'
import type { SentMessage } from '../judge/evidence.ts'
import type { CheckContext } from '../lab.ts'
import {
  enter,
  expectOnce,
  expectRead,
  handedTo,
  machines,
  memberIds,
  memberName,
  openGroup,
  ownersBy,
  SETTLE_MS,
  sellEach,
} from '../members.ts'

export const CODE = 'share.ts'

const QUEUES = 4
/** A member looks at the list every 20 s, whatever happens. */
const LOOKS_EVERY_MS = 20_000

async function enterAll(context: CheckContext, count: number): Promise<readonly string[]> {
  const names = Array.from({ length: count }, (_, i) => memberName(context, i))
  for (const name of names) await enter(context, name)
  await context.cluster.sleep(SETTLE_MS)
  return names
}

/** One of three members is stopped. */
export async function leaver(context: CheckContext): Promise<void> {
  await openGroup(context, QUEUES)
  const [, leaving = ''] = await enterAll(context, 3)
  await expectRead(context, await sellEach(context, 'first', QUEUES), 'With three members')
  await context.cluster.stop(leaving)
  await context.cluster.sleep(SETTLE_MS)
  const sent = await sellEach(context, 'after', QUEUES)
  await expectRead(context, sent, `After ${leaving} was stopped`, 5_000)
  expectOnce(context, sent, `After ${leaving} was stopped`)
}

/** A third member comes. */
export async function newcomer(context: CheckContext): Promise<void> {
  await openGroup(context, QUEUES)
  await enterAll(context, 2)
  const name = memberName(context, 2)
  await enter(context, name)
  await context.cluster.sleep(SETTLE_MS)
  const sent = await sellEach(context, 'order', QUEUES)
  await expectRead(context, sent, `After ${name} had joined`)
  expectOnce(context, sent, `After ${name} had joined`)
  if (!sent.some((order) => handedTo(context, order).includes(name)))
    throw new ScenarioFailure(
      `${name} was in the group for ${SETTLE_MS / 1_000} s, and was handed none of ${sent.length} orders in ${QUEUES} queues, while two members shared them`,
    )
  await expectLikeJava(context, sent)
}

/** Each queue is read by the member for whom a member in Java computes it, from the ids sorted as text. */
async function expectLikeJava(context: CheckContext, sent: readonly SentMessage[]): Promise<void> {
  const names = new Map([...(await memberIds(context))].map(([name, id]) => [id, name]))
  const ids = [...names.keys()].sort()
  const queues = Array.from({ length: QUEUES }, (_, queueId) => ({ topic: '', brokerName: '', queueId }))
  for (const [place, owner] of ownersBy(context, sent)) {
    const hasIt = (id: string) => allocateAveragely(id, queues, ids).some(({ queueId }) => place === `queue ${queueId}`)
    const wanted = names.get(ids.find(hasIt) ?? '')
    if (owner !== wanted)
      throw new ScenarioFailure(
        `${place} was read by ${owner}; a Java member that knows the same members, ${ids.map((id) => id.split('#')[0]).join(' and ')}, computes that it belongs to ${wanted}`,
      )
  }
}

/** A member is replaced between two looks at the list; the broker sends no notices. */
export async function replaced(context: CheckContext): Promise<void> {
  const { cluster } = context
  await openGroup(context, QUEUES)
  await cluster.admin('admin', [
    'updateBrokerConfig',
    '-b',
    `${machines(context, 1)[0]}:${context.variant['port']}`,
    '-k',
    'notifyConsumerIdsChangedEnable',
    '-v',
    'false',
  ])
  const [leaving = '', staying = ''] = await enterAll(context, 2)
  await cluster.sleep(LOOKS_EVERY_MS)
  await cluster.stop(leaving)
  const name = memberName(context, 2)
  await enter(context, name)
  await cluster.sleep(LOOKS_EVERY_MS + SETTLE_MS)
  const sent = await sellEach(context, 'order', QUEUES)
  const when = `${LOOKS_EVERY_MS / 1_000} s after ${name} had taken the place of ${leaving} beside ${staying}`
  await expectRead(context, sent, when, 5_000)
  expectOnce(context, sent, when)
}

/** Two brokers got to know the members in different orders. */
export async function twoBrokers(context: CheckContext): Promise<void> {
  const { cluster } = context
  await openGroup(context, 2, 2)
  const [one = '', other = ''] = machines(context, 2)
  const names = [0, 1, 2].map((i) => memberName(context, i))
  const entering = Promise.all(names.map((name) => enter(context, name)))
  const slow = await Promise.all([
    cluster.inject({ kind: 'link', from: names[0]!, to: other, delayMs: 60 }),
    cluster.inject({ kind: 'link', from: names[2]!, to: one, delayMs: 40 }),
  ])
  await entering
  await cluster.sleep(SETTLE_MS)
  for (const fault of slow) await fault.heal()
  const sent: SentMessage[] = []
  for (let round = 1; round <= 9; round++) {
    sent.push(...(await sellEach(context, `round-${round}`, QUEUES)))
    await cluster.sleep(5_000)
  }
  const when = 'With three members that came and stayed, and two brokers'
  expectOnce(context, sent, when, 2)
  await expectRead(context, sent, when, 1_000, 2)
}

/** The broker stands still for 25 s, while each member has orders in hand. */
export async function paused(context: CheckContext): Promise<void> {
  const { cluster } = context
  await openGroup(context, QUEUES)
  await enterAll(context, 2)
  cluster.onDelivery(({ key }) => ({ status: 'CONSUME_SUCCESS', afterMs: key.startsWith('held') ? 50_000 : 0 }))
  const held = await sellEach(context, 'held', QUEUES)
  await expectRead(context, held, 'With two members')
  const fault = await cluster.inject({ kind: 'pause', node: machines(context, 1)[0]! })
  await cluster.sleep(25_000)
  await fault.heal()
  await cluster.sleep(21_000)
  expectOnce(context, held, 'While the broker gave no answers for 25 s and both members stayed')
  const sent = await sellEach(context, 'later', QUEUES)
  await expectRead(context, sent, 'After the broker had stood still for 25 s')
}

/** No member reaches the second of two brokers for 45 s. */
export async function cutOff(context: CheckContext): Promise<void> {
  const { cluster, variant } = context
  await openGroup(context, 2, 2)
  const names = await enterAll(context, 3)
  const fault = await cluster.inject({
    kind: 'partition',
    between: [[...names], [machines(context, 2)[1]!]],
    held: 'keep',
  })
  const sent: SentMessage[] = []
  for (let round = 1; round <= 9; round++) {
    const orders = await sellEach(context, `round-${round}`, QUEUES)
    sent.push(...orders.filter(({ brokerName }) => brokerName === variant['broker']))
    await cluster.sleep(5_000)
  }
  const when = 'While three members stayed and did not reach the other broker'
  expectOnce(context, sent, when, 2)
  await expectRead(context, sent, when, 1_000, 2)
  await fault.heal()
}

/** What the learner sees when the lab opens: a deployment of one process after the other, and orders that nobody takes. */
export async function demo(context: CheckContext): Promise<void> {
  const { cluster } = context
  await openGroup(context, QUEUES)
  const [, leaving = ''] = await enterAll(context, 3)
  cluster.step('three members, an order in each of four queues')
  await sellEach(context, 'first', QUEUES)
  await cluster.sleep(1_000)
  cluster.step(`${leaving} is stopped`)
  await cluster.stop(leaving)
  await cluster.sleep(SETTLE_MS)
  cluster.step('four orders more')
  await sellEach(context, 'after', QUEUES)
  await cluster.sleep(10_000)
}
