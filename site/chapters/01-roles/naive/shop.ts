/** A shop without a message queue: it calls the billing, and waits for the answer. */

import { parseJson } from '../../../../reference/common/lax-json.ts'
import type { Settings } from '../../../../reference/common/properties-file.ts'
import { record, text } from '../../../../reference/common/shape.ts'
import { decodeUtf8, encodeUtf8 } from '../../../../reference/common/utf8.ts'
import type { Host } from '../../../../reference/host/host.ts'

/** How long a shop that calls again waits before it does, in ms. */
const PAUSE_MS = 500

interface Order {
  readonly key: string
}

/** What an order has that goes through no topic and no queue. */
const NOWHERE = { topic: '', msgId: '', brokerName: '', queueId: -1, queueOffset: -1 }

const orderShape = record<Order>({ key: text() })

/** Begins the shop. `telephone.ts` lists its arguments and what its application calls. */
export function beginShop(host: Host, settings: Settings): void {
  const billing = settings.text('billing', 'billing:7000')
  const callsAgain = settings.flag('again', false)
  const line: Line = {
    call: (order) => callBilling(host, billing, order),
    pause: () => new Promise((resolve) => host.clock.after(PAUSE_MS, resolve)),
  }
  host.application.serve((name, json, answer) => {
    const order = orderShape(parseJson(json), name)
    const sold = callsAgain ? sellAgain(line, order) : line.call(order)
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
}

/** How the shop reaches the billing. */
interface Line {
  /** Resolves when the billing has said that an order is charged. Rejects when no answer comes. */
  call(order: Order): Promise<void>
  pause(): Promise<void>
}

// #region sell-again
/** Sells, and does not take silence for an answer. */
async function sellAgain(line: Line, order: Order) {
  for (;;) {
    try {
      return await line.call(order)
    } catch {
      await line.pause()
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
