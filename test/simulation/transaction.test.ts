/**
 * Transactions under random faults, the first seeds of `npm run soak -- --campaign transaction`; and the proof that the
 * campaign can fail: each mistake of a list is noticed. Writes out/mutants-transaction.md.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { killTable } from '../mutants/kill-table.ts'
import { mechanismKills } from '../mutants/mechanism-kills.ts'
import { TRANSACTION_MUTANTS } from '../mutants/transaction-mutants.ts'
import { drawScript, runMechanism } from '../soak/mechanism/run-mechanism.ts'
import { transactions } from '../soak/transaction/transaction-mechanism.ts'
import { ROOT } from '../support/stages.ts'

const SEEDS = 60
const MUTANT_SEEDS = 150

it(`${SEEDS} seeds: every half message comes to one end, once`, async () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { violation } = await runMechanism(transactions, drawScript(transactions, seed))
    expect(violation?.message, `npm run soak -- --campaign transaction --seed ${seed} --seeds 1`).toBeUndefined()
  }
})

it('every mistake with transactions is caught', async () => {
  const kills = await mechanismKills(transactions, TRANSACTION_MUTANTS, MUTANT_SEEDS)
  const table = killTable(kills)
  mkdirSync(join(ROOT, 'out'), { recursive: true })
  writeFileSync(join(ROOT, 'out/mutants-transaction.md'), table)
  console.log(table)
  expect(
    kills.filter(({ seeds }) => seeds === 0).map(({ mutant }) => mutant.name),
    'not caught',
  ).toEqual([])
})
