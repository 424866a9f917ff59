/**
 * Replicas under a controller and random faults, the first seeds of `npm run soak -- --campaign copies`, `replicas` and
 * `unplugged`; and the proof that the campaigns can fail: each mistake of a list is noticed. Writes out/mutants-replicas.md.
 */
import { afterAll } from 'vitest'
import { campaign, writeKills } from './campaign.ts'
import { COPIES_MUTANTS, REPLICAS_MUTANTS, UNPLUGGED_MUTANTS } from './mutants/replicas-mutants.ts'
import { replicas, unplugged } from './soak/replicas/replicas-mechanism.ts'
import { stores } from './soak/replicas/stores-mechanism.ts'

const mutantSeeds = Number(process.env['GLASSMQ_MUTANT_SEEDS'] ?? 60)
const holds = 'no acknowledged message is lost, logs are equal, an epoch has one master'

const kills = [
  campaign(stores, COPIES_MUTANTS, { seeds: 40, mutantSeeds, holds }),
  campaign(replicas, REPLICAS_MUTANTS, { seeds: 10, mutantSeeds, holds }),
  campaign(unplugged, UNPLUGGED_MUTANTS, { seeds: 5, mutantSeeds, holds }),
]

afterAll(() => writeKills('replicas', kills.flat()))
