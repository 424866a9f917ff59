/**
 * The same joins and leaves under each strategy: two brokers in two rooms, four queues each, and four members of which two stay.
 *
 * The first member ran in the morning, so its address is the lowest; the fourth one is started last, and has the highest.
 */
import type { Cluster } from '#reference/host/cluster.ts'
import type { CastMember, RunLog } from '#site/figures/kit/types.ts'
import { changeSums, ownersOf, queuesOf } from '#site/figures/kit/views/parts/owners-state.ts'
import { sendMany, start, startBroker, TOPIC, until } from '#site/figures/shop.ts'
import { GROUP, join, NAMESRV } from './group.ts'

const OPTION = 'allocateMessageQueueStrategy'
const SMALL = ['mappedFileSizeCommitLog=65536', 'messageIndexEnable=false']
const QUEUES = [0, 1, 2, 3].map((id) => `${TOPIC}/${id}`)
/** Brokers by node, and the names under which they are registered: the room stands before the @. */
const BROKERS = { 'broker-a': 'r1@broker-a', 'broker-b': 'r2@broker-b' } as const
/** Members; the room stands before the dash. */
export const MEMBERS = { first: 'r1-ann', second: 'r1-bea', third: 'r2-cid', fourth: 'r2-dot' } as const

/** The strategies in the order of the table. */
export const STRATEGIES = [
  'AVG',
  'AVG_BY_CIRCLE',
  'CONSISTENT_HASH',
  'MACHINE_ROOM_NEARBY',
  'MACHINE_ROOM',
  'CONFIG',
] as const
export type Strategy = (typeof STRATEGIES)[number]

export const CAST: readonly CastMember[] = [
  ...Object.keys(BROKERS).map((name) => ({ name, role: 'broker', queues: QUEUES }) as const),
  ...Object.values(MEMBERS).map((name) => ({ name, role: 'consumer', group: GROUP }) as const),
]

export const STEP = {
  joins: 'r1-ann joins, first in the list',
  leaves: 'r1-ann is stopped',
  last: 'r2-dot joins, last in the list',
  dies: 'r1-bea is killed',
} as const

/** When each change happens, and the end of the run: the columns of the table lie between them. */
export const CHANGES_MS = [8_000, 11_000, 14_000, 17_000, 20_000] as const

/** When an order is sent to each queue, to see who reads it. */
const SOLD_MS = 18_500

/** What a member must be told beside the strategy's name. The lists are written for four members. */
const MORE: Readonly<Partial<Record<Strategy, (index: number) => string>>> = {
  MACHINE_ROOM: () => 'consumeridcs=r1',
  CONFIG: (index) => {
    const broker = index < 2 ? BROKERS['broker-a'] : BROKERS['broker-b']
    const ids = [0, 1].map((id) => (index % 2) * 2 + id)
    return `messageQueues=${ids.map((id) => `${TOPIC}/${broker}/${id}`).join(',')}`
  },
}

/** The script under a strategy: that of the reader's setting, or `strategy`. */
export async function change(cluster: Cluster, settings: readonly string[], strategy: Strategy = 'AVG'): Promise<void> {
  const set = settings.find((one) => one.startsWith(`${OPTION}=`))?.slice(OPTION.length + 1)
  const chosen = STRATEGIES.find((one) => one === set) ?? strategy
  const names = Object.values(MEMBERS)
  const enter = (name: string) => {
    const more = MORE[chosen]?.(names.indexOf(name as (typeof names)[number]))
    join(cluster, name, [`${OPTION}=${chosen}`, ...(more === undefined ? [] : [more])])
  }
  start(cluster, 'namesrv', 'namesrv', ['listenPort=9876'])
  await until(cluster, 200)
  for (const [node, brokerName] of Object.entries(BROKERS)) startRoom(cluster, node, brokerName)
  await until(cluster, 1_200)
  start(cluster, 'shop', 'producer', [`namesrvAddr=${NAMESRV}`, 'group=shop'])
  enter(MEMBERS.first)
  await until(cluster, 1_300)
  enter(MEMBERS.second)
  enter(MEMBERS.third)
  await until(cluster, 3_000)
  void cluster.stop(MEMBERS.first).catch(() => {})
  await until(cluster, CHANGES_MS[0])
  cluster.step(STEP.joins)
  enter(MEMBERS.first)
  await until(cluster, CHANGES_MS[1])
  cluster.step(STEP.leaves)
  void cluster.stop(MEMBERS.first).catch(() => {})
  await until(cluster, CHANGES_MS[2])
  cluster.step(STEP.last)
  enter(MEMBERS.fourth)
  await until(cluster, CHANGES_MS[3])
  cluster.step(STEP.dies)
  void cluster.kill(MEMBERS.second).catch(() => {})
  await until(cluster, SOLD_MS)
  await sendMany(cluster, 'shop', [1, 8], 20)
}

function startRoom(cluster: Cluster, node: string, brokerName: string): void {
  startBroker(cluster, node, NAMESRV, QUEUES.length, [...SMALL, `brokerName=${brokerName}`])
}

/** What one change came to: queues that moved, how many each member has then, and how many nobody has. */
export interface Outcome {
  readonly moves: number
  readonly holeMs: number
  /** Queues of each member that runs, most first. */
  readonly spread: readonly number[]
  readonly nobodys: number
  /** Queues that neither went to the one who came nor were those of the one who went. */
  readonly needless: number
}

/** Who comes or goes in each change. */
export const CHANGED = [MEMBERS.first, MEMBERS.first, MEMBERS.fourth, MEMBERS.second] as const

/** Reads the outcome of the change with this number off a run. */
export function outcomeOf({ events }: Pick<RunLog, 'events'>, number: number): Outcome {
  const [fromMs, toMs] = [CHANGES_MS[number]!, CHANGES_MS[number + 1]!]
  const until = events.filter(({ atMs }) => atMs < toMs)
  const queues = [...queuesOf(ownersOf(until), GROUP, TOPIC).values()]
  const { moves, holeMs } = changeSums(queues, fromMs, toMs)
  const counts = new Map<string, number>()
  for (const { tenures } of queues)
    for (const { owner, toMs: end } of tenures) if (end === undefined) counts.set(owner, (counts.get(owner) ?? 0) + 1)
  const spread = [...counts.values()].sort((a, b) => b - a)
  const owned = queues.filter(({ tenures }) => tenures.some(({ toMs: end }) => end === undefined)).length
  const needless = queues.flatMap(({ tenures }) =>
    tenures.filter(
      (one, i) => i > 0 && one.fromMs >= fromMs && ![one.owner, tenures[i - 1]!.owner].includes(CHANGED[number]!),
    ),
  ).length
  return { moves, needless, holeMs, spread, nobodys: Object.keys(BROKERS).length * QUEUES.length - owned }
}
