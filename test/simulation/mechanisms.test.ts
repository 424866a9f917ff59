/**
 * Consumption under random faults, the first seeds of five campaigns of `npm run soak`; and the proof that each can fail: every
 * mistake of a list is noticed. Writes out/mutants-consumers.md.
 *
 * A normal run looks at few seeds and at the mistakes within few more; GLASSMQ_MUTANT_SEEDS=300 gives each mistake more of them.
 */
import { afterAll } from 'vitest'
import { campaign, writeKills } from './campaign.ts'
import {
  DELIVERY_MUTANTS,
  FLOW_MUTANTS,
  LEVEL_MUTANTS,
  ORDER_MUTANTS,
  REBALANCE_MUTANTS,
  RETRY_MUTANTS,
} from './mutants/consumer-mutants.ts'
import { delivery } from './soak/delivery/delivery-mechanism.ts'
import { flow } from './soak/flow/flow-mechanism.ts'
import { order } from './soak/order/order-mechanism.ts'
import { rebalance } from './soak/rebalance/rebalance-mechanism.ts'
import { retry } from './soak/retry/retry-mechanism.ts'

const options = { seeds: 20, mutantSeeds: Number(process.env['GLASSMQ_MUTANT_SEEDS'] ?? 120) }

const kills = [
  campaign(retry, [...RETRY_MUTANTS, ...LEVEL_MUTANTS], options),
  campaign(order, ORDER_MUTANTS, options),
  campaign(rebalance, REBALANCE_MUTANTS, options),
  campaign(delivery, DELIVERY_MUTANTS, options),
  campaign(flow, FLOW_MUTANTS, options),
]

afterAll(() => writeKills('consumers', kills.flat()))
