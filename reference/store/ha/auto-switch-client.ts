/**
 * The slave's side of copying, when a controller elects the master.
 *
 * ```
 *  connect ──► handshake: own id ──► epochs of the master ──► cut off what the master does not have ──► report the end
 *                                                                        │
 *              append the bytes of each frame  ◄── transfer ◄────────────┘
 * ```
 *
 * A slave whose log has bytes that its master does not have removes these bytes first. With `allAckInSyncStateSet` and
 * without unclean elections, these bytes were never confirmed: not every member of the in-sync set had them. In all other
 * cases, they may contain messages that were acknowledged. The slave reports nothing until the removal is durable.
 *
 * When a frame begins a new epoch, the slave writes this epoch to its epoch file. The frame is appended and reported only
 * when the file is durable. Further frames wait until the epoch file is durable.
 *
 * RocketMQ: `AutoSwitchHAClient`.
 */
import { DiskError, type Host, type TimerId } from '../../host/host.ts'
import type { CommitLog } from '../commit-log.ts'
import { encodeSlaveFrame, type MasterFrame, MasterFrameReader } from './auto-switch-frames.ts'
import { consistentPoint } from './consistent-point.ts'
import type { EpochEntry, EpochFile } from './epoch-file.ts'
import { HA_HEARTBEAT_MS, HA_HOUSEKEEPING_MS, HA_RECONNECT_MS, HA_WAITING_FRAMES_MAX } from './limits.ts'

/** The facts about a slave in its handshake. */
export interface SlaveIdentity {
  readonly brokerId: number
  readonly isSyncFromLastFile: boolean
  readonly isAsyncLearner: boolean
}

/** The parts that the slave's side needs. */
export interface SlaveParts {
  readonly host: Host
  readonly log: CommitLog
  readonly epochs: EpochFile
}

/** The callbacks of the slave's side. */
export interface AutoSwitchClientEvents {
  /**
   * Removes all bytes from `position` on. Calls `done` with '' when the removal is durable, or with the reason of the
   * failure.
   */
  truncate(position: number, done: (error: string) => void): void
  /**
   * Called when bytes were appended, or when the master has confirmed more. Returns '' or the reason why the log is damaged.
   */
  onGrown(confirmOffset: number): string
  /** Called when the disk has failed. After this call, the slave appends no more bytes. */
  onDiskFailed(reason: string): void
}

/** Copies the log of one master. */
export class AutoSwitchClient {
  readonly #parts: SlaveParts
  readonly #events: AutoSwitchClientEvents
  readonly #identity: SlaveIdentity
  readonly masterAddress: string
  #connection: number | undefined
  #frames = new MasterFrameReader()
  #waiting: MasterFrame[] = []
  #state: 'handshake' | 'transfer' = 'handshake'
  /** True while the slave waits for its disk. Received frames wait during this time. */
  #isBusy = false
  #lastReadMs = 0
  #lastReportMs = 0
  #timer: TimerId | undefined
  #isStopped = false

  /** Connects to the master at `masterAddress`, the address at which this master listens for slaves. */
  constructor(parts: SlaveParts, identity: SlaveIdentity, masterAddress: string, events: AutoSwitchClientEvents) {
    this.#parts = parts
    this.#identity = identity
    this.masterAddress = masterAddress
    this.#events = events
    this.#connect()
  }

  get lastReadMs(): number {
    return this.#lastReadMs
  }
  get isConnected(): boolean {
    return this.#state !== 'handshake' && this.#connection !== undefined
  }

  #connect(): void {
    const { clock, network } = this.#parts.host
    if (this.#timer !== undefined) clock.cancel(this.#timer)
    this.#frames = new MasterFrameReader()
    this.#waiting = []
    this.#state = 'handshake'
    this.#lastReadMs = clock.monotonicMs()
    const connection = network.connect(this.masterAddress, {
      onOpened: () => this.#send(encodeSlaveFrame({ is: 'handshake', ...this.#identity })),
      onBytes: (_, bytes) => this.#received(connection, bytes),
      onClosed: (_, reason) => {
        if (this.#connection === connection) this.#lost(reason)
      },
    })
    this.#connection = connection
    this.#keepHouse()
  }

  #send(bytes: Uint8Array): void {
    this.#lastReportMs = this.#parts.host.clock.monotonicMs()
    if (this.#connection !== undefined) this.#parts.host.network.send(this.#connection, bytes)
  }

  #received(connection: number, bytes: Uint8Array): void {
    if (this.#connection !== connection) return
    this.#lastReadMs = this.#parts.host.clock.monotonicMs()
    try {
      this.#waiting.push(...this.#frames.read(bytes))
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      return this.#drop(error.message)
    }
    if (this.#waiting.length > HA_WAITING_FRAMES_MAX) return this.#drop('too many frames wait for the disk')
    this.#takeWaiting()
  }

  #takeWaiting(): void {
    while (!this.#isBusy && this.#connection !== undefined) {
      const frame = this.#waiting.shift()
      if (frame === undefined) return
      if (frame.is === 'handshake' && this.#state === 'handshake') this.#compareEpochs(frame)
      else if (frame.is === 'transfer' && this.#state === 'transfer') this.#take(frame)
      else this.#drop(`the master sends a ${frame.is} frame in the state ${this.#state}`)
    }
  }

  /**
   * Removes the bytes that the master does not have, and takes the epochs of the master. A log without an epoch is not
   * compared.
   */
  #compareEpochs({ entries, maxOffset }: MasterFrame & { is: 'handshake' }): void {
    const { log, epochs, host } = this.#parts
    const isNew = epochs.last === undefined
    const position = isNew ? log.writtenAt : consistentPoint(epochs.entries, log.writtenAt, entries, maxOffset)
    if (position < 0 && log.writtenAt > log.files.startsAt)
      return this.#drop(
        'the two logs have no epoch in common: if this log may be given up, start this broker with an empty store',
      )
    const { masterAddress: master } = this
    host.trace.emit?.('ha.connected', { master, physicalOffset: log.writtenAt })
    const cutAt = Math.max(position, log.files.startsAt)
    this.#whileBusy(
      (done) => {
        const adopt = (error: string) => {
          // this broker may have become the master and have begun a new epoch
          if (error !== '' || this.#isStopped) done(error)
          else this.#adopt(entries, cutAt, done)
        }
        if (cutAt < log.writtenAt) this.#events.truncate(cutAt, adopt)
        else adopt('')
      },
      () => this.#begin(),
    )
  }

  #adopt(entries: readonly EpochEntry[], position: number, done: (error: string) => void): void {
    const { epochs, host } = this.#parts
    const before = epochs.lastEpoch
    epochs.adopt(entries, position, done)
    const { epoch, startOffset: physicalOffset } = epochs.last ?? { epoch: before, startOffset: 0 }
    if (epoch !== before) host.trace.emit?.('epoch.began', { epoch, physicalOffset })
  }

