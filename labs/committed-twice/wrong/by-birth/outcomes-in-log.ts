/**
 * What a broker knows, when it starts, of transactions that its op queue does not list as ended. The op queue lists an end up to
 * three seconds after it.
 */
import { SYS_FLAG, transactionValue } from '../../common/sys-flag.ts'
import type { MessageStore } from '../../store/message-store.ts'
import { messageAt, messagesOf } from '../stored-messages.ts'
import { committedMessage } from './half-message.ts'
import type { OpenHalf } from './half-table.ts'

/**
 * Returns those of `halves` that have ended all the same. The broker calls it once, when it starts and before it asks anybody; it
 * asks nobody about the transactions that are returned.
 */
export function outcomesInLog(store: MessageStore, halves: readonly OpenHalf[]): readonly OpenHalf[] {
  return halves.filter((open) => {
    const half = messageAt(store, open.physicalOffset)
    const real = half === undefined ? undefined : committedMessage(half)
    if (half === undefined || real === undefined) return false
    for (const message of messagesOf(
      store,
      real.topic,
      real.queueId,
      store.offsetByTime(real.topic, real.queueId, half.storeTimestamp),
    ))
      if (
        transactionValue(message.sysFlag) === SYS_FLAG.TRANSACTION_COMMIT &&
        message.bornTimestamp === half.bornTimestamp
      )
        return true
    return false
  })
}
