/** Checks a claim of a chapter on its figure's pinned run, at build. */

import type { TraceEvent } from '../../reference/host/trace.ts'
import { run } from '../figures/kit/run.ts'
import { scenario } from '../figures/roles-journey/scenario.ts'
import { CLAIMS } from './roles.ts'

let pinned: Promise<readonly TraceEvent[]> | undefined

/** Numbers of the events that show the claim. Throws a sentence when it is unknown or does not hold. */
export async function checkClaim(id: string): Promise<readonly number[]> {
  const claim = CLAIMS[id]
  if (claim === undefined)
    throw new Error(`there is no claim "${id}": site/claims/roles.ts has ${Object.keys(CLAIMS).join(', ')}`)
  pinned ??= run(scenario, scenario.seed, []).then((log) => log.events)
  const shownBy = claim.shownBy(await pinned)
  if (shownBy.length === 0) throw new Error(`the claim "${id}" does not hold in the run of figure ${scenario.id}`)
  return shownBy.map((event) => event.n)
}
