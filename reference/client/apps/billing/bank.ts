/**
 * Calls the bank for the billing. The application plays the bank, so each call is a question to the application. A call may
 * fail.
 */
import { parseJson } from '../../../common/lax-json.ts'
import { record, text, whole } from '../../../common/shape.ts'
import type { Host } from '../../../host/host.ts'

/** An order that must be charged. */
export interface Order {
  /** The key that the shop gave the order. Two messages with this key are about one order. */
  readonly key: string
  /** The price in cents. An order of 0 cents needs no bank. */
  readonly cents: number
  /** The body of the message with the order. */
  readonly text: string
  /** The unique id of the message. When the shop sends an order a second time, the second message has another id. */
  readonly msgId: string
  /** The offset of the message in its queue. A redelivered message has another offset. */
  readonly queueOffset: number
  /** The number of redeliveries of the message. */
  readonly reconsumeTimes: number
}

/** The answer of the bank to a charge. `refused` means that the card is not valid. Such an order is settled, too. */
export type ChargeResult = 'charged' | 'refused'

/**
 * The error when the bank does not answer. After this error, the billing does not know whether the bank has carried out the
 * request.
 */
export class BankDown extends Error {
  constructor() {
    super('the bank does not answer')
    this.name = 'BankDown'
  }
}

const answerShape = record<{ status: string; afterMs: number }>({ status: text('down'), afterMs: whole() })

/** Asks the bank. The bank does not notice repetitions: two requests with the same reference cause two charges. */
export class Bank {
  readonly #host: Host

  constructor(host: Host) {
    this.#host = host
  }

  /**
   * Charges an order. The bank's books list the charge under `reference`. Rejects with `BankDown` when the bank does not
   * answer.
   */
  charge(reference: string, { cents, key, msgId }: Order): Promise<ChargeResult> {
    return this.#ask('charge', { reference, cents, key, msgId }).then((status) =>
      status === 'refused' ? 'refused' : 'charged',
    )
  }

  /**
   * Resolves with true when the bank's books have a charge with the reference `reference`. Rejects with `BankDown` when the
   * bank does not answer.
   */
  find(reference: string): Promise<boolean> {
    return this.#ask('find', { reference }).then((status) => status === 'charged')
  }

  #ask(question: string, about: object): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#host.application.hand(question, JSON.stringify(about), (answer) => {
        const { status, afterMs } = answerShape(parseJson(answer), `the bank's answer to ${question}`)
        const settle = () => (status === 'down' ? reject(new BankDown()) : resolve(status))
        if (afterMs > 0) this.#host.clock.after(afterMs, settle)
        else settle()
      })
    })
  }
}
