/** What the chapters claim about their runs holds: on the pinned run, and what they call "always" on twenty other seeds. */
import { describe, expect, it } from 'vitest'
import { CLAIMS } from '../../site/claims/roles.ts'
import { run } from '../../site/figures/kit/run.ts'
import { scenario } from '../../site/figures/roles-journey/scenario.ts'

describe('chapter 1', async () => {
  const pinned = await run(scenario, scenario.seed, [])

  it.each(Object.keys(CLAIMS))('%s holds in the figure', (id) => {
    expect(CLAIMS[id]!.shownBy(pinned.events)).not.toEqual([])
  })

  it('what is claimed for always holds on twenty other seeds', async () => {
    const broken: string[] = []
    for (let seed = 1; seed <= 20; seed++) {
      const { events } = await run(scenario, seed, [])
      for (const [id, claim] of Object.entries(CLAIMS))
        if (claim.always && claim.shownBy(events).length === 0) broken.push(`${id} on seed ${seed}`)
    }
    expect(broken).toEqual([])
  })

  it('a claim can be false: without the consumer nothing is consumed', async () => {
    const { events } = await run(scenario, scenario.seed, [{ does: 'kill', on: 'consumer', atMs: 1_700 }])
    const before = events.filter((event) => event.kind !== 'message.consumed')
    expect(CLAIMS['commit-later']!.shownBy(before)).toEqual([])
    expect(CLAIMS['no-message-through-namesrv']!.shownBy(before)).toEqual([])
  })
})
