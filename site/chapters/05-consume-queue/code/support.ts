/** What the support of the shop writes: it finds an order by its key. */
import type { ClientInstance } from '#reference/client/client-instance.ts'
import { Producer } from '#reference/client/producer/producer.ts'
import { queryMessage } from '#reference/client/query-message.ts'
import { PROPERTY } from '#reference/common/message.ts'
import { decodeUtf8, encodeUtf8 } from '#reference/common/utf8.ts'
import type { Proof } from '#site/lib/application.ts'

// #region find-order
/** Finds the orders with a key: the newest 32 at most. */
export async function find(client: ClientInstance, key: string) {
  const found = await queryMessage(client, {
    topic: 'Orders',
    key,
    maxNum: 32,
    beginTimestamp: 0,
    endTimestamp: Number.MAX_SAFE_INTEGER,
  })
  return found.map(({ body }) => decodeUtf8(body))
}
// #endregion find-order

/** Sells two orders, and asks for one of them. */
async function work(client: ClientInstance, report: (text: string) => void): Promise<void> {
  const shop = new Producer(client, 'shop')
  shop.start()
  for (const key of ['order-4711', 'order-4712'])
    await shop.send({
      topic: 'Orders',
      body: encodeUtf8(`one coffee, please (${key})`),
      properties: new Map([[PROPERTY.KEYS, key]]),
    })
  for (const text of await find(client, 'order-4711')) report(text)
}

/** What the suite runs, and what it must see. */
export const proof: Proof = {
  programs: [{ node: 'shop', begin: work }],
  reports: ['one coffee, please (order-4711)'],
}
