/** What an application writes to be a member of a group, and to choose how the group divides its queues. The suite runs it. */
import type { ClientInstance } from '#reference/client/client-instance.ts'
import { PushConsumer } from '#reference/client/consumer/push-consumer.ts'
import { Producer } from '#reference/client/producer/producer.ts'
import { CONSISTENT_HASH } from '#reference/common/allocate/allocate-strategy.ts'
import { keyOf, type MessageExt, PROPERTY } from '#reference/common/message.ts'
import { encodeUtf8 } from '#reference/common/utf8.ts'
import type { Proof } from '#site/lib/application.ts'

// #region member
/** One process of the billing. Each has these lines. */
export function member(client: ClientInstance) {
  const options = { group: 'billing' }
  const billing = new PushConsumer(client, options, bill)
  billing.subscribe('Orders', '*')
  billing.start()
}
// #endregion member

// #region chosen
/** A process of a group that divides by hashes. */
export function chooser(client: ClientInstance) {
  const strategy = CONSISTENT_HASH
  const options = { group: 'caches', strategy }
  const caches = new PushConsumer(client, options, load)
  caches.subscribe('Orders', '*')
  caches.start()
}
// #endregion chosen

const billed: string[] = []
let tell = (_text: string) => {}

function bill(order: MessageExt) {
  billed.push(keyOf(order.properties))
  done()
  return 'CONSUME_SUCCESS' as const
}

const loaded: string[] = []

function load(order: MessageExt) {
  loaded.push(keyOf(order.properties))
  done()
  return 'CONSUME_SUCCESS' as const
}

/** Says who was handed what, when both groups have had four orders. */
function done(): void {
  const words = (keys: readonly string[]) => [...keys].sort().join(' ')
  if (billed.length === 4 && loaded.length === 4) tell(`billed ${words(billed)}, loaded ${words(loaded)}`)
}

/** Sells four coffees when both members are there. */
async function openShop(client: ClientInstance, report: (text: string) => void): Promise<void> {
  tell = report
  const shop = new Producer(client, 'shop')
  shop.start()
  for (let i = 1; i <= 4; i++) {
    const properties = new Map([[PROPERTY.KEYS as string, `order-${i}`]])
    await shop.send({ topic: 'Orders', body: encodeUtf8('coffee'), properties })
  }
}

/** What the suite runs, and what it must see: two members of each group, and each order handed to one of each. */
export const proof: Proof = {
  programs: [
    { node: 'billing-1', begin: member },
    { node: 'billing-2', begin: member },
    { node: 'caches-1', begin: chooser },
    { node: 'caches-2', begin: chooser },
    { node: 'shop', begin: openShop },
  ],
  reports: ['billed order-1 order-2 order-3 order-4, loaded order-1 order-2 order-3 order-4'],
}
