/**
 * What a broker knows, when it starts, of transactions that its op queue does not list as ended. The op queue lists an end up to
 * three seconds after it.
 */
import { concatBytes } from '../../common/bytes.ts'
import { decodeRecords } from '../../common/message-codec.ts'
import { SYS_FLAG, transactionValue } from '../../common/sys-flag.ts'
import type { MessageStore } from '../../store/message-store.ts'
import { messageAt } from '../stored-messages.ts'
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
    const from = store.offsetByTime(real.topic, real.queueId, half.storeTimestamp)
    const { records } = store.getMessage(real.topic, real.queueId, from, 32, () => true)
    for (const message of decodeRecords(concatBytes(records)).messages)
      if (
        transactionValue(message.sysFlag) === SYS_FLAG.TRANSACTION_COMMIT &&
        message.preparedTransactionOffset === open.physicalOffset
      )
        return true
    return false
  })
}
