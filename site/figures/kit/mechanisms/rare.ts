/**
 * Mechanisms that few runs have. A page fetches one of them when a run has come that has an event of it; the build and the
 * tests have all of them (`#rare-mechanisms` in `package.json`).
 */
import type { EventKind } from '../../../../reference/host/trace.ts'
import type { Mechanism } from '../state.ts'

/** Fetches each rare mechanism. */
export const RARE = {
  delay: async () => (await import('./delay.ts')).delay,
  election: async () => (await import('./election.ts')).election,
  lock: async () => (await import('./lock.ts')).lock,
  pop: async () => (await import('./pop.ts')).pop,
  replication: async () => (await import('./replication.ts')).replication,
  retry: async () => (await import('./retry.ts')).retry,
  transaction: async () => (await import('./transaction.ts')).transaction,
} satisfies { readonly [name: string]: () => Promise<unknown> }

type Rare = typeof RARE
type KindOf<M> = M extends Mechanism<infer K> ? K : never

/** The kinds of events that a rare mechanism has words for. */
export type RareKind = { [N in keyof Rare]: KindOf<Awaited<ReturnType<Rare[N]>>> }[keyof Rare]

/** The mechanism that knows each rare kind. */
const NAMES: { readonly [K in RareKind]: keyof Rare } = {
  'message.delayed': 'delay',
  'message.due': 'delay',
  'message.recalled': 'delay',
  'timer.placed': 'delay',
  'timer.rolled': 'delay',
  'leader.elected': 'election',
  'leader.resigned': 'election',
  'master.elected': 'election',
  'raft.appended': 'election',
  'raft.committed': 'election',
  'raft.compacted': 'election',
  'raft.cut': 'election',
  'replica.inactive': 'election',
  'role.taken': 'election',
  'syncset.changed': 'election',
  'term.began': 'election',
  'vote.cast': 'election',
  'queue.locked': 'lock',
  'queue.unlocked': 'lock',
  'checkpoint.settled': 'pop',
  'message.acked': 'pop',
  'message.hidden': 'pop',
  'message.popped': 'pop',
  'message.revived': 'pop',
  'pop.held': 'pop',
  'pop.woken': 'pop',
  'ha.acked': 'replication',
  'ha.appended': 'replication',
  'ha.closed': 'replication',
  'ha.connected': 'replication',
  'ha.refused': 'replication',
  'ha.transferred': 'replication',
  'acting.began': 'replication',
  'acting.ended': 'replication',
  'confirm.moved': 'replication',
  'epoch.began': 'replication',
  'log.truncated': 'replication',
  'master.prepared': 'replication',
  'message.escaped': 'replication',
  'message.dead': 'retry',
  'message.retried': 'retry',
  'transaction.answered': 'transaction',
  'transaction.checked': 'transaction',
  'transaction.ended': 'transaction',
  'transaction.executed': 'transaction',
  'transaction.ignored': 'transaction',
  'transaction.noted': 'transaction',
  'transaction.prepared': 'transaction',
}

/** The rare mechanism that a kind of event belongs to; undefined for the kinds that every run may have. */
export function rareNameOf(kind: EventKind): keyof Rare | undefined {
  return (NAMES as { readonly [kind: string]: keyof Rare })[kind]
}
