/**
 * The simulated network: connections between named nodes, with latency, back-pressure, refusals, resets and partitions.
 *
 * Nodes have the addresses 10.0.0.1, 10.0.0.2 … in the order in which the cluster first uses them. A flight carries bytes or
 * a signal from node to node. Each flight is one scheduled event. When a connection ends, `onClosed` receives one of these
 * reasons:
 *
 * | what happened                              | reason                                                  |
 * | ------------------------------------------ | ------------------------------------------------------- |
 * | no program listens, or no such node exists | `connection refused`                                    |
 * | a partition or 10 s end the connect        | `host unreachable`                                      |
 * | the peer closed, or its program returned   | `closed by peer`, after all bytes of the peer have arrived |
 * | one side reset, or the peer's node was killed     | `reset`                                                 |
 * | a partition broke the open connection      | `reset`                                                 |
 * | this side closed                           | `closed`, when all sent bytes have arrived, or after 3 s |
 * | this side sent far more than `SEND_BUFFER_BYTES` allows | `send buffer overflow`                                  |
 *
 * When a node is killed, the bytes that it has sent still arrive, and then the reset. After a power cut of a node, the bytes
 * that it has sent are lost. Not simulated: half-closed connections, and half-open connections after a power cut (the peer
 * receives the reset one hop after the power cut).
 */

import { NO_BYTES } from '../../common/bytes.ts'
import type { ConnectionId, ListenerId } from '../host.ts'
import { CLOSE_LINGER_MS, CONNECT_TIMEOUT_MS, SEND_BUFFER_BYTES, SEND_BUFFER_BYTES_MAX } from '../limits.ts'
import { isIpv4, splitAddress } from '../paths.ts'
import { Connection, type End } from './connection.ts'
import type { NodeLife } from './node-life.ts'
import type { SimNode } from './sim-node.ts'
import { type NetworkWorld, Wire } from './wire.ts'

const FIRST_EPHEMERAL_PORT = 50_000
const EPHEMERAL_PORTS = 15_000
const FIRST_FREE_PORT = 40_000

/**
 * Implements the network calls of the programs, and the calls with which the cluster changes the network. `Wire` transports
 * the flights.
 */
export class SimNetwork {
  readonly #world: NetworkWorld
  readonly #wire: Wire
  #nextListener = 1

  constructor(world: NetworkWorld) {
    this.#world = world
    this.#wire = new Wire(world)
  }

  // ---- the calls of a program --------------------------------------------------------------------------------------

