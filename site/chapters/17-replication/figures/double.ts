/**
 * Double writes: SYNC_MASTER with inSyncReplicas=2. The answer waits for the slave's report; when the slave is silent, somebody has
 * to give up.
 */
import type { Cluster } from '#reference/host/cluster.ts'
import type { FigureSource } from '#site/figures/kit/types.ts'
import { send, sendKey, startConsumer, TOPIC, until } from '#site/figures/shop.ts'
import { CAST, NAMESRV, open } from '../pair.ts'

const STEP = {
  before: 'order-1, so that everybody is connected',
  sell: 'One double write: order-2',
  cut: 'The slave is silent; the shop sells order-3',
  heal: 'The slave is there again',
  billing: 'The billing comes',
} as const

export const figure: FigureSource = {
  title: 'One double write',
  question: 'What must have happened before SEND_OK?',
  summary:
    'A SYNC_MASTER with inSyncReplicas=2 sends an order to its slave, waits for its report, and answers. When the slave is silent, the shop gives up first, and the order is stored all the same.',
  topic: TOPIC,
  cast: CAST,
  passages: {
    double: {
      title: 'Read from the top: two machines have order-2 when the shop is answered',
      from: STEP.sell,
      to: STEP.cut,
      view: 'space-time',
      cast: ['shop', 'master', 'slave'],
      tells: ['record.appended', 'ha.acked', 'message.sent'],
      shows: { frames: 'SEND_MESSAGE_V2,HA_TRANSFER,HA_REPORT', fromMs: 7_000, toMs: 7_200 },
    },
    silent: {
      title: 'inSyncReplicas=2 and a silent slave: who gives up first?',
      from: STEP.cut,
      view: 'stage',
      cast: ['master', 'slave', 'shop', 'billing'],
      tells: ['app.called', 'record.appended', 'message.sent', 'fault.healed', 'message.consumed'],
    },
  },
  tasks: {
    'back-with-less': {
      goal: 'Lose an order that was answered SEND_OK under inSyncReplicas=2, although both machines run in the end, and no disk was destroyed.',
      pane: 'silent',
      when: "lost() > 0 && ended('master') == '' && ended('slave') == ''",
      shows: { ask: 'lost()', unit: 'lost' },
      proof: [
        { does: 'powercut', on: 'master', atMs: 7_300 },
        { does: 'restart', on: 'master', atMs: 9_300 },
      ],
    },
  },
  seed: 5,
  lengthMs: 26_000,
  run,
  send: (cluster, key) => sendKey(cluster, 'shop', key),
}

async function run(cluster: Cluster, settings: readonly string[] = []): Promise<void> {
  await open(cluster, ['brokerRole=SYNC_MASTER', 'inSyncReplicas=2', ...settings])
  await until(cluster, 6_000)
  cluster.step(STEP.before)
  send(cluster, 'shop', 1)
  await until(cluster, 7_000)
  cluster.step(STEP.sell)
  send(cluster, 'shop', 2)
  await until(cluster, 8_000)
  cluster.step(STEP.cut)
  const silent = await cluster.inject({ kind: 'link', from: 'master', to: 'slave', hold: true, oneWay: true })
  send(cluster, 'shop', 3)
  await until(cluster, 12_000)
  cluster.step(STEP.heal)
  await silent.heal()
  await until(cluster, 14_000)
  cluster.step(STEP.billing)
  startConsumer(cluster, 'billing', NAMESRV, 'billing')
}
