/**
 * The refusal of a request. A processor throws it, or a part of the node that a processor calls.
 *
 * `dispatch.ts` answers with the code and the sentence of a refusal that was thrown. A processor that answers later passes
 * the refusal to its `LaterAnswer`, because nothing would catch an error that is thrown later.
 *
 * RocketMQ: `response.setCode(…); response.setRemark(…); return response`. In Java, the same two values are returned without
 * an exception.
 */
import type { Answer, ExtFields } from './remoting-command.ts'

/** The refusal of one request. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  /** A code from `response-code.ts`, but not SUCCESS. */
  readonly code: number
  /** Fields of the answer. Most refusals have no fields; then the value is undefined. */
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

/** Called once, when work has ended: without an argument after success, otherwise with the refusal. */
export type WhenDone = (refusal?: Refusal) => void
