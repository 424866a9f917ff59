/**
 * Why a request is not carried out: thrown by a processor, or by a part of the node that a processor uses.
 *
 * `dispatch.ts` turns it into an answer with the code and the sentence. A processor that answers later hands it to its
 * `LaterAnswer` instead, because by then nobody is left to catch it.
 *
 * RocketMQ: `response.setCode(…); response.setRemark(…); return response`, the same two values without an exception.
 */
import type { Answer, ExtFields } from './remoting-command.ts'

/** The refusal of one request. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  /** A number of `response-code.ts` other than SUCCESS. */
  readonly code: number
  /** Fields that the answer carries although it refuses; mostly none. */
  readonly extFields: ExtFields | undefined

  /** @param sentence what is refused, why, and what to do */
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

/** Called once when a piece of work is over: with nothing when it succeeded, otherwise with the refusal. */
export type WhenDone = (refusal?: Refusal) => void
