/**
 * Popping under random faults, the first seeds of `npm run soak -- --campaign pop`; and the proof that the campaign can fail:
 * each mistake of a list is noticed. Writes out/mutants-pop.md.
 */
import { afterAll } from 'vitest'
import { campaign, writeKills } from './campaign.ts'
import { POP_MUTANTS } from './mutants/pop-mutants.ts'
import { pops } from './soak/pop/pop-mechanism.ts'

const kills = campaign(pops, POP_MUTANTS, {
  seeds: 30,
  mutantSeeds: 300,
  holds: "what is popped is consumed, and is nobody else's meanwhile",
})

afterAll(() => writeKills('pop', kills))
