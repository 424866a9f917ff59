/**
 * Faults on a real machine. A faulty `Host` wraps a real `Host`. While faults are active, the faulty host delays, refuses or
 * breaks calls and events. Every real runtime uses this file, so this file does not use functions of a platform.
 *
 * | fault        | how                                                                                              |
 * | ------------ | ------------------------------------------------------------------------------------------------ |
 * | partition    | the node that opened a connection applies the fault for both directions, because only this node knows both names |
 * | link         | applied by the node that opened the connection; `bytesPerSecond` has no effect on a real machine                       |
 * | pause        | events reach the program only after the end of the fault; the launcher still receives controls    |
 * | clock        | `skewMs` is added to `nowMs`                                                                     |
 * | disk         | calls fail or take longer (`faulty-disk.ts`)                                                     |
 *
 * A cluster sends every fault to every node. Each node applies the faults that concern this node.
 *
 * Invariant: Delays and partitions with `keep` do not change the order of bytes in a connection. This file does not simulate
 * the loss of packets and congestion, because these happen in the kernel.
 */
import type { Fault } from '../cluster.ts'
import type { Application, Clock, ConnectionHandler, Disk, Host, ListenHandler, Network } from '../host.ts'
import { FaultyDisk } from './faulty-disk.ts'
import { FaultyConnections } from './faulty-network.ts'

/** A host on which faults can begin and end. */
export interface FaultyHost extends Host {
  /** Begins a fault. `number` identifies the fault for `heal`. */
  begin(number: number, fault: Fault): void
  /** Ends the fault with this number. Does nothing for an unknown number. */
  heal(number: number): void
}

/**
 * Returns a faulty host that wraps `host`. `nameOf` returns the name of a node for its real address. `nameOf` is needed
 * because a route may contain names or real addresses. `undo` is the disk for the undo record (`faulty-disk.ts`), or
 * undefined when no undo record is kept.
 */
export function createFaultyHost(host: Host, nameOf: (address: string) => string, undo: Disk | undefined): FaultyHost {
  const faults = new Map<number, Fault>()
  const gate = new Gate()
  const active = () => faults.values()
  const disk = new FaultyDisk(host, gate, active, undo)
  const connections = new FaultyConnections(host, active, nameOf)
  const isPaused = () => [...faults.values()].some((fault) => fault.kind === 'pause' && fault.node === host.name)
  const changed = () => {
    gate.set(isPaused())
    connections.faultsChanged()
  }
  // all callbacks pass through the gate, which is closed while a `pause` is active
  return {
    name: host.name,
    clock: gatedClock(host, gate, active),
    network: gatedNetwork(host, gate, connections),
    disk,
    random: host.random,
    trace: host.trace,
    application: gatedApplication(host.application, gate),
    ...(host.goesOn === undefined ? {} : { goesOn: host.goesOn }),
    begin(number, fault) {
      faults.set(number, fault)
      changed()
    },
    heal(number) {
      faults.delete(number)
      changed()
    },
  }
}

/** Passes events to the program. While the program is paused, the gate keeps the events in order. */
export class Gate {
  #isShut = false
  #waiting: (() => void)[] = []

  pass(run: () => void): void {
    if (this.#isShut || this.#waiting.length > 0) this.#waiting.push(run)
    else run()
  }

  set(isShut: boolean): void {
    this.#isShut = isShut
    while (!this.#isShut && this.#waiting.length > 0) this.#waiting.shift()!()
  }
}

function gatedClock(host: Host, gate: Gate, active: () => Iterable<Fault>): Clock {
  const skewMs = () => {
    let skew = 0
    for (const fault of active()) if (fault.kind === 'clock' && fault.node === host.name) skew += fault.skewMs
    return skew
  }
  // the callback of a timer that is due while the gate is closed waits, and can still be cancelled
  const cancelled = new Set<number>()
  const due = new Set<number>()
  return {
    nowMs: () => host.clock.nowMs() + skewMs(),
    monotonicMs: () => host.clock.monotonicMs(),
    after(delayMs, callback) {
      const timer = host.clock.after(delayMs, () => {
        due.add(timer)
        gate.pass(() => {
          due.delete(timer)
          if (!cancelled.delete(timer)) callback()
        })
      })
      return timer
    },
    cancel(timer) {
      if (due.has(timer)) cancelled.add(timer)
      else host.clock.cancel(timer)
    },
  }
}

function gatedNetwork(host: Host, gate: Gate, connections: FaultyConnections): Network {
  const { network } = host
  return {
    listen: (address, handler) => network.listen(address, gatedListener(gate, handler)),
    unlisten: (listener) => network.unlisten(listener),
    connect: (address, handler) => connections.connect(address, gatedConnection(gate, handler)),
    send: (connection, bytes) => connections.send(connection, bytes),
    setReading: (connection, isReading) => connections.setReading(connection, isReading),
    close: (connection) => connections.close(connection),
    reset: (connection) => connections.reset(connection),
    resolve: (hostName) => network.resolve(hostName),
  }
}

function gatedConnection(gate: Gate, handler: ConnectionHandler): ConnectionHandler {
  return {
    onOpened: (connection, local, remote) => gate.pass(() => handler.onOpened?.(connection, local, remote)),
    onBytes: (connection, bytes) => gate.pass(() => handler.onBytes(connection, bytes)),
    onDrained: (connection) => gate.pass(() => handler.onDrained?.(connection)),
    onClosed: (connection, reason) => gate.pass(() => handler.onClosed(connection, reason)),
  }
}

/**
 * Returns a handler whose events pass through the gate. While the gate is closed, the kernel still accepts connections, but
 * the program is notified of these connections later.
 */
function gatedListener(gate: Gate, handler: ListenHandler): ListenHandler {
  return {
    onListening: (address) => gate.pass(() => handler.onListening?.(address)),
    onFailed: (reason) => gate.pass(() => handler.onFailed(reason)),
    onConnection(connection, remoteAddress, localAddress) {
      let program: ConnectionHandler | undefined
      gate.pass(() => {
        program = handler.onConnection(connection, remoteAddress, localAddress)
      })
      return gatedConnection(gate, {
        onBytes: (id, bytes) => program?.onBytes(id, bytes),
        onDrained: (id) => program?.onDrained?.(id),
        onClosed: (id, reason) => program?.onClosed(id, reason),
      })
    },
  }
}

function gatedApplication(application: Application, gate: Gate): Application {
  return {
    hand: (name, text, answered) => application.hand(name, text, (reply) => gate.pass(() => answered(reply))),
    serve: (handler) => application.serve((name, text, answer) => gate.pass(() => handler(name, text, answer))),
  }
}
