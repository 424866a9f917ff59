/**
 * What was acknowledged is there after any crash, and nothing else is: thousands of power cuts on a store, on the broker's
 * tables, and on whole clusters. `npm run soak` goes on where this ends.
 */
import { expect, it } from 'vitest'
import { ConfigFile } from '../../reference/broker/config-file.ts'
import type { Campaign } from './soak/campaign.ts'
import { clusterCampaign } from './soak/cluster/cluster-campaign.ts'
import { runConfig } from './soak/config/run-config.ts'
import { shrink } from './soak/shrink.ts'
import { drawScript } from './soak/store/ops.ts'
import { runStore } from './soak/store/run-store.ts'
import { storeCampaign } from './soak/store/store-campaign.ts'

const STORE_SEEDS = 300
const CLUSTER_SEEDS = 60
const CONFIG_SEEDS = 150

/** 8105501: a queue's last file went after a damaged disk had shortened the log, and was not missed. */
const FOUND_BY = [8_105_501, 9_601_130]

/** Runs seeds of a campaign; a failure says the seed and the shortest script. */
async function runSeeds(campaign: Campaign, seeds: number): Promise<Map<string, number>> {
  const sums = new Map<string, number>()
  for (let seed = 1; seed <= seeds; seed++) {
    const { violation, counts } = await campaign.run(seed)
    if (violation !== undefined) {
      const script = await campaign.minimise(seed, violation)
      expect.fail(`seed ${seed}: ${violation.invariant}: ${violation.message}\n${script.join('\n')}`)
    }
    for (const [what, count] of Object.entries(counts)) sums.set(what, (sums.get(what) ?? 0) + count)
  }
  return sums
}

it('a store keeps its promises through thousands of power cuts', async () => {
  const sums = await runSeeds(storeCampaign(), STORE_SEEDS)
  expect(sums.get('power cuts'), 'power cuts').toBeGreaterThan(STORE_SEEDS * 5)
  expect(sums.get('acknowledged'), 'acknowledged messages').toBeGreaterThan(STORE_SEEDS * 5)
  console.log(
    `${sums.get('power cuts')} power cuts, ${sums.get('acknowledged')} of ${sums.get('puts')} puts acknowledged`,
  )
})

it('seeds that once found a mistake find none', () => {
  for (const seed of FOUND_BY) expect(runStore(drawScript(seed)).violation?.message, `seed ${seed}`).toBeUndefined()
})

it('a table is read back whole, and never older than it was said to be durable', () => {
  let powerCuts = 0
  for (let seed = 1; seed <= CONFIG_SEEDS; seed++) {
    const run = runConfig(seed, ConfigFile)
    expect(run.violation?.message, `seed ${seed}`).toBeUndefined()
    powerCuts += run.powerCuts
  }
  expect(powerCuts).toBeGreaterThan(CONFIG_SEEDS)
})

it('clusters lose nothing, deliver everything, and come to rest after dozens of seeds of faults', async () => {
  const sums = await runSeeds(clusterCampaign(), CLUSTER_SEEDS)
  expect(sums.get('faults'), 'faults').toBeGreaterThan(CLUSTER_SEEDS)
  expect(sums.get('power cuts'), 'power cuts').toBeGreaterThan(10)
  expect(sums.get('acknowledged'), 'acknowledged messages').toBeGreaterThan(CLUSTER_SEEDS * 10)
})

it('the same seed is the same run', () => {
  for (const seed of [3, 14, 159]) expect(runStore(drawScript(seed))).toEqual(runStore(drawScript(seed)))
})

it('a failing list is made as short as it can be', () => {
  const list = Array.from({ length: 57 }, (_, i) => i)
  expect(shrink(list, (some) => some.includes(5) && some.includes(41))).toEqual([5, 41])
})
