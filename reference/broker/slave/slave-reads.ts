/**
 * Pulls from a slave: when a slave answers them, and when a broker suggests that the client pulls from another broker.
 *
 * The answer to every pull names a brokerId, and the client sends its next pull for this queue to the broker with this id.
 *
 * | slaveReadEnable | the next message of the pull             | suggested brokerId                                  |
 * | --------------- | ---------------------------------------- | --------------------------------------------------- |
 * | false           | (not looked at)                          | 0, the master. A slave refuses pulls                |
 * | true            | in memory                                | brokerId of the group, which is 0 by default        |
 * | true            | further than `glassmqMessageInMemoryBytes` from the end of the log | whichBrokerWhenConsumeSlowly of the group, which is 1 by default |
 *
 * So a group that is far behind reads old messages from the disk of a slave, and the master's disk is free for writing. A
 * client whose route has no master sends its pulls to a slave, whatever was suggested.
 *
 * RocketMQ: `PullMessageProcessor.rejectRequest`, `composeResponseHeader`, `DefaultMessageStore.getMessage`. Differs: a slave
 * of 5.3 sends a client back to a master that is online even when it has no message for it. Here, the slave holds such a
 * pull, and the answer suggests the master.
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

/** Returns the brokerId to which the client should send its next pull for a queue, which begins at `nextBeginOffset`. */
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
 * Returns the result of a read as a slave may report it. A slave may have fewer messages than its master, so an offset beyond
 * its end is not wrong: it names a message that is yet to be copied.
 *
 * RocketMQ: `DefaultMessageStore.nextOffsetCorrection`. Differs: the pull is held, and is not repeated at once.
 */
export function asSlaveSees(config: BrokerConfig, found: GetMessageResult, askedOffset: number): GetMessageResult {
  const isAhead = found.status === GetMessageStatus.OFFSET_OVERFLOW_BADLY || isEmpty(found)
  if (config.brokerRole !== 'SLAVE' || !isAhead) return found
  return { ...found, status: GetMessageStatus.OFFSET_OVERFLOW_ONE, nextBeginOffset: askedOffset }
}

function isEmpty({ status }: GetMessageResult): boolean {
  return status === GetMessageStatus.NO_MESSAGE_IN_QUEUE || status === GetMessageStatus.NO_MATCHED_LOGIC_QUEUE
}
