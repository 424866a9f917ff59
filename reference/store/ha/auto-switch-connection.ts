/**
 * The master's side of the connection to one slave, when a controller elects the master.
 *
 * | state     | what the slave sends     | what the master does                                             |
 * | --------- | ------------------------ | ---------------------------------------------------------------- |
 * | handshake | its id                   | sends the epochs of its log                                      |
 * | transfer  | where its log ends now   | sends the log from the first reported end, and notes each report |
 *
 * A frame never contains bytes of two epochs, so the slave knows the epoch of each byte.
 *
 * Every transfer frame tells the slave the confirm offset. When the confirm offset has moved and no other frame is sent
 * within `HA_CONFIRM_NOTICE_MS`, the master sends a frame without bytes. RocketMQ sends a frame without bytes only after
 * five seconds of silence.
 *
 * RocketMQ: `AutoSwitchHAConnection`. Not in GlassMQ: flow control.
 */
import { attempt } from '../../host/disk-attempt.ts'
import type { ConnectionHandler, Host, TimerId } from '../../host/host.ts'
import { SEND_BUFFER_BYTES } from '../../host/limits.ts'
import type { CommitLog } from '../commit-log.ts'
import { encodeMasterFrame, type SlaveFrame, SlaveFrameReader } from './auto-switch-frames.ts'
import type { EpochEntry, EpochFile } from './epoch-file.ts'
import {
  HA_CONFIRM_NOTICE_MS,
  HA_FRAMES_PER_TURN,
  HA_HEARTBEAT_MS,
  HA_HOUSEKEEPING_MS,
  HA_TRANSFER_BATCH_BYTES,
} from './limits.ts'
import { readLogRange } from './log-range.ts'

/** The parts of the master that a connection needs. */
export interface MasterParts {
  readonly host: Host
  readonly log: CommitLog
  readonly epochs: EpochFile
  confirmOffset(): number
}

/** The callbacks of one connection to a slave. */
export interface AutoSwitchConnectionEvents {
  /** Called when the slave has sent its id. */
  onHandshake(connection: AutoSwitchConnection): void
  /** Called after each report of the slave. */
  onReported(connection: AutoSwitchConnection): void
  /** Called once, when the connection has ended. */
  onClosed(connection: AutoSwitchConnection, reason: string): void
}

/** The connection to one slave. */
export class AutoSwitchConnection implements ConnectionHandler {
  readonly #parts: MasterParts
  readonly #connection: number
  readonly #events: AutoSwitchConnectionEvents
  readonly #frames = new SlaveFrameReader()
  /** The address of the slave, for operators and for trace events. */
  readonly slave: string
  #brokerId: number | undefined
  #isAsyncLearner = false
  #isSyncFromLastFile = false
  /** The log position of the bytes that are sent next. Undefined before the first report. */
  #nextAt: number | undefined
  #ackedAt = -1
  #lastReadMs: number
  #lastSentMs: number
  #isBufferFull = false
  #goesOnSet = false
  #timer: TimerId | undefined
  #noticeTimer: TimerId | undefined
  /** The confirm offset in the last frame. */
  #sentConfirmOffset = -1
  #isOver = false

  constructor(parts: MasterParts, connection: number, slave: string, events: AutoSwitchConnectionEvents) {
    this.#parts = parts
    this.#connection = connection
    this.slave = slave
    this.#events = events
    this.#lastReadMs = parts.host.clock.monotonicMs()
    this.#lastSentMs = this.#lastReadMs
    this.#keepHouse()
  }

  /** The id of the slave, or undefined before its handshake. */
  get brokerId(): number | undefined {
    return this.#brokerId
  }
  get isAsyncLearner(): boolean {
    return this.#isAsyncLearner
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
    this.#lastReadMs = this.#parts.host.clock.monotonicMs()
    try {
      for (const frame of this.#frames.read(bytes)) this.#received(frame)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      this.#refuse(error.message)
    }
  }

  #received(frame: SlaveFrame): void {
    if (this.#isOver) return
    if (frame.is === 'transfer') return this.#reported(frame.maxOffset)
    this.#brokerId = frame.brokerId
    this.#isAsyncLearner = frame.isAsyncLearner
    this.#isSyncFromLastFile = frame.isSyncFromLastFile
    this.#events.onHandshake(this)
    const { log, epochs } = this.#parts
    const { entries, lastEpoch: epoch } = epochs
    this.#write(encodeMasterFrame({ is: 'handshake', maxOffset: log.writtenAt, epoch, entries }))
  }

  #reported(maxOffset: number): void {
    if (this.#brokerId === undefined) return this.#refuse('it reports before its handshake')
    const { files, writtenAt } = this.#parts.log
    if (maxOffset > writtenAt)
      return this.#refuse(`its log ends at ${maxOffset}, beyond this log, which ends at ${writtenAt}`)
    if (this.#nextAt === undefined) {
      if (maxOffset > 0 && maxOffset < files.startsAt)
        return this.#refuse(
          `its log ends at ${maxOffset}, but this log begins at ${files.startsAt}: the files between are deleted; give the slave an empty store`,
        )
      this.#nextAt = maxOffset > 0 ? maxOffset : this.#startForEmpty()
      this.#send(false) // the slave learns the epoch and the confirm offset at once
    }
    if (maxOffset > this.#ackedAt) {
      this.#ackedAt = maxOffset
      this.#parts.host.trace.emit?.('ha.acked', { slave: this.slave, physicalOffset: maxOffset })
    }
    this.#events.onReported(this)
    this.transfer()
  }

