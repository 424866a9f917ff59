/**
 * The master's side of the connection to one slave. The master sends the log from the position that the slave has reported,
 * and records how much of the log the slave has.
 *
 * ```
 *  report 4096 ──►  nextAt = 4096      frame 4096 ──►  nextAt = 8192      report 8192 ──►  ackedAt = 8192
 * ```
 *
 * The numbers in the diagram are positions in the log. A report says where the slave's log ends. A frame carries the bytes
 * from its position on. The master sends bytes as soon as they are in the page cache, so perhaps before these bytes are
 * durable. So after a power cut of the master, a slave may have more of the log than the master. In this case, the master
 * refuses the slave (`#refusalOf`).
 *
 * RocketMQ: `DefaultHAConnection`. Unlike RocketMQ, this master refuses a slave that requests a position outside the log.
 * Not in GlassMQ: flow control (`haFlowControlEnable`).
 */

import { attempt } from '../../host/disk-attempt.ts'
import type { ConnectionHandler, Host, TimerId } from '../../host/host.ts'
import { SEND_BUFFER_BYTES } from '../../host/limits.ts'
import type { CommitLog } from '../commit-log.ts'
import { encodeTransfer, ReportReader } from './ha-frames.ts'
import { HA_FRAMES_PER_TURN, HA_HEARTBEAT_MS, HA_HOUSEKEEPING_MS, HA_TRANSFER_BATCH_BYTES } from './limits.ts'
import { readLogRange } from './log-range.ts'

/** The callbacks of one connection to a slave. */
export interface HaConnectionEvents {
  /** Called when the slave has received more of the log. */
  onAcked(): void
  /** Called once, when the connection has ended. After this call, no other callback is called. */
  onClosed(reason: string): void
}

/** The master's side of the connection to one slave. */
export class HaConnection implements ConnectionHandler {
  readonly #host: Host
  readonly #log: CommitLog
  readonly #connection: number
  readonly #events: HaConnectionEvents
  readonly #reports = new ReportReader()
  /** The address of the slave, for operators and for trace events. */
  readonly slave: string
  /** The log position of the bytes that are sent next. Undefined before the first report. */
  #nextAt: number | undefined
  #ackedAt = -1
  #lastReadMs: number
  #lastSentMs: number
  #isBufferFull = false
  #goesOnSet = false
  #timer: TimerId | undefined
  #isOver = false

  constructor(host: Host, log: CommitLog, connection: number, slave: string, events: HaConnectionEvents) {
    this.#host = host
    this.#log = log
    this.#connection = connection
    this.slave = slave
    this.#events = events
    this.#lastReadMs = host.clock.monotonicMs()
    this.#lastSentMs = this.#lastReadMs
    this.#keepHouse()
  }

  /** The position before which the slave has every byte of the log, or -1 before the first report. */
  get ackedAt(): number {
    return this.#ackedAt
  }
  /** The log position of the bytes that are sent next, or -1 before the first report. */
  get nextAt(): number {
    return this.#nextAt ?? -1
  }

  onBytes(_connection: number, bytes: Uint8Array): void {
    this.#lastReadMs = this.#host.clock.monotonicMs()
    try {
      const maxOffset = this.#reports.read(bytes)
      if (maxOffset !== undefined) this.#reported(maxOffset)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      this.#refuse(error.message)
    }
  }

  // #region slave-reports
  /**
   * Called when the slave has reported that it has the log up to `maxOffset`. The master begins to send at the `maxOffset`
   * of the first report. When this `maxOffset` is 0, the master begins at the start of its last log file.
   */
  #reported(maxOffset: number): void {
    if (this.#isOver) return
    if (this.#nextAt === undefined) {
      const refusal = this.#refusalOf(maxOffset)
      if (refusal !== '') return this.#refuse(refusal)
      this.#nextAt = maxOffset > 0 ? maxOffset : this.#startOfLastFile()
    }
    if (maxOffset > this.#ackedAt) {
      this.#ackedAt = maxOffset
      this.#host.trace.emit?.('ha.acked', { slave: this.slave, physicalOffset: maxOffset })
      this.#events.onAcked()
    }
    this.transfer()
  }
  // #endregion slave-reports

