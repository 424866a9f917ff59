/** Mistakes in the deletion of old files: by the campaign that must notice. */
import type { Mutant } from './mutants.ts'

/** Found by the campaign `retention`. */
export const RETENTION_MUTANTS: readonly Mutant[] = [
  {
    name: 'a disk that others fill is not looked at',
    file: 'reference/store/disk-full-watch.ts',
    find: 'sinceMs >= (this.#isFull ? ASK_AGAIN_MS : DISK_CHECK_MS) ||',
    replace: '(this.#isFull && sinceMs >= ASK_AGAIN_MS) ||',
  },
  {
    name: 'a full disk stays full: nothing is looked at again',
    file: 'reference/store/disk-full-watch.ts',
    find: 'sinceMs >= (this.#isFull ? ASK_AGAIN_MS : DISK_CHECK_MS) ||',
    replace: '(!this.#isFull && sinceMs >= DISK_CHECK_MS) ||',
  },
  {
    name: 'who comes too late goes on at the end',
    file: 'reference/store/get-message.ts',
    find: 'return none(GetMessageStatus.OFFSET_TOO_SMALL, minOffset)',
    replace: 'return none(GetMessageStatus.OFFSET_TOO_SMALL, maxOffset)',
  },
]
