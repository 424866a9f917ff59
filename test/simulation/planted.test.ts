/** The page "How this is checked" shows a shortest script for each mistake that a campaign must catch, and for no other. */
import { expect, it } from 'vitest'
import planted from '../../site/data/planted.json' with { type: 'json' }
import * as consumers from './mutants/consumer-mutants.ts'
import { CONTROLLER_MUTANTS } from './mutants/controller-mutants.ts'
import { MACHINE_MUTANTS } from './mutants/machine-mutants.ts'
import { CLUSTER_MUTANTS, type Mutant, STORE_MUTANTS } from './mutants/mutants.ts'
import { OPERATOR_MUTANTS } from './mutants/operator-mutants.ts'
import { POP_MUTANTS } from './mutants/pop-mutants.ts'
import { COPIES_MUTANTS, REPLICAS_MUTANTS } from './mutants/replicas-mutants.ts'
import { RETENTION_MUTANTS } from './mutants/retention-mutants.ts'
import { TIMER_MUTANTS } from './mutants/timer-mutants.ts'
import { TRANSACTION_MUTANTS } from './mutants/transaction-mutants.ts'

const { RARE_MUTANTS: _, ...OF_CONSUMERS } = consumers
const CAUGHT: readonly Mutant[] = [
  ...Object.values(OF_CONSUMERS).flat(),
  ...[CONTROLLER_MUTANTS, MACHINE_MUTANTS, CLUSTER_MUTANTS, STORE_MUTANTS, OPERATOR_MUTANTS].flat(),
  ...[POP_MUTANTS, COPIES_MUTANTS, REPLICAS_MUTANTS, RETENTION_MUTANTS, TIMER_MUTANTS, TRANSACTION_MUTANTS].flat(),
]

it('has a script for each mistake that a campaign catches', () => {
  const names = CAUGHT.map(({ name }) => name).sort()
  expect(Object.keys(planted).sort()).toEqual([...new Set(names)])
})
