/**
 * What a double write costs: the same orders over a link between master and slave that gets longer, first with the default
 * inSyncReplicas=1, then with 2. Each dot is one send.
 */
import type { Cluster } from '#reference/host/cluster.ts'
import type { FigureSource } from '#site/figures/kit/types.ts'
import { sendKey, sendMany, startConsumer, TOPIC, until } from '#site/figures/shop.ts'
import { CAST, NAMESRV, open, startMaster } from '../pair.ts'

/** How much longer each way between master and slave takes, and how many orders are sold at each length. */
export const LONGER_MS = [0, 5, 10, 20] as const
export const EACH = 4
const EVERY_MS = 400
const PHASE_MS = EACH * EVERY_MS

const STEP = {
  one: 'inSyncReplicas=1: the answer waits for nobody',
  oneDone: 'Sixteen sends that waited for nobody',
  change: 'The master is started again with inSyncReplicas=2',
  two: 'inSyncReplicas=2: the answer waits for the slave',
  twoDone: 'Sixteen sends that waited for the slave',
  end: 'The shop is closed; the billing comes',
} as const

export const figure: FigureSource = {
  title: 'The price of a second copy',
  question: 'Does a double write make a send faster or slower?',
  summary:
    'Sends that wait for no slave take the same time over any link; with inSyncReplicas=2 each send takes the way to the slave and back in addition.',
  topic: TOPIC,
  cast: CAST,
  passages: {
    one: {
      title: 'inSyncReplicas=1: +0, +5, +10, +20 ms each way, and a dot for each send',
      from: STEP.one,
      to: STEP.change,
      view: 'plot',
      opens: 'end',
      cast: ['master', 'slave', 'shop'],
      tells: ['fault.began', 'script.step'],
      shows: { what: 'latency', links: 'yes', least: 50 },
    },
    two: {
      title: 'inSyncReplicas=2: the same links, the same orders',
      from: STEP.two,
      to: STEP.end,
      view: 'plot',
      opens: 'end',
      cast: ['master', 'slave', 'shop'],
      tells: ['fault.began', 'script.step'],
      shows: { what: 'latency', links: 'yes', least: 50 },
    },
  },
  seed: 3,
  lengthMs: 34_000,
  records: ['message.sending', 'message.sent', 'record.appended', 'ha.acked'],
  run,
  send: (cluster, key) => sendKey(cluster, 'shop', key),
}

async function run(cluster: Cluster): Promise<void> {
  await open(cluster, ['brokerRole=SYNC_MASTER'])
  await until(cluster, 6_000)
  cluster.step(STEP.one)
  await overEachLink(cluster, 1)
  cluster.step(STEP.oneDone)
  await cluster.sleep(500)
  cluster.step(STEP.change)
  await cluster.stop('master').catch(() => {})
  startMaster(cluster, ['brokerRole=SYNC_MASTER', 'inSyncReplicas=2'])
  await until(cluster, 24_000)
  cluster.step(STEP.two)
  await overEachLink(cluster, 1 + EACH * LONGER_MS.length)
  cluster.step(STEP.twoDone)
  await until(cluster, 32_500)
  cluster.step(STEP.end)
  await cluster.sleep(200)
  startConsumer(cluster, 'billing', NAMESRV, 'billing')
}

/** Sells orders over each link, one after the other. */
async function overEachLink(cluster: Cluster, first: number): Promise<void> {
  for (const [i, delayMs] of LONGER_MS.entries()) {
    const sinceMs = cluster.nowMs()
    const longer = await cluster.inject({ kind: 'link', from: 'master', to: 'slave', delayMs })
    await sendMany(cluster, 'shop', [first + i * EACH, first + i * EACH + EACH - 1], EVERY_MS)
    await longer.heal()
    await until(cluster, sinceMs + PHASE_MS)
  }
}
