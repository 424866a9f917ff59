/**
 * A shop without a message queue: it calls the billing, and waits for the answer.
 *
 * Chapter 1 runs it in place of `reference/client/apps/producer.ts`. One connection carries one order, and the bytes on it are the
 * order as JSON. The arguments are `billing=host:port`, and `again=true` for a shop that calls until it has an answer.
 *
 * | application calls | with              | answer                                                                         |
 * | ----------------- | ----------------- | ------------------------------------------------------------------------------ |
 * | send              | {key, body, …}    | {status, error}; SEND_OK: the billing has said yes, as a broker says it elsewhere |
 */

import { clientProgram } from '../../../../reference/client/apps/client-program.ts'
import { parseJson } from '../../../../reference/common/lax-json.ts'
import { record, text } from '../../../../reference/common/shape.ts'
import { decodeUtf8, encodeUtf8 } from '../../../../reference/common/utf8.ts'
import type { Host } from '../../../../reference/host/host.ts'
import type { ProgramSignals, RunningProgram } from '../../../../reference/host/program.ts'

/** How long a shop that calls again waits before it does, in ms. */
const PAUSE_MS = 500

interface Order {
  readonly key: string
}

/** What an order has that goes through no topic and no queue. */
const NOWHERE = { topic: '', msgId: '', brokerName: '', queueId: -1, queueOffset: -1 }

const orderShape = record<Order>({ key: text() })

/** Starts the shop. The text at the start of this file lists its arguments. */
export function main(host: Host, args: readonly string[], signals: ProgramSignals): RunningProgram {
  return clientProgram(host, args, signals, (settings) => {
    const billing = settings.text('billing', 'billing:7000')
    const callsAgain = settings.flag('again', false)
    const call: Call = (order) => callBilling(host, billing, order)
    const pause = () => new Promise<void>((resolve) => host.clock.after(PAUSE_MS, resolve))
    host.application.serve((name, json, answer) => {
      const order = orderShape(parseJson(json), name)
      const sold = callsAgain ? sellAgain(call, pause, order) : sell(call, order)
      const end = (status: string, error: string) => {
        host.trace.emit?.('message.sent', { ...NOWHERE, key: order.key, status })
        answer(JSON.stringify({ status, error }))
      }
      sold.then(
        () => end('SEND_OK', ''),
        (error: Error) => {
          host.trace.log('warn', `${order.key} is not billed: ${error.message}`)
          end('FAILED', error.message)
        },
      )
    })
    host.clock.after(0, () => signals.ready())
    return () => {}
  })
}

/** Resolves when the billing has said that an order is charged. Rejects when no answer comes. */
type Call = (order: Order) => Promise<void>

// #region sell
/** The shop sells: it calls the billing and waits. */
async function sell(call: Call, order: Order) {
  await call(order)
}
// #endregion sell

// #region sell-again
/** The same, and it does not take silence for an answer. */
async function sellAgain(call: Call, pause: () => Promise<void>, order: Order) {
  for (;;) {
    try {
      return await call(order)
    } catch {
      await pause()
    }
  }
}
// #endregion sell-again

/** Opens a connection, sends the order, and waits for the first bytes of an answer. */
function callBilling(host: Host, address: string, order: Order): Promise<void> {
  return new Promise((resolve, reject) => {
    host.network.connect(address, {
      onOpened: (connection) => void host.network.send(connection, encodeUtf8(JSON.stringify(order))),
      onBytes(connection, bytes) {
        host.network.close(connection)
        if (decodeUtf8(bytes) === 'charged') resolve()
        else reject(new Error(`the billing answers ${decodeUtf8(bytes)}`))
      },
      onClosed: (_, reason) => reject(new Error(`the billing does not answer (${reason})`)),
    })
  })
}
