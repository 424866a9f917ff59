/** The kill of `calm.ts`, with a billing that knows its orders by their keys: the program that the chapter's labs repair. */
import type { Cluster } from '#reference/host/cluster.ts'
import type { FigureSource } from '#site/figures/kit/types.ts'
import { start, TOPIC, until } from '#site/figures/shop.ts'
import { BROKER, CAST, NAMESRV, open } from '../open.ts'

const STEP = {
  sell: 'The shop sells six drinks to a billing that keeps notes',
  dark: 'kill -9: the billing',
  light: 'The billing starts again',
} as const

export const figure: FigureSource = {
  title: 'Twice handed, once charged',
  question: 'How does a billing charge once for a message that comes twice?',
  summary:
    'The billing is killed before its offset is written down; an order is handed to it again, and the bank is not called again.',
  topic: TOPIC,
  cast: CAST,
  passages: {
    once: {
      title: 'The same kill, and a billing that keeps notes. Watch the ledger: it counts what the bank has charged',
      from: STEP.sell,
      view: 'stage',
      cast: [BROKER, 'shop', 'billing'],
      tells: ['message.consumed', 'node.stopped', 'node.started'],
    },
  },
  seed: 2,
  lengthMs: 30_000,
  run: async (cluster) => {
    await open(cluster, () => 'CONSUME_SUCCESS')
    // the bank: it charges as often as it is asked to, and remembers the references
    const references = new Set<string>()
    const referenceIn = (text: string) => /"reference":"([^"]*)"/.exec(text)?.[1] ?? ''
    cluster.onHanded('charge', (_node, text) => {
      references.add(referenceIn(text))
      return '{"status":"charged"}'
    })
    cluster.onHanded('find', (_node, text) => `{"status":"${references.has(referenceIn(text)) ? 'charged' : 'none'}"}`)
    const from = 'consumeFromWhere=CONSUME_FROM_FIRST_OFFSET'
    start(cluster, 'billing', 'billing', [`namesrvAddr=${NAMESRV}`, 'group=billing', `topic=${TOPIC}`, from])
    await until(cluster, 12_000)
    cluster.step(STEP.sell)
    for (let number = 1; number <= 6; number++) {
      sell(cluster, `order-${number}`)
      await cluster.sleep(1_000)
    }
    cluster.step(STEP.dark)
    void cluster.kill('billing').catch(() => {})
    await until(cluster, 20_000)
    cluster.step(STEP.light)
    void cluster.restart('billing').catch(() => {})
  },
  send: (cluster, key) => sell(cluster, key),
}

function sell(cluster: Cluster, key: string): void {
  void cluster.produce('shop', { topic: TOPIC, key, body: '450 cents for one coffee' }).catch(() => {})
}
