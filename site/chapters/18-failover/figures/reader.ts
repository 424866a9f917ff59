/**
 * The same cut with a billing that reads all the time: with the defaults it bills orders that are cut away afterwards, and it does not
 * see what the new master sold meanwhile, because its offset lies beyond the end of the new queue.
 */
import type { Cluster } from '#reference/host/cluster.ts'
import type { FigureSource } from '#site/figures/kit/types.ts'
import { sendKey, sendMany, startConsumer, TOPIC, until } from '#site/figures/shop.ts'
import { atEnd, castOf, KIOSK, NAMESRV, open, RECORDED } from '../replicas.ts'
import { AFTER, BEFORE, sellThroughCut, TWELVE } from './cut.ts'

const STEP = {
  sell: 'a is the master: four coffees are sold, copied and billed',
  cut: 'a, the shop and the billing are cut off from all others; the shop sells twelve more',
  kiosk: 'A kiosk opens on the other side, and sells three to b',
  heal: 'The network is whole again',
  moved: 'The billing has asked the NameServer, and reads from b now',
  later: 'The kiosk sells two more to b',
} as const

/** Orders that the kiosk sells when all is over. */
export const LATER = 2
const LENGTH_MS = 56_000

export const figure: FigureSource = {
  title: 'A billing that reads all the time',
  question: 'What does a consumer see of a failover?',
  summary:
    'A group reads from a master that is cut off, and from the new one afterwards: it bills twelve orders that are cut away, and never sees three.',
  topic: TOPIC,
  cast: castOf(KIOSK),
  passages: {
    reader: {
      title: 'The billing reads all the time. Watch its flag, and the ledger',
      from: STEP.sell,
      view: 'log',
      opens: STEP.heal,
      cast: ['a', 'b'],
      tells: ['script.step', 'epoch.began', 'log.truncated'],
      shows: { copies: 'epochs' },
    },
  },
  records: [...RECORDED, 'offset.committed'],
  seed: 3,
  lengthMs: LENGTH_MS,
  run: (cluster) => run(cluster),
  send: (cluster, key) => sendKey(cluster, 'shop', key),
}

/** The script; `settings` are those of the replicas. */
export async function run(cluster: Cluster, settings: readonly string[] = []): Promise<void> {
  await open(cluster, settings)
  startConsumer(cluster, 'billing', NAMESRV, 'billing')
  await sellThroughCut(cluster, STEP, ['shop', 'billing'])
  await until(cluster, 40_000)
  cluster.step(STEP.moved)
  await until(cluster, 45_000)
  cluster.step(STEP.later)
  const later = BEFORE + TWELVE + AFTER
  await sendMany(cluster, 'kiosk', [later + 1, later + LATER], 200)
  await atEnd(cluster, LENGTH_MS)
}
