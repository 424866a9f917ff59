/**
 * The master's side of copying. The master listens for slaves on a separate port, and sends the log to each slave.
 *
 * RocketMQ: `DefaultHAService`, `DefaultHAService.DefaultAcceptSocketService`.
 */
import type { ConnectionHandler, Host } from '../../host/host.ts'
import type { CommitLog } from '../commit-log.ts'
import { HaConnection } from './ha-connection.ts'
import { HA_SLAVES_MAX } from './limits.ts'

/** The facts about one slave that operators and waiting puts need. */
export interface SlaveState {
  /** The address of the slave. */
  readonly slave: string
  /** The position before which the slave has every byte of the log, or -1 before the first report of the slave. */
  readonly ackedAt: number
  /** The log position of the bytes that are sent next, or -1 before the first report. */
  readonly nextAt: number
  /** The id of the slave, when a controller elects the master and the slave has sent its id. */
  readonly brokerId?: number | undefined
}

/** The callbacks of the master. */
export interface HaMasterEvents {
  /** Called when a slave has received more of the log, or has disconnected. */
  onSlavesChanged(): void
  /** Called when the master cannot listen on its port. `sentence` contains the port and the reason. */
  onFailed(sentence: string): void
}

/** The slaves of one master. */
export class HaMaster {
  readonly #host: Host
  readonly #log: CommitLog
  readonly #events: HaMasterEvents
  readonly #slaves = new Set<HaConnection>()
  #listener: number | undefined

  constructor(host: Host, log: CommitLog, events: HaMasterEvents) {
    this.#host = host
    this.#log = log
    this.#events = events
  }

  /** The slaves that are connected now. */
  get slaves(): readonly SlaveState[] {
    return [...this.#slaves]
  }

  /** Starts to listen for slaves on `address` (`host:port`). */
  listen(address: string): void {
    this.#listener = this.#host.network.listen(address, {
      onFailed: (reason) => this.#events.onFailed(`cannot listen for slaves on ${address}: ${reason}`),
      onConnection: (connection, remoteAddress) => this.#accept(connection, remoteAddress),
    })
  }

  #accept(connection: number, slave: string): ConnectionHandler {
    const state: HaConnection = new HaConnection(this.#host, this.#log, connection, slave, {
      onAcked: () => this.#events.onSlavesChanged(),
      onClosed: (reason) => {
        if (!this.#slaves.delete(state)) return
        this.#host.trace.emit?.('ha.closed', { peer: slave, reason })
        this.#events.onSlavesChanged()
      },
    })
    if (this.#slaves.size >= HA_SLAVES_MAX) state.close(`${HA_SLAVES_MAX} slaves are connected already`)
    else this.#slaves.add(state)
    return state
  }

  /** Called when the log has grown in the page cache. */
  written(): void {
    for (const slave of this.#slaves) slave.transfer()
  }

  /** Stops listening and closes the connections. */
  stop(): void {
    if (this.#listener !== undefined) this.#host.network.unlisten(this.#listener)
    this.#listener = undefined
    for (const slave of [...this.#slaves]) slave.close('the master is stopping')
  }
}
