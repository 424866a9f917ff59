/**
 * Transactions under faults: every half message comes to one of its ends, once, whatever is killed, cut off, delayed or told
 * the wrong time, and however often its end is announced.
 *
 * What each transaction comes to is fixed by its key; the application may say "unknown" for a while, or for ever. After
 * everything is healed the brokers' logs are read from their disks: that is the evidence, with what consumers were handed.
 */
import { type MessageExt, PROPERTY } from '../../../../reference/common/message.ts'
import { transactionValue } from '../../../../reference/common/sys-flag.ts'
import { decodeUtf8 } from '../../../../reference/common/utf8.ts'
import type { Cluster } from '../../../../reference/host/cluster.ts'
import type { TraceEvent, TraceEventOf } from '../../../../reference/host/trace.ts'
import { invoke } from '../../../support/raw-client.ts'
import { NAMESRV, startBroker } from '../../../support/sim.ts'
import { pick } from '../mechanism/faults.ts'
import { logOf } from '../mechanism/log-of.ts'
import type { Mechanism, Setup, Work } from '../mechanism/mechanism.ts'
import { until } from '../mechanism/run-mechanism.ts'
import { demand } from '../violation.ts'

const TOPIC = 'Orders'
const HALF_TOPIC = 'RMQ_SYS_TRANS_HALF_TOPIC'
const OP_TOPIC = 'RMQ_SYS_TRANS_OP_HALF_TOPIC'
const GIVEN_UP_TOPIC = 'TRANS_CHECK_MAX_TIME_TOPIC'
const PRODUCERS = ['shop-1', 'shop-2'] as const
/** A rebalance, a heartbeat, the channels of the dead; then a pull that is held. */
const DELIVERED_WITHIN_MS = 240_000

/** A log that is flushed for certain (12 s), and offsets that are written every 5 s. */
const PERSISTED_WITHIN_MS = 30_000

export interface TransactionSetup extends Setup {
  readonly brokers: readonly string[]
  readonly checkIntervalMs: number
  readonly timeOutMs: number
  readonly opBatchIntervalMs: number
  readonly checkMax: number
}

/** What a transaction comes to in the end; `never`: nobody ever knows. */
type Truth = 'commit' | 'rollback' | 'never'

export type TransactionOp =
  | {
      readonly op: 'transact'
      readonly producer: string
      readonly truth: Truth
      readonly count: number
      /** What the local transaction itself says: the truth, after this long, or unknown. */
      readonly saysAfterMs: number | undefined
      /** So many checks are answered with unknown. */
      readonly unknownChecks: number
      readonly immunitySeconds: number
    }
  /** Somebody announces the end of some transaction that has ended, once more or the other way round. */
  | { readonly op: 'announce'; readonly which: number; readonly isCommit: boolean; readonly fromCheck: boolean }
  /** A broker dies while transactions have been open for so long that its progress has been written down meanwhile. */
  | { readonly op: 'outlast'; readonly producer: string; readonly broker: string; readonly openMs: number }

