/**
 * A shop that saves its orders in a database and sends them to the broker: one after the other, without a transaction.
 *
 * Chapter 16 runs it in place of `reference/client/apps/producer.ts`. The application of the node is the database: it is asked to
 * `save` an order when half of `saveMs` is over, and has answered when all of it is. `first=save` saves and then sends; `first=send` sends and then saves.
 *
 * | application calls | with               | answer                                                  |
 * | ----------------- | ------------------ | ------------------------------------------------------- |
 * | send              | {topic, key, body, tag?} | {status, msgId, brokerName, queueId, queueOffset, error} |
 */

import { clientProgram } from '../../../../reference/client/apps/client-program.ts'
import { clientInstance } from '../../../../reference/client/apps/namesrv-addresses.ts'
import { ClientError } from '../../../../reference/client/client-error.ts'
import { Producer } from '../../../../reference/client/producer/producer.ts'
import { parseJson } from '../../../../reference/common/lax-json.ts'
import { PROPERTY } from '../../../../reference/common/message.ts'
import { record, text } from '../../../../reference/common/shape.ts'
import { encodeUtf8 } from '../../../../reference/common/utf8.ts'
import type { Host } from '../../../../reference/host/host.ts'
import type { ProgramSignals, RunningProgram } from '../../../../reference/host/program.ts'

interface Order {
  readonly topic: string
  readonly key: string
  readonly body: string
}

const orderShape = record<Order>({ topic: text(), key: text(), body: text() })
const NOWHERE = { msgId: '', brokerName: '', queueId: -1, queueOffset: -1 }

/** Starts the shop. The text at the start of this file lists its arguments. */
export function main(host: Host, args: readonly string[], signals: ProgramSignals): RunningProgram {
  return clientProgram(host, args, signals, (settings) => {
    const producer = new Producer(clientInstance(host, settings), settings.text('group', 'shop'))
    const isSaveFirst = settings.text('first', 'save') === 'save'
    const saveMs = settings.whole('saveMs', 20, 0, 60_000)
    const sleep = () => new Promise<void>((resolve) => host.clock.after(saveMs / 2, resolve))
    const save = async (key: string) => {
      await sleep()
      await new Promise<void>((resolve) => host.application.hand('save', JSON.stringify({ key }), () => resolve()))
      await sleep()
    }
    producer.start()
    host.application.serve((name, json, answer) => {
      const order = orderShape(parseJson(json), name)
      const sold = isSaveFirst ? saveThenSend(producer, save, order) : sendThenSave(producer, save, order)
      sold.then((result) => answer(JSON.stringify(result)))
    })
    host.clock.after(0, () => signals.ready())
    return () => producer.shutdown()
  })
}

type Save = (key: string) => Promise<void>

// #region save-then-send
async function saveThenSend(shop: Producer, save: Save, order: Order) {
  await save(order.key)
  return send(shop, order)
}
// #endregion save-then-send

// #region send-then-save
async function sendThenSave(shop: Producer, save: Save, order: Order) {
  const sent = await send(shop, order)
  if (sent.status === 'SEND_OK') await save(order.key)
  return sent
}
// #endregion send-then-save

async function send(producer: Producer, { topic, key, body }: Order) {
  try {
    const properties = new Map([[PROPERTY.KEYS as string, key]])
    const { status, msgId, queue, queueOffset } = await producer.send({ topic, body: encodeUtf8(body), properties })
    return { status, msgId, brokerName: queue.brokerName, queueId: queue.queueId, queueOffset, error: '' }
  } catch (error) {
    if (!(error instanceof ClientError)) throw error
    return { status: 'FAILED', ...NOWHERE, error: error.message }
  }
}
