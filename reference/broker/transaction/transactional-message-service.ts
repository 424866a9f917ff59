/**
 * Handles transactional messages. Consumers do not see such a message until its producer commits the transaction.
 *
 * ```
 * send, TRAN_MSG ─► half queue ─┬─ commit ───► the real queue ──┐
 *                    ▲          ├─ rollback ────────────────────┼─► op queue: "17,18,21," are done
 *       put back ────┘ check ◄──┤                               │
 *                               └─ 15 checks ► TRANS_CHECK_… ───┘
 * ```
 *
 * A transaction ends only once: the first decision counts, and a later decision changes nothing. After a crash, this is true
 * for every decision that is in the log, because the broker reads from the log which transactions are open. A rollback that
 * was not yet in the op queue must be decided again. A half message is open when the op queue does not list the half message
 * and no other queue has its outcome (`outcomes-in-log.ts`). Unlike GlassMQ, RocketMQ commits the message again when
 * END_TRANSACTION is repeated.
 *
 * The progress consists of an offset of the half queue and an offset of the op queue. These offsets are stored as consumer
 * offsets of the group CID_RMQ_SYS_TRANS. Every transaction before the progress has ended, and its end is durable. So the
 * messages before the progress are not read again. The progress is stored at the end of a round of checks, when the log is
 * durable up to the progress.
 *
 * RocketMQ: `TransactionalMessageServiceImpl`, `TransactionalMessageBridge`. Left out: `transactionMetrics`. A slave that
 * acts as the master gives open transactions to another broker (`escaped-halves.ts`).
 */
import { keyOf, type MessageExt, PROPERTY } from '../../common/message.ts'
import type { Host } from '../../host/host.ts'
import { Refusal, type WhenDone } from '../../remoting/refusal.ts'
import { ResponseCode } from '../../remoting/response-code.ts'
import type { MessageStore } from '../../store/message-store.ts'
import { hasPlace, isInLog, type NewMessage, type PutMessageResult } from '../../store/put-message.ts'
import type { BrokerConfig } from '../broker-config.ts'
import type { ConsumerOffsetManager } from '../consumer-offset-manager.ts'
import { DELIVERED_IS_FLUSHED_MS, OPEN_TRANSACTIONS_MAX } from '../limits.ts'
import type { ProducerManager } from '../producer-manager.ts'
import type { BrokerStats } from '../stats/broker-stats.ts'
import { messagesOf } from '../stored-messages.ts'
import type { TopicConfigManager } from '../topic-config-manager.ts'
import { TransactionCheckService } from './check-service.ts'
import { commit } from './commit.ts'
import {
  committedMessage,
  firstOffsetOf,
  GIVEN_UP_TOPIC,
  HALF_TOPIC,
  halfMessage,
  OP_TOPIC,
  TRANSACTION_GROUP,
} from './half-message.ts'
import { HalfTable, type OpenHalf } from './half-table.ts'
import { OpBatch, parseOpBody } from './op-batch.ts'
import { outcomesInLog } from './outcomes-in-log.ts'

/**
 * How a transaction has ended. A producer or a check decides the outcome. 'gone' means that the log no longer has the half
 * message.
 */
export type Outcome = 'committed' | 'rolled back' | 'given up' | 'gone'

/**
 * An op message. The broker keeps an op message in memory until the op message is durable and the progress has moved past
 * the half messages in its list.
 */
interface Note {
  readonly opOffset: number
  halves: readonly OpenHalf[]
  readonly lastHalfOffset: number
}

interface Progress {
  readonly half: number
  readonly op: number
  readonly atMs: number
}

/** The parts of the broker that the service needs. */
export interface TransactionParts {
  readonly host: Host
  readonly config: BrokerConfig
  readonly store: MessageStore
  readonly offsets: ConsumerOffsetManager
  readonly producers: ProducerManager
  readonly topics: TopicConfigManager
  readonly stats: Pick<BrokerStats, 'stored'>
  readonly storeIp: Uint8Array
  readonly storePort: number
  newUniqKey(): string
}

