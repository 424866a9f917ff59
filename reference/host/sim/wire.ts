/**
 * Transports bytes and signals between nodes as flights, and ends connections. A flight takes off, may wait during a fault,
 * and lands or is lost.
 *
 * ```
 *  takeOff ──(latency)──> arrive ──> land: accepted, opened, bytes, closed …    events of the life at the target
 *                           │ held by a partition
 *                           └─> due ──(release)──> landDue
 * ```
 *
 * Invariants: The flights of a stream land in the order in which they took off. Every end is finished once. When a flight
 * with bytes does not land, an event `net.lost` tells the reason. `network.ts` implements the calls of programs and of the
 * cluster.
 */
import { NO_BYTES } from '../../common/bytes.ts'
import type { ConnectionId } from '../host.ts'
import { CONNECT_TIMEOUT_MS, SEND_BUFFER_BYTES } from '../limits.ts'
import type { Connection, End, Flight, FlightKind, Stream } from './connection.ts'
import type { Links } from './links.ts'
import type { KeyedRandom } from './random.ts'
import type { Scheduler } from './scheduler.ts'
import type { SimNode } from './sim-node.ts'
import type { TraceLog } from './trace.ts'

/** The parts of the simulation that the network needs. */
export interface NetworkWorld {
  readonly scheduler: Scheduler
  readonly trace: TraceLog
  readonly random: KeyedRandom
  readonly links: Links
  readonly nodes: ReadonlyMap<string, SimNode>
  /** On average, one of this many sends arrives in two pieces. When the value is 0, every send arrives in one piece. */
  readonly cutOneIn: number
}

/** All flights between the nodes of one simulation. */
export class Wire {
  /** The connections that are not over. */
  readonly connections = new Set<Connection>()
  readonly #world: NetworkWorld
  #nextConnection = 1

  constructor(world: NetworkWorld) {
    this.#world = world
  }

  nextId(): ConnectionId {
    return this.#nextConnection++
  }

  /** Sends bytes from an end, sometimes in two pieces. */
  sendPieces(end: End, bytes: Uint8Array): void {
    const { trace, random, cutOneIn } = this.#world
    const { connection, out } = end
    // TCP may split a stream at any position, so some sends, chosen by the seed, arrive in two pieces
    let first = bytes
    let rest: Uint8Array | undefined
    if (cutOneIn > 0 && bytes.length > 1) {
      const chance = random.stream(`cut ${out.from.name}>${out.to.name}`)
      if (chance.int(cutOneIn) === 0) {
        const at = 1 + chance.int(bytes.length - 1)
        first = bytes.subarray(0, at)
        rest = bytes.subarray(at)
      }
    }
    const cause = trace.sendCause
    let arrivesMs = this.takeOff(connection, out, 'bytes', first, 0)
    const firstFlight = out.flights[out.flights.length - 1]!
    if (rest !== undefined) arrivesMs = this.takeOff(connection, out, 'bytes', rest, 0)
    if (trace.observe === undefined) return
    // the event `net.sent` contains the time of arrival, so this event is recorded after the take-off, and only then becomes
    // the cause of the flights
    const { id, peer } = end
    const facts = { connection: id, peer, sizeBytes: bytes.length, arrivesMs, payload: trace.payloadOf(bytes) }
    const n = trace.observe('net.sent', out.from.name, cause, facts)
    firstFlight.cause = n
    out.flights[out.flights.length - 1]!.cause = n
  }