  #begin(): void {
    this.#state = 'transfer'
    this.#report()
  }

  /** Lets frames wait until `act` has ended, and then calls `then`. When `act` fails, the slave copies no more. */
  #whileBusy(act: (done: (error: string) => void) => void, then: () => void): void {
    const connection = this.#connection
    this.#isBusy = true
    act((error) => {
      this.#isBusy = false
      if (this.#isStopped) return
      if (error !== '') return this.#failed(error)
      if (this.#connection !== connection) return
      then()
      this.#takeWaiting()
    })
  }

  #take(frame: MasterFrame & { is: 'transfer' }): void {
    const { log, epochs } = this.#parts
    const { physicalOffset, epoch, epochStartOffset: startOffset } = frame
    const isEmpty = log.files.fileCount === 0
    if (!isEmpty && physicalOffset !== log.writtenAt)
      return this.#drop(`the master sends position ${physicalOffset}, but this log ends at ${log.writtenAt}`)
    if (epoch === epochs.lastEpoch) return this.#append(frame)
    if (epoch < epochs.lastEpoch) return this.#drop(`the master sends epoch ${epoch} after epoch ${epochs.lastEpoch}`)
    this.#parts.host.trace.emit?.('epoch.began', { epoch, physicalOffset: startOffset })
    this.#whileBusy(
      (done) => epochs.append({ epoch, startOffset }, done),
      () => this.#append(frame),
    )
  }

  #append({ physicalOffset, bytes, confirmOffset }: MasterFrame & { is: 'transfer' }): void {
    const { log, host } = this.#parts
    try {
      if (bytes.length > 0) {
        if (log.files.fileCount === 0) log.openAt(physicalOffset, true)
        log.appendRaw(bytes)
        host.trace.emit?.('ha.appended', { master: this.masterAddress, physicalOffset, sizeBytes: bytes.length })
      }
    } catch (error) {
      if (!(error instanceof DiskError)) throw error
      return this.#failed(error.message)
    }
    const fault = this.#events.onGrown(confirmOffset)
    if (fault !== '') return this.#drop(fault)
    if (bytes.length > 0) this.#report()
  }

  #failed(reason: string): void {
    this.#isStopped = true
    this.#drop(reason)
    this.#events.onDiskFailed(reason)
  }

  #report(): void {
    this.#send(encodeSlaveFrame({ is: 'transfer', maxOffset: this.#parts.log.writtenAt }))
  }

  #keepHouse(): void {
    const { clock } = this.#parts.host
    this.#timer = clock.after(HA_HEARTBEAT_MS, () => {
      const nowMs = clock.monotonicMs()
      if (nowMs - this.#lastReadMs >= HA_HOUSEKEEPING_MS) {
        // rare: the master is silent
        return this.#drop('the master is silent')
      }
      if (this.#state === 'transfer' && nowMs - this.#lastReportMs >= HA_HEARTBEAT_MS) this.#report()
      this.#keepHouse()
    })
  }

  /** Closes the connection. Connects again later, unless copying has stopped. `reason` is a text for operators. */
  #drop(reason: string): void {
    const connection = this.#connection
    if (connection === undefined) return
    this.#parts.host.trace.log('warn', `copying from ${this.masterAddress} stops: ${reason}`)
    this.#lost(reason)
    this.#parts.host.network.close(connection)
  }

  #lost(reason: string): void {
    const { clock, trace } = this.#parts.host
    this.#connection = undefined
    this.#waiting = []
    trace.emit?.('ha.closed', { peer: this.masterAddress, reason })
    if (this.#timer !== undefined) clock.cancel(this.#timer)
    const again = () => {
      if (this.#isBusy && !this.#isStopped) this.#timer = clock.after(HA_RECONNECT_MS, again)
      else if (!this.#isStopped) this.#connect()
    }
    this.#timer = this.#isStopped ? undefined : clock.after(HA_RECONNECT_MS, again)
  }

  /** Stops copying and closes the connection. */
  stop(): void {
    this.#isStopped = true
    if (this.#timer !== undefined) this.#parts.host.clock.cancel(this.#timer)
    const connection = this.#connection
    this.#connection = undefined
    if (connection !== undefined) this.#parts.host.network.close(connection)
  }
}
