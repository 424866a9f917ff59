/** Names that lab 1 draws from a seed: of its demo in the workbench, and of any check. Runs in pages too. */
import { drawFor, publicSeeds } from '../../labs/judge/seeds.ts'
import { type BrokerOf, brokerOf, variant } from '../../labs/lost-address/checks.ts'

export interface Names {
  readonly a: BrokerOf
  /** The broker that moves. */
  readonly b: BrokerOf
  readonly topic: string
  readonly oldAddress: string
}

export function namesOf(seed: string): Names {
  const drawn = variant(drawFor(seed))
  return {
    a: brokerOf(drawn, 'a'),
    b: brokerOf(drawn, 'b'),
    topic: String(drawn['topic']),
    oldAddress: String(drawn['oldAddress']),
  }
}

/** The cluster that the workbench shows. */
export const DEMO = namesOf(publicSeeds('practice-lost-address', 'demo', 1)[0]!)

/** The first practice seed of a check. */
export function practiceOf(check: string): Names {
  return namesOf(publicSeeds('practice-lost-address', check, 1)[0]!)
}
