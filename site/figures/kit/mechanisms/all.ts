/** Every mechanism that the figures know. */
import { delay } from './delay.ts'
import { faults } from './faults.ts'
import { lock } from './lock.ts'
import { pop } from './pop.ts'
import { pull } from './pull.ts'
import { rebalance } from './rebalance.ts'
import { replication } from './replication.ts'
import { retry } from './retry.ts'
import { routes } from './routes.ts'
import { send } from './send.ts'
import { storage } from './storage.ts'
import { transaction } from './transaction.ts'
import { world } from './world.ts'

export const MECHANISMS = {
  world,
  faults,
  routes,
  send,
  storage,
  replication,
  pull,
  rebalance,
  lock,
  retry,
  delay,
  transaction,
  pop,
} as const
