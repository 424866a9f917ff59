/**
 * Replicas under a controller and random faults, the first seeds of `npm run soak -- --campaign copies`, `replicas`,
 * `unplugged` and `failover`; and the proof that the campaigns can fail: each mistake of a list is noticed. Writes out/mutants-replicas.md.
 */
import { afterAll, expect, it } from 'vitest'
import { campaign, writeKills } from './campaign.ts'
import { COPIES_MUTANTS, REPLICAS_MUTANTS } from './mutants/replicas-mutants.ts'
import { drawScript, runMechanism } from './soak/mechanism/run-mechanism.ts'
import { failover } from './soak/replicas/failover-mechanism.ts'
import { replicas, unplugged } from './soak/replicas/replicas-mechanism.ts'
import { slaves } from './soak/replicas/slaves-mechanism.ts'
import { stores } from './soak/replicas/stores-mechanism.ts'

const mutantSeeds = Number(process.env['GLASSMQ_MUTANT_SEEDS'] ?? 60)
const holds = 'no acknowledged message is lost, logs are equal, an epoch has one master'

const kills = [
  campaign(stores, COPIES_MUTANTS, { seeds: 40, mutantSeeds, holds }),
  campaign(replicas, REPLICAS_MUTANTS, { seeds: 10, mutantSeeds, holds }),
]

it('unplugged, 5 seeds: what one replica loses with its power, the others have', async () => {
  for (let seed = 1; seed <= 5; seed++) {
    const { violation } = await runMechanism(unplugged, drawScript(unplugged, seed))
    expect(violation?.message, `npm run soak -- --campaign unplugged --seed ${seed} --seeds 1`).toBeUndefined()
  }
})

/**
 * 1978: a disk that fails leaves a queue whose entries cannot be read, and a pop asked for them again without end. 5119: the
 * disk refused one queue, another queue counted entries that were not written, and the group passed them. 20259: a message of
 * a timer that was to be delivered again could not be read.
 */
const FAILOVER_SEEDS = [1, 2, 3, 4, 5, 6, 7, 8, 1978, 5119, 20259, 21469]

it('failover, 12 seeds: delays, pops, transactions and offsets outlive their master', async () => {
  for (const seed of FAILOVER_SEEDS) {
    const { violation } = await runMechanism(failover, drawScript(failover, seed))
    expect(violation?.message, `npm run soak -- --campaign failover --seed ${seed} --seeds 1`).toBeUndefined()
  }
})

it('slaves, 6 seeds: fixed roles and acting slaves forget nothing, and the logs are equal', async () => {
  for (let seed = 1; seed <= 6; seed++) {
    const { violation } = await runMechanism(slaves, drawScript(slaves, seed))
    expect(violation?.message, `npm run soak -- --campaign slaves --seed ${seed} --seeds 1`).toBeUndefined()
  }
})

afterAll(() => writeKills('replicas', kills.flat()))
