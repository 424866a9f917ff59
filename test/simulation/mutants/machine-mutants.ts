/** Mistakes that show on machines that lose files or come back with another time: by the campaigns that must notice. */
import type { Mutant } from './mutants.ts'

const RECOVERY = 'reference/store/recovery.ts'
const LIFE = 'reference/store/store-life.ts'

/** Found by the campaign `delivery-machine`. */
export const MACHINE_MUTANTS: readonly Mutant[] = [
  {
    name: 'on a machine: queue files that are gone are not missed',
    file: RECOVERY,
    find: 'isDamaged || walk.offer.entriesAreMissing || !isAsNoted',
    replace: 'walk.offer.entriesAreMissing',
  },
  {
    name: 'on a machine: store times go back with the clock',
    file: LIFE,
    find: 'puts.lastStoreTimestamp = recovered.lastStoreTimestamp',
    replace: '',
  },
]