export const transactions: Mechanism<TransactionSetup, TransactionOp> = {
  name: 'transaction',
  about: 'half messages, commits, rollbacks, checks: kills, power cuts, partitions, pauses, clocks, slow disks',
  ops: ['transact', 'announce', 'outlast'],
  sleepsMs: [50, 500, 2_500, 4_000, 12_000, 40_000],
  drawSetup: (chance) => ({
    flushDiskType: chance.int(3) === 0 ? 'ASYNC_FLUSH' : 'SYNC_FLUSH',
    brokers: chance.int(3) === 0 ? ['broker-a', 'broker-b'] : ['broker-a'],
    checkIntervalMs: pick(chance, [3_000, 10_000, 30_000]),
    timeOutMs: pick(chance, [500, 6_000]),
    opBatchIntervalMs: pick(chance, [100, 3_000, 3_000]),
    checkMax: pick(chance, [3, 15]),
  }),
  drawOp(chance, { brokers }) {
    if (chance.int(12) === 0)
      return {
        op: 'outlast',
        producer: pick(chance, PRODUCERS),
        broker: pick(chance, brokers),
        openMs: 20_000 + chance.int(30_000),
      }
    if (chance.int(4) === 0)
      return { op: 'announce', which: chance.int(1_000), isCommit: chance.int(2) === 0, fromCheck: chance.int(2) === 0 }
    return {
      op: 'transact',
      producer: pick(chance, PRODUCERS),
      truth: pick(chance, ['commit', 'commit', 'commit', 'rollback', 'never'] as const),
      count: 1 + chance.int(6),
      saysAfterMs: pick(chance, [0, 0, 0, 30, 5_900, 6_100, 45_000, undefined, undefined]),
      unknownChecks: pick(chance, [0, 0, 0, 1, 2]),
      immunitySeconds: pick(chance, [0, 0, 0, 7, 20, 60]),
    }
  },
  nodes: ({ brokers }) => ({ namesrvs: ['namesrv'], brokers, clients: [...PRODUCERS, 'billing'] }),
  inWords(op) {
    if (op.op === 'announce')
      return `the end of transaction ${op.which} is announced again: ${op.isCommit ? 'commit' : 'rollback'}${op.fromCheck ? ', as if it had been asked for' : ''}`
    if (op.op === 'outlast') return `${op.producer} leaves 3 open, ${op.broker} dies ${op.openMs} ms later`
    const says = op.saysAfterMs === undefined ? 'says nothing' : `says so after ${op.saysAfterMs} ms`
    return `${op.producer} sends ${op.count} that will ${op.truth}, ${says}, ${op.unknownChecks} checks unknown, immune for ${op.immunitySeconds} s`
  },
  setupInWords: (setup) =>
    `${setup.flushDiskType}, ${setup.brokers.join(' and ')}, checks every ${setup.checkIntervalMs} ms after ${setup.timeOutMs} ms, at most ${setup.checkMax}, notes after ${setup.opBatchIntervalMs} ms`,
  begin: (setup) => new TransactionWork(setup),
}

/** One message and what is known about it. */
interface Transaction {
  readonly truth: Truth
  readonly saysAfterMs: number | undefined
  unknownChecks: number
  /** The application has said "commit" at least once. */
  isCommitSaid: boolean
  isStored: boolean
}

class TransactionWork implements Work<TransactionOp> {
  readonly #setup: TransactionSetup
  readonly #transactions = new Map<string, Transaction>()
  readonly #delivered = new Map<string, number>()
  /** Places of half messages by broker and queue offset, and of those whose end is known. */
  readonly #places = new Map<string, number>()
  readonly #ended: TraceEventOf<'transaction.ended'>[] = []
  #checks = 0
  #announced = 0
  #kills = 0
  #committed = 0
  #givenUp = 0

  constructor(setup: TransactionSetup) {
    this.#setup = setup
  }

