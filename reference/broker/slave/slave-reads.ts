/**
 * Decides whether a slave answers a pull, and from which broker a client should pull next.
 *
 * Every answer to a pull that is not refused contains a brokerId. The client sends its next pull for this queue to the
 * broker with this id.
 *
 * | slaveReadEnable | bytes from the last pulled message to the end of the log | suggested brokerId                                  |
 * | --------------- | ---------------------------------------- | --------------------------------------------------- |
 * | false           | any number                               | 0, which is the master. A slave refuses pulls |
 * | true            | at most `glassmqMessageInMemoryBytes` | the setting brokerId of the group, which is 0 by default |
 * | true            | more than `glassmqMessageInMemoryBytes` | the setting whichBrokerWhenConsumeSlowly of the group, which is 1 by default |
 *
 * So a group that is far behind reads old messages from the disk of a slave, and the master's disk is free for writing. When
 * the route of a client has no master, the client sends its pulls to a slave, even when the suggestion is 0.
 *
 * RocketMQ: `PullMessageProcessor.rejectRequest`, `composeResponseHeader`, `DefaultMessageStore.getMessage`. When a slave
 * of RocketMQ 5.3 has no message for a pull and the master is online, the slave sends the client to the master at once. In
 * GlassMQ, the slave holds the pull, and the answer suggests the master.
 */
import { Refusal } from '../../remoting/refusal.ts'
import { ResponseCode } from '../../remoting/response-code.ts'
import { type GetMessageResult, GetMessageStatus } from '../../store/get-message.ts'
import type { MessageStore } from '../../store/message-store.ts'
import type { BrokerConfig } from '../broker-config.ts'
import type { SubscriptionGroups } from '../subscription-groups.ts'

/** The parts of a broker that decide about pulls from slaves. */
export interface SlaveReadParts {
  readonly config: BrokerConfig
  readonly groups: SubscriptionGroups
  readonly store: MessageStore
}

/** Throws `Refusal` when this broker is a slave that does not answer pulls. */
export function checkSlaveRead({ config }: SlaveReadParts): void {
  if (config.brokerRole === 'SLAVE' && !config.slaveReadEnable)
    throw new Refusal(
      ResponseCode.SYSTEM_BUSY,
      '[REJECTREQUEST]system busy, start flow control for a while: this broker is a slave, and slaveReadEnable is false',
    )
}

/** Returns the brokerId to which the client should send its next pull for a queue. This pull begins at `nextBeginOffset`. */
export function suggestedBrokerId(
  { config, groups, store }: SlaveReadParts,
  group: string,
  topic: string,
  queueId: number,
  nextBeginOffset: number,
): number {
  if (!config.slaveReadEnable) return 0
  const settings = groups.settingsOf(group)
  const [last] = store.queueEntries(topic, queueId, nextBeginOffset - 1, 1) ?? []
  const lagBytes = last === undefined ? 0 : store.commitLogMaxOffset - last.physicalOffset
  const isSlow = lagBytes > config.glassmqMessageInMemoryBytes
  return (isSlow ? settings?.whichBrokerWhenConsumeSlowly : settings?.brokerId) ?? 0
}

/**
 * Returns the result of a read. On a slave, a read after the end of the queue or in a queue without messages gets the status
 * OFFSET_OVERFLOW_ONE. A slave may have fewer messages than its master. So an offset after the end of the slave's queue is
 * not an error: the message at this offset was not copied yet.
 *
 * RocketMQ: `DefaultMessageStore.nextOffsetCorrection`. Unlike RocketMQ, this broker holds a pull at an offset after the end
 * of the queue, so the client does not repeat the pull at once.
 */
export function asSlaveSees(config: BrokerConfig, found: GetMessageResult, askedOffset: number): GetMessageResult {
  const isAhead = found.status === GetMessageStatus.OFFSET_OVERFLOW_BADLY || isEmpty(found)
  if (config.brokerRole !== 'SLAVE' || !isAhead) return found
  return { ...found, status: GetMessageStatus.OFFSET_OVERFLOW_ONE, nextBeginOffset: askedOffset }
}

function isEmpty({ status }: GetMessageResult): boolean {
  return status === GetMessageStatus.NO_MESSAGE_IN_QUEUE || status === GetMessageStatus.NO_MATCHED_LOGIC_QUEUE
}
