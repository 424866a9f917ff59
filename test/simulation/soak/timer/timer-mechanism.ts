/**
 * Messages with a time of their own under faults: never early by the broker's clock, never lost, taken back for good; without
 * any fault once each, and at most one tick late.
 *
 * Evidence: what consumers were handed, and the records in the broker's log, read from its disk after everything has healed.
 * A delivered record carries the broker's own time.
 */
import { PROPERTY } from '../../../../reference/common/message.ts'
import type { Cluster } from '../../../../reference/host/cluster.ts'
import { START_MS } from '../../../../reference/host/sim/limits.ts'
import { NAMESRV, startBroker, startProducer } from '../../../support/sim.ts'
import { pick } from '../mechanism/faults.ts'
import { logOf } from '../mechanism/log-of.ts'
import type { Mechanism, Setup, Work } from '../mechanism/mechanism.ts'
import { until } from '../mechanism/run-mechanism.ts'
import { demand } from '../violation.ts'

const TOPIC = 'Orders'
const BROKER = 'broker-a'
const PRODUCERS = ['shop-1', 'shop-2'] as const
/** From a slot's end to the record in the log: a few events. */
const SLACK_MS = 60
/** A rebalance, a heartbeat, the channels of the dead; then a pull that is held. */
const DELIVERED_WITHIN_MS = 240_000

export interface TimerSetup extends Setup {
  readonly precisionMs: number
  readonly windowSlots: number
  /** Entries of one file of the timer log: 19 or many. */
  readonly timerLogBytes: number
}

export type TimerOp =
  | {
      readonly op: 'later'
      readonly producer: string
      readonly count: number
      readonly delayMs: number
      /** Names the time itself, and not how long to wait; `tick`: a whole second. */
      readonly names: 'delay' | 'time' | 'tick'
    }
  /** Somebody asks for a delay that cannot be meant. */
  | { readonly op: 'huge'; readonly delayMs: number }
  /** Somebody takes back one of the messages that were sent. */
  | { readonly op: 'recall'; readonly which: number }
  /** The broker dies while messages wait, and comes back before or after their time. */
  | { readonly op: 'outlast'; readonly delayMs: number; readonly killAfterMs: number; readonly downMs: number }

export const timers: Mechanism<TimerSetup, TimerOp> = {
  name: 'timer',
  about: 'messages with a time of their own, recalls: kills, power cuts, partitions, pauses, clocks, slow disks',
  ops: ['later', 'huge', 'recall', 'outlast'],
  sleepsMs: [50, 700, 2_500, 6_000, 20_000, 60_000],
  drawSetup: (chance) => ({
    flushDiskType: chance.int(3) === 0 ? 'ASYNC_FLUSH' : 'SYNC_FLUSH',
    precisionMs: pick(chance, [100, 1_000, 1_000]),
    windowSlots: pick(chance, [20, 60, 172_800]),
    timerLogBytes: pick(chance, [1_024, 1_048_576]),
  }),
  drawOp(chance) {
    const draw = chance.int(11)
    if (draw === 10) return { op: 'huge', delayMs: pick(chance, [259_200_001, 2 ** 41, 2 ** 53 - 1]) }
    if (draw < 2) return { op: 'recall', which: chance.int(1_000) }
    if (draw < 4)
      return {
        op: 'outlast',
        delayMs: 1_000 + chance.int(20_000),
        killAfterMs: chance.int(15_000),
        downMs: chance.int(12_000),
      }
    return {
      op: 'later',
      producer: pick(chance, PRODUCERS),
      count: 1 + chance.int(8),
      delayMs: pick(chance, [1, 400, 1_000, 3_000, 10_000, 45_000, 130_000]) + chance.int(1_000),
      names: pick(chance, ['delay', 'time', 'tick'] as const),
    }
  },
  nodes: () => ({ namesrvs: ['namesrv'], brokers: [BROKER], clients: [...PRODUCERS, 'billing'] }),
  inWords(op) {
    if (op.op === 'huge') return `somebody asks for a delay of ${op.delayMs} ms`
    if (op.op === 'recall') return `message ${op.which} is taken back`
    if (op.op === 'outlast')
      return `3 messages wait ${op.delayMs} ms, ${BROKER} dies after ${op.killAfterMs} ms for ${op.downMs} ms`
    return `${op.producer} sends ${op.count} ${op.names === 'delay' ? 'to wait' : `for the ${op.names} in`} ${op.delayMs} ms`
  },
  setupInWords: ({ flushDiskType, precisionMs, windowSlots, timerLogBytes }) =>
    `${flushDiskType}, ticks of ${precisionMs} ms, a window of ${windowSlots}, timer log files of ${timerLogBytes} bytes`,
  begin: (setup) => new TimerWork(setup),
}

