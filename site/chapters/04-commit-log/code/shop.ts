/** What an application writes: a shop whose orders and whose visitors’ clicks go to two topics of one broker. The tests run it. */
import type { Producer } from '#reference/client/producer/producer.ts'
import { PROPERTY } from '#reference/common/message.ts'
import { encodeUtf8 } from '#reference/common/utf8.ts'

// #region two-topics
/** An order, which somebody will ask for by its key. */
export function sell(producer: Producer, order: string, text: string) {
  return producer.send({
    topic: 'Orders',
    body: encodeUtf8(text),
    properties: new Map([[PROPERTY.KEYS, order]]),
  })
}

/** A click of a visitor. */
export function visited(producer: Producer, page: string) {
  return producer.send({
    topic: 'Clicks',
    body: encodeUtf8(page),
    properties: new Map(),
  })
}
// #endregion two-topics
