/**
 * Replicas under a controller and random faults, the first seeds of `npm run soak -- --campaign replicas` and `unplugged`; and
 * the proof that the campaigns can fail: each mistake of a list is noticed. Writes out/mutants-replicas.md.
 */
import { afterAll } from 'vitest'
import { campaign, writeKills } from './campaign.ts'
import { REPLICAS_MUTANTS, UNPLUGGED_MUTANTS } from './mutants/replicas-mutants.ts'
import { replicas, unplugged } from './soak/replicas/replicas-mechanism.ts'

const mutantSeeds = Number(process.env['GLASSMQ_MUTANT_SEEDS'] ?? 60)
const holds = 'no acknowledged message is lost, logs are equal, an epoch has one master'

const kills = [
  campaign(replicas, REPLICAS_MUTANTS, { seeds: 12, mutantSeeds, holds }),
  campaign(unplugged, UNPLUGGED_MUTANTS, { seeds: 6, mutantSeeds, holds }),
]

afterAll(() => writeKills('replicas', kills.flat()))
