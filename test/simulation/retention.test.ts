/**
 * A disk that is too small for the log, the first seeds of `npm run soak -- --campaign retention`; and the proof that the
 * campaign can fail.
 */
import { campaign } from './campaign.ts'
import { RETENTION_MUTANTS } from './mutants/retention-mutants.ts'
import { retention } from './soak/retention/retention-mechanism.ts'

campaign(retention, RETENTION_MUTANTS, {
  seeds: 3,
  mutantSeeds: 60,
  holds: 'nothing that is left is passed over, and puts are taken again',
})
