/**
 * The slave's side of copying. The slave connects to the master, reports the end of its log, and appends the bytes that the
 * master sends.
 *
 * | event                                    | what the slave does                                       |
 * | ---------------------------------------- | -------------------------------------------------------- |
 * | the connection is open                   | reports the end of its log                                |
 * | bytes of the log arrive                  | appends these bytes, and reports the new end of its log   |
 * | the slave has sent no report for five seconds | reports again, so that the master does not close the connection |
 * | the slave has received nothing for 20 seconds | closes the connection                                |
 * | the connection closes, or the received bytes do not begin at the end of the slave's log | connects again after five seconds |
 *
 * RocketMQ: `DefaultHAClient`.
 */
import { DiskError, type Host, type TimerId } from '../../host/host.ts'
import { encodeReport, TransferReader } from './ha-frames.ts'
import { HA_HEARTBEAT_MS, HA_HOUSEKEEPING_MS, HA_RECONNECT_MS } from './limits.ts'
import type { ReplicaLog } from './replica-log.ts'

/** The slave's side of the connection to its master. */
export class HaClient {
  readonly #host: Host
  readonly #replica: ReplicaLog
  readonly #onDiskFailed: (reason: string) => void
  #masterAddress = ''
  #connection: number | undefined
  #frames = new TransferReader()
  #lastReadMs = 0
  #lastReportMs = 0
  #timer: TimerId | undefined
  #isStopped = false
  #isStarted = false
  #isConnected = false

  /**
   * `onDiskFailed` is called when the disk fails while received bytes are appended. After this call, the slave appends no
   * more bytes.
   */
  constructor(host: Host, replica: ReplicaLog, onDiskFailed: (reason: string) => void) {
    this.#host = host
    this.#replica = replica
    this.#onDiskFailed = onDiskFailed
  }

  /** The address at which the master listens for slaves, or '' while this address is not known. */
  get masterAddress(): string {
    return this.#masterAddress
  }

  /** True while a connection to the master is open. */
  get isConnected(): boolean {
    return this.#isConnected
  }

  /** Starts copying the master's log. Called when the store has started and its repairs are durable. */
  start(): void {
    this.#isStarted = true
    this.#connect()
  }

  /** Sets the address of the master. Closes a connection to another master. Does nothing when `masterAddress` is ''. */
  follow(masterAddress: string): void {
    if (masterAddress === '' || masterAddress === this.#masterAddress) return
    this.#masterAddress = masterAddress
    if (this.#connection !== undefined) this.#drop('the master has another address')
    this.#connect()
  }

  #connect(): void {
    if (!this.#isStarted || this.#isStopped || this.#masterAddress === '' || this.#connection !== undefined) return
    if (this.#timer !== undefined) this.#host.clock.cancel(this.#timer)
    this.#frames = new TransferReader()
    const nowMs = this.#host.clock.monotonicMs()
    this.#lastReadMs = nowMs
    const connection = this.#host.network.connect(this.#masterAddress, {
      onOpened: () => {
        this.#isConnected = true
        this.#host.trace.emit?.('ha.connected', {
          master: this.#masterAddress,
          physicalOffset: this.#replica.maxOffset,
        })
        this.#report()
      },
      onBytes: (_, bytes) => this.#received(connection, bytes),
      onClosed: (_, reason) => {
        if (this.#connection === connection) this.#lost(reason)
      },
    })
    this.#connection = connection
    this.#keepHouse()
  }

  // #region append-and-report
  /** Appends the bytes of all complete frames, and reports the new end of the log. */
  #received(connection: number, bytes: Uint8Array): void {
    if (this.#connection !== connection) return
    this.#lastReadMs = this.#host.clock.monotonicMs()
    try {
      for (const frame of this.#frames.read(bytes)) {
        if (frame.bytes.length === 0) continue
        const fault = this.#replica.append(frame.physicalOffset, frame.bytes)
        if (fault !== '') return this.#drop(fault)
        this.#tellAppended(frame.physicalOffset, frame.bytes.length)
        this.#report()
      }
    } catch (error) {
      if (error instanceof RangeError) return this.#drop(error.message)
      if (!(error instanceof DiskError)) throw error
      this.#isStopped = true
      this.#drop(error.message)
      this.#onDiskFailed(error.message)
    }
  }
  // #endregion append-and-report

  #tellAppended(physicalOffset: number, sizeBytes: number): void {
    this.#host.trace.emit?.('ha.appended', { master: this.#masterAddress, physicalOffset, sizeBytes })
  }

  #report(): void {
    if (this.#connection === undefined) return
    this.#lastReportMs = this.#host.clock.monotonicMs()
    this.#host.network.send(this.#connection, encodeReport(this.#replica.maxOffset))
  }

  #keepHouse(): void {
    this.#timer = this.#host.clock.after(HA_HEARTBEAT_MS, () => {
      const nowMs = this.#host.clock.monotonicMs()
      if (nowMs - this.#lastReadMs >= HA_HOUSEKEEPING_MS) {
        // rare: the master is silent, without a controller
        return this.#drop('the master is silent')
      }
      if (nowMs - this.#lastReportMs >= HA_HEARTBEAT_MS) this.#report()
      this.#keepHouse()
    })
  }

  /** Closes the connection. Connects again later, unless copying has stopped. `reason` is a text for operators. */
  #drop(reason: string): void {
    const connection = this.#connection
    if (connection === undefined) return
    this.#host.trace.log('warn', `copying from ${this.#masterAddress} stops: ${reason}`)
    this.#lost(reason)
    this.#host.network.close(connection)
  }

  #lost(reason: string): void {
    this.#connection = undefined
    this.#isConnected = false
    this.#host.trace.emit?.('ha.closed', { peer: this.#masterAddress, reason })
    if (this.#timer !== undefined) this.#host.clock.cancel(this.#timer)
    this.#timer = this.#isStopped ? undefined : this.#host.clock.after(HA_RECONNECT_MS, () => this.#connect())
  }

  /** Stops copying and closes the connection. */
  stop(): void {
    this.#isStopped = true
    this.#isConnected = false
    if (this.#timer !== undefined) this.#host.clock.cancel(this.#timer)
    const connection = this.#connection
    this.#connection = undefined
    if (connection !== undefined) this.#host.network.close(connection)
  }
}