/** One message that was sent. */
interface Waiting {
  readonly key: string
  /** Not before this, and by this, broker time without clock faults. */
  readonly dueFromMs: number
  dueByMs: number
  readonly isAbsolute: boolean
  isStored: boolean
  recallHandle: string | undefined
  /** Somebody tried to take it back; without a confirmation it may or may not come. */
  mayBeRecalled: boolean
  /** True time at which the recall was confirmed. */
  recalledAtMs: number | undefined
}

class TimerWork implements Work<TimerOp> {
  readonly #setup: TimerSetup
  readonly #sent = new Map<string, Waiting>()
  readonly #delivered = new Map<string, number>()
  #kills = 0
  #clockMoved = false
  #recalls = 0

  constructor(setup: TimerSetup) {
    this.#setup = setup
  }

  counts() {
    return { messages: this.#sent.size, delivered: this.#delivered.size, recalls: this.#recalls, kills: this.#kills }
  }

  async start(cluster: Cluster): Promise<void> {
    const { flushDiskType, precisionMs, windowSlots, timerLogBytes } = this.#setup
    cluster.onDelivery(({ key, body }) => {
      demand(body === bodyOf(key) && this.#sent.has(key), 'invention', () => `${key} was delivered as "${body}"`)
      this.#delivered.set(key, (this.#delivered.get(key) ?? 0) + 1)
      return 'CONSUME_SUCCESS'
    })
    await cluster.start({ name: 'namesrv', program: 'namesrv', args: ['listenPort=9876'] })
    await startBroker(cluster, BROKER, [
      `flushDiskType=${flushDiskType}`,
      `timerPrecisionMs=${precisionMs}`,
      `timerRollWindowSlot=${windowSlots}`,
      `mappedFileSizeTimerLog=${timerLogBytes}`,
      'recallMessageEnable=true',
    ])
    await cluster.start({ name: 'admin', program: 'admin', args: [NAMESRV] })
    await cluster.admin('admin', ['updateTopic', '-t', TOPIC, '-c', 'DefaultCluster', '-r', '2', '-w', '2'])
    for (const name of PRODUCERS) await startProducer(cluster, name)
    const consumer = [NAMESRV, 'group=billing', `topic=${TOPIC}`, 'consumeFromWhere=CONSUME_FROM_FIRST_OFFSET']
    await cluster.start({ name: 'billing', program: 'consumer', args: consumer })
    await cluster.sleep(5_000)
  }

  hear(event: { readonly kind: string; readonly fault?: string }): void {
    if (event.kind === 'fault.began' && event.fault === 'clock') this.#clockMoved = true
  }

  do(cluster: Cluster, op: TimerOp): Promise<unknown> {
    if (op.op === 'later') return this.#send(cluster, op)
    if (op.op === 'huge') return this.#askTooMuch(cluster, op.delayMs)
    return op.op === 'recall' ? this.#recall(cluster, op.which) : this.#outlast(cluster, op)
  }

  async #send(cluster: Cluster, op: Extract<TimerOp, { op: 'later' }>): Promise<void> {
    for (let i = 0; i < op.count; i++) {
      const key = `m${this.#sent.size + 1}`
      const inMs = START_MS + cluster.nowMs() + op.delayMs
      const dueFromMs = op.names === 'tick' ? Math.ceil(inMs / 1_000) * 1_000 : inMs
      const isAbsolute = op.names !== 'delay'
      const waiting: Waiting = {
        key,
        dueFromMs,
        dueByMs: dueFromMs,
        isAbsolute,
        isStored: false,
        recallHandle: undefined,
        mayBeRecalled: false,
        recalledAtMs: undefined,
      }
      this.#sent.set(key, waiting)
      const time = isAbsolute ? { deliverTimeMs: dueFromMs } : { delayTimeMs: op.delayMs }
      const text = JSON.stringify({ topic: TOPIC, key, body: bodyOf(key), ...time })
      const answer = await cluster.call(op.producer, 'send', text).catch(() => '{}')
      const { status, recallHandle } = JSON.parse(answer) as { status?: string; recallHandle?: string }
      waiting.isStored = status === 'SEND_OK'
      waiting.recallHandle = recallHandle
      if (!isAbsolute) waiting.dueByMs = START_MS + cluster.nowMs() + op.delayMs
    }
  }

  /** It is refused; taken and delivered, it would be an invention. */
  async #askTooMuch(cluster: Cluster, delayTimeMs: number): Promise<void> {
    const text = JSON.stringify({ topic: TOPIC, key: 'huge', body: 'huge', delayTimeMs })
    const answer = await cluster.call('shop-1', 'send', text).catch(() => '{}')
    const { status } = JSON.parse(answer) as { status?: string }
    demand(status !== 'SEND_OK', 'early', () => `a delay of ${delayTimeMs} ms was taken`)
  }

