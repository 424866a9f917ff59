/**
 * The scenarios of the lab "Few moves": an order in each queue, and members that come and go.
 *
 * Whose queue it is is judged by who was handed its order. The ring is computed here once more, from the ids that the broker lists,
 * for the two promises that a Java member of the group relies on.
 */

import { md5 } from '../../reference/common/digest.ts'
import { encodeUtf8 } from '../../reference/common/utf8.ts'
import { ScenarioFailure } from '../../reference/host/cluster.ts'
import type { CheckContext } from '../lab.ts'
import {
  enter,
  expectOnce,
  expectRead,
  handedTo,
  memberIds,
  memberName,
  openGroup,
  ownersBy,
  placeOf,
  SETTLE_MS,
  sellEach,
} from '../members.ts'

export const CODE = 'allocate-consistent-hash.ts'

const QUEUES = 12
/** So many that a place more or less on the ring is seen. */
const MANY_QUEUES = 64
const PLACES = 10
const OPTIONS = { options: ['allocateMessageQueueStrategy=CONSISTENT_HASH'] }

async function open(context: CheckContext, members: number, queues = QUEUES): Promise<readonly string[]> {
  await openGroup(context, queues)
  const names = Array.from({ length: members }, (_, i) => memberName(context, i))
  for (const name of names) await enter(context, name, OPTIONS)
  await context.cluster.sleep(SETTLE_MS)
  return names
}

/** Sends an order to each queue, and returns who was handed it. */
async function owners(
  context: CheckContext,
  prefix: string,
  when: string,
  queues = QUEUES,
): Promise<ReadonlyMap<string, string>> {
  const sent = await sellEach(context, prefix, queues)
  await expectRead(context, sent, when, 5_000)
  expectOnce(context, sent, when)
  return ownersBy(context, sent)
}

/** Groups of one member each: whatever its places, all queues are its own. */
export async function alone(context: CheckContext): Promise<void> {
  const { cluster, variant } = context
  await openGroup(context, QUEUES)
  const groups = [0, 1, 2, 3].map((i) => ({ name: memberName(context, i), group: `${variant['group']}-${i}` }))
  for (const { name, group } of groups) await enter(context, name, { group, ...OPTIONS })
  await cluster.sleep(SETTLE_MS)
  const sent = await sellEach(context, 'order', QUEUES)
  await cluster.sleep(2_000)
  for (const { name, group } of groups) {
    const missing = sent.filter((order) => handedTo(context, order, group).length === 0)
    if (missing.length > 0)
      throw new ScenarioFailure(
        `${name} is the only member of its group, and was handed ${sent.length - missing.length} of ${sent.length} orders; nobody has ${placeOf(missing[0]!)}`,
      )
  }
}

/** Three members: each queue has one of them. */
export async function oneOwner(context: CheckContext): Promise<void> {
  await open(context, 3)
  await owners(context, 'order', 'With three members')
}

/** A member comes: what changes hands goes to it. */
export async function comes(context: CheckContext): Promise<void> {
  await open(context, 3)
  const before = await owners(context, 'before', 'With three members')
  const newcomer = memberName(context, 3)
  await enter(context, newcomer, OPTIONS)
  await context.cluster.sleep(SETTLE_MS)
  const after = await owners(context, 'after', `After ${newcomer} had joined`)
  expectMoves(before, after, (_from, to) => to === newcomer, `${newcomer} joined`)
}

/** The member that stands first in the list goes: what changes hands comes from it. */
export async function goes(context: CheckContext): Promise<void> {
  const [leaving = ''] = await open(context, 4)
  const before = await owners(context, 'before', 'With four members')
  await context.cluster.stop(leaving)
  await context.cluster.sleep(SETTLE_MS)
  const after = await owners(context, 'after', `After ${leaving} was stopped`)
  expectMoves(before, after, (from) => from === leaving, `${leaving} was stopped`)
}

function expectMoves(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
  mayMove: (from: string, to: string) => boolean,
  change: string,
): void {
  const moved = [...before].filter(([queue, owner]) => after.get(queue) !== owner)
  const needless = moved.filter(([queue, owner]) => !mayMove(owner, after.get(queue)!))
  if (needless.length === 0) return
  const [queue, owner] = needless[0]!
  throw new ScenarioFailure(
    `when ${change}, ${moved.length} of ${before.size} queues moved, ${needless.length} of them between members that stayed: ${queue} went from ${owner} to ${after.get(queue)}`,
  )
}

/** How many queues each of four members has, against the ring with ten places each. */
export async function spread(context: CheckContext): Promise<void> {
  const names = await open(context, 4, MANY_QUEUES)
  const ring = await ringOf(context)
  const after = [...(await owners(context, 'order', 'With four members', MANY_QUEUES))]
  const count = (all: readonly (readonly [string, string])[], name: string) =>
    all.filter(([, one]) => one === name).length
  const wanted = after.map(([queue]) => [queue, ring(queue)] as const)
  const off = names.filter((name) => count(after, name) !== count(wanted, name))
  if (off.length === 0) return
  const name = off.sort((a, b) => count(after, b) - count(after, a))[0]!
  throw new ScenarioFailure(
    `${name} has ${count(after, name)} of ${MANY_QUEUES} queues; on the ring of the file’s comment (ten places for each member) it has ${count(wanted, name)}`,
  )
}

/** A queue's owner is the one that a Java member computes. */
export async function likeJava(context: CheckContext): Promise<void> {
  await open(context, 3, MANY_QUEUES)
  const ring = await ringOf(context)
  for (const [queue, owner] of await owners(context, 'order', 'With three members', MANY_QUEUES))
    if (ring(queue) !== owner)
      throw new ScenarioFailure(
        `${queue} was read by ${owner}; a Java member that knows the same three members computes that it belongs to ${ring(queue)}`,
      )
}

/** The owner of each queue on the ring of these members, by the words of `placeOf`. */
async function ringOf(context: CheckContext): Promise<(queue: string) => string> {
  const { topic, broker } = context.variant
  const places = [...(await memberIds(context))].flatMap(([name, id]) =>
    Array.from({ length: PLACES }, (_, k) => ({ name, at: hash(`${id}-${k}`) })),
  )
  places.sort((a, b) => a.at - b.at)
  return (queue) => {
    const queueId = queue.replace('queue ', '')
    const at = hash(`MessageQueue [topic=${topic}, brokerName=${broker}, queueId=${queueId}]`)
    return (places.find((one) => one.at >= at) ?? places[0])?.name ?? 'nobody'
  }
}

function hash(key: string): number {
  const digest = md5(encodeUtf8(key))
  return new DataView(digest.buffer, digest.byteOffset).getUint32(0)
}

/** What the learner sees when the lab opens: three members, an order in each queue, and a fourth member. */
export async function demo(context: CheckContext): Promise<void> {
  const { cluster } = context
  await open(context, 3)
  cluster.step('an order in each of twelve queues')
  await sellEach(context, 'before', QUEUES)
  await cluster.sleep(1_000)
  const newcomer = memberName(context, 3)
  cluster.step(`${newcomer} joins`)
  await enter(context, newcomer, OPTIONS)
  await cluster.sleep(SETTLE_MS)
  cluster.step('an order in each queue again')
  await sellEach(context, 'after', QUEUES)
  await cluster.sleep(2_000)
}