  counts() {
    const { size: transactions } = this.#transactions
    const [checks, announced, committed] = [this.#checks, this.#announced, this.#committed]
    return { transactions, committed, 'given up': this.#givenUp, checks, 'announced again': announced }
  }

  async start(cluster: Cluster): Promise<void> {
    const { brokers, flushDiskType, checkIntervalMs, timeOutMs, opBatchIntervalMs, checkMax } = this.#setup
    this.#listen(cluster)
    await cluster.start({ name: 'namesrv', program: 'namesrv', args: ['listenPort=9876'] })
    for (const name of brokers) {
      await startBroker(cluster, name, [
        `flushDiskType=${flushDiskType}`,
        `transactionCheckInterval=${checkIntervalMs}`,
        `transactionTimeOut=${timeOutMs}`,
        `transactionOpBatchInterval=${opBatchIntervalMs}`,
        `transactionCheckMax=${checkMax}`,
      ])
    }
    await cluster.start({ name: 'admin', program: 'admin', args: [NAMESRV] })
    await cluster.admin('admin', ['updateTopic', '-t', TOPIC, '-c', 'DefaultCluster', '-r', '2', '-w', '2'])
    for (const name of PRODUCERS)
      await cluster.start({ name, program: 'transaction-producer', args: [NAMESRV, 'group=shops', `topic=${TOPIC}`] })
    const consumer = [NAMESRV, 'group=billing', `topic=${TOPIC}`, 'consumeFromWhere=CONSUME_FROM_FIRST_OFFSET']
    await cluster.start({ name: 'billing', program: 'consumer', args: consumer })
    await cluster.start({ name: 'stranger', program: 'raw-client', args: [] })
    await cluster.sleep(5_000)
  }

  /** The application of every producer, and of the consumer. */
  #listen(cluster: Cluster): void {
    const keyIn = (text: string) => (JSON.parse(text) as { key: string }).key
    const state = (transaction: Transaction) => {
      if (transaction.truth === 'commit') transaction.isCommitSaid = true
      return transaction.truth === 'commit' ? 'COMMIT_MESSAGE' : 'ROLLBACK_MESSAGE'
    }
    cluster.onHanded('executeLocalTransaction', (_, text) => {
      const transaction = this.#transactions.get(keyIn(text))!
      if (transaction.saysAfterMs === undefined || transaction.truth === 'never') return '{"state":"UNKNOW"}'
      return JSON.stringify({ state: state(transaction), afterMs: transaction.saysAfterMs })
    })
    cluster.onHanded('checkLocalTransaction', (_, text) => {
      this.#checks++
      const transaction = this.#transactions.get(keyIn(text))!
      if (transaction.truth === 'never' || transaction.unknownChecks-- > 0) return '{"state":"UNKNOW"}'
      return JSON.stringify({ state: state(transaction) })
    })
    cluster.onDelivery(({ key, body }) => {
      this.#deliver(key, body)
      return 'CONSUME_SUCCESS'
    })
  }

  #deliver(key: string, body: string): void {
    const transaction = this.#transactions.get(key)
    demand(body === bodyOf(key), 'invention', () => `${key} was delivered as "${body}"`)
    demand(transaction?.isCommitSaid === true, 'atomic', () => `${key} was delivered, and nobody has committed it`)
    this.#delivered.set(key, (this.#delivered.get(key) ?? 0) + 1)
  }

  hear(event: TraceEvent): void {
    if (event.kind === 'record.appended' && event.topic === HALF_TOPIC)
      this.#places.set(`${event.node}/${event.queueOffset}`, event.physicalOffset)
    else if (event.kind === 'transaction.ended') this.#ended.push(event)
  }

  do(cluster: Cluster, op: TransactionOp): Promise<unknown> {
    if (op.op === 'transact') return this.#transact(cluster, op)
    return op.op === 'outlast' ? this.#outlast(cluster, op) : this.#announce(cluster, op)
  }

