/** What an application writes to be reminded of an order, and to cancel it. The suite runs it. */
import type { ClientInstance } from '#reference/client/client-instance.ts'
import { PushConsumer } from '#reference/client/consumer/push-consumer.ts'
import { Producer } from '#reference/client/producer/producer.ts'
import { keyOf, type MessageExt, PROPERTY } from '#reference/common/message.ts'
import { encodeUtf8 } from '#reference/common/utf8.ts'
import type { Proof } from '#site/lib/application.ts'

const paid = new Set(['order-1'])
const body = encodeUtf8('is it paid?')
const named = (order: string) => [PROPERTY.KEYS, order] as [string, string]

// #region by-level
/** A reminder of an order. Level 14 waits ten minutes. */
export function remindByLevel(order: string, level: string) {
  const delay: [string, string] = ['DELAY', level]
  const properties = new Map([named(order), delay])
  return { topic: 'Orders', body, properties }
}

/** The listener of the billing. */
export function whenReminded(reminder: MessageExt) {
  const order = keyOf(reminder.properties)
  if (!paid.has(order)) cancel(order)
  return 'CONSUME_SUCCESS' as const
}
// #endregion by-level

// #region by-time
/** The same, for any time: in ms from now. */
export function remindIn(order: string, delayTimeMs: number) {
  const properties = new Map([named(order)])
  return { topic: 'Orders', body, properties, delayTimeMs }
}
// #endregion by-time

const cancelled: string[] = []

function cancel(order: string): void {
  cancelled.push(order)
}

async function openShop(client: ClientInstance): Promise<void> {
  const shop = new Producer(client, 'shop')
  shop.start()
  await shop.send(remindByLevel('order-1', '1'))
  await shop.send(remindIn('order-2', 4_500))
}

function openBilling(client: ClientInstance, report: (text: string) => void): void {
  const billing = new PushConsumer(
    client,
    { group: 'billing', consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET' },
    (reminder) => {
      const status = whenReminded(reminder)
      const order = keyOf(reminder.properties)
      report(`${order} is ${cancelled.includes(order) ? 'cancelled' : 'paid'}`)
      return status
    },
  )
  billing.subscribe('Orders', '*')
  billing.start()
}

/** What the suite runs, and what it must see. */
export const proof: Proof = {
  programs: [
    { node: 'shop', begin: openShop },
    { node: 'billing', begin: openBilling },
  ],
  reports: ['order-1 is paid', 'order-2 is cancelled'],
}
