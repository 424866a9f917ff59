/** Which replica becomes the master: RocketMQ's order, as a table. */
import { expect, it } from 'vitest'
import { elect, type LiveReplica } from '../../../reference/controller/elect-policy.ts'

const GIB = 1024 ** 3

/** Replicas that are alive, as `id: [epoch, maxOffset, priority]`. */
type Alive = Readonly<Record<number, readonly [epoch: number, maxOffset: number, priority: number]>>

interface Case {
  readonly what: string
  readonly set: readonly number[]
  readonly alive: Alive
  readonly others?: readonly number[]
  readonly old?: number
  readonly designated?: number
  readonly elected: number | undefined
}

const CASES: readonly Case[] = [
  { what: 'nobody alive', set: [1, 2], alive: {}, elected: undefined },
  { what: 'the higher epoch, whatever its offset', set: [1, 2], alive: { 1: [2, 900, 0], 2: [3, 1, 9] }, elected: 2 },
  { what: 'then the higher offset', set: [1, 2], alive: { 1: [3, 100, 0], 2: [3, 101, 9] }, elected: 2 },
  { what: 'then the smaller priority', set: [1, 2], alive: { 1: [3, 100, 5], 2: [3, 100, 4] }, elected: 2 },
  { what: 'then the smaller id', set: [2, 1], alive: { 1: [3, 100, 5], 2: [3, 100, 5] }, elected: 1 },
  {
    what: 'offsets that differ by more than 2 GiB (a cast to int turns the order round)',
    set: [1, 2],
    alive: { 1: [3, 10, 0], 2: [3, 3 * GIB, 9] },
    elected: 2,
  },
  {
    what: 'offsets that differ by a multiple of 4 GiB (a cast to int makes them equal)',
    set: [1, 2],
    alive: { 1: [3, 0, 0], 2: [3, 8 * GIB, 9] },
    elected: 2,
  },
  {
    what: 'priorities of all sizes, as whole numbers',
    set: [1, 2],
    alive: { 1: [3, 1, 2_147_483_647], 2: [3, 1, -2_147_483_648] },
    elected: 2,
  },
  {
    what: 'the old master stays while it is alive',
    set: [1, 2],
    old: 1,
    alive: { 1: [1, 1, 9], 2: [9, 9, 0] },
    elected: 1,
  },
  {
    what: 'an old master outside the set does not',
    set: [2],
    old: 1,
    alive: { 1: [9, 9, 0], 2: [1, 1, 9] },
    elected: 2,
  },
  {
    what: 'a designated replica of the set',
    set: [1, 2],
    old: 1,
    designated: 2,
    alive: { 1: [9, 9, 0], 2: [1, 1, 9] },
    elected: 2,
  },
  {
    what: 'the old master, designated',
    set: [1, 2],
    old: 1,
    designated: 1,
    alive: { 1: [1, 1, 9], 2: [9, 9, 0] },
    elected: 1,
  },
  {
    what: 'a designated replica that is dead: nobody',
    set: [1, 2],
    designated: 2,
    alive: { 1: [1, 1, 1] },
    elected: undefined,
  },
  {
    what: 'a designated replica outside the set: nobody',
    set: [1],
    designated: 2,
    alive: { 1: [1, 1, 1], 2: [1, 1, 1] },
    elected: undefined,
  },
  { what: 'outside the set: nobody', set: [1], alive: { 2: [9, 9, 0] }, elected: undefined },
  { what: 'outside the set, unclean', set: [1], others: [1, 2, 3], alive: { 2: [1, 9, 0], 3: [1, 10, 0] }, elected: 3 },
  {
    what: 'the set first, although unclean',
    set: [1],
    others: [1, 2],
    alive: { 1: [1, 1, 9], 2: [9, 9, 0] },
    elected: 1,
  },
  {
    what: 'designated outside the set, unclean',
    set: [1],
    others: [1, 2],
    designated: 2,
    alive: { 1: [1, 1, 1], 2: [1, 1, 1] },
    elected: 2,
  },
  { what: 'an empty set', set: [], alive: { 1: [1, 1, 1] }, elected: undefined },
]

it.each(CASES)('$what', ({ set, others = [], old, designated, alive, elected }) => {
  const live = (brokerId: number): LiveReplica | undefined => {
    const found = alive[brokerId]
    return found && { brokerId, epoch: found[0], maxOffset: found[1], electionPriority: found[2] }
  }
  expect(elect({ syncStateSet: set, others, oldMaster: old, designated, alive: live })).toBe(elected)
})
