/**
 * The checkers can fail: each mistake of a list, planted in the store or in how tables are written, is noticed by the quick
 * campaign. Prints which, by what and how soon, and writes it to out/mutants-store.md.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { ConfigFile } from '../../reference/broker/config-file.ts'
import type { Program } from '../../reference/host/program.ts'
import type { createMessageStore } from '../../reference/store/message-store.ts'
import { ROOT } from '../support/stages.ts'
import { hunt, type Kill, killTable, remembered } from './mutants/kill-table.ts'
import { CLUSTER_MUTANTS, CONFIG_MUTANTS, STORE_MUTANTS } from './mutants/mutants.ts'
import { MutableModules } from './mutants/mutated-modules.ts'
import { shortestLines } from './soak/cluster/cluster-campaign.ts'
import { drawClusterScript } from './soak/cluster/ops.ts'
import { runCluster } from './soak/cluster/run-cluster.ts'
import { type ConfigFileClass, runConfig } from './soak/config/run-config.ts'
import { drawScript } from './soak/store/ops.ts'
import { runStore } from './soak/store/run-store.ts'
import { storeCampaign } from './soak/store/store-campaign.ts'
import type { Violation } from './soak/violation.ts'

/** What is compiled anew for mistakes in the tables' files. */
const CONFIG_PARTS = ['reference/broker/', 'reference/host/replace-file.ts']

/** Only a mistake that nobody notices costs all of them. */
const SEEDS = Array.from({ length: 1_500 }, (_, i) => i + 1)
const CLUSTER_SEEDS = SEEDS.slice(0, 60)

/** Every mistake in the message store. */
async function storeKills(): Promise<Kill[]> {
  const modules = await MutableModules.load('reference/store/message-store.ts', ['reference/store/'])
  const isSound = remembered((seed) => runStore(drawScript(seed)).violation === undefined)
  const kills: Kill[] = []
  for (const mutant of STORE_MUTANTS) {
    const create = modules.link([mutant])['createMessageStore'] as typeof createMessageStore
    const run = (seed: number) => runStore(drawScript(seed), create).violation
    const { minimise } = storeCampaign(create)
    kills.push(await hunt(mutant, SEEDS, run, isSound, minimise))
  }
  return kills
}

/** Every mistake in how tables are written. */
async function configKills(): Promise<Kill[]> {
  const modules = await MutableModules.load('reference/broker/config-file.ts', CONFIG_PARTS)
  const isSound = remembered((seed) => runConfig(seed, ConfigFile).violation === undefined)
  const kills: Kill[] = []
  for (const mutant of CONFIG_MUTANTS) {
    const Class = modules.link([mutant])['ConfigFile'] as ConfigFileClass
    kills.push(await hunt(mutant, SEEDS, (seed) => runConfig(seed, Class).violation, isSound))
  }
  return kills
}

/** Every mistake that only a cluster shows. */
async function clusterKills(): Promise<Kill[]> {
  const modules = await MutableModules.load('reference/broker/broker.ts', ['reference/broker/', 'reference/store/'])
  const isSound = remembered(async (seed) => (await runCluster(drawClusterScript(seed))).violation === undefined)
  const kills: Kill[] = []
  for (const mutant of CLUSTER_MUTANTS) {
    const program = modules.link([mutant])['main'] as Program
    const run = async (seed: number) => (await runCluster(drawClusterScript(seed), program)).violation
    const minimise = (seed: number, violation: Violation) => shortestLines(seed, violation, program)
    kills.push(await hunt(mutant, CLUSTER_SEEDS, run, isSound, minimise))
  }
  return kills
}

it('every mistake is caught', async () => {
  const kills = [...(await storeKills()), ...(await configKills()), ...(await clusterKills())]
  const table = killTable(kills)
  mkdirSync(join(ROOT, 'out'), { recursive: true })
  writeFileSync(join(ROOT, 'out/mutants-store.md'), table)
  console.log(table)
  expect(
    kills.filter(({ seeds }) => seeds === 0).map(({ mutant }) => mutant.name),
    'not caught',
  ).toEqual([])
})

it('a mutant whose text is gone says so', async () => {
  const modules = await MutableModules.load('reference/broker/config-file.ts', CONFIG_PARTS)
  const mutant = { file: 'reference/broker/config-file.ts', find: 'no such text', replace: '' }
  expect(() => modules.link([mutant])).toThrow(/has the text "no such text" 0 times, not once/)
})
