/**
 * The programs that play the roles of a cluster, under their usual names: what a simulation starts.
 *
 * `usesPromises: false` says that a program never awaits, as servers do not; the simulation then runs faster
 * (`host/sim/programs.ts`). The table stands above all layers, because it imports from most of them.
 */
import { main as broker } from './broker/broker.ts'
import { main as consumer } from './client/apps/consumer.ts'
import { main as producer } from './client/apps/producer.ts'
import { main as transactionProducer } from './client/apps/transaction-producer.ts'
import { main as namesrv } from './namesrv/namesrv.ts'

export const ROLE_PROGRAMS = {
  namesrv: { program: namesrv, usesPromises: false },
  broker: { program: broker, usesPromises: false },
  producer,
  'transaction-producer': transactionProducer,
  consumer,
} as const
