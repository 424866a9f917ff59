/**
 * The old master is cut off with a shop and goes on selling; on the other side its replica is elected. With the defaults of RocketMQ,
 * the old master answers SEND_OK, and what it has answered is cut away when it is back.
 */
import type { Cluster } from '#reference/host/cluster.ts'
import type { FigureSource } from '#site/figures/kit/types.ts'
import { sendKey, sendMany, startConsumer, TOPIC, until } from '#site/figures/shop.ts'
import { atEnd, castOf, KIOSK, NAMESRV, open, RECORDED, startShop } from '../replicas.ts'

const STEP = {
  sell: 'a is the master: four coffees are sold, and copied',
  cut: 'a and the shop are cut off from all others; the shop sells twelve more',
  kiosk: 'A kiosk opens on the other side, and sells three to b',
  heal: 'The network is whole again',
  billing: 'The billing comes',
} satisfies Record<string, string>

export const BEFORE = 4
export const TWELVE = 12
export const AFTER = 3
const LENGTH_MS = 40_000

export const figure: FigureSource = {
  title: 'The old master returns',
  question: 'What becomes of the records that the old master alone has?',
  summary:
    'A master is cut off and answers twelve more orders; its replica is elected and sells three; when the network is whole, the twelve are cut away.',
  topic: TOPIC,
  cast: castOf(KIOSK),
  passages: {
    fork: {
      title: 'Two logs, a colour and a sign for each epoch. What happens to the twelve?',
      from: STEP.sell,
      view: 'log',
      // the twelve and the three are there, and nothing has been cut away yet
      opens: STEP.heal,
      cast: ['a', 'b'],
      tells: ['script.step', 'role.taken', 'epoch.began', 'ha.connected', 'log.truncated'],
      shows: { strips: 'none', copies: 'epochs' },
    },
    nine: {
      title: 'The same time: whom each node believes to be the master',
      from: STEP.sell,
      to: STEP.billing,
      view: 'lanes',
      opens: 'end',
      cast: ['controller', 'namesrv', 'a', 'b', 'shop', 'kiosk'],
      tells: ['fault.began', 'master.elected', 'role.taken', 'route.registered', 'route.updated', 'fault.healed'],
      shows: { lane: 'master' },
    },
  },
  records: RECORDED,
  seed: 3,
  lengthMs: LENGTH_MS,
  run: (cluster) => run(cluster),
  send: (cluster, key) => sendKey(cluster, 'shop', key),
}

/**
 * Four coffees are sold, `a` and `cutOff` are cut off and twelve more are sold there, the kiosk sells three on the other side, and the
 * network is whole again. `steps` are the sentences of these four moments.
 */
export async function sellThroughCut(
  cluster: Cluster,
  steps: Pick<typeof STEP, 'sell' | 'cut' | 'kiosk' | 'heal'>,
  cutOff: readonly string[],
): Promise<void> {
  await until(cluster, 9_000)
  cluster.step(steps.sell)
  await sendMany(cluster, 'shop', [1, BEFORE], 200)
  await until(cluster, 11_000)
  cluster.step(steps.cut)
  const between: [string[], string[]] = [
    ['a', ...cutOff],
    ['b', 'controller', 'namesrv'],
  ]
  const cut = await cluster.inject({ kind: 'partition', between, held: 'reset' })
  await sendMany(cluster, 'shop', [BEFORE + 1, BEFORE + TWELVE], 150)
  await until(cluster, 15_000)
  cluster.step(steps.kiosk)
  startShop(cluster, 'kiosk')
  await until(cluster, 18_000)
  await sendMany(cluster, 'kiosk', [BEFORE + TWELVE + 1, BEFORE + TWELVE + AFTER], 200)
  await until(cluster, 20_000)
  cluster.step(steps.heal)
  await cut.heal()
}

/** The script; `settings` are those of the replicas. */
export async function run(cluster: Cluster, settings: readonly string[] = []): Promise<void> {
  await open(cluster, settings)
  await sellThroughCut(cluster, STEP, ['shop'])
  await until(cluster, 34_000)
  cluster.step(STEP.billing)
  startConsumer(cluster, 'billing', NAMESRV, 'billing')
  await atEnd(cluster, LENGTH_MS)
}
