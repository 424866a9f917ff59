/**
 * The programs of a cluster, by the names that scenarios use. A simulation starts these programs.
 *
 * `usesPromises: false` says that a program uses no promises. Servers use no promises. The simulation of such a program runs
 * faster (`host/sim/programs.ts`). This file is above all layers, because it imports from most of them.
 */
import { main as broker } from './broker/broker.ts'
import { main as billing } from './client/apps/billing/billing.ts'
import { main as consumer } from './client/apps/consumer.ts'
import { main as producer } from './client/apps/producer.ts'
import { main as transactionProducer } from './client/apps/transaction-producer.ts'
import { main as controller } from './controller/controller.ts'
import { main as namesrv } from './namesrv/namesrv.ts'

export const ROLE_PROGRAMS = {
  namesrv: { program: namesrv, usesPromises: false },
  controller: { program: controller, usesPromises: false },
  broker: { program: broker, usesPromises: false },
  producer,
  'transaction-producer': transactionProducer,
  consumer,
  billing,
} as const
