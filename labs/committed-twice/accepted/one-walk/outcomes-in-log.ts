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
  const done = new Set<number>()
  const walked = new Set<string>()
  for (const { physicalOffset } of halves) {
    const half = messageAt(store, physicalOffset)
    const real = half === undefined ? undefined : committedMessage(half)
    if (real === undefined || walked.has(`${real.topic} ${real.queueId}`)) continue
    walked.add(`${real.topic} ${real.queueId}`)
    for (const message of messagesOf(store, real.topic, real.queueId, store.minOffset(real.topic, real.queueId)))
      if (transactionValue(message.sysFlag) === SYS_FLAG.TRANSACTION_COMMIT) done.add(message.preparedTransactionOffset)
  }
  return halves.filter(({ physicalOffset }) => done.has(physicalOffset))
}
