/** What a reader may try in chapter 5: a quiet broker, and nothing that fails by itself. */
import type { Cluster } from '#reference/host/cluster.ts'
import type { FigureSource } from '#site/figures/kit/types.ts'
import { until } from '#site/figures/shop.ts'
import { BROKER, open, sell, sellMany, startBilling } from '../day.ts'

const STEP = {
  sell: 'Four orders are sold',
  rest: 'Nobody buys',
  more: 'Two more orders are sold',
  billing: 'The billing comes',
} as const

export const figure: FigureSource = {
  title: 'A quiet broker',
  question: 'What may be taken away from a broker, and what may not?',
  summary: 'A broker keeps six orders in one queue; nothing fails, and the billing reads them all.',
  topic: 'Orders',
  cast: [
    { name: 'namesrv', role: 'namesrv' },
    { name: BROKER, role: 'broker', queues: ['Orders/0'] },
    { name: 'shop', role: 'producer' },
    { name: 'billing', role: 'consumer', group: 'billing' },
  ],
  passages: {
    tries: {
      title: 'A quiet broker: stop it, take something away, start it again',
      from: STEP.rest,
      view: 'log',
      tells: ['record.appended', 'disk.removed', 'node.stopped', 'node.started', 'log.recovered', 'message.consumed'],
    },
  },
  tasks: {
    grow: {
      goal: 'Let the queue grow again: the same bytes in a new file.',
      pane: 'tries',
      when: `regrown('${BROKER}') > 0`,
      shows: { ask: `regrown('${BROKER}')`, unit: 'queue files grown again' },
      proof: [
        { does: 'kill', on: BROKER, atMs: 2_600 },
        { does: 'remove', on: `${BROKER}/store/consumequeue`, atMs: 2_700 },
        { does: 'restart', on: BROKER, atMs: 2_800 },
      ],
    },
    lose: {
      goal: 'Lose an order that was answered SEND_OK, with a restart at the end and without a power cut.',
      pane: 'tries',
      when: "lost() > 0 && count('node.stopped', { how: 'powercut' }) == 0",
      shows: { ask: 'lost()', unit: 'orders lost' },
      proof: [
        { does: 'kill', on: BROKER, atMs: 2_600 },
        { does: 'remove', on: `${BROKER}/store/commitlog`, atMs: 2_700 },
        { does: 'remove', on: `${BROKER}/store/consumequeue`, atMs: 2_710 },
        { does: 'restart', on: BROKER, atMs: 2_800 },
      ],
    },
  },
  acts: ['remove'],
  offers: { folders: ['store/consumequeue', 'store/commitlog'] },
  seed: 5,
  lengthMs: 10_000,
  run,
  send: sell,
}

async function run(cluster: Cluster): Promise<void> {
  open(cluster, { Orders: 1 }, ['mappedFileSizeCommitLog=65536', 'messageIndexEnable=false'])
  await until(cluster, 1_000)
  cluster.step(STEP.sell)
  await sellMany(cluster, 1, 4, 150)
  await until(cluster, 2_000)
  cluster.step(STEP.rest)
  await until(cluster, 5_000)
  cluster.step(STEP.more)
  await sellMany(cluster, 5, 6, 150)
  await until(cluster, 6_500)
  cluster.step(STEP.billing)
  startBilling(cluster)
}
