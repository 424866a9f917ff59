/**
 * Runs a billing as a node. A billing is a consumer program that charges each order at a bank, prints receipts, and keeps
 * notes on its disk.
 *
 * An order is a message whose body begins with its price: `450 cents …`. An order of 0 cents needs no bank.
 *
 * | question | text of the question | text of the answer                                                    |
 * | -------- | -------------------- | --------------------------------------------------------------------- |
 * | charge   | {reference, cents, key, msgId} | {status: charged, refused or down, afterMs?}                 |
 * | find     | {reference}          | {status: charged, none or down, afterMs?}                              |
 * | receipt  | {key, msgId} | the billing does not read the answer |
 *
 * The application plays the bank. `afterMs` is the time in ms after which the bank answers. The arguments are those of
 * `../consumer.ts`.
 *
 * | module           | decides                                                                       |
 * | ---------------- | ----------------------------------------------------------------------------- |
 * | `charge-once.ts` | whether an order must be charged when its message is delivered more than once |
 * | `bank-gate.ts`   | what happens to an order when the bank does not answer                        |
 */
import { keyOf, type MessageExt, PROPERTY } from '../../../common/message.ts'
import { decodeUtf8 } from '../../../common/utf8.ts'
import type { Host } from '../../../host/host.ts'
import type { ProgramSignals, RunningProgram } from '../../../host/program.ts'
import type { ConsumeStatus, MessageListener } from '../../consumer/pull/listener.ts'
import { PushConsumer } from '../../consumer/push-consumer.ts'
import { clientProgram } from '../client-program.ts'
import { consumerOptions } from '../consumer-options.ts'
import { clientInstance } from '../namesrv-addresses.ts'
import { Bank, type ChargeResult, type Order } from './bank.ts'
import { BankGate } from './bank-gate.ts'
import { ChargeOnce } from './charge-once.ts'
import { Notebook } from './notebook.ts'

/** Starts the billing. The text at the start of this file lists its arguments. */
export function main(host: Host, args: readonly string[], signals: ProgramSignals): RunningProgram {
  return clientProgram(host, args, signals, (settings) => {
    const group = settings.text('group', `${host.name}-group`)
    const bank = new Bank(host)
    const orders = new ChargeOnce(new Notebook(host), bank)
    const gate = new BankGate(host.clock)
    // #region billing-listener
    const listener: MessageListener = (message, _queue, context) => {
      const order = orderOf(message)
      const charge = () => settle(order, orders)
      const billed = gate.bill(order, charge, context)
      return billed.then((status) => printed(host, order, status))
    }
    // #endregion billing-listener
    const consumer = new PushConsumer(clientInstance(host, settings), consumerOptions(group, settings), listener)
    for (const topic of settings.text('topic', '').split(',')) if (topic !== '') consumer.subscribe(topic, '*')
    consumer.start().catch((error: Error) => signals.failed(error.message))
    host.clock.after(0, () => signals.ready())
    return () => consumer.shutdown()
  })
}

/** Reads the order in a message. A body without a price costs 0 cents. */
function orderOf({ properties, body, queueOffset, reconsumeTimes }: MessageExt): Order {
  const text = decodeUtf8(body)
  const cents = Number(/^(\d{1,9}) cents\b/.exec(text)?.[1] ?? 0)
  return {
    key: keyOf(properties),
    cents,
    text,
    msgId: properties.get(PROPERTY.UNIQ_KEY) ?? '',
    queueOffset,
    reconsumeTimes,
  }
}

/** Charges an order at the bank. An order of 0 cents is settled without the bank. */
function settle(order: Order, orders: ChargeOnce): Promise<ChargeResult> {
  return order.cents === 0 ? Promise.resolve('charged') : orders.charge(order)
}

/** Prints the receipt of an order that is settled. Returns the status. */
function printed(host: Host, { key, msgId }: Order, status: ConsumeStatus): ConsumeStatus {
  if (status === 'CONSUME_SUCCESS') host.application.hand('receipt', JSON.stringify({ key, msgId }), () => {})
  return status
}
