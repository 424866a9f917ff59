/** What a shop writes that knows what its answers promise. The suite runs it. */
import type { ClientInstance } from '#reference/client/client-instance.ts'
import { Producer } from '#reference/client/producer/producer.ts'
import { PROPERTY } from '#reference/common/message.ts'
import { encodeUtf8 } from '#reference/common/utf8.ts'
import type { Proof } from '#site/lib/application.ts'

// #region sell-or-perhaps
/** Sells one coffee. An error is not a no, but a perhaps. */
export async function sell(shop: Producer, key: string) {
  const order = {
    topic: 'Orders',
    body: encodeUtf8('one coffee, please'),
    properties: new Map([[PROPERTY.KEYS, key]]),
  }
  const failed = () => undefined
  const answer = await shop.send(order).catch(failed)
  return answer?.status === 'SEND_OK' ? 'kept' : 'perhaps'
}
// #endregion sell-or-perhaps

/** Opens the shop, sells one coffee, and reports what is known of its order. */
async function openShop(client: ClientInstance, report: (text: string) => void): Promise<void> {
  const shop = new Producer(client, 'shop')
  shop.start()
  report(await sell(shop, 'order-1'))
}

/** What the suite runs, and what it must see. */
export const proof: Proof = {
  programs: [{ node: 'shop', begin: openShop }],
  reports: ['kept'],
}
