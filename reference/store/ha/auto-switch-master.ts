/**
 * The master's side of copying, when a controller elects the master: listens for slaves while this broker is the master.
 *
 * RocketMQ: `AutoSwitchHAService.AutoSwitchAcceptSocketService`. Unlike RocketMQ, a slave does not accept connections of
 * other slaves.
 */
import type { ConnectionHandler } from '../../host/host.ts'
import { AutoSwitchConnection, type MasterParts } from './auto-switch-connection.ts'
import { HA_LISTEN_AGAIN_MS, HA_SLAVES_MAX } from './limits.ts'

/** The callbacks of the master. */
export interface AutoSwitchMasterEvents {
  onReported(slave: AutoSwitchConnection): void
  /** Called when a connection has ended. `brokerId` is undefined when the connection ended before the handshake. */
  onLeft(brokerId: number | undefined): void
}

/** The slaves of one master. */
export class AutoSwitchMaster {
  readonly #parts: MasterParts
  readonly #events: AutoSwitchMasterEvents
  readonly #slaves = new Set<AutoSwitchConnection>()
  #listener: number | undefined

  constructor(parts: MasterParts, events: AutoSwitchMasterEvents) {
    this.#parts = parts
    this.#events = events
  }

  /** The slaves that are connected now. */
  get replicas(): readonly AutoSwitchConnection[] {
    return [...this.#slaves]
  }

  /** Starts to listen for slaves on `address` (`host:port`). Tries again later when the port is not free. */
  listen(address: string): void {
    const { host } = this.#parts
    const listener = host.network.listen(address, {
      onFailed: (reason) => {
        host.trace.log('error', `cannot listen for slaves on ${address}: ${reason}; trying again`)
        host.clock.after(HA_LISTEN_AGAIN_MS, () => {
          if (this.#listener === listener) this.listen(address)
        })
      },
      onConnection: (connection, remoteAddress) => this.#accept(connection, remoteAddress),
    })
    this.#listener = listener
  }

  #accept(connection: number, slave: string): ConnectionHandler {
    const state: AutoSwitchConnection = new AutoSwitchConnection(this.#parts, connection, slave, {
      onHandshake: ({ brokerId }) => {
        // After a new handshake, an older connection of the same slave is dead, and its last report may no longer be true.
        for (const other of [...this.#slaves])
          if (other !== state && other.brokerId === brokerId) other.close('the slave has connected again')
      },
      onReported: (reporter) => this.#events.onReported(reporter),
      onClosed: (closed, reason) => {
        if (!this.#slaves.delete(closed)) return
        this.#parts.host.trace.emit?.('ha.closed', { peer: slave, reason })
        this.#events.onLeft(closed.brokerId)
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

  /** Called when more of the log is confirmed. */
  confirmMoved(): void {
    for (const slave of this.#slaves) slave.confirmMoved()
  }

  /** Stops listening and closes the connections. */
  stop(reason: string): void {
    if (this.#listener !== undefined) this.#parts.host.network.unlisten(this.#listener)
    this.#listener = undefined
    for (const slave of [...this.#slaves]) slave.close(reason)
  }
}
