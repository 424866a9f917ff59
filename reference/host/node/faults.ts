/**
 * Faults on a real machine: a `Host` around a `Host` that delays, refuses, breaks and stops on order. Shared by every real
 * runtime; it names nothing of the platform.
 *
 * | fault        | how                                                                                              |
 * | ------------ | ------------------------------------------------------------------------------------------------ |
 * | partition    | by the side that connected, which alone knows both names, for bytes in both directions             |
 * | link         | likewise; `delayMs` and `refuse` as in the simulation                                              |
 * | pause        | events reach the program only after the heal; controls of the launcher reach it at once              |
 * | clock        | `nowMs` is off by `skewMs`                                                                          |
 * | disk         | calls fail, syncs fail or take longer (`faulty-disk.ts`)                                            |
 *
 * A cluster sends every fault to every node, and each node applies those that concern it. Invariant: the order within a connection
 * is kept through delays and partitions. Not here: real loss and real congestion, which happen in the kernel.
 */
import type { Fault } from '../cluster.ts'
import type { Application, Clock, ConnectionHandler, Disk, Host, ListenHandler, Network } from '../host.ts'
import { FaultyDisk } from './faulty-disk.ts'
import { FaultyConnections } from './faulty-network.ts'

/** A host with faults that can be switched on and off. */
export interface FaultyHost extends Host {
  /** Switches a fault on; `number` is for `heal`. */
  begin(number: number, fault: Fault): void
  /** Switches it off; unknown numbers are ignored. */
  heal(number: number): void
}

/** Wraps `host`. `nameOf` returns the lab's name of a real address, because routes may carry either. */
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
  // every part is behind the gate, and a change of the faults opens or shuts it
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

/** Passes events to the program; while the program is paused, keeps them in order. */
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
  // a timer that is due while the gate is shut waits there, and can still be cancelled
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

/** Returns the handler behind the gate. While it is closed the kernel accepts connections, and the program learns of them later. */
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
