/** A billing that is called: it charges for each order that it is sent, and answers when it has written a receipt. */

import { parseJson } from '../../../../reference/common/lax-json.ts'
import type { Settings } from '../../../../reference/common/properties-file.ts'
import { record, text } from '../../../../reference/common/shape.ts'
import { decodeUtf8, encodeUtf8 } from '../../../../reference/common/utf8.ts'
import type { Host } from '../../../../reference/host/host.ts'
import type { ProgramSignals } from '../../../../reference/host/program.ts'

/** How long the billing writes at a receipt, in ms. */
const RECEIPT_MS = 15

/** The file with what was charged, and how often it is brought to the disk. */
const BOOK = 'charges.txt'
const SYNC_MS = 1_000

/** What an order has that came from no queue. */
const NOWHERE = { group: 'billing', topic: '', brokerName: '', queueId: -1, queueOffset: -1, msgId: '' }

const orderShape = record<{ readonly key: string }>({ key: text() })

/** Begins the billing. `telephone.ts` lists its arguments and what it asks of its application. */
export function beginBilling(host: Host, settings: Settings, signals: ProgramSignals): void {
  const book = new Book(host)
  host.network.listen(settings.text('listen', 'billing:7000'), {
    onListening: () => signals.ready(),
    onFailed: (reason) => signals.failed(reason),
    onConnection: () => ({
      onBytes: (connection, bytes) =>
        charge(host, book, decodeUtf8(bytes), (answer) => host.network.send(connection, encodeUtf8(answer))),
      onClosed: () => {},
    }),
  })
}

/** Charges for the order, notes it, writes the receipt, and answers. */
function charge(host: Host, book: Book, order: string, answer: (text: string) => void): void {
  const { key } = orderShape(parseJson(order), 'an order')
  host.application.hand('charge', JSON.stringify({ key }), () => {
    host.trace.emit?.('message.consumed', { ...NOWHERE, key, status: 'CONSUME_SUCCESS' })
    book.note(key)
    host.clock.after(RECEIPT_MS, () => answer('charged'))
  })
}

/** What the billing has charged for, a line each, in a file that is brought to the disk every second. */
class Book {
  readonly #host: Host
  readonly #file: number

  constructor(host: Host) {
    this.#host = host
    this.#file = host.disk.open(BOOK)
    this.#again()
  }

  note(key: string): void {
    this.#host.disk.write(this.#file, this.#host.disk.sizeBytes(BOOK), encodeUtf8(`${key}\n`))
  }

  #again(): void {
    this.#host.clock.after(SYNC_MS, () => {
      this.#host.disk.sync(this.#file, () => {})
      this.#again()
    })
  }
}
