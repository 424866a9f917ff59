/** What a shop writes that knows how many machines have its order. The suite runs it. */
import type { ClientInstance } from '#reference/client/client-instance.ts'
import { Producer } from '#reference/client/producer/producer.ts'
import { PROPERTY } from '#reference/common/message.ts'
import { encodeUtf8 } from '#reference/common/utf8.ts'
import type { Proof } from '#site/lib/application.ts'

// #region sell-and-ask
/** Sells one coffee, and says how sure the shop may be of it. */
async function sell(shop: Producer, key: string) {
  const answer = await shop.send({
    topic: 'Orders',
    body: encodeUtf8('one coffee, please'),
    properties: new Map([[PROPERTY.KEYS, key]]),
  })
  switch (answer.status) {
    case 'SEND_OK':
      return 'as safe as the settings say'
    case 'FLUSH_SLAVE_TIMEOUT':
    case 'SLAVE_NOT_AVAILABLE':
      return 'stored, and perhaps on one machine'
    default:
      return 'stored, and perhaps not on a disk'
  }
}
// #endregion sell-and-ask

/** Opens the shop, sells one coffee, and reports how sure it is. */
async function openShop(client: ClientInstance, report: (text: string) => void): Promise<void> {
  const shop = new Producer(client, 'shop')
  shop.start()
  report(await sell(shop, 'order-1'))
}

/** What the suite runs, and what it must see. */
export const proof: Proof = {
  programs: [{ node: 'shop', begin: openShop }],
  reports: ['as safe as the settings say'],
}
