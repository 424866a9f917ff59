/**
 * Chapter 6's wound: seven coffees with SEND_OK under ASYNC_FLUSH, and a power cut between two flushes.
 *
 * Four orders are on the disk when the power fails, three are in the page cache. The same script with a kill instead of the
 * power cut is `killed.ts`.
 */
import type { Cluster } from '#reference/host/cluster.ts'
import type { FigureSource } from '#site/figures/kit/types.ts'
import { send, sendKey, start, startBroker, startConsumer, TOPIC, until } from '#site/figures/shop.ts'

export const NAMESRV = 'namesrv:9876'
/** Small files: a figure's disk is memory. */
export const SMALL = ['mappedFileSizeCommitLog=65536', 'messageIndexEnable=false']

export const STEP = {
  sell: 'The shop sells four coffees',
  more: 'The shop sells three more',
  dark: 'The machine of broker-a loses power',
  light: 'The power is back; broker-a starts again',
  billing: 'The billing comes, and reads from the beginning',
} as const

/** Who takes part in the chapter's runs with one broker. */
export const CAST: FigureSource['cast'] = [
  { name: 'namesrv', role: 'namesrv' },
  { name: 'broker-a', role: 'broker', queues: [`${TOPIC}/0`] },
  { name: 'producer', role: 'producer' },
  { name: 'consumer', role: 'consumer', group: 'billing' },
]

export const figure: FigureSource = {
  title: 'Seven coffees and a power cut',
  question: 'Which of the acknowledged orders are there afterwards?',
  summary:
    'A broker with ASYNC_FLUSH acknowledges seven orders, loses power half a second after the last, and comes back with four.',
  topic: TOPIC,
  cast: CAST,
  passages: {
    wound: {
      title: 'Seven coffees, seven times SEND_OK, one power cut. Watch the ledger',
      from: STEP.sell,
      view: 'stage',
      cast: ['broker-a', 'producer', 'consumer'],
      tells: ['message.sent', 'node.stopped', 'log.recovered', 'message.consumed'],
    },
    apart: {
      title: 'Two heights of one log: in the page cache, and on the disk',
      from: STEP.sell,
      to: STEP.billing,
      view: 'plot',
      opens: 'end',
      cast: ['broker-a'],
      tells: ['record.appended', 'log.flushed', 'node.stopped', 'log.recovered'],
      shows: { what: 'written,durable' },
    },
    torn: {
      title: 'What the disk holds, and where recovery ends the log',
      from: STEP.dark,
      to: STEP.billing,
      view: 'log',
      cast: ['broker-a'],
      tells: ['node.stopped', 'disk.lost', 'node.started', 'log.recovered', 'log.flushed'],
    },
  },
  seed: 12,
  lengthMs: 26_000,
  run: (cluster) => night(cluster, 'powercut'),
  send: (cluster, key) => sendKey(cluster, 'producer', key),
}

/** The night of `cut.ts` and `killed.ts`: they differ in how the broker ends. */
// #region durability-night
export async function night(
  cluster: Cluster,
  end: 'powercut' | 'kill',
  texts: { readonly dark: string; readonly light: string } = STEP,
): Promise<void> {
  await open(cluster)
  cluster.step(STEP.sell)
  for (let i = 1; i <= 4; i++) {
    send(cluster, 'producer', i)
    await cluster.sleep(200)
  }
  await until(cluster, 13_500)
  cluster.step(STEP.more)
  for (let i = 5; i <= 7; i++) {
    send(cluster, 'producer', i)
    await cluster.sleep(200)
  }
  await until(cluster, 14_500)
  cluster.step(texts.dark)
  const ended = end === 'kill' ? cluster.kill('broker-a') : cluster.powerCut('broker-a')
  void ended.catch(() => {})
  await until(cluster, 17_000)
  cluster.step(texts.light)
  void cluster.restart('broker-a').catch(() => {})
  await until(cluster, 19_000)
  cluster.step(STEP.billing)
  startConsumer(cluster, 'consumer', NAMESRV, 'billing')
}
// #endregion durability-night

/** Starts NameServer, broker and producer, and waits until 3 s. */
export async function open(cluster: Cluster, settings: readonly string[] = []): Promise<void> {
  start(cluster, 'namesrv', 'namesrv', ['listenPort=9876'])
  await until(cluster, 200)
  startBroker(cluster, 'broker-a', NAMESRV, 1, [...SMALL, ...settings])
  await until(cluster, 800)
  start(cluster, 'producer', 'producer', [`namesrvAddr=${NAMESRV}`, 'group=shop'])
  await until(cluster, 3_000)
}
