/**
 * Ends transactions. A producer sends END_TRANSACTION (37) when its transaction has ended, or as the answer to a check. A
 * half message is the message of a transaction before its end. In a check, the broker asks how the transaction has ended.
 *
 * | code of the refusal | reason                                                                                     |
 * | ------------------- | ------------------------------------------------------------------------------------------ |
 * | SLAVE_NOT_AVAILABLE | this broker is a slave                                                                      |
 * | SYSTEM_ERROR        | the position has no half message, or a half message of another group or queue offset            |
 * | ILLEGAL_OPERATION   | the check immunity that the message has set has expired, and the request is not the answer to a check |
 *
 * A producer does not wait for an answer to END_TRANSACTION, so the producer does not notice a refusal. But the broker later
 * asks the producer again, in a check. The outcome "unknown" changes nothing.
 *
 * RESUME_CHECK_HALF_MESSAGE (323) turns a message whose checks the broker has given up into a half message again.
 *
 * RocketMQ: `EndTransactionProcessor`, `AdminBrokerProcessor.resumeCheckHalfMessage`.
 */
import { type MessageExt, PROPERTY } from '../../common/message.ts'
import { parseOffsetMessageId } from '../../common/message-id.ts'
import { SYS_FLAG } from '../../common/sys-flag.ts'
import type { Host } from '../../host/host.ts'
import type { Channel } from '../../remoting/channel.ts'
import { NO_ANSWER, type RequestHandlers } from '../../remoting/dispatch.ts'
import { LaterAnswer } from '../../remoting/later-answer.ts'
import { Refusal } from '../../remoting/refusal.ts'
import { type Answer, type RemotingCommand, SUCCESS } from '../../remoting/remoting-command.ts'
import {
  type EndTransactionHeader,
  endTransaction,
  resumeCheckHalfMessage,
} from '../../remoting/requests/transaction.ts'
import { ResponseCode } from '../../remoting/response-code.ts'
import type { MessageStore } from '../../store/message-store.ts'
import type { BrokerConfig } from '../broker-config.ts'
import { GIVEN_UP_TOPIC, HALF_TOPIC, ownImmunityMs, resumedHalf } from '../transaction/half-message.ts'
import type { TransactionalMessageService } from '../transaction/transactional-message-service.ts'

/** The parts of the broker that the handlers need. */
export interface EndTransactionParts {
  readonly host: Host
  readonly config: BrokerConfig
  readonly store: MessageStore
  readonly transactions: TransactionalMessageService
}

/** Returns the handlers of the two requests about transactions, by code. */
export function endTransactionHandlers(broker: EndTransactionParts): RequestHandlers {
  return [
    [endTransaction.code, (request, channel) => end(broker, request, channel)],
    [resumeCheckHalfMessage.code, (request, channel) => resume(broker, request, channel)],
  ]
}

// #region end-transaction
function end(broker: EndTransactionParts, request: RemotingCommand, channel: Channel): LaterAnswer | typeof NO_ANSWER {
  const header = endTransaction.decode(request.extFields)
  if (broker.config.brokerId !== 0) throw new Refusal(ResponseCode.SLAVE_NOT_AVAILABLE, 'this broker is a slave')
  const { commitOrRollback } = header
  const isCommit = commitOrRollback === SYS_FLAG.TRANSACTION_COMMIT
  if (!isCommit && commitOrRollback !== SYS_FLAG.TRANSACTION_ROLLBACK) return NO_ANSWER
  const message = broker.store.messageAt(header.commitLogOffset)
  checkHalf(broker, header, message)
  const later = new LaterAnswer(request, channel)
  const fromCheck = header.fromTransactionCheck ?? false
  broker.transactions.end(message, isCommit ? 'committed' : 'rolled back', fromCheck, (refusal) => later.end(refusal))
  return later
}

/**
 * Checks that `message` is the half message of the request, and that the request may end its transaction. Throws `Refusal`
 * otherwise.
 */
function checkHalf(
  broker: EndTransactionParts,
  header: EndTransactionHeader,
  message: MessageExt | undefined,
): asserts message is MessageExt {
  if (message === undefined || message.topic !== HALF_TOPIC)
    throw new Refusal(ResponseCode.SYSTEM_ERROR, 'Find prepared transaction message failed')
  if (message.properties.get(PROPERTY.PRODUCER_GROUP) !== header.producerGroup)
    throw new Refusal(ResponseCode.SYSTEM_ERROR, 'The producer group wrong')
  if (message.queueOffset !== header.tranStateTableOffset)
    throw new Refusal(ResponseCode.SYSTEM_ERROR, 'The transaction state table offset wrong')
  const immunityMs = ownImmunityMs(message, broker.config.transactionTimeOutMs)
  const ageMs = broker.host.clock.nowMs() - message.bornTimestamp
  if (header.fromTransactionCheck !== true && immunityMs !== undefined && ageMs > immunityMs)
    throw new Refusal(ResponseCode.ILLEGAL_OPERATION, `${ageMs} ms old, its immunity ended: wait for the check`)
}
// #endregion end-transaction

function resume(broker: EndTransactionParts, request: RemotingCommand, channel: Channel): Answer | LaterAnswer {
  const id = parseOffsetMessageId(resumeCheckHalfMessage.decode(request.extFields).msgId)
  const message = id === undefined ? undefined : broker.store.messageAt(id.physicalOffset)
  if (message?.topic === HALF_TOPIC && broker.transactions.isOpen(message)) return SUCCESS
  if (message?.topic !== GIVEN_UP_TOPIC)
    throw new Refusal(
      ResponseCode.SYSTEM_ERROR,
      `no message of ${GIVEN_UP_TOPIC} has this id: give the offset message id that queryMsgByOffset shows`,
    )
  const later = new LaterAnswer(request, channel)
  broker.transactions.resume(resumedHalf(message), (refusal) => later.end(refusal))
  return later
}
