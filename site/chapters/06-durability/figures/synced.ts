/**
 * SYNC_FLUSH, and three things that may happen to its answer: it comes after the sync, the process dies before it, the disk
 * is so slow that the shop stops waiting for it.
 *
 * A slow sync is a fault of the disk, not a pause of the process: the broker goes on, and waits for the disk's word.
 */
import type { Cluster } from '#reference/host/cluster.ts'
import type { FigureSource } from '#site/figures/kit/types.ts'
import { send, sendKey, startConsumer, TOPIC, until } from '#site/figures/shop.ts'
import { CAST, NAMESRV, open } from './cut.ts'

const STEP = {
  sell: 'SYNC_FLUSH: the shop sells three coffees',
  dark: 'The machine loses power right after the third SEND_OK',
  light: 'The power is back',
  slow: 'The disk is busy: each sync takes half a second longer',
  killed: 'kill -9 while the sync of order-4 runs',
  back: 'broker-a starts again, the disk is quick again',
  billing: 'The billing comes',
  hangs: 'The disk hangs: a sync takes eight seconds',
} as const

const BROKER = 'broker-a'
/** A disk whose syncs take longer. */
const slowSync = (delayMs: number) => ({ kind: 'disk', node: BROKER, fails: 'slowSync', delayMs }) as const

export const figure: FigureSource = {
  title: 'Three answers under SYNC_FLUSH',
  question: 'What does an answer that waits for the disk promise, and what does an error promise?',
  summary:
    'Orders are acknowledged after their sync and survive a power cut; one whose process is killed during the sync is billed, though the shop got an error; one on a hanging disk, too.',
  topic: TOPIC,
  cast: CAST,
  passages: {
    waits: {
      title: 'SYNC_FLUSH: the answer waits for the sync, and the power cut takes nothing',
      from: STEP.sell,
      to: STEP.slow,
      view: 'stage',
      cast: [BROKER, 'producer'],
      tells: ['record.appended', 'log.flushed', 'message.sent', 'node.stopped', 'log.recovered'],
    },
    unasked: {
      title: 'order-4: an error for the shop, an order for the billing',
      from: STEP.slow,
      to: STEP.hangs,
      view: 'stage',
      cast: [BROKER, 'producer', 'consumer'],
      tells: [
        'message.sending',
        'record.appended',
        'node.stopped',
        'message.sent',
        'log.recovered',
        'message.consumed',
      ],
    },
    hangs: {
      title: 'order-5 on a disk that hangs: who gives up first?',
      from: STEP.hangs,
      view: 'stage',
      cast: [BROKER, 'producer', 'consumer'],
      tells: ['app.called', 'record.appended', 'message.sent', 'app.answered', 'log.flushed', 'message.consumed'],
    },
  },
  seed: 4,
  lengthMs: 32_000,
  run,
  send: (cluster, key) => sendKey(cluster, 'producer', key),
}

// #region durability-synced
async function run(cluster: Cluster): Promise<void> {
  await open(cluster, ['flushDiskType=SYNC_FLUSH'])
  cluster.step(STEP.sell)
  for (let i = 1; i <= 3; i++) {
    send(cluster, 'producer', i)
    await cluster.sleep(100)
  }
  cluster.step(STEP.dark)
  void cluster.powerCut(BROKER).catch(() => {})
  await until(cluster, 5_000)
  cluster.step(STEP.light)
  void cluster.restart(BROKER).catch(() => {})

  // #fold the disk is slow, and the process is killed while it waits
  await until(cluster, 8_000)
  cluster.step(STEP.slow)
  const slow = await cluster.inject(slowSync(500))
  send(cluster, 'producer', 4)
  await until(cluster, 8_200)
  cluster.step(STEP.killed)
  void cluster.kill(BROKER).catch(() => {})
  await until(cluster, 9_000)
  await slow.heal()
  cluster.step(STEP.back)
  void cluster.restart(BROKER).catch(() => {})
  // #endfold

  await until(cluster, 12_000)
  cluster.step(STEP.billing)
  startConsumer(cluster, 'consumer', NAMESRV, 'billing')

  // #fold the disk hangs
  await until(cluster, 18_000)
  cluster.step(STEP.hangs)
  const hanging = await cluster.inject(slowSync(8_000))
  send(cluster, 'producer', 5)
  await until(cluster, 20_000)
  await hanging.heal()
  // #endfold
}
// #endregion durability-synced
