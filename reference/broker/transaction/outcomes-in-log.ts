/**
 * Finds out, after a crash, which transactions have ended although the op queue (`op-batch.ts`) does not list them.
 *
 * The op queue lists a transaction only a little after its end. It can happen that the broker crashes between these two
 * moments. But a commit leaves a record in the real queue of the message. This record contains the position of the half
 * message. A given-up message leaves such a record in `GIVEN_UP_TOPIC`. A rollback leaves no record, so after the crash, a
 * producer is asked again and must repeat the rollback.
 *
 * Unlike GlassMQ, RocketMQ does not search the log after a crash, so RocketMQ may commit a message a second time.
 */
import { type MessageExt, PROPERTY } from '../../common/message.ts'
import { SYS_FLAG, transactionValue } from '../../common/sys-flag.ts'
import type { MessageStore } from '../../store/message-store.ts'
import { messageAt, messagesOf } from '../stored-messages.ts'
import { committedMessage, GIVEN_UP_TOPIC } from './half-message.ts'
import type { OpenHalf } from './half-table.ts'

/**
 * A queue, and open transactions. When one of these transactions is committed or given up, its message is stored in this
 * queue.
 */
interface Destination {
  readonly topic: string
  readonly queueId: number
  sinceMs: number
  readonly halves: Map<number, { readonly half: OpenHalf; readonly uniqKey: string | undefined }>
}

// #region outcomes
/** Returns the transactions in `halves` whose outcomes are already in the log. */
export function outcomesInLog(store: MessageStore, halves: readonly OpenHalf[]): readonly OpenHalf[] {
  const destinations = new Map<string, Destination>()
  const expect = (topic: string, queueId: number, half: OpenHalf, message: MessageExt) => {
    const name = `${topic}@${queueId}`
    let destination = destinations.get(name)
    if (destination === undefined)
      destinations.set(name, (destination = { topic, queueId, sinceMs: message.storeTimestamp, halves: new Map() }))
    destination.sinceMs = Math.min(destination.sinceMs, message.storeTimestamp)
    destination.halves.set(half.physicalOffset, { half, uniqKey: message.properties.get(PROPERTY.UNIQ_KEY) })
  }
  for (const half of halves) {
    const message = messageAt(store, half.physicalOffset)
    const committed = message === undefined ? undefined : committedMessage(message)
    if (message === undefined) continue
    expect(GIVEN_UP_TOPIC, 0, half, message)
    if (committed !== undefined) expect(committed.topic, committed.queueId, half, message)
  }
  return [...destinations.values()].flatMap((destination) => arrivedAt(store, destination))
}

function arrivedAt(store: MessageStore, { topic, queueId, sinceMs, halves }: Destination): OpenHalf[] {
  const arrived: OpenHalf[] = []
  const wantedBits = topic === GIVEN_UP_TOPIC ? 0 : SYS_FLAG.TRANSACTION_COMMIT
  for (const message of messagesOf(store, topic, queueId, store.offsetByTime(topic, queueId, sinceMs))) {
    const expected = halves.get(message.preparedTransactionOffset)
    if (expected === undefined || transactionValue(message.sysFlag) !== wantedBits) continue
    if (message.properties.get(PROPERTY.UNIQ_KEY) === expected.uniqKey) arrived.push(expected.half)
  }
  return arrived
}
// #endregion outcomes
