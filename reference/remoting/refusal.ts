/**
 * The refusal of a request. A processor, or a part of the node that a processor calls, throws this error.
 *
 * `dispatch.ts` catches a thrown refusal and answers with its code and its sentence. A processor that answers later must
 * pass the refusal to its `LaterAnswer`, because `dispatch.ts` does not catch an error that is thrown later.
 *
 * RocketMQ: `response.setCode(…); response.setRemark(…); return response`. RocketMQ returns the code and the sentence
 * without an exception.
 */
import type { Answer, ExtFields } from './remoting-command.ts'

/** The refusal of one request. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  /** A code from `response-code.ts`, but not SUCCESS. */
  readonly code: number
  /** The fields of the answer. Undefined when the answer has no fields, as for most refusals. */
  readonly extFields: ExtFields | undefined

  /** `sentence` says what is refused, why, and what the user can do. */
  constructor(code: number, sentence: string, extFields?: ExtFields) {
    super(sentence)
    this.code = code
    this.extFields = extFields
  }

  /** The answer that is sent for this refusal. */
  get answer(): Answer {
    return { code: this.code, remark: this.message, extFields: this.extFields }
  }
}

/** Called once when work has ended. Called without an argument after success, and with the refusal after a failure. */
export type WhenDone = (refusal?: Refusal) => void
