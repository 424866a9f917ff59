/**
 * Brokers whose machines lose files of queues, or come back with a clock that is behind: the first seeds of the three
 * `npm run soak -- --campaign …-machine`; and the proof that they can fail.
 */
import { campaign } from './campaign.ts'
import { MACHINE_MUTANTS } from './mutants/machine-mutants.ts'
import { delivery } from './soak/delivery/delivery-mechanism.ts'
import { onBadMachines } from './soak/mechanism/bad-machines.ts'

campaign(onBadMachines(delivery), MACHINE_MUTANTS, {
  seeds: 8,
  mutantSeeds: 150,
  holds: 'what a broker can make again from its log is missed by nobody',
})
