/** What an application writes to take a reminder back. The suite runs it, on a broker that does not allow it. */
import type { ClientInstance } from '#reference/client/client-instance.ts'
import type { SendResult } from '#reference/client/producer/outgoing.ts'
import { Producer } from '#reference/client/producer/producer.ts'
import type { Proof } from '#site/lib/application.ts'
import { remindIn } from './remind.ts'

let shop: Producer
let tell = (_text: string) => {}

// #region recall
/** The order is paid: its reminder is of no use. */
export async function takeBack(sent: SendResult) {
  const handle = sent.recallHandle ?? ''
  try {
    await shop.recallMessage('Orders', handle)
  } catch (refused) {
    // too late, or not allowed: the listener looks
    note(String(refused))
  }
}
// #endregion recall

function note(refused: string): void {
  tell(refused)
}

async function openShop(client: ClientInstance, report: (text: string) => void): Promise<void> {
  tell = report
  shop = new Producer(client, 'shop')
  shop.start()
  await takeBack(await shop.send(remindIn('order-1', 4_500)))
}

/** What the suite runs, and what it must see: this broker has `recallMessageEnable` false, as by default. */
export const proof: Proof = {
  programs: [{ node: 'shop', begin: openShop }],
  reports: ['ClientError: broker-a refused: recall failed, operation is forbidden: set recallMessageEnable'],
}
