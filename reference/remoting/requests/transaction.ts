/**
 * END_TRANSACTION (37): client to broker, oneway. Reports how a local transaction ended. CHECK_TRANSACTION_STATE (39):
 * broker to client, oneway. Asks how a local transaction ended. The body is the half message as a record, with its real
 * topic and queue. The client answers with END_TRANSACTION and `fromTransactionCheck` true. RESUME_CHECK_HALF_MESSAGE (323):
 * operator to broker. Requests another check of a message.
 *
 * | field                | meaning                                                                         |
 * | -------------------- | ------------------------------------------------------------------------------- |
 * | tranStateTableOffset | queue offset of the half message                                                 |
 * | commitLogOffset      | its physical offset                                                              |
 * | commitOrRollback     | 0 unknown, 8 commit, 12 rollback: the two transaction bits of `sysFlag`           |
 * | msgId, transactionId | its unique id                                                                    |
 *
 * RocketMQ: `EndTransactionRequestHeader`, `CheckTransactionStateRequestHeader`, `ResumeCheckHalfMessageRequestHeader`.
 */
import { defineRequest, type HeaderOf } from '../request.ts'
import { RequestCode } from '../request-code.ts'

const END_FIELDS = {
  topic: 'string',
  producerGroup: 'string!',
  tranStateTableOffset: 'long!',
  commitLogOffset: 'long!',
  commitOrRollback: 'int!',
  fromTransactionCheck: 'boolean',
  msgId: 'string',
  transactionId: 'string',
  bname: 'string',
} as const

/** The header of END_TRANSACTION. */
export type EndTransactionHeader = HeaderOf<typeof END_FIELDS>

export const endTransaction = defineRequest(RequestCode.END_TRANSACTION, 'END_TRANSACTION', END_FIELDS)

export const checkTransactionState = defineRequest(RequestCode.CHECK_TRANSACTION_STATE, 'CHECK_TRANSACTION_STATE', {
  topic: 'string',
  tranStateTableOffset: 'long!',
  commitLogOffset: 'long!',
  msgId: 'string',
  transactionId: 'string',
  offsetMsgId: 'string',
  bname: 'string',
})

export const resumeCheckHalfMessage = defineRequest(
  RequestCode.RESUME_CHECK_HALF_MESSAGE,
  'RESUME_CHECK_HALF_MESSAGE',
  { topic: 'string', msgId: 'string!', bname: 'string' },
)
