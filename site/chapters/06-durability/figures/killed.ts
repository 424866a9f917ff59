/**
 * The night of `cut.ts`, but somebody kills the broker's process (`kill -9`), and the machine goes on. Later the broker is
 * stopped as an operator stops it, and started again.
 */
import type { FigureSource } from '#site/figures/kit/types.ts'
import { sendKey, TOPIC, until } from '#site/figures/shop.ts'
import { CAST, STEP as NIGHT, night } from './cut.ts'

const STEP = {
  dark: 'kill -9: the process of broker-a is gone, its machine is not',
  light: 'broker-a starts again, on the same machine',
  stop: 'An operator stops broker-a',
  again: 'broker-a starts after the clean stop',
} as const

export const figure: FigureSource = {
  title: 'Seven coffees and kill -9',
  question: 'What dies with a process?',
  summary: 'The same seven orders; the broker’s process is killed where its machine lost power. Nothing is missing.',
  topic: TOPIC,
  cast: CAST,
  passages: {
    killed: {
      title: 'The same night with kill -9. Watch the ledger',
      from: NIGHT.more,
      to: STEP.stop,
      view: 'stage',
      cast: ['broker-a', 'producer', 'consumer'],
      tells: ['message.sent', 'node.stopped', 'log.recovered', 'message.consumed'],
    },
    stops: {
      title: 'A clean stop: everything is synced, then the file abort goes',
      from: STEP.stop,
      view: 'log',
      cast: ['broker-a'],
      tells: ['log.flushed', 'disk.removed', 'node.stopped', 'node.started', 'log.recovered'],
    },
  },
  seed: 12,
  lengthMs: 28_000,
  run: async (cluster) => {
    await night(cluster, 'kill', STEP)
    await until(cluster, 23_000)
    cluster.step(STEP.stop)
    void cluster.stop('broker-a').catch(() => {})
    await until(cluster, 25_000)
    cluster.step(STEP.again)
    void cluster.restart('broker-a').catch(() => {})
  },
  send: (cluster, key) => sendKey(cluster, 'producer', key),
}
