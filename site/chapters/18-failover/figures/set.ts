/**
 * Why the longest log must not win. The replica with more bytes has bytes of an old epoch, and it lacks what was answered since. The
 * only member of the in-sync set dies, and the controller elects nobody.
 */
import type { Cluster } from '#reference/host/cluster.ts'
import type { FigureSource, Passage } from '#site/figures/kit/types.ts'
import { sendKey, sendMany, startConsumer, TOPIC, until } from '#site/figures/shop.ts'
import { atEnd, castOf, KIOSK, NAMESRV, open, RECORDED, startShop } from '../replicas.ts'

const STEP = {
  sell: 'a is the master: three coffees are sold, and copied',
  cut: 'a and the shop are cut off; the shop sells eight more, and hears no SEND_OK',
  kiosk: 'b is the master now; a kiosk sells three to it',
  back: 'The controller hears a again; between a and b nothing passes yet',
  dark: 'b dies; the kiosk goes on trying to sell, every two seconds',
  healed: 'b is started again',
  asked: 'The kiosk has asked for its last coffee',
  billing: 'The billing comes',
} as const

/** Orders of each stretch. */
export const SOLD = { before: 3, tail: 8, answered: 3, later: 8 } as const
const FIRST_ANSWERED = SOLD.before + SOLD.tail + 1
const keys = (first: number, count: number) => Array.from({ length: count }, (_, i) => `order-${first + i}`)
export const TAIL = keys(SOLD.before + 1, SOLD.tail)
export const ANSWERED = keys(FIRST_ANSWERED, SOLD.answered)
const LENGTH_MS = 58_000

/** The passage in which a master is missing, with the title of a figure. */
export const darkPassage = (title: string): Passage => ({
  title,
  from: STEP.kiosk,
  view: 'log',
  // both logs are there: eight records of the one, three of the other
  opens: STEP.back,
  cast: ['controller', 'a', 'b'],
  tells: ['script.step', 'node.stopped', 'master.elected', 'role.taken', 'log.truncated'],
  shows: { strips: 'none', copies: 'epochs' },
})

export const figure: FigureSource = {
  title: 'Nobody is elected',
  question: 'Who may become the master, and when nobody?',
  summary:
    'The only member of the in-sync set dies. The other replica has the longer log, with records of an old epoch, and it is not elected; when the member is back, no answered order is lost.',
  topic: TOPIC,
  cast: castOf(KIOSK),
  passages: {
    nobody: darkPassage('The longer log is not elected: it is not in the set'),
    gap: {
      title: 'A cluster without a master: the price',
      from: STEP.kiosk,
      to: STEP.billing,
      view: 'lanes',
      opens: 'end',
      cast: ['controller', 'namesrv', 'a', 'b', 'kiosk'],
      tells: ['script.step', 'node.stopped', 'master.elected', 'route.removed', 'route.registered'],
      shows: { lane: 'master' },
    },
  },
  records: RECORDED,
  seed: 3,
  lengthMs: LENGTH_MS,
  run,
  send: (cluster, key) => sendKey(cluster, 'kiosk', key),
}

export async function run(cluster: Cluster): Promise<void> {
  await open(cluster, ['allAckInSyncStateSet=true'], ['sendMsgTimeout=1000'])
  await until(cluster, 9_000)
  cluster.step(STEP.sell)
  await sendMany(cluster, 'shop', [1, SOLD.before], 200)
  await until(cluster, 11_000)
  cluster.step(STEP.cut)
  const alone = await cluster.inject({
    kind: 'partition',
    between: [
      ['a', 'shop'],
      ['b', 'controller', 'namesrv'],
    ],
    held: 'reset',
  })
  await sendMany(cluster, 'shop', [SOLD.before + 1, SOLD.before + SOLD.tail], 100)
  await until(cluster, 14_000)
  startShop(cluster, 'kiosk')
  await until(cluster, 17_000)
  cluster.step(STEP.kiosk)
  await sendMany(cluster, 'kiosk', [FIRST_ANSWERED, FIRST_ANSWERED + SOLD.answered - 1], 200)
  await until(cluster, 19_000)
  cluster.step(STEP.back)
  await cluster.inject({ kind: 'partition', between: [['a'], ['b']], held: 'reset' }).then((between) => {
    void cluster.sleep(14_000).then(() => between.heal())
  })
  await alone.heal()
  await until(cluster, 26_000)
  cluster.step(STEP.dark)
  void cluster.kill('b').catch(() => {})
  const later = FIRST_ANSWERED + SOLD.answered
  await until(cluster, 27_000)
  const selling = sendMany(cluster, 'kiosk', [later, later + SOLD.later - 1], 2_000)
  await until(cluster, 36_000)
  cluster.step(STEP.healed)
  void cluster.restart('b').catch(() => {})
  await selling
  await until(cluster, 44_000)
  cluster.step(STEP.asked)
  await until(cluster, 52_000)
  cluster.step(STEP.billing)
  startConsumer(cluster, 'billing', NAMESRV, 'billing')
  await atEnd(cluster, LENGTH_MS)
}
