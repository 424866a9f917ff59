/**
 * Consumption under random faults, the first seeds of five campaigns of `npm run soak`; and the proof that each can fail: every
 * mistake of a list is noticed. Writes out/mutants-consumers.md.
 *
 * A normal run looks at few seeds and at the mistakes within few more; GLASSMQ_MUTANT_SEEDS=300 gives each mistake more of them.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import {
  DELIVERY_MUTANTS,
  FLOW_MUTANTS,
  LEVEL_MUTANTS,
  ORDER_MUTANTS,
  REBALANCE_MUTANTS,
  RETRY_MUTANTS,
} from '../mutants/consumer-mutants.ts'
import { type Kill, killTable } from '../mutants/kill-table.ts'
import { mechanismKills } from '../mutants/mechanism-kills.ts'
import type { Mutant } from '../mutants/mutants.ts'
import { delivery } from '../soak/delivery/delivery-mechanism.ts'
import { flow } from '../soak/flow/flow-mechanism.ts'
import type { Mechanism, Setup } from '../soak/mechanism/mechanism.ts'
import { drawScript, runMechanism } from '../soak/mechanism/run-mechanism.ts'
import { order } from '../soak/order/order-mechanism.ts'
import { rebalance } from '../soak/rebalance/rebalance-mechanism.ts'
import { retry } from '../soak/retry/retry-mechanism.ts'
import { ROOT } from '../support/stages.ts'

const SEEDS = 20
const MUTANT_SEEDS = Number(process.env['GLASSMQ_MUTANT_SEEDS'] ?? 120)
const kills: Kill[] = []

function campaign<S extends Setup, Op extends { readonly op: string }>(
  mechanism: Mechanism<S, Op>,
  mutants: readonly Mutant[],
) {
  it(`${mechanism.name}, ${SEEDS} seeds: nothing is broken`, async () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { violation } = await runMechanism(mechanism, drawScript(mechanism, seed))
      expect(
        violation?.message,
        `npm run soak -- --campaign ${mechanism.name} --seed ${seed} --seeds 1`,
      ).toBeUndefined()
    }
  })

  it(`${mechanism.name}: every mistake is caught`, async () => {
    const found = await mechanismKills(mechanism, mutants, MUTANT_SEEDS)
    kills.push(...found)
    const open = found.filter(({ seeds }) => seeds === 0).map(({ mutant }) => mutant.name)
    expect(open, 'not caught').toEqual([])
  })
}

campaign(retry, [...RETRY_MUTANTS, ...LEVEL_MUTANTS])
campaign(order, ORDER_MUTANTS)
campaign(rebalance, REBALANCE_MUTANTS)
campaign(delivery, DELIVERY_MUTANTS)
campaign(flow, FLOW_MUTANTS)

afterAll(() => {
  const table = killTable(kills)
  mkdirSync(join(ROOT, 'out'), { recursive: true })
  writeFileSync(join(ROOT, 'out/mutants-consumers.md'), table)
  console.log(table)
})
