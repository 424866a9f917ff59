/**
 * The shop of chapter 16: two processes, one database, and scripts in which one of them dies at a bad moment.
 *
 * The database is the application of both processes: it saves an order when it is asked to, and it answers what it has saved. It
 * outlives them, as a database on a machine of its own does.
 */
import type { Cluster } from '#reference/host/cluster.ts'
import type { FigureSource } from '#site/figures/kit/types.ts'
import { start, startBroker, startConsumer, TOPIC, until } from '#site/figures/shop.ts'

export const NAMESRV = 'namesrv:9876'
export const BROKER = 'broker-a'
export const HALF = 'RMQ_SYS_TRANS_HALF_TOPIC'
export const OP = 'RMQ_SYS_TRANS_OP_HALF_TOPIC'
export const GIVEN_UP = 'TRANS_CHECK_MAX_TIME_TOPIC'
/** Small files: a figure's disk is memory. */
const SMALL = ['mappedFileSizeCommitLog=65536', 'messageIndexEnable=false']
/** How long the shop waits for the database's answer. */
export const SAVE_MS = 20

/** How the shop sells: what it does first, or in a transaction. */
export type Design = 'save-first' | 'send-first' | 'transaction'

/** What the database answers, order by order. Every order that is not named is saved. */
export interface Answers {
  /** Orders that the database refuses, such as one whose card is not covered. */
  readonly refused?: readonly string[]
  /** Orders of which the shop does not know how they ended: they are not saved, and it says UNKNOW. */
  readonly unknown?: readonly string[]
  /** How long the answer takes, in ms. */
  readonly afterMs?: number
}

/**
 * Gives both shops their database. It is asked `save` or `executeLocalTransaction`, and later `checkLocalTransaction`. A row that is
 * missing may still come, so the answer about it is UNKNOW, as in the listener that the page shows (`code/shop.ts`).
 */
export function openDatabase(cluster: Cluster, { refused = [], unknown = [], afterMs = SAVE_MS }: Answers = {}): void {
  const saved = new Set<string>()
  const keyOf = (text: string) => String((JSON.parse(text) as { key: string }).key)
  cluster.onHanded('save', (_node, text) => {
    saved.add(keyOf(text))
    return JSON.stringify({ saved: true })
  })
  // #region answers
  cluster.onHanded('executeLocalTransaction', (_node, text) => {
    const key = keyOf(text)
    if (refused.includes(key)) return JSON.stringify({ state: 'ROLLBACK_MESSAGE', afterMs })
    if (unknown.includes(key)) return JSON.stringify({ state: 'UNKNOW', afterMs })
    saved.add(key)
    return JSON.stringify({ state: 'COMMIT_MESSAGE', afterMs })
  })
  cluster.onHanded('checkLocalTransaction', (_node, text) => {
    const key = keyOf(text)
    return JSON.stringify({ state: saved.has(key) ? 'COMMIT_MESSAGE' : 'UNKNOW' })
  })
  // #endregion answers
}

/** Who takes part in the chapter's runs. */
export const CAST: FigureSource['cast'] = [
  { name: 'namesrv', role: 'namesrv' },
  { name: BROKER, role: 'broker', queues: [`${TOPIC}/0`, `${HALF}/0`, `${OP}/0`] },
  { name: 'shop-1', role: 'producer' },
  { name: 'shop-2', role: 'producer' },
  { name: 'billing', role: 'consumer', group: 'billing' },
]

/** The same without the queues that only transactions need. */
export const PLAIN: FigureSource['cast'] = CAST.map((one) =>
  one.name === BROKER ? { ...one, queues: [`${TOPIC}/0`] } : one,
)

/** Starts NameServer, broker, both shops and the billing, and waits until 3 s. */
export async function open(
  cluster: Cluster,
  design: Design,
  answers: Answers = {},
  settings: readonly string[] = [],
): Promise<void> {
  openDatabase(cluster, answers)
  start(cluster, 'namesrv', 'namesrv', ['listenPort=9876'])
  await until(cluster, 200)
  startBroker(cluster, BROKER, NAMESRV, 1, [...SMALL, ...settings])
  await until(cluster, 800)
  for (const shop of ['shop-1', 'shop-2']) startShop(cluster, shop, design)
  startConsumer(cluster, 'billing', NAMESRV, 'billing')
  await until(cluster, 3_000)
}

/** Starts one process of the shop. */
export function startShop(cluster: Cluster, name: string, design: Design): void {
  const args = [`namesrvAddr=${NAMESRV}`, 'group=shop']
  if (design === 'transaction') start(cluster, name, 'transaction-producer', [...args, `topic=${TOPIC}`])
  else
    start(cluster, name, 'producer', [
      ...args,
      `first=${design === 'save-first' ? 'save' : 'send'}`,
      `saveMs=${SAVE_MS}`,
    ])
}