  /**
   * Returns the position at which the log of an empty slave begins. As in RocketMQ, an empty slave receives only the last
   * log file. So the messages of all earlier files are missing on this slave.
   */
  #startOfLastFile(): number {
    const { fileSizeBytes } = this.#log.files
    return Math.max(this.#log.files.startsAt, this.#log.writtenAt - (this.#log.writtenAt % fileSizeBytes))
  }

  /** Returns the reason why the log cannot be sent beginning at `maxOffset`, or '' when the log can be sent. */
  #refusalOf(maxOffset: number): string {
    const { files, writtenAt } = this.#log
    if (maxOffset > writtenAt)
      return `its log ends at ${maxOffset}, beyond this log, which ends at ${writtenAt}: it has records that this master has lost; give the slave an empty store`
    if (maxOffset > 0 && maxOffset < files.startsAt)
      return `its log ends at ${maxOffset}, but this log begins at ${files.startsAt}: the files between are deleted; give the slave an empty store`
    return ''
  }

  #refuse(reason: string): void {
    const text = `slave ${this.slave} is refused: ${reason}`
    this.#host.trace.emit?.('ha.refused', { slave: this.slave, reason })
    this.#host.trace.log('warn', text)
    this.close(reason)
  }

  /**
   * Sends the next bytes of the log, until the slave has all bytes or the send buffer is full. Called when the log has
   * grown, after a report, and when the send buffer is empty again.
   */
  transfer(): void {
    if (this.#isOver || this.#nextAt === undefined) return
    for (let frames = 0; frames < HA_FRAMES_PER_TURN; frames++) {
      if (this.#isBufferFull || this.#nextAt >= this.#log.writtenAt) return
      const failure = attempt(() => this.#send(this.#nextBytes()))
      if (failure !== '') return this.close(failure)
    }
    this.#goOn()
  }

  /** Returns the next bytes of the log: at most one batch, and all from one file. Throws `DiskError` when a read fails. */
  #nextBytes(): Uint8Array {
    const at = this.#nextAt!
    return readLogRange(this.#log, at, Math.min(HA_TRANSFER_BATCH_BYTES, this.#log.writtenAt - at))
  }

  #send(bytes: Uint8Array): void {
    const physicalOffset = this.#nextAt!
    const waitingBytes = this.#host.network.send(this.#connection, encodeTransfer({ physicalOffset, bytes }))
    this.#isBufferFull = waitingBytes > SEND_BUFFER_BYTES
    this.#lastSentMs = this.#host.clock.monotonicMs()
    this.#nextAt = physicalOffset + bytes.length
    if (bytes.length > 0)
      this.#host.trace.emit?.('ha.transferred', { slave: this.slave, physicalOffset, sizeBytes: bytes.length })
  }

  #goOn(): void {
    if (this.#goesOnSet) return
    this.#goesOnSet = true
    this.#host.clock.after(0, () => {
      this.#goesOnSet = false
      this.transfer()
    })
  }

  onDrained(): void {
    this.#isBufferFull = false
    this.transfer()
  }

  /**
   * Sends a heartbeat when no bytes were sent for five seconds. Closes the connection when the slave has sent no bytes for
   * 20 seconds.
   */
  #keepHouse(): void {
    this.#timer = this.#host.clock.after(HA_HEARTBEAT_MS, () => {
      const nowMs = this.#host.clock.monotonicMs()
      if (nowMs - this.#lastReadMs >= HA_HOUSEKEEPING_MS) {
        // rare: the slave is silent, without a controller
        return this.close('the slave is silent')
      }
      const isQuiet = nowMs - this.#lastSentMs >= HA_HEARTBEAT_MS
      if (isQuiet && this.#nextAt !== undefined && !this.#isBufferFull) this.#send(new Uint8Array())
      this.#keepHouse()
    })
  }

  /** Closes the connection. */
  close(reason: string): void {
    if (this.#isOver) return
    this.#host.network.close(this.#connection)
    this.#end(reason)
  }

  onClosed(_connection: number, reason: string): void {
    this.#end(reason)
  }

  #end(reason: string): void {
    if (this.#isOver) return
    this.#isOver = true
    if (this.#timer !== undefined) this.#host.clock.cancel(this.#timer)
    this.#events.onClosed(reason)
  }
}
