/**
 * Delivers each message with a delay level when it is due.
 *
 * ```
 * send, DELAY=3 ─► SCHEDULE_TOPIC_XXXX queue 2 ─── 10 s ───► REAL_TOPIC, REAL_QID
 *                        ▲ delayOffset.json: the offset that level 3 has reached
 * ```
 *
 * All messages of a level have the same delay, so they become due in the order of their queue. Therefore each level needs
 * only one timer. The timer is set for the first message of the level. A level without messages needs no timer.
 *
 * The progress is the offset that each level has reached. The progress is kept in memory, and is stored in three steps.
 * First, half a second after a delivery, the progress of this moment is remembered (`flushDelayOffsetInterval` can make
 * this time shorter). After the first delivery since the start, this happens at once. Second, the log is flushed up to the
 * delivered messages. Third, the remembered progress is written to its file. When the broker crashes before the third step,
 * the messages after the progress in the file are delivered again. So a message is delivered at least once, and rarely
 * twice.
 *
 * RocketMQ: `ScheduleMessageService`. Unlike GlassMQ, RocketMQ checks each level every 100 ms, and writes the file every ten
 * seconds.
 */
import { record, table, whole } from '../../common/shape.ts'
import type { Host, TimerId } from '../../host/host.ts'
import { type DataVersion, dataVersionShape, nextVersion } from '../../remoting/bodies/data-version.ts'
import type { MessageStore } from '../../store/message-store.ts'
import type { NewMessage } from '../../store/put-message.ts'
import type { BrokerConfig } from '../broker-config.ts'
import { ConfigFile } from '../config-file.ts'
import { NOTE_DELIVERY_MS } from '../limits.ts'
import { delayLevelOf, delayMessage } from './delay-message.ts'
import { DelayQueue, type DeliveryOutlet } from './delay-queue.ts'

/** The next offset of the queue of each level. The key is the level as text. */
type OffsetTable = ReadonlyMap<string, number>
type DelayOffsets = { readonly dataVersion: DataVersion; readonly offsetTable: OffsetTable }

const fileShape = record<{ dataVersion: DataVersion; offsetTable: Map<string, number> }>({
  dataVersion: dataVersionShape,
  offsetTable: table(whole()),
})

/** The queues of all delay levels, and the file with their progress. */
export class ScheduleMessageService {
  readonly #host: Host
  readonly #flushIntervalMs: number
  readonly #store: MessageStore
  readonly #delaysMs: readonly number[]
  readonly #queues: readonly DelayQueue[]
  readonly #file: ConfigFile<DelayOffsets>
  #dataVersion: DataVersion
  /** The offsets that were last written to the file. */
  #written: OffsetTable = new Map()
  #timer: TimerId | undefined
  #isNoting = false
  #hasNoted = false
  #stopped = false

