/**
 * Controllers under random faults, the first seeds of `npm run soak -- --campaign raft`; and the proof that the campaign can
 * fail: each mistake of a list is noticed. Writes out/mutants-raft.md.
 */
import { afterAll } from 'vitest'
import { campaign, writeKills } from './campaign.ts'
import { CONTROLLER_MUTANTS } from './mutants/controller-mutants.ts'
import { controllers } from './soak/raft/raft-mechanism.ts'

const kills = campaign(controllers, CONTROLLER_MUTANTS, {
  seeds: 25,
  mutantSeeds: Number(process.env['GLASSMQ_MUTANT_SEEDS'] ?? 150),
  holds: 'a term has one leader, an epoch one master, and nothing committed is lost',
})

afterAll(() => writeKills('raft', kills))
