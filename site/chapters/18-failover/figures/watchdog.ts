/**
 * Chapter 18's wound: a plain master and its slave, and a watchdog that the operators have written. The master stands still, the
 * watchdog starts the slave as a master, and the old master wakes up.
 */
import type { Cluster } from '#reference/host/cluster.ts'
import type { FigureSource } from '#site/figures/kit/types.ts'
import { sendKey, sendMany, start, startBroker, startConsumer, TOPIC, until } from '#site/figures/shop.ts'
import { atEnd, castOf, KIOSK, NAMESRV, SMALL, startShop } from '../replicas.ts'

const STEP = {
  sell: 'The shop sells four coffees to a; b copies them',
  still: 'a stands still; the watchdog asks it, and hears nothing',
  promoted: 'Five seconds later the watchdog starts b as a master',
  awake: 'a wakes up, and knows of nothing; the shop sells four more to it',
  kiosk: 'A kiosk opens, and sells four to b',
  asked: 'The kiosk has asked for its last coffee',
  billing: 'The billing comes',
} as const

/** Orders that both masters have, that the old one alone has, and that the new one alone has. */
export const EACH = 4

const LENGTH_MS = 56_050

export const figure: FigureSource = {
  title: 'Two masters, and a watchdog that did its work',
  question: 'What happens when the master that was replaced wakes up?',
  summary:
    'A watchdog replaces a master that stands still; the old one wakes up and goes on selling, and two orders have one place in the queue.',
  topic: TOPIC,
  cast: castOf(KIOSK).filter(({ role }) => role !== 'controller'),
  passages: {
    wound: {
      title: 'Twelve coffees, twelve times SEND_OK. Watch the ledger',
      from: STEP.sell,
      view: 'stage',
      opens: 'end',
      cast: ['a', 'b', 'shop', 'kiosk', 'billing'],
      tells: ['script.step', 'fault.began', 'fault.healed', 'node.started'],
    },
    logs: {
      title: 'The two logs on one axis: where do they begin to differ?',
      from: STEP.sell,
      to: STEP.billing,
      view: 'log',
      opens: 'end',
      cast: ['a', 'b'],
      tells: ['script.step', 'fault.began', 'fault.healed', 'node.started'],
      shows: { strips: 'none', copies: 'epochs' },
    },
    believe: {
      title: 'Whom each node believes to be the master',
      from: STEP.sell,
      view: 'lanes',
      opens: 'end',
      cast: ['namesrv', 'a', 'b', 'shop', 'kiosk'],
      tells: ['fault.began', 'fault.healed', 'route.registered', 'route.updated', 'node.started'],
      shows: { lane: 'master' },
    },
  },
  seed: 3,
  lengthMs: LENGTH_MS,
  run,
  send: (cluster, key) => sendKey(cluster, 'shop', key),
}

const startPlain = (cluster: Cluster, name: string, role: readonly string[]): void =>
  startBroker(cluster, name, NAMESRV, 1, [...SMALL, 'brokerName=pair', ...role])

async function run(cluster: Cluster): Promise<void> {
  start(cluster, 'namesrv', 'namesrv', ['listenPort=9876'])
  await until(cluster, 200)
  startPlain(cluster, 'a', ['brokerRole=ASYNC_MASTER'])
  await until(cluster, 400)
  startPlain(cluster, 'b', ['brokerRole=SLAVE', 'brokerId=1'])
  await until(cluster, 800)
  startShop(cluster)
  await until(cluster, 6_000)
  cluster.step(STEP.sell)
  await sendMany(cluster, 'shop', [1, EACH], 200)
  await until(cluster, 8_000)
  cluster.step(STEP.still)
  const still = await cluster.inject({ kind: 'pause', node: 'a' })
  await until(cluster, 13_000)
  cluster.step(STEP.promoted)
  await cluster.stop('b').catch(() => {})
  startPlain(cluster, 'b', ['brokerRole=ASYNC_MASTER'])
  await until(cluster, 16_000)
  cluster.step(STEP.awake)
  await still.heal()
  await until(cluster, 17_000)
  await sendMany(cluster, 'shop', [EACH + 1, 2 * EACH], 200)
  await until(cluster, 19_000)
  cluster.step(STEP.kiosk)
  startShop(cluster, 'kiosk')
  await until(cluster, 20_000)
  await sendMany(cluster, 'kiosk', [2 * EACH + 1, 3 * EACH], 200)
  await until(cluster, 23_000)
  cluster.step(STEP.asked)
  await until(cluster, 25_000)
  cluster.step(STEP.billing)
  startConsumer(cluster, 'billing', NAMESRV, 'billing')
  await atEnd(cluster, LENGTH_MS)
}