  constructor(host: Host, config: BrokerConfig, store: MessageStore, outlet: DeliveryOutlet) {
    this.#host = host
    this.#flushIntervalMs = config.flushDelayOffsetIntervalMs
    this.#store = store
    this.#delaysMs = config.messageDelayLevelMs
    this.#queues = config.messageDelayLevelMs.map(
      (delayMs, i) => new DelayQueue(host, store, i + 1, delayMs, { onProgress: () => this.#persistLater(), outlet }),
    )
    this.#dataVersion = { counter: 0, stateVersion: 0, timestamp: host.clock.nowMs() }
    this.#file = new ConfigFile<DelayOffsets>(
      host,
      `${config.storePathRootDir}config/delayOffset.json`,
      fileShape,
      () => ({ dataVersion: this.#dataVersion, offsetTable: Object.fromEntries(this.#written) }),
    )
  }

  /** Reads the progress of each level from the file. The store must be open. */
  load(): void {
    const stored = this.#file.load()
    if (stored === undefined) return
    this.#dataVersion = stored.dataVersion
    for (const queue of this.#queues) queue.restore(stored.offsetTable.get(String(queue.level)) ?? 0)
    this.#written = this.#offsets()
  }

  // #region delay
  /**
   * Returns the form in which a message is stored. This is the waiting form when the properties of the message request a
   * delay level, and otherwise the message itself.
   */
  delayed(message: NewMessage, properties: ReadonlyMap<string, string>): NewMessage {
    const level = Math.min(delayLevelOf(properties), this.#delaysMs.length)
    if (level === 0) return message
    const waiting = delayMessage(message, properties, this.#delaysMs, this.#host.clock.nowMs())
    const { topic, key } = message
    this.#host.trace.emit?.('message.delayed', { topic, key, level, dueMs: waiting.tagsCode })
    return waiting
  }
  // #endregion delay

  /** Returns the next offset of each level. Levels that have delivered no message are left out. */
  progress(): readonly { readonly level: number; readonly offset: number }[] {
    return this.#queues.filter(({ offset }) => offset > 0)
  }

  /** Returns the content of the file with the present progress. A slave copies this content. */
  toJson(): object {
    return { dataVersion: this.#dataVersion, offsetTable: Object.fromEntries(this.#offsets()) }
  }

  /** Replaces the progress with the progress of the master. Called on a slave that delivers no delayed messages. */
  adopt(all: DelayOffsets): void {
    this.#adopt(all, (offset) => offset)
  }

  /** Takes the progress of a slave that has acted as the master, for each level in which this slave has delivered more. */
  adoptLater(all: DelayOffsets): void {
    this.#adopt(all, Math.max)
  }

  #adopt({ offsetTable, dataVersion }: DelayOffsets, chosen: (theirs: number, own: number) => number): void {
    const before = this.#offsets()
    for (const queue of this.#queues)
      queue.restore(chosen(offsetTable.get(String(queue.level)) ?? 0, before.get(String(queue.level)) ?? 0))
    this.#dataVersion = dataVersion
    const offsets = this.#offsets()
    if (isSame(before, offsets)) return
    this.#written = offsets
    this.#file.persist(() => {})
  }

  /** Starts to deliver. Messages that became due while the broker was stopped are delivered at once. */
  start(): void {
    for (const queue of this.#queues) queue.lookSoon()
  }

  /** Called when a message has arrived in the queue of a level. */
  messageArriving(queueId: number): void {
    this.#queues[queueId]?.lookSoon()
  }

  stop(): void {
    this.#stopped = true
    for (const queue of this.#queues) queue.stop()
    if (this.#timer !== undefined) this.#host.clock.cancel(this.#timer)
  }

  /**
   * Writes the present progress. Must be called after `stop`, when the store is closed and all data of the store are
   * durable.
   */
  close(done: () => void): void {
    this.#note(this.#offsets())
    this.#file.close(done)
  }

  #offsets(): OffsetTable {
    const begun = this.#queues.filter((queue) => queue.offset > 0)
    return new Map(begun.map((queue) => [String(queue.level), queue.offset]))
  }

  // #region persist-progress
  /**
   * Remembers the progress, and writes it when the delivered messages are durable in the log. If the progress were written
   * at once, a power cut could keep the progress and lose the delivered messages. After the first delivery since the start
   * of the broker, the progress is stored without the delay. So a broker that crashes soon after each start does not deliver
   * the same messages each time.
   */
  #persistLater(): void {
    if (this.#isNoting || this.#stopped) return
    this.#isNoting = true
    const delayMs = this.#hasNoted ? Math.min(this.#flushIntervalMs, NOTE_DELIVERY_MS) : 0
    this.#timer = this.#host.clock.after(delayMs, () => {
      this.#timer = undefined
      this.#hasNoted = true
      const settled = this.#offsets()
      this.#store.whenDurable(() => {
        if (this.#stopped) return
        this.#note(settled)
        this.#file.persist(() => {
          this.#isNoting = false
          if (!isSame(this.#offsets(), settled)) this.#persistLater()
        })
      })
    })
  }
  // #endregion persist-progress

  /** The next write of the file has these offsets. */
  #note(offsets: OffsetTable): void {
    this.#written = offsets
    this.#dataVersion = nextVersion(this.#dataVersion, this.#host.clock.nowMs())
  }
}

function isSame(a: OffsetTable, b: OffsetTable): boolean {
  return a.size === b.size && [...a].every(([level, offset]) => b.get(level) === offset)
}
