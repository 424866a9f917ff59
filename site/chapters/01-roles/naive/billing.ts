/**
 * A billing that is called: it listens, charges for each order that it is sent, and answers when it has written a receipt.
 *
 * Chapter 1 runs it in place of `reference/client/apps/consumer.ts`. Its argument is `listen=host:port`.
 *
 * | question | text of the question | text of the answer                                                  |
 * | -------- | -------------------- | ------------------------------------------------------------------- |
 * | charge   | {key}                | {status: charged}; the application plays the bank, which never refuses |
 */

import { clientProgram } from '../../../../reference/client/apps/client-program.ts'
import { parseJson } from '../../../../reference/common/lax-json.ts'
import { record, text } from '../../../../reference/common/shape.ts'
import { decodeUtf8, encodeUtf8 } from '../../../../reference/common/utf8.ts'
import type { Host } from '../../../../reference/host/host.ts'
import type { ProgramSignals, RunningProgram } from '../../../../reference/host/program.ts'

/** How long the billing writes at a receipt, in ms. */
const RECEIPT_MS = 15

/** The file with what was charged, and how often it is brought to the disk. */
const BOOK = 'charges.txt'
const SYNC_MS = 1_000

/** What an order has that came from no queue. */
const NOWHERE = { group: 'billing', topic: '', brokerName: '', queueId: -1, queueOffset: -1, msgId: '' }

const orderShape = record<{ readonly key: string }>({ key: text() })

/** Starts the billing. The text at the start of this file names its argument. */
export function main(host: Host, args: readonly string[], signals: ProgramSignals): RunningProgram {
  return clientProgram(host, args, signals, (settings) => {
    const book = new Book(host)
    const listener = host.network.listen(settings.text('listen', 'billing:7000'), {
      onListening: () => signals.ready(),
      onFailed: (reason) => signals.failed(reason),
      onConnection: () => ({
        onBytes: (connection, bytes) =>
          charge(host, book, decodeUtf8(bytes), (answer) => host.network.send(connection, encodeUtf8(answer))),
        onClosed: () => {},
      }),
    })
    return () => host.network.unlisten(listener)
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
