/**
 * A client sends END_TRANSACTION (37) to a broker, oneway, to report how a local transaction ended. A broker sends
 * CHECK_TRANSACTION_STATE (39) to a client, oneway, to ask how a local transaction ended. The body of
 * CHECK_TRANSACTION_STATE is the record of the half message, with its real topic and queue. The client answers with
 * END_TRANSACTION and `fromTransactionCheck` true. An operator sends RESUME_CHECK_HALF_MESSAGE (323) to a broker, to request
 * another check of a message.
 *
 * | field                | meaning                                                                         |
 * | -------------------- | ------------------------------------------------------------------------------- |
 * | tranStateTableOffset | queue offset of the half message                                                 |
 * | commitLogOffset      | physical offset of the half message                                              |
 * | commitOrRollback     | 0 unknown, 8 commit, 12 rollback: the two transaction bits of `sysFlag`           |
 * | msgId, transactionId | unique id of the half message                                                    |
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
