/** The rare mechanisms where everything is at hand: in the build and in tests. */
import { delay } from './delay.ts'
import { election } from './election.ts'
import { lock } from './lock.ts'
import { pop } from './pop.ts'
import { replication } from './replication.ts'
import { retry } from './retry.ts'
import { transaction } from './transaction.ts'

export const HERE = [delay, election, lock, pop, replication, retry, transaction] as const
