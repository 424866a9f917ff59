/**
 * Operators at work while a group consumes, the first seeds of `npm run soak -- --campaign operator`; and the proof that the
 * campaign can fail.
 */
import { campaign } from './campaign.ts'
import { OPERATOR_MUTANTS } from './mutants/operator-mutants.ts'
import { operators } from './soak/operator/operator-mechanism.ts'

campaign(operators, OPERATOR_MUTANTS, {
  seeds: 10,
  mutantSeeds: 120,
  holds: 'what operators move goes on from where they say',
})