  /** Starts a flight and returns the planned time of its arrival. */
  takeOff(connection: Connection, stream: Stream, kind: FlightKind, bytes: Uint8Array, cause: number): number {
    const { scheduler, links } = this.#world
    const flight: Flight = { kind, bytes, cause, dropped: false }
    const planned = scheduler.nowMs + links.hopMs(stream.from.name, stream.to.name)
    const transferMs = links.transferMs(stream.from.name, stream.to.name, bytes.length)
    const arrivesMs = (planned > stream.lastArrivalMs ? planned : stream.lastArrivalMs) + transferMs
    stream.lastArrivalMs = arrivesMs
    stream.flights.push(flight)
    scheduler.at(arrivesMs, () => this.#arrive(connection, stream, flight))
    return arrivesMs
  }

  #arrive(connection: Connection, stream: Stream, flight: Flight): void {
    if (flight.dropped) return
    const isHeld = this.#world.links.isHeld(stream.from.name, stream.to.name)
    if (!isHeld && stream.dueCount === 0) {
      stream.flights.shift()
      this.#land(connection, stream, flight)
      return
    }
    stream.dueCount++
    if (connection.client.state === 'connecting') this.limitConnect(connection)
    if (isHeld) return
    const { scheduler } = this.#world // after a fault, a flight must not arrive before earlier flights
    stream.lastArrivalMs = Math.max(stream.lastArrivalMs, scheduler.nowMs)
    scheduler.at(stream.lastArrivalMs, () => this.#landDue(connection, stream))
  }

  #landDue(connection: Connection, stream: Stream): void {
    if (stream.dueCount === 0 || this.#world.links.isHeld(stream.from.name, stream.to.name)) return
    stream.dueCount--
    this.#land(connection, stream, stream.flights.shift()!)
  }

  #land(connection: Connection, stream: Stream, flight: Flight): void {
    const target = connection.target(stream)
    if (flight.kind === 'bytes') this.#landBytes(connection, stream, target, flight)
    else if (flight.kind === 'syn') this.#landSyn(connection, flight)
    else if (flight.kind === 'syn-ack') this.#landSynAck(connection, flight)
    else if (flight.kind === 'refused') this.finish(connection.client, 'connection refused', flight.cause)
    else if (flight.kind === 'rst') {
      if (target !== undefined) this.finish(target, 'reset', flight.cause)
    } else {
      const source = connection.source(stream)
      if (target !== undefined) this.finish(target, 'closed by peer', flight.cause)
      if (source !== undefined) this.finish(source, 'closed', flight.cause)
    }
    this.forgetIfOver(connection)
  }

