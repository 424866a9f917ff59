/** What an application writes: a shop that sends an order, a billing service that is handed it. The suite runs both. */

import type { ClientInstance } from '#reference/client/client-instance.ts'
import { PushConsumer, type PushConsumerOptions } from '#reference/client/consumer/push-consumer.ts'
import { Producer } from '#reference/client/producer/producer.ts'
import { PROPERTY } from '#reference/common/message.ts'
import { encodeUtf8 } from '#reference/common/utf8.ts'
import type { Proof } from '#site/lib/application.ts'

// #region shop
/** The shop: `client` knows where the NameServer is. */
export async function sell(client: ClientInstance) {
  const producer = new Producer(client, 'shop')
  producer.start()
  const result = await producer.send({
    topic: 'Orders',
    body: encodeUtf8('one coffee, please'),
    properties: new Map([
      [PROPERTY.KEYS, 'order-1'],
      [PROPERTY.TAGS, 'coffee'],
    ]),
  })
  return result.status
}
// #endregion shop

// #region billing
/** The billing service: its listener is called with each order. */
export function bill(client: ClientInstance, charge: (order: string) => void) {
  const options: PushConsumerOptions = {
    group: 'billing',
    consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET',
  }
  const consumer = new PushConsumer(client, options, (message) => {
    charge(message.properties.get(PROPERTY.KEYS) ?? '')
    return 'CONSUME_SUCCESS'
  })
  consumer.subscribe('Orders', '*')
  consumer.start()
}
// #endregion billing

/** What the suite runs, and what it must see. */
export const proof: Proof = {
  programs: [
    { node: 'shop', begin: (client, report) => sell(client).then(report) },
    { node: 'billing', begin: bill },
  ],
  reports: ['SEND_OK', 'order-1'],
}
