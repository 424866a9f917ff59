/**
 * Timers under random faults, the first seeds of `npm run soak -- --campaign timer`; and the proof that the campaign can
 * fail: each mistake of a list is noticed. Writes out/mutants-timer.md.
 */
import { afterAll } from 'vitest'
import { campaign, writeKills } from './campaign.ts'
import { TIMER_MUTANTS } from './mutants/timer-mutants.ts'
import { timers } from './soak/timer/timer-mechanism.ts'

const kills = campaign(timers, TIMER_MUTANTS, {
  seeds: 40,
  mutantSeeds: 250,
  holds: 'never early, never lost, taken back for good',
})

afterAll(() => writeKills('timer', kills))