  #landSyn(connection: Connection, flight: Flight): void {
    const { client } = connection
    if (client.state === 'closed') return
    const server = connection.toServer.to
    const listener = server.ports.get(connection.port)
    const isOpen = listener !== undefined && (!listener.loopbackOnly || connection.isLoopback)
    if (!isOpen || this.#world.links.refuses(connection.toServer.from.name, server.name)) {
      this.takeOff(connection, connection.toClient, 'refused', NO_BYTES, flight.cause)
      return
    }
    // when both ends belong to the same life, they need different numbers
    const { life } = listener
    const end: End = {
      id: life === client.life ? this.nextId() : client.id,
      life,
      connection,
      out: connection.toClient,
      peer: client.life.node.name,
      localAddress: client.remoteAddress,
      remoteAddress: client.localAddress,
      state: 'open',
      deaf: false,
      linger: undefined,
    }
    connection.server = end
    life.ends.set(end.id, end)
    this.takeOff(connection, connection.toClient, 'syn-ack', NO_BYTES, flight.cause)
    life.dispatch(() => {
      const n = this.#observeOpened(end, flight.cause)
      life.handle(n, () => life.events.accepted(listener.id, end.id, end.remoteAddress, end.localAddress))
    })
  }

  #landSynAck(connection: Connection, flight: Flight): void {
    const { client } = connection
    if (client.state !== 'connecting') return // the client has already closed its end
    client.state = 'open'
    if (connection.timeout !== undefined) this.#world.scheduler.cancel(connection.timeout)
    client.life.dispatch(() => {
      if (client.deaf) return
      const n = this.#observeOpened(client, flight.cause)
      client.life.handle(n, () => client.life.events.opened(client.id, client.localAddress, client.remoteAddress))
    })
  }

  #landBytes(connection: Connection, stream: Stream, target: End | undefined, flight: Flight): void {
    if (target === undefined || target.deaf || target.life.hasEnded) {
      this.#lose(connection, stream, flight, 'connection closed')
      return
    }
    target.life.dispatch(
      () => {
        if (target.deaf) {
          this.#lose(connection, stream, flight, 'connection closed')
          return
        }
        this.#take(stream, target, flight)
      },
      () => this.#lose(connection, stream, flight, 'the node ended'),
    )
  }

  #take(stream: Stream, target: End, flight: Flight): void {
    const { trace } = this.#world
    const { life } = target
    this.#relieve(stream, target.connection, flight.bytes.length)
    const { id: connection, peer } = target
    const sizeBytes = flight.bytes.length
    const n = trace.observe?.('net.delivered', life.node.name, flight.cause, { connection, peer, sizeBytes }) ?? 0
    life.handle(n, () => life.events.bytes(target.id, flight.bytes))
  }

  #relieve(stream: Stream, connection: Connection, sizeBytes: number): void {
    stream.waitingBytes -= sizeBytes
    if (!stream.overfull || stream.waitingBytes >= SEND_BUFFER_BYTES / 2) return
    stream.overfull = false
    const source = connection.source(stream)
    if (source === undefined || source.state !== 'open') return
    const { scheduler } = this.#world
    scheduler.at(scheduler.nowMs, () =>
      source.life.dispatch(() => {
        if (source.state === 'open') source.life.handle(0, () => source.life.events.drained(source.id))
      }),
    )
  }

  #lose(connection: Connection, stream: Stream, flight: Flight, reason: string): void {
    stream.waitingBytes -= flight.bytes.length
    this.#observeLost(connection, stream, flight, reason)
  }

  #observeLost(connection: Connection, stream: Stream, flight: Flight, reason: string): void {
    const { trace } = this.#world
    if (flight.kind !== 'bytes') return
    const id = connection.source(stream)?.id ?? connection.client.id
    const facts = { connection: id, peer: stream.to.name, sizeBytes: flight.bytes.length, reason }
    trace.observe?.('net.lost', stream.from.name, flight.cause, facts)
  }

  /** Called after a fault has ended. The flights that waited for the end of the fault take off again, in order. */
  release(): void {
    const { scheduler, links } = this.#world
    for (const connection of this.connections) {
      for (const stream of [connection.toServer, connection.toClient]) {
        if (stream.dueCount === 0 || links.isHeld(stream.from.name, stream.to.name)) continue
        for (let i = 0; i < stream.dueCount; i++) {
          const arrives = Math.max(
            stream.lastArrivalMs,
            scheduler.nowMs + links.hopMs(stream.from.name, stream.to.name),
          )
          stream.lastArrivalMs = arrives
          scheduler.at(arrives, () => this.#landDue(connection, stream))
        }
      }
    }
  }

  /**
   * Resets the connection from the side of `end`. The bytes that this side has sent and that have not arrived are lost, and
   * the peer receives a reset.
   */
  abort(end: End, reason: string): void {
    this.drop(end.connection, end.out, 'reset')
    const wasConnecting = end.state === 'connecting'
    end.deaf = true
    this.goodbye(end, 'rst')
    this.finish(end, reason, this.#world.trace.context)
    if (wasConnecting) this.forgetIfOver(end.connection)
  }

  /** Sends `fin` or `rst` to the peer, unless the peer's end is closed or missing. */
  goodbye(end: End, kind: 'fin' | 'rst'): void {
    const { connection } = end
    const peer = end === connection.client ? connection.server : connection.client
    if (peer === undefined || peer.state === 'closed') return
    this.takeOff(connection, end.out, kind, NO_BYTES, this.#world.trace.context)
  }

  /** Closes an end, and notifies its program once. */
  finish(end: End, reason: string, cause: number): void {
    if (end.state === 'closed') return
    end.state = 'closed'
    const { scheduler, trace } = this.#world
    if (end.linger !== undefined) scheduler.cancel(end.linger)
    if (end === end.connection.client && end.connection.timeout !== undefined) scheduler.cancel(end.connection.timeout)
    const { life } = end
    scheduler.at(scheduler.nowMs, () =>
      life.dispatch(() => {
        life.ends.delete(end.id)
        const { id: connection, peer } = end
        const n = trace.observe?.('net.closed', life.node.name, cause, { connection, peer, reason }) ?? 0
        life.handle(n, () => life.events.closed(connection, reason))
      }),
    )
  }

  /** Drops all flights of a stream. Dropped flights will not land. */
  drop(connection: Connection, stream: Stream, reason: string): void {
    for (const flight of stream.flights) {
      flight.dropped = true
      this.#observeLost(connection, stream, flight, reason)
    }
    stream.flights.length = 0
    stream.dueCount = 0
    stream.waitingBytes = 0
    if (connection.isOver) this.connections.delete(connection)
  }

  /** Removes a connection from `connections` when both ends are closed and no flight is left. */
  forgetIfOver(connection: Connection): void {
    if (connection.isOver) this.connections.delete(connection)
  }

  /** Sets the time limit of a delayed connect. */
  limitConnect(connection: Connection): void {
    if (connection.timeout !== undefined) return
    const { scheduler } = this.#world
    connection.timeout = scheduler.at(scheduler.nowMs + CONNECT_TIMEOUT_MS, () => {
      if (connection.client.state === 'connecting') this.abort(connection.client, 'host unreachable')
    })
  }

  #observeOpened(end: End, cause: number): number {
    const { id: connection, peer, localAddress, remoteAddress } = end
    const facts = { connection, peer, localAddress, remoteAddress }
    return this.#world.trace.observe?.('net.opened', end.life.node.name, cause, facts) ?? 0
  }
}
