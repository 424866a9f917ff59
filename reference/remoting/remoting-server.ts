/**
 * Listens on an address, and creates a channel for each connection. `dispatch.ts` handles the requests.
 *
 * RocketMQ: `NettyRemotingServer`. Unlike RocketMQ's server, which has several groups of threads, this server has one event
 * loop.
 */
import { FairPlaces } from '../common/fair-places.ts'
import type { ConnectionHandler, Host, ListenerId } from '../host/host.ts'
import { Channel } from './channel.ts'
import { dispatch, type RequestGuard, type RequestHandler } from './dispatch.ts'
import { FairTurns } from './fair-turns.ts'
import { type ConnectionShares, InFlightBytes } from './in-flight.ts'
import { CONNECTIONS_MAX } from './limits.ts'
import type { RemotingCommand } from './remoting-command.ts'

/** The callbacks of the server's owner. */
export interface RemotingServerEvents {
  onListening(address: string): void
  /**
   * Called when the server cannot listen on its address. `sentence` contains the address, the reason, and what the user can
   * do.
   */
  onFailed(sentence: string): void
  onChannelClosed?(channel: Channel, reason: string): void
  readonly guard?: RequestGuard | undefined
}

/**
 * The objects that all ports of one server share. These objects hold the turns, the limit for memory, and the places for
 * connections. Places are counted by the IP address of the peer.
 */
export interface ServerShares extends ConnectionShares {
  readonly places: FairPlaces<string, Channel>
}

/** Returns new objects that the ports of one server share. */
export function serverShares(host: Host): ServerShares {
  return {
    turns: new FairTurns(host),
    inFlight: new InFlightBytes(host),
    places: new FairPlaces(CONNECTIONS_MAX),
  }
}

/** One listening port of a server. */
export class RemotingServer {
  readonly #host: Host
  readonly #handlers: ReadonlyMap<number, RequestHandler>
  readonly #events: RemotingServerEvents
  readonly #channels = new Set<Channel>()
  readonly #shares: ServerShares
  #listener: ListenerId = 0

  constructor(
    host: Host,
    handlers: ReadonlyMap<number, RequestHandler>,
    events: RemotingServerEvents,
    shares = serverShares(host),
  ) {
    this.#shares = shares
    this.#host = host
    this.#handlers = handlers
    this.#events = events
  }

  get channels(): ReadonlySet<Channel> {
    return this.#channels
  }

  listen(address: string): void {
    this.#listener = this.#host.network.listen(address, {
      onListening: (real) => this.#events.onListening(real),
      onFailed: (reason) => this.#events.onFailed(`${reason}; stop what uses it or choose another listenPort`),
      onConnection: (connection, remoteAddress, localAddress) => this.#accept(connection, remoteAddress, localAddress),
    })
  }

  /** Stops listening and closes every connection. */
  close(): void {
    if (this.#listener !== 0) this.#host.network.unlisten(this.#listener)
    for (const channel of [...this.#channels]) channel.close()
  }

  #accept(connection: number, remoteAddress: string, localAddress: string): ConnectionHandler {
    const from = remoteAddress.slice(0, remoteAddress.lastIndexOf(':'))
    const { places } = this.#shares
    const events = {
      onRequest: (request: RemotingCommand, channel: Channel) =>
        dispatch(this.#host, this.#handlers, request, channel, this.#events.guard),
      onClosed: (closed: Channel, reason: string) => {
        this.#channels.delete(closed)
        places.remove(from, closed)
        this.#events.onChannelClosed?.(closed, reason)
      },
    }
    const channel = new Channel(this.#host, connection, remoteAddress, localAddress, events, this.#shares)
    this.#channels.add(channel)
    if (this.#makePlace(from)) places.add(from, channel)
    else channel.cutOff(`more than ${CONNECTIONS_MAX} connections, and no address has more of them`)
    return {
      onBytes: (_, bytes) => channel.receive(bytes),
      onDrained: () => channel.drained(),
      onClosed: (_, reason) => channel.lost(reason),
    }
  }

  // #region connection-share
  /**
   * Returns true when a new connection from the address `from` may stay. When all places are taken, the address with the
   * largest number of connections may lose one connection: the one that was idle for the longest time.
   */
  #makePlace(from: string): boolean {
    const asked = this.#shares.places.ask(from)
    if (asked.answer !== 'taken') return asked.answer === 'free'
    let idlest: Channel | undefined
    for (const channel of this.#shares.places.of(asked.largest))
      if (idlest === undefined || channel.lastActivityMs < idlest.lastActivityMs) idlest = channel
    idlest?.cutOff(`more than ${CONNECTIONS_MAX} connections, most of them from ${asked.largest}`)
    return true
  }
  // #endregion connection-share
}
