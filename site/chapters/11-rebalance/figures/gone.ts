/** Three ways to leave a group: to say so, to die, and to be cut off. Two minutes lie between the last and the others. */
import type { FigureSource } from '#site/figures/kit/types.ts'
import { send, sendKey, sendMany, TOPIC, until } from '#site/figures/shop.ts'
import { castOf, join, open, SETTLED_MS, TOLD } from '../group.ts'

const STEP = {
  stop: 'billing-4 is stopped, as a deployment does it',
  kill: 'billing-3 is killed',
  cut: 'The cable of billing-2 is pulled',
  back: 'The cable is put back',
} as const

export const figure: FigureSource = {
  title: 'Three ways to leave',
  question: 'How long does a queue stay without an owner?',
  summary: 'One member leaves, one dies, and one is cut off; the queues of the third wait for two minutes.',
  topic: TOPIC,
  cast: castOf(['billing-1', 'billing-2', 'billing-3', 'billing-4']),
  passages: {
    leaves: {
      title: 'One member is stopped, another one is killed',
      from: STEP.stop,
      to: STEP.cut,
      view: 'owners',
      tells: ['node.stopped', 'consumer.left', 'queue.assigned'],
    },
    cut: {
      title: 'Frosted: an owner that nobody can reach',
      from: STEP.cut,
      view: 'owners',
      tells: ['fault.began', 'consumer.left', 'queue.assigned', 'fault.healed', 'queue.released'],
    },
  },
  seed: 2,
  lengthMs: 180_000,
  records: TOLD,
  run: async (cluster) => {
    await open(cluster, { bankMs: 1_000 })
    await until(cluster, 1_500)
    for (const number of [1, 2, 3, 4]) join(cluster, `billing-${number}`)
    await until(cluster, SETTLED_MS)
    cluster.step(STEP.stop)
    const early = sendMany(cluster, 'shop', [1, 16], 500)
    await until(cluster, SETTLED_MS + 3_000)
    void cluster.stop('billing-4').catch(() => {})
    await until(cluster, SETTLED_MS + 5_000)
    cluster.step(STEP.kill)
    await until(cluster, SETTLED_MS + 5_300)
    void cluster.kill('billing-3').catch(() => {})
    await early
    await until(cluster, 24_000)
    cluster.step(STEP.cut)
    const late = sendMany(cluster, 'shop', [17, 37], 6_000)
    await until(cluster, 30_000)
    const others = ['namesrv', 'broker-a', 'shop', 'billing-1']
    const fault = await cluster
      .inject({ kind: 'partition', between: [['billing-2'], others], held: 'keep' })
      .catch(() => undefined)
    await until(cluster, 154_000)
    cluster.step(STEP.back)
    await fault?.heal()
    await late
    await until(cluster, 165_000)
    send(cluster, 'shop', 38)
  },
  send: (cluster, key) => sendKey(cluster, 'shop', key),
}