  /**
   * Returns the position at which an empty slave begins: the start of the log, or the start of its last file when the slave
   * has set `isSyncFromLastFile`.
   */
  #startForEmpty(): number {
    const { files, writtenAt } = this.#parts.log
    if (!this.#isSyncFromLastFile) return files.startsAt
    return Math.max(files.startsAt, writtenAt - (writtenAt % files.fileSizeBytes))
  }

  #refuse(reason: string): void {
    const { trace } = this.#parts.host
    trace.emit?.('ha.refused', { slave: this.slave, reason })
    trace.log('warn', `slave ${this.slave} is refused: ${reason}`)
    this.close(reason)
  }

  /** Sends the next bytes of the log, until the slave has all bytes or the send buffer is full. */
  transfer(): void {
    if (this.#isOver || this.#nextAt === undefined) return
    for (let frames = 0; frames < HA_FRAMES_PER_TURN; frames++) {
      if (this.#isOver || this.#isBufferFull || this.#nextAt >= this.#parts.log.writtenAt) return
      this.#send(true)
    }
    this.#goOn()
  }

  /**
   * Sends one frame, with the next bytes or without bytes. Sends nothing while the log has no epoch. Closes the connection
   * when the log cannot be read.
   */
  #send(withBytes: boolean): void {
    const { log, epochs, host } = this.#parts
    const physicalOffset = this.#nextAt!
    const { entry, endsAt } = epochAt(epochs.entries, physicalOffset)
    if (entry === undefined) return
    const sizeBytes = withBytes
      ? Math.min(HA_TRANSFER_BATCH_BYTES, log.writtenAt - physicalOffset, endsAt - physicalOffset)
      : 0
    let bytes: Uint8Array = new Uint8Array()
    const failure = attempt(() => {
      bytes = readLogRange(log, physicalOffset, sizeBytes)
    })
    if (failure !== '') return this.close(failure)
    const confirmOffset = this.#parts.confirmOffset()
    this.#sentConfirmOffset = confirmOffset
    const { epoch, startOffset: epochStartOffset } = entry
    this.#write(encodeMasterFrame({ is: 'transfer', physicalOffset, epoch, epochStartOffset, confirmOffset, bytes }))
    this.#nextAt = physicalOffset + bytes.length
    if (bytes.length > 0)
      host.trace.emit?.('ha.transferred', { slave: this.slave, physicalOffset, sizeBytes: bytes.length })
  }

  #write(bytes: Uint8Array): void {
    const waitingBytes = this.#parts.host.network.send(this.#connection, bytes)
    this.#isBufferFull = waitingBytes > SEND_BUFFER_BYTES
    this.#lastSentMs = this.#parts.host.clock.monotonicMs()
  }

  #goOn(): void {
    if (this.#goesOnSet) return
    this.#goesOnSet = true
    this.#parts.host.clock.after(0, () => {
      this.#goesOnSet = false
      this.transfer()
    })
  }

  onDrained(): void {
    this.#isBufferFull = false
    this.transfer()
  }

  /**
   * Called when more of the log is confirmed. Sends a frame without bytes after `HA_CONFIRM_NOTICE_MS`, unless another frame
   * has sent the new confirm offset or the send buffer is full.
   */
  confirmMoved(): void {
    if (this.#isOver || this.#nextAt === undefined || this.#noticeTimer !== undefined) return
    this.#noticeTimer = this.#parts.host.clock.after(HA_CONFIRM_NOTICE_MS, () => {
      this.#noticeTimer = undefined
      if (this.#sentConfirmOffset < this.#parts.confirmOffset() && !this.#isBufferFull) this.#send(false)
    })
  }

  /** Sends an empty frame when nothing was sent for five seconds. Closes the connection after 20 s without a report. */
  #keepHouse(): void {
    const { clock } = this.#parts.host
    this.#timer = clock.after(HA_HEARTBEAT_MS, () => {
      const nowMs = clock.monotonicMs()
      if (nowMs - this.#lastReadMs >= HA_HOUSEKEEPING_MS) {
        // rare: the slave is silent
        return this.close('the slave is silent')
      }
      const isQuiet = nowMs - this.#lastSentMs >= HA_HEARTBEAT_MS
      if (isQuiet && this.#nextAt !== undefined && !this.#isBufferFull) this.#send(false)
      this.#keepHouse()
    })
  }

  /** Closes the connection. */
  close(reason: string): void {
    if (this.#isOver) return
    this.#parts.host.network.close(this.#connection)
    this.#end(reason)
  }

  onClosed(_connection: number, reason: string): void {
    this.#end(reason)
  }

  #end(reason: string): void {
    if (this.#isOver) return
    this.#isOver = true
    for (const timer of [this.#timer, this.#noticeTimer]) if (timer !== undefined) this.#parts.host.clock.cancel(timer)
    this.#events.onClosed(this, reason)
  }
}

/**
 * Returns the epoch of the byte at `position`, and where this epoch ends. A position before the first entry belongs to the
 * first entry. `entry` is undefined when there is no entry.
 */
export function epochAt(
  entries: readonly EpochEntry[],
  position: number,
): { readonly entry: EpochEntry | undefined; readonly endsAt: number } {
  const found = entries.findLastIndex(({ startOffset }) => startOffset <= position)
  const index = Math.max(0, found)
  return { entry: entries[index], endsAt: entries[index + 1]?.startOffset ?? Number.MAX_SAFE_INTEGER }
}
