/**
 * The program's side of the boundary in `node-port.ts`. `PortHost` builds a `Host` from the calls of `NodeCalls`. `PortHost`
 * keeps the callbacks of the program in maps, by the numbers of their timers, connections, listeners, syncs and calls.
 *
 * This file uses only ECMAScript and no functions of a platform, because it also runs in a separate QuickJS interpreter,
 * together with the code of a learner that is graded.
 *
 * Invariant: A callback that cannot be called again is removed, for example after its timer has fired, its connection has
 * closed or its sync has ended. So the memory does not grow during a long run.
 */
import type {
  Application,
  Clock,
  ConnectionHandler,
  ConnectionId,
  Disk,
  FileId,
  Host,
  ListenerId,
  ListenHandler,
  Network,
  Random,
  TimerId,
} from '../host.ts'
import type { Program, RunningProgram } from '../program.ts'
import type { Emit, Trace } from '../trace.ts'
import type { NodeCalls, NodeEvents, NodePort } from './node-port.ts'

type Serve = Parameters<Application['serve']>[0]

/** Returns the `NodePort` of a program that runs in the same JavaScript environment as the simulation. */
export function realmPort(program: Program): NodePort {
  return (calls) => new PortHost(calls, program)
}

/** The host of one process of a node, from its start to its end. */
export class PortHost implements Host, NodeEvents {
  readonly name: string
  readonly clock: Clock
  readonly network: Network
  readonly disk: Disk
  readonly random: Random
  readonly trace: Trace
  readonly application: Application
  readonly #calls: NodeCalls
  readonly #program: Program
  #running: RunningProgram | undefined
  #serve: Serve | undefined
  readonly #timers = new Map<TimerId, () => void>()
  readonly #connections = new Map<ConnectionId, ConnectionHandler>()
  readonly #listeners = new Map<ListenerId, ListenHandler>()
  readonly #syncs = new Map<number, (error: string) => void>()
  readonly #handed = new Map<number, (text: string) => void>()

  constructor(calls: NodeCalls, program: Program) {
    this.#calls = calls
    this.#program = program
    this.name = calls.name
    this.clock = this.#clock()
    this.network = this.#network()
    this.disk = this.#disk()
    this.random = { int: (stream, below) => calls.randomInt(stream, below) }
    const emit: Emit = (kind, facts) => calls.emit(kind, facts)
    this.trace = {
      get emit() {
        return calls.traceOn() ? emit : undefined
      },
      log: (level, text) => {
        if (calls.traceOn()) calls.emit('log.line', { level, text })
      },
    }
    this.application = {
      hand: (name, text, answered) => void this.#handed.set(calls.hand(name, text), answered),
      serve: (handler) => void (this.#serve = handler),
    }
  }

  start(args: readonly string[]): void {
    this.#running = this.#program(this, args, {
      ready: () => this.#calls.ready(),
      failed: (sentence) => this.#calls.failed(sentence),
    })
  }

  stop(): void {
    if (this.#running === undefined) this.#calls.stopped()
    else this.#running.stop(() => this.#calls.stopped())
  }

  timer(timer: TimerId): void {
    const callback = this.#timers.get(timer)
    this.#timers.delete(timer)
    callback?.()
  }

  listening(listener: ListenerId, address: string): void {
    this.#listeners.get(listener)?.onListening?.(address)
  }

  listenFailed(listener: ListenerId, reason: string): void {
    const handler = this.#listeners.get(listener)
    this.#listeners.delete(listener)
    handler?.onFailed(reason)
  }

  accepted(listener: ListenerId, connection: ConnectionId, remoteAddress: string, localAddress: string): void {
    const handler = this.#listeners.get(listener)
    if (handler === undefined)
      this.#calls.resetConnection(connection) // the listener was closed while a peer was connecting
    else this.#connections.set(connection, handler.onConnection(connection, remoteAddress, localAddress))
  }

  opened(connection: ConnectionId, localAddress: string, remoteAddress: string): void {
    this.#connections.get(connection)?.onOpened?.(connection, localAddress, remoteAddress)
  }

  bytes(connection: ConnectionId, bytes: Uint8Array): void {
    this.#connections.get(connection)?.onBytes(connection, bytes)
  }

  drained(connection: ConnectionId): void {
    this.#connections.get(connection)?.onDrained?.(connection)
  }

  closed(connection: ConnectionId, reason: string): void {
    const handler = this.#connections.get(connection)
    this.#connections.delete(connection)
    handler?.onClosed(connection, reason)
  }

  synced(sync: number, error: string): void {
    const done = this.#syncs.get(sync)
    this.#syncs.delete(sync)
    done?.(error)
  }

  replied(call: number, text: string): void {
    const answered = this.#handed.get(call)
    this.#handed.delete(call)
    answered?.(text)
  }

  called(call: number, name: string, text: string): void {
    if (this.#serve === undefined) this.#calls.answer(call, '', `${this.name} takes no calls`)
    else this.#serve(name, text, (result, error) => this.#calls.answer(call, result, error ?? ''))
  }

  #clock(): Clock {
    const calls = this.#calls
    return {
      nowMs: () => calls.nowMs(),
      monotonicMs: () => calls.monotonicMs(),
      after: (delayMs, callback) => {
        const timer = calls.setTimer(delayMs)
        this.#timers.set(timer, callback)
        return timer
      },
      cancel: (timer) => {
        if (this.#timers.delete(timer)) calls.cancelTimer(timer)
      },
    }
  }

  #network(): Network {
    const calls = this.#calls
    return {
      listen: (address, handler) => {
        const listener = calls.listen(address)
        this.#listeners.set(listener, handler)
        return listener
      },
      unlisten: (listener) => {
        if (this.#listeners.delete(listener)) calls.unlisten(listener)
      },
      connect: (address, handler) => {
        const connection = calls.connect(address)
        this.#connections.set(connection, handler)
        return connection
      },
      send: (connection, bytes) => calls.send(connection, bytes),
      close: (connection) => calls.closeConnection(connection),
      reset: (connection) => calls.resetConnection(connection),
      resolve: (hostName) => calls.resolve(hostName),
    }
  }

  #disk(): Disk {
    const calls = this.#calls
    return {
      list: (directory) => calls.list(directory),
      sizeBytes: (path) => calls.sizeBytes(path),
      open: (path) => calls.openFile(path),
      read: (file: FileId, atBytes, lengthBytes) => calls.read(file, atBytes, lengthBytes),
      write: (file, atBytes, bytes) => calls.write(file, atBytes, bytes),
      resize: (file, sizeBytes) => calls.resize(file, sizeBytes),
      sync: (file, done) => void this.#syncs.set(calls.sync(file), done),
      close: (file) => calls.closeFile(file),
      rename: (from, to) => calls.rename(from, to),
      remove: (path) => calls.remove(path),
      syncDirectory: (directory, done) => void this.#syncs.set(calls.syncDirectory(directory), done),
      lock: (path) => calls.lock(path),
      usedRatio: () => calls.usedRatio(),
      spaceBytes: (of) => calls.spaceBytes(of),
    }
  }
}
