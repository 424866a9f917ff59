/** What a shop writes that saves its orders in a database and sells them in transactions. The suite runs it. */
import type { ClientInstance } from '#reference/client/client-instance.ts'
import { type TransactionListener, TransactionProducer } from '#reference/client/producer/transaction-producer.ts'
import { PROPERTY } from '#reference/common/message.ts'
import { encodeUtf8 } from '#reference/common/utf8.ts'
import type { Proof } from '#site/lib/application.ts'

/** The orders of a shop, by the id of their transaction. */
interface Orders {
  save(id: string, text: string): Promise<void>
  has(id: string): Promise<boolean>
}

/** Saves an order, and says later whether it is saved. */
const listenerOf = (orders: Orders): TransactionListener => ({
  // #region listener
  async executeLocalTransaction({ properties }, id) {
    await orders.save(id, properties?.get('KEYS') ?? '')
    return 'COMMIT_MESSAGE' as const
  },
  // #endregion listener

  // #region check
  async checkLocalTransaction({ properties }) {
    const id = properties.get(PROPERTY.UNIQ_KEY) ?? ''
    const isSaved = await orders.has(id)
    return isSaved ? 'COMMIT_MESSAGE' : 'UNKNOW'
  },
  // #endregion check
})

// #region sell
/** Sells one coffee. */
async function sell(client: ClientInstance, orders: Orders) {
  const listener = listenerOf(orders)
  const shop = new TransactionProducer(client, 'shop', listener)
  shop.start()
  const sold = await shop.sendMessageInTransaction({
    topic: 'Orders',
    body: encodeUtf8('one coffee, please'),
    properties: new Map([[PROPERTY.KEYS, 'order-1']]),
  })
  return sold.localTransactionState
}
// #endregion sell

/** A database that is a table in memory. */
function tableInMemory(): Orders {
  const rows = new Map<string, string>()
  return {
    save: async (id, text) => void rows.set(id, text),
    has: async (id) => rows.has(id),
  }
}

/** What the suite runs, and what it must see. */
export const proof: Proof = {
  programs: [{ node: 'shop', begin: (client, report) => sell(client, tableInMemory()).then(report) }],
  reports: ['COMMIT_MESSAGE'],
}
