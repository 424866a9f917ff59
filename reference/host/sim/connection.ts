/**
 * One simulated connection: two ends and, between them, two streams of flights.
 *
 * ```
 *  client End ── toServer: [syn] [bytes] [bytes] [fin] ──> server End
 *             <── toClient: [syn-ack] [bytes] ───────────
 * ```
 *
 * The flights of a stream land in the order in which they took off; different streams have no common order. Flights are the
 * send buffer: a receiver that is slow, paused or cut off makes it grow.
 */
import type { ConnectionId } from '../host.ts'
import type { NodeLife } from './node-life.ts'
import type { ScheduledEvent } from './scheduler.ts'
import type { SimNode } from './sim-node.ts'

/** The kinds of flights. `syn` and `syn-ack` open a connection, `refused` denies it, `fin` closes it, `rst` breaks it. */
export type FlightKind = 'syn' | 'syn-ack' | 'refused' | 'bytes' | 'fin' | 'rst'

/** Bytes, or a sign, on their way. */
export interface Flight {
  readonly kind: FlightKind
  readonly bytes: Uint8Array
  /** The `n` of the event that made it take off: for bytes their `net.sent`. */
  cause: number
  /** True when it will not land: the sender reset, or a node or link on its way died. */
  dropped: boolean
}

/** One direction of a connection. */
export class Stream {
  readonly from: SimNode
  readonly to: SimNode
  /** The flights under way, in order. */
  readonly flights: Flight[] = []
  /** How many of the first flights are due but wait for a partition to heal. */
  dueCount = 0
  /** No flight lands before this time, so that order is kept. */
  lastArrivalMs = 0
  /** How many bytes were sent and are not yet received. */
  waitingBytes = 0
  /** True when `send` returned more than the limit, so that `onDrained` must be called later. */
  overfull = false

  constructor(from: SimNode, to: SimNode) {
    this.from = from
    this.to = to
  }
}

/** One node's end of a connection. */
export interface End {
  readonly id: ConnectionId
  readonly life: NodeLife
  readonly connection: Connection
  readonly out: Stream
  readonly peer: string
  readonly localAddress: string
  readonly remoteAddress: string
  state: 'connecting' | 'open' | 'closing' | 'closed'
  /** True when this side closed or reset it: the program receives no more bytes. */
  deaf: boolean
  /** The timer that ends a close which cannot be completed. */
  linger: ScheduledEvent | undefined
}

/** A connection with its two ends and two streams. */
export class Connection {
  readonly toServer: Stream
  readonly toClient: Stream
  readonly port: number
  readonly isLoopback: boolean
  /** The timer that ends a connect; set only when something delays the connect. */
  timeout: ScheduledEvent | undefined
  client!: End
  server: End | undefined

  constructor(client: SimNode, server: SimNode, port: number, isLoopback: boolean) {
    this.toServer = new Stream(client, server)
    this.toClient = new Stream(server, client)
    this.port = port
    this.isLoopback = isLoopback
  }

  /** The end at which a stream lands. */
  target(stream: Stream): End | undefined {
    return stream === this.toServer ? this.server : this.client
  }

  /** The end from which a stream takes off. */
  source(stream: Stream): End | undefined {
    return stream === this.toServer ? this.client : this.server
  }

  /** True when nothing more can happen on it. */
  get isOver(): boolean {
    return (
      this.client.state === 'closed' &&
      (this.server === undefined || this.server.state === 'closed') &&
      this.toServer.flights.length === 0 &&
      this.toClient.flights.length === 0
    )
  }
}