  listen(life: NodeLife, address: string): ListenerId {
    const id = this.#nextListener++
    const cause = this.#world.trace.context
    const failure = this.#bind(life, id, address)
    this.#world.scheduler.at(this.#world.scheduler.nowMs, () =>
      life.dispatch(() => {
        const listener = life.listeners.get(id)
        if (failure !== '') life.handle(cause, () => life.events.listenFailed(id, failure))
        else if (listener !== undefined) {
          const { trace } = this.#world
          const n = trace.observe?.('net.listening', life.node.name, cause, { address: listener.address }) ?? 0
          life.handle(n, () => life.events.listening(id, listener.address))
        }
      }),
    )
    return id
  }

  unlisten(life: NodeLife, id: ListenerId): void {
    const listener = life.listeners.get(id)
    if (listener === undefined) return
    life.listeners.delete(id)
    life.node.ports.delete(listener.port)
  }

  connect(life: NodeLife, address: string): ConnectionId {
    const { trace, scheduler, links } = this.#world
    const id = this.#wire.nextId()
    const from = life.node
    const cause = trace.observe?.('net.connecting', from.name, trace.context, { connection: id, to: address }) ?? 0
    // both nodes are known now, but the peer accepts or refuses only when the first flight arrives
    const target = this.#locate(from, address)
    const to = target?.node ?? from
    const port = target?.port ?? 0
    const connection = new Connection(from, to, port, target?.isLoopback ?? false)
    const ephemeral = FIRST_EPHEMERAL_PORT + (from.nextEphemeral++ % EPHEMERAL_PORTS)
    const end: End = {
      id,
      life,
      connection,
      out: connection.toServer,
      peer: to.name,
      localAddress: `${connection.isLoopback ? '127.0.0.1' : from.ip}:${ephemeral}`,
      remoteAddress: `${connection.isLoopback ? '127.0.0.1' : to.ip}:${port}`,
      state: 'connecting',
      deaf: false,
      linger: undefined,
    }
    connection.client = end
    life.ends.set(id, end)
    // an unknown name is refused at once, and a cut link ends the connect after one hop; otherwise the first flight is sent
    if (target === undefined) {
      scheduler.at(scheduler.nowMs, () => this.#wire.finish(end, 'connection refused', cause))
      return id
    }
    this.#wire.connections.add(connection)
    if (links.isCut(from.name, to.name)) {
      const arrives = scheduler.nowMs + links.hopMs(from.name, to.name)
      scheduler.at(arrives, () => this.#wire.finish(end, 'host unreachable', cause))
      return id
    }
    const arrives = this.#wire.takeOff(connection, connection.toServer, 'syn', NO_BYTES, cause)
    if (arrives - scheduler.nowMs > CONNECT_TIMEOUT_MS / 2) this.#wire.limitConnect(connection)
    return id
  }

  send(life: NodeLife, id: ConnectionId, bytes: Uint8Array): number {
    const end = life.ends.get(id)
    if (end === undefined || (end.state !== 'open' && end.state !== 'connecting') || end.deaf) return 0
    const stream = end.out
    if (bytes.length === 0) return stream.waitingBytes
    stream.waitingBytes += bytes.length
    if (stream.waitingBytes > SEND_BUFFER_BYTES_MAX) {
      this.#wire.abort(end, 'send buffer overflow')
      return 0
    }
    if (stream.waitingBytes > SEND_BUFFER_BYTES) stream.overfull = true
    this.#wire.sendPieces(end, bytes)
    return stream.waitingBytes
  }

  close(life: NodeLife, id: ConnectionId): void {
    const end = life.ends.get(id)
    if (end === undefined || end.state === 'closing' || end.state === 'closed') return
    end.state = 'closing' // also while connecting; the close is sent after the queued bytes
    end.deaf = true
    const { scheduler, trace } = this.#world
    end.linger = scheduler.at(scheduler.nowMs + CLOSE_LINGER_MS, () => this.#wire.abort(end, 'closed'))
    this.#wire.takeOff(end.connection, end.out, 'fin', NO_BYTES, trace.context)
  }

  reset(life: NodeLife, id: ConnectionId): void {
    const end = life.ends.get(id)
    if (end !== undefined && end.state !== 'closed') this.#wire.abort(end, 'reset')
  }

  /** Returns the IP address of a host name, or '' when no node has this name. */
  resolve(hostName: string): string {
    if (hostName === 'localhost') return '127.0.0.1'
    return isIpv4(hostName) ? hostName : (this.#world.nodes.get(hostName)?.ip ?? '')
  }

  // ---- what the cluster does to the network ------------------------------------------------------------------------

  /** Ends the connections and listeners of a process (a life of its node), and notifies each peer. */
  endLife(life: NodeLife, how: 'returned' | 'killed' | 'powercut'): void {
    for (const listener of life.listeners.values()) life.node.ports.delete(listener.port)
    life.listeners.clear()
    for (const end of [...life.ends.values()]) {
      const { connection } = end
      const wasTold = end.state === 'closing'
      this.#wire.drop(
        connection,
        end.out === connection.toServer ? connection.toClient : connection.toServer,
        'the node ended',
      )
      if (how === 'powercut') this.#wire.drop(connection, end.out, 'power cut')
      if (end.state === 'connecting') this.#wire.drop(connection, end.out, 'the node ended')
      end.state = 'closed'
      end.deaf = true
      if (end.linger !== undefined) this.#world.scheduler.cancel(end.linger)
      if (!wasTold || how === 'powercut') this.#wire.goodbye(end, how === 'returned' ? 'fin' : 'rst')
      this.#wire.forgetIfOver(connection)
    }
    life.ends.clear()
  }

  /** Breaks every connection between two nodes. Called when a partition with `reset` begins. */
  breakBetween(a: string, b: string): void {
    for (const connection of [...this.#wire.connections]) {
      const names = [connection.toServer.from.name, connection.toServer.to.name]
      if (!names.includes(a) || !names.includes(b) || a === b) continue
      this.#wire.drop(connection, connection.toServer, 'partition')
      this.#wire.drop(connection, connection.toClient, 'partition')
      for (const end of [connection.client, connection.server]) {
        if (end !== undefined) this.#wire.finish(end, end.state === 'connecting' ? 'host unreachable' : 'reset', 0)
      }
      this.#wire.forgetIfOver(connection)
    }
  }

  /** Called after a fault has ended. Sends the flights that waited for the end of the fault. */
  release(): void {
    this.#wire.release()
  }

  // ---- addresses ---------------------------------------------------------------------------------------------------

  /** Takes the port of an address for a listener. Returns '' or the reason why the port cannot be taken. */
  #bind(life: NodeLife, id: ListenerId, address: string): string {
    const { node } = life
    const parts = splitAddress(address)
    if (parts === undefined) return `cannot listen on ${address}: not host:port`
    const { host } = parts
    const loopbackOnly = host === '127.0.0.1' || host === 'localhost'
    const isOwn = host === '' || host === '0.0.0.0' || host === node.ip || host === node.name
    if (!isOwn && !loopbackOnly) return `cannot listen on ${address}: not an address of ${node.name}`
    let { port } = parts
    if (port === 0) for (port = FIRST_FREE_PORT; node.ports.has(port); ) port++
    if (node.ports.has(port)) return `cannot listen on ${address}: address in use`
    const shown = loopbackOnly ? '127.0.0.1' : host === '' || host === '0.0.0.0' ? '0.0.0.0' : node.ip
    const listener = { id, life, port, loopbackOnly, address: `${shown}:${port}` }
    node.ports.set(port, listener)
    life.listeners.set(id, listener)
    return ''
  }

  #locate(from: SimNode, address: string): { node: SimNode; port: number; isLoopback: boolean } | undefined {
    const parts = splitAddress(address)
    if (parts === undefined) return undefined
    const ip = this.resolve(parts.host)
    if (ip === '127.0.0.1') return { node: from, port: parts.port, isLoopback: true }
    for (const node of this.#world.nodes.values()) {
      if (node.ip === ip) return { node, port: parts.port, isLoopback: false }
    }
    return undefined
  }
}
