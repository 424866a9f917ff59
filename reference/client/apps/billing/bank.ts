/** The bank as the billing sees it, over the telephone: each question is a call, and a call may fail. */
import { parseJson } from '../../../common/lax-json.ts'
import { record, text, whole } from '../../../common/shape.ts'
import type { Host } from '../../../host/host.ts'

/** An order that must be charged. */
export interface Order {
  /** The key that the shop gave the order. Two messages with this key are about one order. */
  readonly key: string
  /** The price. Orders of 0 cents need no bank. */
  readonly cents: number
  /** The body of the message. */
  readonly text: string
  /** The id that the producer gave the message. A message that is sent again by the shop has another id. */
  readonly msgId: string
  /** The offset of the message in its queue. A message that is redelivered has another offset. */
  readonly queueOffset: number
  /** How often the message was given back. */
  readonly reconsumeTimes: number
}

/** What the bank says about a charge. After `refused`, the order is settled: the card is not valid. */
export type ChargeResult = 'charged' | 'refused'

/** The bank does not answer. Whether it has done what it was asked to do is not known. */
export class BankDown extends Error {
  constructor() {
    super('the bank does not answer')
    this.name = 'BankDown'
  }
}

const answerShape = record<{ status: string; afterMs: number }>({ status: text('down'), afterMs: whole() })

/** Asks the bank. It charges as often as it is asked to, also twice for one reference. */
export class Bank {
  readonly #host: Host

  constructor(host: Host) {
    this.#host = host
  }

  /** Charges an order. `reference` stands in the bank's books. Rejects with `BankDown` when no answer comes. */
  charge(reference: string, { cents, key, msgId }: Order): Promise<ChargeResult> {
    return this.#ask('charge', { reference, cents, key, msgId }).then((status) =>
      status === 'refused' ? 'refused' : 'charged',
    )
  }

  /** Resolves with true when the bank's books have a charge with this reference. Rejects with `BankDown`. */
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
