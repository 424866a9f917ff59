/**
 * One simulated connection: two ends and, between them, two streams of things under way.
 *
 * ```
 *  client End ── toServer: [syn] [bytes] [bytes] [fin] ──> server End
 *             <── toClient: [syn-ack] [bytes] ───────────
 * ```
 *
 * A stream lands its flights in the order they took off; across streams there is no order. What is under way counts as the
 * send buffer: a receiver that is slow, paused or cut off makes it grow.
 */
import type { ConnectionId } from '../host.ts'
import type { NodeLife } from './node-life.ts'
import type { ScheduledEvent } from './scheduler.ts'
import type { SimNode } from './sim-node.ts'

/** What can be under way. `syn` and `syn-ack` open, `refused` denies, `fin` closes, `rst` breaks. */
export type FlightKind = 'syn' | 'syn-ack' | 'refused' | 'bytes' | 'fin' | 'rst'

export interface Flight {
  readonly kind: FlightKind
  readonly bytes: Uint8Array
  /** `n` of what made it take off: for bytes their `net.sent`. */
  cause: number
  /** Will not land: the sender reset, or a node or link on its way died. */
  dropped: boolean
}

/** One direction of a connection. */
export class Stream {
  readonly from: SimNode
  readonly to: SimNode
  /** Under way, in order. */
  readonly flights: Flight[] = []
  /** How many of the first flights are due but wait for a partition to heal. */
  dueCount = 0
  /** No flight lands before this: order is kept. */
  lastArrivalMs = 0
  /** Bytes sent and not yet taken by the receiver. */
  waitingBytes = 0
  /** `send` returned more than the limit and `onDrained` is owed. */
  overfull = false

  constructor(from: SimNode, to: SimNode) {
    this.from = from
    this.to = to
  }
}

/** One node's end. */
export interface End {
  readonly id: ConnectionId
  readonly life: NodeLife
  readonly connection: Connection
  readonly out: Stream
  readonly peer: string
  readonly localAddress: string
  readonly remoteAddress: string
  state: 'connecting' | 'open' | 'closing' | 'closed'
  /** This side closed or reset it: no more bytes for the program. */
  deaf: boolean
  /** Cuts a close that cannot be completed. */
  linger: ScheduledEvent | undefined
}

export class Connection {
  readonly toServer: Stream
  readonly toClient: Stream
  readonly port: number
  readonly isLoopback: boolean
  /** The connect gives up when this comes; only set when something holds it up. */
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

  /** Nothing more can happen on it. */
  get isOver(): boolean {
    return (
      this.client.state === 'closed' &&
      (this.server === undefined || this.server.state === 'closed') &&
      this.toServer.flights.length === 0 &&
      this.toClient.flights.length === 0
    )
  }
}
