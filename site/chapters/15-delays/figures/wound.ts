/** Chapter 15's wound: reminders that are wanted after fifteen minutes, and a broker that offers ten or twenty. */
import type { FigureSource } from '#site/figures/kit/types.ts'
import { until } from '#site/figures/shop.ts'
import { CAST_OF_HOURS, MINUTE_MS, open, remind, TOLD_OF_HOURS } from '../open.ts'

const STEP = {
  sell: 'Three customers order; the shop sends a reminder for each',
  paid: 'The customer of order-2 pays, twelve minutes after ordering',
} as const
const TEN_MINUTES = { delayLevel: 14 } as const
const TWENTY_MINUTES = { delayLevel: 15 } as const

export const figure: FigureSource = {
  title: 'Ten or twenty',
  question: 'When does a reminder come that is wanted after fifteen minutes?',
  summary: 'Two reminders come after ten minutes, before a customer has paid; one comes after twenty.',
  topic: 'Orders',
  cast: CAST_OF_HOURS,
  passages: {
    wound: {
      title: 'Three reminders, wanted after 15 minutes (hollow); solid is when they come',
      from: STEP.sell,
      view: 'lanes',
      shows: {
        lane: 'order',
        group: 'billing',
        keys: 'order-1,order-2,order-3',
        names: 'order-1=level 14,order-2=level 14,order-3=level 15',
        wishes: 'order-1=900000,order-2=900000,order-3=900000',
        late: 1_000,
      },
      tells: ['message.consumed', 'script.step'],
    },
  },
  seed: 2,
  lengthMs: 2_000 + 21 * MINUTE_MS,
  records: TOLD_OF_HOURS!,
  run: async (cluster) => {
    await open(cluster)
    await until(cluster, 2_000)
    cluster.step(STEP.sell)
    void remind(cluster, 'order-1', TEN_MINUTES)
    await cluster.sleep(100)
    void remind(cluster, 'order-2', TEN_MINUTES)
    await cluster.sleep(100)
    void remind(cluster, 'order-3', TWENTY_MINUTES)
    await until(cluster, 2_000 + 12 * MINUTE_MS)
    cluster.step(STEP.paid)
    await until(cluster, 2_000 + 20 * MINUTE_MS)
    void remind(cluster, 'order-4', { delayLevel: 1 })
  },
  send: (cluster, key) => void remind(cluster, key, TEN_MINUTES),
}
