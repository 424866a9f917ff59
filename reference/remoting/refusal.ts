/**
 * The refusal of a request. A refusal is thrown by a processor, or by a part of the node that a processor uses.
 *
 * `dispatch.ts` turns a thrown refusal into an answer with its code and its sentence. A processor that answers later passes
 * the refusal to its `LaterAnswer`, because a later throw would not be caught.
 *
 * RocketMQ: `response.setCode(…); response.setRemark(…); return response`. Java returns the same two values without an
 * exception.
 */
import type { Answer, ExtFields } from './remoting-command.ts'

/** The refusal of one request. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  /** A number from `response-code.ts`, not SUCCESS. */
  readonly code: number
  /** Fields that the answer contains although it is a refusal. Usually undefined. */
  readonly extFields: ExtFields | undefined

  /** `sentence` says what is refused, why, and what the user can do. */
  constructor(code: number, sentence: string, extFields?: ExtFields) {
    super(sentence)
    this.code = code
    this.extFields = extFields
  }

  /** The answer that reports this refusal. */
  get answer(): Answer {
    return { code: this.code, remark: this.message, extFields: this.extFields }
  }
}

/** Called once when a piece of work has ended: without an argument after success, otherwise with the refusal. */
export type WhenDone = (refusal?: Refusal) => void
