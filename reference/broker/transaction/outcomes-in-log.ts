/**
 * After a crash: which of the open transactions have ended all the same?
 *
 * Their ends are noted in the op queue a little later than they happen, and a crash may come in between. But what a commit
 * leaves behind is in the log: a record in the message's real queue, behind the half, that names the half's position. So is
 * a message that was given up. Only a rollback leaves nothing; its producer is asked again and says so again.
 *
 * RocketMQ does not look, and commits such a message a second time.
 */
import { concatBytes } from '../../common/bytes.ts'
import { type MessageExt, PROPERTY } from '../../common/message.ts'
import { decodeRecord, decodeRecords } from '../../common/message-codec.ts'
import { SYS_FLAG, transactionValue } from '../../common/sys-flag.ts'
import { GetMessageStatus } from '../../store/get-message.ts'
import { TRANSFER_COUNT_MAX } from '../../store/limits.ts'
import type { MessageStore } from '../../store/message-store.ts'
import { committedMessage, GIVEN_UP_TOPIC } from './half-message.ts'
import type { OpenHalf } from './half-table.ts'

/** The message whose record begins at a physical offset; undefined when none does. */
export function messageAt(store: MessageStore, physicalOffset: number): MessageExt | undefined {
  const record = store.recordAt(physicalOffset)
  const decoded = record === undefined ? undefined : decodeRecord(record, 0, false)
  return decoded !== undefined && 'message' in decoded ? decoded.message : undefined
}

/** Every message of a queue from an offset on, in order. `passedOver`: told of an offset whose record cannot be read. */
export function* messagesOf(
  store: MessageStore,
  topic: string,
  queueId: number,
  fromOffset: number,
  passedOver: (offset: number, fault: string) => void = () => {},
): Generator<MessageExt> {
  for (let offset = fromOffset; ; ) {
    const found = store.getMessage(topic, queueId, offset, TRANSFER_COUNT_MAX, () => true)
    if (found.status === GetMessageStatus.OFFSET_TOO_SMALL) {
      offset = found.nextBeginOffset
      continue
    }
    if (found.status !== GetMessageStatus.FOUND) return
    const { messages, fault } = decodeRecords(concatBytes(found.records))
    yield* messages
    offset += messages.length
    if (messages.length === 0) passedOver(offset++, fault)
  }
}

/** Open transactions that go to one queue. */
interface Destination {
  readonly topic: string
  readonly queueId: number
  sinceMs: number
  readonly halves: Map<number, { readonly half: OpenHalf; readonly uniqKey: string | undefined }>
}

// #region outcomes
/** Those of `halves` whose outcome is in the log already. */
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
