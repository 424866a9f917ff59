/**
 * What reading a queue can come to.
 *
 * | status                | when                                            | next offset to ask for |
 * | --------------------- | ----------------------------------------------- | ---------------------- |
 * | FOUND                 | at least one message                            | after the last one     |
 * | NO_MATCHED_MESSAGE    | messages are there, the filter let none through | after the last looked at |
 * | NO_MATCHED_LOGIC_QUEUE| no such queue                                   | 0                      |
 * | NO_MESSAGE_IN_QUEUE   | the queue is empty                              | 0                      |
 * | OFFSET_OVERFLOW_ONE   | exactly at the end: wait for the next message   | the same               |
 * | OFFSET_OVERFLOW_BADLY | beyond the end                                  | the end                |
 * | OFFSET_TOO_SMALL      | before the first message that is left           | the first              |
 *
 * RocketMQ: `GetMessageStatus`, `GetMessageResult`.
 */
export const GetMessageStatus = {
  FOUND: 'FOUND',
  NO_MATCHED_MESSAGE: 'NO_MATCHED_MESSAGE',
  NO_MATCHED_LOGIC_QUEUE: 'NO_MATCHED_LOGIC_QUEUE',
  NO_MESSAGE_IN_QUEUE: 'NO_MESSAGE_IN_QUEUE',
  OFFSET_OVERFLOW_ONE: 'OFFSET_OVERFLOW_ONE',
  OFFSET_OVERFLOW_BADLY: 'OFFSET_OVERFLOW_BADLY',
  OFFSET_TOO_SMALL: 'OFFSET_TOO_SMALL',
} as const
export type GetMessageStatus = (typeof GetMessageStatus)[keyof typeof GetMessageStatus]

export interface GetMessageResult {
  readonly status: GetMessageStatus
  readonly nextBeginOffset: number
  readonly minOffset: number
  readonly maxOffset: number
  readonly count: number
  /** The records back to back, in pieces; empty unless FOUND. */
  readonly records: readonly Uint8Array[]
}

/** Decides by the tags code of an entry whether its message may be wanted. */
export type EntryFilter = (tagsCode: number) => boolean