  async #recall(cluster: Cluster, which: number): Promise<void> {
    const all = [...this.#sent.values()].filter(({ recallHandle }) => recallHandle !== undefined)
    const waiting = all[which % Math.max(1, all.length)]
    if (waiting === undefined) return
    waiting.mayBeRecalled = true
    const text = JSON.stringify({ topic: TOPIC, recallHandle: waiting.recallHandle })
    const answer = await cluster.call(pick1(PRODUCERS, which), 'recall', text).catch(() => '{}')
    if ((JSON.parse(answer) as { status?: string }).status !== 'RECALLED') return
    this.#recalls++
    waiting.recalledAtMs ??= cluster.nowMs()
  }

  async #outlast(
    cluster: Cluster,
    { delayMs, killAfterMs, downMs }: Extract<TimerOp, { op: 'outlast' }>,
  ): Promise<void> {
    this.#kills++
    const sending = this.#send(cluster, { op: 'later', producer: 'shop-1', count: 3, delayMs, names: 'time' })
    await cluster.sleep(killAfterMs)
    if (cluster.isRunning(BROKER)) {
      await cluster.kill(BROKER)
      await cluster.sleep(downMs)
      if (!cluster.isRunning(BROKER)) await cluster.restart(BROKER).catch(() => {})
    }
    await sending
  }

  async settle(cluster: Cluster, faults: number): Promise<void> {
    await cluster.sleep(5_000) // what was on its way when the faults healed arrives
    const last = Math.max(0, ...[...this.#sent.values()].map(({ dueByMs }) => dueByMs - START_MS))
    await cluster.sleep(Math.max(0, last - cluster.nowMs()) + 2 * this.#setup.precisionMs)
    await until(cluster, () => this.#missing().length === 0, DELIVERED_WITHIN_MS)
    demand(this.#missing().length === 0, 'atLeastOnce', () => `${this.#missing().join(', ')} waited, and never came`)
    const isFaultFree = faults + this.#kills === 0
    await this.#judge(cluster, isFaultFree)
    if (!isFaultFree) return
    for (const [key, times] of this.#delivered)
      demand(times === 1, 'twice', () => `${key} came ${times} times without any fault`)
  }

  #missing(): string[] {
    return [...this.#sent.values()]
      .filter(({ key, isStored, mayBeRecalled }) => isStored && !mayBeRecalled && !this.#delivered.has(key))
      .map(({ key }) => key)
  }

  /** Every delivered record: not early, not late without faults, not taken back in time. */
  async #judge(cluster: Cluster, isFaultFree: boolean): Promise<void> {
    for (const { topic, properties, storeTimestamp } of await logOf(cluster, BROKER)) {
      if (topic !== TOPIC) continue
      const key = properties.get(PROPERTY.KEYS) ?? ''
      const waiting = this.#sent.get(key)
      if (waiting === undefined) continue
      const { dueFromMs, dueByMs, isAbsolute, recalledAtMs } = waiting
      if (isAbsolute || !this.#clockMoved) {
        demand(
          storeTimestamp >= dueFromMs,
          'early',
          () => `${key} was due at ${dueFromMs - START_MS} ms and delivered at ${storeTimestamp - START_MS} ms`,
        )
      }
      const lateMs = storeTimestamp - dueByMs
      demand(
        !isFaultFree || lateMs < this.#setup.precisionMs + SLACK_MS,
        'late',
        () => `${key} was delivered ${lateMs} ms after its time, with ticks of ${this.#setup.precisionMs} ms`,
      )
      const isTakenBack =
        recalledAtMs !== undefined && START_MS + recalledAtMs < dueFromMs - 2 * this.#setup.precisionMs
      demand(
        !isTakenBack || this.#clockMoved,
        'recall',
        () => `${key} was taken back at ${recalledAtMs} ms, was due at ${dueFromMs - START_MS} ms, and was delivered`,
      )
    }
  }
}

const bodyOf = (key: string) => `body of ${key}`

const pick1 = <T>(choices: readonly T[], which: number): T => choices[which % choices.length]!
