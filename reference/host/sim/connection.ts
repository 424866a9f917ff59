/**
 * One simulated connection. A connection has two ends, and two streams of flights between the ends.
 *
 * ```
 *  client End ── toServer: [syn] [bytes] [bytes] [fin] ──> server End
 *             <── toClient: [syn-ack] [bytes] ───────────
 * ```
 *
 * A flight carries bytes or a signal from one end to the other. The flights of a stream arrive (land) in the order in which
 * they were sent (took off). Flights of different streams have no common order. The bytes in the flights of a stream are its
 * send buffer. The send buffer grows when the receiver is slow, paused or separated by a fault.
 */
import type { ConnectionId } from '../host.ts'
import type { NodeLife } from './node-life.ts'
import type { ScheduledEvent } from './scheduler.ts'
import type { SimNode } from './sim-node.ts'

/**
 * The kinds of flights. `syn` and `syn-ack` open a connection. `refused` refuses a connection, `fin` closes it, and `rst`
 * breaks it.
 */
export type FlightKind = 'syn' | 'syn-ack' | 'refused' | 'bytes' | 'fin' | 'rst'

/** Bytes or a signal between two ends. */
export interface Flight {
  readonly kind: FlightKind
  readonly bytes: Uint8Array
  /** The number `n` of the event that caused the flight. For bytes, this event is `net.sent`. */
  cause: number
  /** True when the flight will not land, because of a reset, the end of a node, or a broken link. */
  dropped: boolean
}

/** One direction of a connection. */
export class Stream {
  readonly from: SimNode
  readonly to: SimNode
  /** The flights that have not landed, in order. */
  readonly flights: Flight[] = []
  /** The number of flights at the start of `flights` that are due but wait for the end of a fault. */
  dueCount = 0
  /** The arrival time of the last flight. A later flight does not arrive earlier, so the order does not change. */
  lastArrivalMs = 0
  /** The number of bytes that were sent and are not yet received. */
  waitingBytes = 0
  /** True when `send` has returned more than `SEND_BUFFER_BYTES`, so that `onDrained` must be called later. */
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
  /** True when this side has closed or reset the connection, so that its program receives no more bytes. */
  deaf: boolean
  /** The timer that resets the connection when a close takes too long. */
  linger: ScheduledEvent | undefined
}

/** A connection with its two ends and two streams. */
export class Connection {
  readonly toServer: Stream
  readonly toClient: Stream
  readonly port: number
  readonly isLoopback: boolean
  /** The timer that ends a connect. The timer is set only when the connect is delayed. */
  timeout: ScheduledEvent | undefined
  client!: End
  server: End | undefined

  constructor(client: SimNode, server: SimNode, port: number, isLoopback: boolean) {
    this.toServer = new Stream(client, server)
    this.toClient = new Stream(server, client)
    this.port = port
    this.isLoopback = isLoopback
  }

  /** Returns the end that receives a stream, or undefined while the server has no end. */
  target(stream: Stream): End | undefined {
    return stream === this.toServer ? this.server : this.client
  }

  /** Returns the end that sends a stream, or undefined while the server has no end. */
  source(stream: Stream): End | undefined {
    return stream === this.toServer ? this.client : this.server
  }

  /** True when both ends are closed and no flight is left. */
  get isOver(): boolean {
    return (
      this.client.state === 'closed' &&
      (this.server === undefined || this.server.state === 'closed') &&
      this.toServer.flights.length === 0 &&
      this.toClient.flights.length === 0
    )
  }
}