/** Accepts half messages, ends transactions, and starts the checks of open transactions. */
export class TransactionalMessageService {
  readonly #parts: TransactionParts
  readonly #table = new HalfTable()
  readonly #batch: OpBatch
  readonly #checks: TransactionCheckService
  readonly #settleMs: number
  #notes: Note[] = []
  #nextOpOffset = 0
  /** The progress that will be stored when the log is durable up to this progress. */
  #settling: Progress | undefined

  constructor(parts: TransactionParts) {
    this.#parts = parts
    const { host, config, store, producers } = parts
    this.#settleMs = config.flushDiskType === 'SYNC_FLUSH' ? 0 : DELIVERED_IS_FLUSHED_MS
    this.#batch = new OpBatch(host, config, store, parts, (opOffset, halves) => this.#noted(opOffset, halves))
    this.#checks = new TransactionCheckService(host, config, store, producers, {
      table: this.#table,
      catchUp: () => this.#catchUp(),
      ended: (half, message, outcome) => this.#ended(half, message, outcome, true),
      roundOver: () => this.#noteProgress(),
      makeGivenUpTopic: () => void parts.topics.createPlain(GIVEN_UP_TOPIC, 1),
    })
  }

  // #region load-transactions
  /** Reads from the log which transactions are open. The store must be open. */
  load(): void {
    this.#readLog()
    for (const half of this.#decidedInLog()) this.#batch.add(half)
    const isBehind = this.#notes.length > 0 || this.#table.progress > this.#storedOffset(HALF_TOPIC)
    if (this.#table.size > 0 || isBehind) this.#checks.wake()
  }

  /** Reads from the log which transactions are open. Called on a slave that acts as the master. Starts no checks. */
  loadOpen(): readonly OpenHalf[] {
    this.#readLog()
    this.#decidedInLog()
    return this.#table.undecided()
  }

  #readLog(): void {
    const { store } = this.#parts
    this.#table.startAt(this.#inside(HALF_TOPIC, this.#storedOffset(HALF_TOPIC)))
    this.#nextOpOffset = this.#inside(OP_TOPIC, this.#storedOffset(OP_TOPIC))
    const done = new Set<number>()
    for (const { queueOffset, body } of messagesOf(store, OP_TOPIC, 0, this.#nextOpOffset)) {
      const offsets = parseOpBody(body)
      for (const offset of offsets) if (offset >= this.#table.readUpTo) done.add(offset)
      this.#notes.push({ opOffset: queueOffset, halves: [], lastHalfOffset: maxOf(offsets) })
      this.#nextOpOffset = queueOffset + 1
    }
    this.#catchUp(done)
  }

  /** Marks the transactions whose outcome is in the log, and returns them. */
  #decidedInLog(): readonly OpenHalf[] {
    const decided = outcomesInLog(this.#parts.store, this.#table.undecided())
    for (const half of decided) half.state = 'ended'
    return decided
  }
  // #endregion load-transactions

  #storedOffset(topic: string): number {
    return this.#parts.offsets.queryOffset(TRANSACTION_GROUP, topic, 0)
  }

  /**
   * Returns `offset` when the queue has this offset. When the queue no longer has `offset`, because the log has lost its end
   * or its beginning was deleted, returns the nearest offset inside the queue. A master also stores this nearest offset.
   */
  #inside(topic: string, offset: number): number {
    const { store, offsets, config } = this.#parts
    const isOwnLog = config.brokerRole !== 'SLAVE' // the log of a slave may only be behind the progress of its master
    const inside = Math.min(Math.max(offset, store.minOffset(topic, 0)), store.maxOffset(topic, 0))
    if (isOwnLog && offset >= 0 && inside !== offset) offsets.commitOffset(TRANSACTION_GROUP, topic, 0, inside)
    return inside
  }

  /** Reads the messages that have arrived in the half queue. `done` contains the offsets that are listed in op messages. */
  #catchUp(done?: ReadonlySet<number>): void {
    const { store, host } = this.#parts
    const passOver = (offset: number, fault: string) => {
      host.trace.log('error', `the half message at ${offset} is passed over: ${fault}`)
      this.#table.skipTo(offset + 1)
    }
    for (const message of messagesOf(store, HALF_TOPIC, 0, this.#table.readUpTo, passOver))
      this.#table.take(message, done?.has(message.queueOffset))
  }

  /**
   * Returns the transaction of a half message that was read from the log. When its transaction is not in the table, or waits
   * for a copy, the messages that have arrived in the half queue are read first.
   */
  #known(message: MessageExt): OpenHalf | undefined {
    const isNext = message.queueOffset === this.#table.readUpTo
    if (isNext && message.queueOffset < this.#parts.store.maxOffset(HALF_TOPIC, 0)) this.#table.take(message)
    const known = this.#table.find(firstOffsetOf(message))
    if (known?.state === 'open') return known
    this.#catchUp()
    return this.#table.find(firstOffsetOf(message))
  }

  /** Called when a message has arrived in the half queue or the op queue. */
  messageArriving(topic: string, maxOffset: number): void {
    if (topic === HALF_TOPIC) this.#checks.wake()
    else this.#notesDurable(maxOffset)
  }

  /**
   * Throws `Refusal` when the settings forbid transactions, or when too many transactions are open.
   */
  checkMayBegin(): void {
    if (this.#parts.config.rejectTransactionMessage)
      throw new Refusal(ResponseCode.NO_PERMISSION, 'transactional messages are forbidden on this broker')
    if (this.#table.size >= OPEN_TRANSACTIONS_MAX)
      throw new Refusal(
        ResponseCode.NO_PERMISSION,
        `${OPEN_TRANSACTIONS_MAX} transactions are open on this broker: end some first`,
      )
  }

  /** Returns the half message for `message`, and emits `transaction.prepared`. */
  prepared(message: NewMessage, properties: ReadonlyMap<string, string>): NewMessage {
    const { host } = this.#parts
    const { topic, key } = message
    const group = properties.get(PROPERTY.PRODUCER_GROUP) ?? ''
    host.trace.emit?.('transaction.prepared', { group, topic, key })
    return halfMessage(message, properties)
  }

  // #region end
  /**
   * Ends the transaction of the half message `message`, which was read from the log. When the transaction was decided
   * before, changes nothing. `fromCheck` is true when the decision is the answer of a producer to a check. `done(undefined)`
   * is called when the committed message is in the log, when the rollback is decided, or when the transaction was decided
   * before. In all other cases, `done` is called with a refusal.
   */
  end(message: MessageExt, outcome: 'committed' | 'rolled back', fromCheck: boolean, done: WhenDone): void {
    const half = this.#known(message)
    if (half === undefined || half.state === 'ending' || half.state === 'ended') {
      this.#tell('transaction.ignored', message, outcome, fromCheck)
      return done()
    }
    if (half.state === 'copying') {
      if (half.afterCopy !== undefined) return done()
      half.afterCopy = () => this.end(message, outcome, fromCheck, done)
      return
    }
    const isNewest = half.physicalOffset === message.physicalOffset
    const newest = isNewest ? message : this.#parts.store.messageAt(half.physicalOffset)
    if (newest === undefined) return done(notEnded('the log no longer has the half message'))
    if (outcome === 'committed') return this.#commit(half, newest, fromCheck, done)
    this.#ended(half, newest, outcome, fromCheck)
    done()
  }

  #commit(half: OpenHalf, message: MessageExt, fromCheck: boolean, done: WhenDone): void {
    const committed = committedMessage(message)
    if (committed === undefined) return done(notEnded('the half message does not say where it belongs'))
    const put = (whenPut: WhenDone) =>
      this.#parts.store.putMessage(committed, (result: PutMessageResult) => {
        if (!hasPlace(result)) return whenPut(notEnded(`the store does not take the message: ${result.reason}`))
        this.#parts.stats.stored(committed.topic, 1, result.sizeBytes)
        whenPut()
      })
    const note = () => this.#ended(half, message, 'committed', fromCheck)
    commit(half, { put, note }, done)
  }

  #ended(half: OpenHalf, message: MessageExt, outcome: Outcome, fromCheck: boolean): void {
    half.state = 'ended'
    this.#tell('transaction.ended', message, outcome, fromCheck)
    this.#batch.add(half)
  }
  // #endregion end

  /**
   * Stores a message that was given up in the half queue again. `done(undefined)` is called when the store has accepted the
   * message. When the store refuses the message, `done` is called with a refusal.
   */
  resume(message: NewMessage, done: WhenDone): void {
    this.#parts.store.putMessage(message, (result) => done(isInLog(result) ? undefined : notEnded(result.reason)))
  }

  /** Returns true when the end of the transaction of a half message is not durable. */
  isOpen(message: MessageExt): boolean {
    this.#catchUp()
    return this.#table.find(firstOffsetOf(message)) !== undefined
  }

  // #region progress
  #noted(opOffset: number, halves: readonly OpenHalf[]): void {
    this.#notes.push({ opOffset, halves, lastHalfOffset: maxOf(halves.map((half) => half.queueOffset)) })
    this.#nextOpOffset = Math.max(this.#nextOpOffset, opOffset + 1)
    this.#notesDurable(this.#parts.store.maxOffset(OP_TOPIC, 0))
    this.#checks.wake()
  }

  /**
   * Removes from the table the transactions that the op messages before `maxOffset` list. These op messages are as safe as
   * the settings require.
   */
  #notesDurable(maxOffset: number): void {
    for (const note of this.#notes) {
      if (note.opOffset >= maxOffset) break
      for (const half of note.halves) this.#table.remove(half)
      note.halves = []
    }
  }

  /**
   * Stores the progress when the log is durable up to the progress. Returns true when more progress must be stored later.
   */
  #noteProgress(): boolean {
    const { offsets, host } = this.#parts
    const nowMs = host.clock.monotonicMs()
    const half = this.#table.progress
    while (this.#notes.length > 0 && this.#notes[0]!.lastHalfOffset < half) this.#notes.shift()
    const now: Progress = { half, op: this.#notes[0]?.opOffset ?? this.#nextOpOffset, atMs: nowMs }
    const settled = this.#settleMs === 0 ? now : this.#settling
    if (settled !== undefined && nowMs - settled.atMs >= this.#settleMs) {
      if (settled.half > 0) offsets.commitOffset(TRANSACTION_GROUP, HALF_TOPIC, 0, settled.half)
      if (settled.op > 0) offsets.commitOffset(TRANSACTION_GROUP, OP_TOPIC, 0, settled.op)
      this.#settling = undefined
    }
    if (settled?.half === now.half && settled.op === now.op) return this.#settling !== undefined
    this.#settling ??= now
    return this.#settleMs > 0
  }
  // #endregion progress

  #tell(kind: 'transaction.ended' | 'transaction.ignored', message: MessageExt, outcome: Outcome, fromCheck: boolean) {
    const { trace } = this.#parts.host
    const { properties, queueOffset } = message
    const group = properties.get(PROPERTY.PRODUCER_GROUP) ?? ''
    const topic = properties.get(PROPERTY.REAL_TOPIC) ?? ''
    trace.emit?.(kind, {
      group,
      topic,
      key: keyOf(message.properties),
      queueOffset,
      outcome,
      fromCheck: fromCheck ? 1 : 0,
    })
  }

  /** Writes the last op message for ended transactions. Must be called before the store closes. */
  stop(): void {
    this.#checks.stop()
    this.#batch.stop()
  }
}

/**
 * Returns the refusal for a decision that could not be carried out, or for a given-up message that could not be stored in
 * the half queue again.
 */
function notEnded(sentence: string): Refusal {
  return new Refusal(ResponseCode.SYSTEM_ERROR, sentence)
}

function maxOf(offsets: readonly number[]): number {
  return offsets.reduce((max, offset) => Math.max(max, offset), -1)
}