  async #transact(cluster: Cluster, op: Extract<TransactionOp, { op: 'transact' }>): Promise<unknown> {
    const { truth, saysAfterMs, unknownChecks, immunitySeconds, producer } = op
    const sends: Promise<void>[] = []
    for (let i = 0; i < op.count; i++) {
      const key = `${truth}-${this.#transactions.size + 1}`
      const transaction = { truth, saysAfterMs, unknownChecks, isCommitSaid: false, isStored: false }
      this.#transactions.set(key, transaction)
      const message = { topic: TOPIC, key, body: bodyOf(key), immunitySeconds }
      const sent = cluster.produce(producer, message).then((result) => {
        if (result.status === 'SEND_OK') transaction.isStored = true
      })
      sends.push(sent)
      if (saysAfterMs === 0) await sent
    }
    return Promise.all(sends)
  }

  async #outlast(
    cluster: Cluster,
    { producer, broker, openMs }: Extract<TransactionOp, { op: 'outlast' }>,
  ): Promise<void> {
    this.#kills++
    const open = { truth: 'commit', count: 3, saysAfterMs: undefined, unknownChecks: 0, immunitySeconds: 60 } as const
    const sending = this.#transact(cluster, { op: 'transact', producer, ...open })
    await cluster.sleep(openMs)
    await sending
    if (!cluster.isRunning(broker)) return
    await cluster.kill(broker)
    await cluster.restart(broker).catch(() => {})
  }

  /**
   * What a client of an older life, or of another make, could still say. Only about ends that the log itself knows: of a
   * rollback nothing is left, so only a rollback may be announced again.
   */
  async #announce(cluster: Cluster, op: Extract<TransactionOp, { op: 'announce' }>): Promise<void> {
    const ended = this.#ended[op.which % Math.max(1, this.#ended.length)]
    const place = ended === undefined ? undefined : this.#places.get(`${ended.node}/${ended.queueOffset}`)
    if (ended === undefined || place === undefined) return
    this.#announced++
    const commitOrRollback = op.isCommit && ended.outcome !== 'rolled back' ? 8 : 12
    const extFields = {
      producerGroup: 'shops',
      tranStateTableOffset: String(ended.queueOffset),
      commitLogOffset: String(place),
      commitOrRollback: String(commitOrRollback),
      fromTransactionCheck: String(op.fromCheck),
      msgId: '',
    }
    await invoke(cluster, 'stranger', { to: `${ended.node}:10911`, code: 37, extFields, oneway: true }).catch(() => {})
  }

  async settle(cluster: Cluster, faults: number): Promise<void> {
    const { checkMax, checkIntervalMs, brokers } = this.#setup
    const openMs = (checkMax + 4) * checkIntervalMs + 120_000
    let open: readonly string[] = []
    const areAllEnded = async () => {
      open = (await Promise.all(brokers.map((broker) => openHalves(cluster, broker)))).flat()
      return open.length === 0
    }
    await cluster.sleep(5_000) // what was on its way when the faults healed arrives
    const ended = await until(cluster, areAllEnded, openMs, checkIntervalMs)
    demand(ended, 'atomic', () => `never ended: ${open.join(', ')}`)
    await this.#demandProgress(cluster)
    const committed = new Map<string, number>()
    for (const broker of brokers) this.#judge(broker, await logOf(cluster, broker), committed)
    for (const count of committed.values()) this.#committed += count
    await until(cluster, () => this.#missing(committed).length === 0, DELIVERED_WITHIN_MS)
    demand(
      this.#missing(committed).length === 0,
      'atLeastOnce',
      () => `${this.#missing(committed).join(', ')} committed and never delivered`,
    )
    if (faults + this.#kills > 0) return
    for (const [key, times] of this.#delivered)
      demand(times === 1, 'twice', () => `${key} came ${times} times without any fault`)
    for (const [key, { truth, isStored }] of this.#transactions)
      demand(
        truth !== 'commit' || !isStored || checkMax < 4 || committed.get(key) === 1,
        'atomic',
        () => `${key} was stored, should be committed, and was committed ${committed.get(key) ?? 0} times`,
      )
  }

  /** What has ended is not read again: the stored progress comes to the end of the half queue (#9500, #1568). */
  async #demandProgress(cluster: Cluster): Promise<void> {
    let behind: readonly string[] = []
    const isAtEnd = async () => {
      behind = (await Promise.all(this.#setup.brokers.map((broker) => progressBehind(cluster, broker)))).flat()
      return behind.length === 0
    }
    const done = await until(cluster, isAtEnd, 4 * this.#setup.checkIntervalMs + PERSISTED_WITHIN_MS)
    demand(done, 'atomic', () => behind.join('; '))
  }

  #missing(committed: ReadonlyMap<string, number>): string[] {
    return [...committed.keys()].filter((key) => !this.#delivered.has(key))
  }

  /** Each half message in a log has exactly one end there. `committed`: counts by key are added. */
  #judge(broker: string, log: readonly MessageExt[], committed: Map<string, number>): void {
    for (const chain of chainsOf(log).values()) {
      const [half] = chain
      const key = half!.properties.get(PROPERTY.KEYS) ?? ''
      const truth = this.#transactions.get(key)?.truth
      const places = new Set(chain.map(({ physicalOffset }) => physicalOffset))
      const ends = log.filter(
        (message) =>
          places.has(message.preparedTransactionOffset) &&
          (transactionValue(message.sysFlag) === 8 || message.topic === GIVEN_UP_TOPIC) &&
          message.properties.get(PROPERTY.UNIQ_KEY) === half!.properties.get(PROPERTY.UNIQ_KEY),
      )
      const name = `${key} (half message ${half!.queueOffset} of ${broker})`
      demand(ends.length <= 1, 'atomic', () => `${name} ended ${ends.length} times: ${ends.map(endInWords).join(', ')}`)
      const [end] = ends
      const mayCommit = truth === 'commit'
      demand(end === undefined || end.topic === GIVEN_UP_TOPIC || mayCommit, 'atomic', () => `${name} was committed`)
      if (end?.topic === GIVEN_UP_TOPIC) {
        this.#givenUp++
        const asked = Number(end.properties.get(PROPERTY.TRANSACTION_CHECK_TIMES) ?? 0)
        demand(
          asked >= this.#setup.checkMax,
          'atomic',
          () => `${name} was given up after ${asked} questions of ${this.#setup.checkMax}`,
        )
      } else if (end !== undefined) committed.set(key, (committed.get(key) ?? 0) + 1)
      demand(
        end !== undefined || truth === 'rollback',
        'atomic',
        () => `${name} is noted as done, and was neither rolled back nor committed nor given up`,
      )
    }
  }
}

const bodyOf = (key: string) => `body of ${key}`

const endInWords = ({ topic, queueOffset }: MessageExt) => `${topic} at ${queueOffset}`

/** Copies of one half message, by the queue offset of the first. */
function chainsOf(log: readonly MessageExt[]): ReadonlyMap<number, readonly MessageExt[]> {
  const chains = new Map<number, MessageExt[]>()
  for (const message of log) {
    if (message.topic !== HALF_TOPIC) continue
    const first = Number(message.properties.get(PROPERTY.TRANSACTION_PREPARED_QUEUE_OFFSET) ?? message.queueOffset)
    chains.set(first, [...(chains.get(first) ?? []), message])
  }
  return chains
}

/** Half messages whose newest copy no op message lists: what any broker that opens this store would ask about. */
async function openHalves(cluster: Cluster, broker: string): Promise<readonly string[]> {
  const log = await logOf(cluster, broker)
  const noted = log.filter(({ topic }) => topic === OP_TOPIC).flatMap(({ body }) => decodeUtf8(body).split(','))
  const done = new Set(noted.filter((text) => text !== '').map(Number))
  return [...chainsOf(log).values()]
    .map((chain) => chain.at(-1)!)
    .filter(({ queueOffset }) => !done.has(queueOffset))
    .map(({ properties, queueOffset }) => `${properties.get(PROPERTY.KEYS)} (${broker}, half ${queueOffset})`)
}

async function progressBehind(cluster: Cluster, broker: string): Promise<readonly string[]> {
  const halves = (await logOf(cluster, broker)).filter(({ topic }) => topic === HALF_TOPIC)
  const bytes = await cluster.readFile(broker, 'store/config/consumerOffset.json')
  const file = bytes === undefined ? '{"offsetTable":{}}' : decodeUtf8(bytes)
  const { offsetTable } = JSON.parse(file) as { offsetTable: Record<string, Record<string, number>> }
  const stored = offsetTable[`${HALF_TOPIC}@CID_RMQ_SYS_TRANS`]?.['0'] ?? 0
  return stored === halves.length ? [] : [`${broker} would read from ${stored} of ${halves.length} half messages again`]
}
