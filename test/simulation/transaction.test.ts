/**
 * Transactions under random faults, the first seeds of `npm run soak -- --campaign transaction`; and the proof that the
 * campaign can fail: each mistake of a list is noticed. Writes out/mutants-transaction.md.
 */
import { afterAll } from 'vitest'
import { campaign, writeKills } from './campaign.ts'
import { TRANSACTION_MUTANTS } from './mutants/transaction-mutants.ts'
import { transactions } from './soak/transaction/transaction-mechanism.ts'

const kills = campaign(transactions, TRANSACTION_MUTANTS, {
  seeds: 30,
  mutantSeeds: 150,
  holds: 'every half message comes to one end, once',
})

afterAll(() => writeKills('transaction', kills))
