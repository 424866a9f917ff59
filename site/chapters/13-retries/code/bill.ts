/** What an application writes to bill orders, and to bring dead letters back. The suite runs it. */
import type { ClientInstance } from '#reference/client/client-instance.ts'
import { PushConsumer } from '#reference/client/consumer/push-consumer.ts'
import { Producer } from '#reference/client/producer/producer.ts'
import { keyOf, type MessageExt, PROPERTY } from '#reference/common/message.ts'
import { decodeUtf8, encodeUtf8 } from '#reference/common/utf8.ts'
import type { Proof } from '#site/lib/application.ts'

const PRICES = new Map([['coffee', 450]])

// #region bill
/** The listener. What it throws is a failure. */
export function bill(order: MessageExt) {
  const drink = decodeUtf8(order.body)
  const cents = PRICES.get(drink)
  if (cents === undefined) throw new Error('no price')
  charge(order, cents)
  return 'CONSUME_SUCCESS' as const
}
// #endregion bill

// #region replay
/** Sends a dead letter again: a new message, old key and tag. */
export async function replay(dead: MessageExt, shop: Producer) {
  const { body, properties } = dead
  const topic = properties.get(PROPERTY.RETRY_TOPIC) ?? ''
  const keys: [string, string] = [PROPERTY.KEYS, keyOf(properties)]
  const kept = new Map([keys])
  const tag = properties.get(PROPERTY.TAGS)
  if (tag !== undefined) kept.set(PROPERTY.TAGS, tag)
  const answer = await shop.send({ topic, body, properties: kept })
  const isSent = answer.status === 'SEND_OK'
  return isSent ? 'CONSUME_SUCCESS' : 'RECONSUME_LATER'
}
// #endregion replay

const charged: string[] = []

function charge(order: MessageExt, cents: number): void {
  charged.push(`${keyOf(order.properties)}: ${cents} cents, redelivered ${order.reconsumeTimes} times`)
}

/** Sells a cocoa, which has no price yet. */
async function openShop(client: ClientInstance): Promise<void> {
  const shop = new Producer(client, 'shop')
  shop.start()
  const properties = new Map([[PROPERTY.KEYS as string, 'order-3']])
  await shop.send({ topic: 'Orders', body: encodeUtf8('cocoa'), properties })
}

/** Bills, and gives up after the first failure: no redelivery is allowed. */
function openBilling(client: ClientInstance, report: (text: string) => void): void {
  const billing = new PushConsumer(
    client,
    { group: 'billing', consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET', maxReconsumeTimes: 0 },
    (order) => {
      const status = bill(order)
      report(charged.pop() ?? '')
      return status
    },
  )
  billing.subscribe('Orders', '*')
  billing.start()
}

/** Reads the dead letters, writes the missing price into the list, and sends each letter again. */
function openRescue(client: ClientInstance, report: (text: string) => void): void {
  const shop = new Producer(client, 'rescue-shop')
  shop.start()
  const rescue = new PushConsumer(
    client,
    { group: 'rescue', consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET' },
    (dead) => {
      PRICES.set('cocoa', 500)
      report(`dead: ${keyOf(dead.properties)}`)
      return replay(dead, shop)
    },
  )
  rescue.subscribe('%DLQ%billing', '*')
  rescue.start()
}

/** What the suite runs, and what it must see. */
export const proof: Proof = {
  programs: [
    { node: 'shop', begin: openShop },
    { node: 'billing', begin: openBilling },
    { node: 'rescue', begin: openRescue },
  ],
  reports: ['dead: order-3', 'order-3: 500 cents, redelivered 0 times'],
}
