/**
 * What is known of events: how each kind changes the scene, and what it says. The mechanisms of every run are here at once;
 * those of few runs are learned for the run that has them.
 */
import { HERE } from '#rare-mechanisms'
import type { EventKind, TraceEvent } from '../../../../reference/host/trace.ts'
import type { Handler, Mechanism, Word } from '../state.ts'
import { faults } from './faults.ts'
import { pull } from './pull.ts'
import { RARE, type RareKind, rareNameOf } from './rare.ts'
import { rebalance } from './rebalance.ts'
import { routes } from './routes.ts'
import { send } from './send.ts'
import { storage } from './storage.ts'
import { world } from './world.ts'

/** A kind without words does not compile: it is in one of these, or in a rare mechanism. */
const COMMON_WORDS: { readonly [K in Exclude<EventKind, RareKind>]: Word<K> } = {
  ...world.words,
  ...faults.words,
  ...routes.words,
  ...send.words,
  ...storage.words,
  ...pull.words,
  ...rebalance.words,
}

/** How a kind of event changes the scene; a kind that changes nothing has no entry. */
export const ON: { [K in EventKind]?: Handler<K> } = {}
/** What a kind of event says, of those that are known now. */
export const WORDS: { [K in EventKind]?: Word<K> } = { ...COMMON_WORDS }

const learn = ({ on, words }: Pick<Mechanism<never>, 'on' | 'words'>): void => {
  Object.assign(ON, on)
  Object.assign(WORDS, words)
}
for (const one of [world, faults, routes, send, storage, pull, rebalance, ...HERE]) learn(one)

/** Learns what a run's events need; nothing is fetched twice. Rejects when a part of the page cannot be fetched. */
export async function learnFor(events: readonly TraceEvent[]): Promise<void> {
  const names = new Set<keyof typeof RARE>()
  for (const { kind } of events) {
    const name = kind in WORDS ? undefined : rareNameOf(kind)
    if (name !== undefined) names.add(name)
  }
  await Promise.all([...names].map(async (name) => learn(await RARE[name]())))
}
