/** What an application writes: a shop whose orders and whose visitors’ clicks go to two topics of one broker. */
import { Producer } from '#reference/client/producer/producer.ts'
import { PROPERTY } from '#reference/common/message.ts'
import { encodeUtf8 } from '#reference/common/utf8.ts'
import type { Proof } from '#site/lib/application.ts'

interface Order {
  readonly key: string
  readonly text: string
}

// #region two-topics
/** An order: somebody may ask for it by its key. */
export function sell(shop: Producer, order: Order) {
  return shop.send({
    topic: 'Orders',
    body: encodeUtf8(order.text),
    properties: new Map([[PROPERTY.KEYS, order.key]]),
  })
}

/** A click of a visitor. */
export function visited(shop: Producer, page: string) {
  return shop.send({
    topic: 'Clicks',
    body: encodeUtf8(page),
    properties: new Map(),
  })
}
// #endregion two-topics

/** What the suite runs, and what it must see. */
export const proof: Proof = {
  programs: [
    {
      node: 'shop',
      begin: async (client, report) => {
        const shop = new Producer(client, 'shop')
        shop.start()
        report((await sell(shop, { key: 'order-1', text: 'one coffee, please' })).status)
        report((await visited(shop, '/coffee')).status)
      },
    },
  ],
  reports: ['SEND_OK', 'SEND_OK'],
}
