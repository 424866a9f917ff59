/**
 * Looks at what a program leaves behind at the moment when it says that it has stopped: timers, connections, listeners, open
 * files and syncs that would still call it. Such a program would go on in a process that goes on. What it does after that
 * moment counts, too. A program that leaves something throws, so every test and every campaign that stops one notices it.
 *
 * A timer that is set while the application answers stands for work of the application, such as a slow listener. It does not
 * count, because a client does not wait for the application when it stops.
 *
 * A connection that the program has closed is still closing at that moment: its end is told to the program on the spot, which
 * has to make of it what it makes of any end, and begin nothing.
 *
 * The calls of the program are only counted, never changed: a run is the same with and without this.
 */
import type { ConnectionHandler, Host, ListenHandler } from '../../reference/host/host.ts'
import type { Program } from '../../reference/host/program.ts'
import type { ProgramSource } from '../../reference/host/sim/programs.ts'

/** What a program does at once when it has stopped takes at most so many events. */
const AT_ONCE_MAX = 1_000

/** The same programs, each with a look at what it leaves behind. Loaders and ports stay as they are. */
export function watchStops<P extends Readonly<Record<string, ProgramSource>>>(programs: P): P {
  const watched = Object.entries(programs).map(([name, source]) => [name, watchedSource(source)] as const)
  return Object.fromEntries(watched) as unknown as P
}

function watchedSource(source: ProgramSource): ProgramSource {
  if (typeof source === 'function') return isProgram(source) ? watched(source) : source
  if (!('program' in source) || !isProgram(source.program)) return source
  return { ...source, program: watched(source.program) }
}

const isProgram = (program: Program | (() => unknown)): program is Program => program.length > 0

/** The program, with a look at what it leaves behind. */
export function watched(program: Program): Program {
  return (given, args, signals) => {
    const use = new Use(given)
    const running = program(use.host, args, signals)
    return {
      stop: (done) =>
        running.stop(() => {
          done()
          use.endsHere()
        }),
    }
  }
}

interface Connection {
  readonly handler: ConnectionHandler
  readonly what: string
  isClosing: boolean
}

/** What one life of a program uses at present. */
class Use {
  readonly host: Host
  readonly #name: string
  readonly #timers = new Map<number, readonly [number, () => void]>()
  readonly #connections = new Map<number, Connection>()
  readonly #listeners = new Map<number, string>()
  readonly #files = new Map<number, string>()
  readonly #syncs = new Map<number, string>()
  #nextSync = 1
  /** What the program does as soon as the present event is over. */
  readonly #atOnce: (() => void)[] = []
  #isAnswering = false
  #hasEnded = false

  constructor(given: Host) {
    this.#name = given.name
    const { clock, network, disk, application } = given
    const used = (what: string) => {
      if (this.#hasEnded) throw new Error(`${this.#name} has stopped, and afterwards it ${what}`)
    }
    const synced = (path: string, sync: (done: (error: string) => void) => void, done: (error: string) => void) => {
      used(`syncs ${path}`)
      const id = this.#nextSync++
      this.#syncs.set(id, path)
      sync((error) => {
        this.#syncs.delete(id)
        done(error)
      })
    }
    this.host = {
      ...given,
      clock: {
        nowMs: () => clock.nowMs(),
        monotonicMs: () => clock.monotonicMs(),
        after: (delayMs, callback) => {
          if (this.#hasEnded && delayMs === 0) return this.#atOnce.push(callback)
          used(`sets a timer of ${delayMs} ms`)
          if (this.#isAnswering) return clock.after(delayMs, callback)
          const timer = clock.after(delayMs, () => {
            this.#timers.delete(timer)
            callback()
          })
          this.#timers.set(timer, [delayMs, callback])
          return timer
        },
        cancel: (timer) => {
          this.#timers.delete(timer)
          clock.cancel(timer)
        },
      },
      network: {
        ...network,
        listen: (address, handler) => {
          used(`listens at ${address}`)
          const listener = network.listen(
            address,
            this.#listens(handler, () => this.#listeners.delete(listener)),
          )
          this.#listeners.set(listener, address)
          return listener
        },
        unlisten: (listener) => {
          this.#listeners.delete(listener)
          network.unlisten(listener)
        },
        connect: (address, handler) => {
          used(`connects to ${address}`)
          const connection = network.connect(address, this.#closes(handler))
          this.#connections.set(connection, { handler, what: `to ${address}`, isClosing: false })
          return connection
        },
        send: (connection, bytes) => {
          used(`sends ${bytes.length} bytes`)
          return network.send(connection, bytes)
        },
        close: (connection) => {
          this.#isClosing(connection)
          network.close(connection)
        },
        reset: (connection) => {
          this.#isClosing(connection)
          network.reset(connection)
        },
      },
      disk: {
        ...disk,
        open: (path) => {
          used(`opens ${path}`)
          const file = disk.open(path)
          this.#files.set(file, path)
          return file
        },
        write: (file, atBytes, bytes) => {
          used(`writes ${bytes.length} bytes`)
          disk.write(file, atBytes, bytes)
        },
        rename: (from, to) => {
          used(`renames ${from}`)
          disk.rename(from, to)
        },
        remove: (path) => {
          used(`removes ${path}`)
          disk.remove(path)
        },
        close: (file) => {
          this.#files.delete(file)
          disk.close(file)
        },
        sync: (file, done) => synced(this.#files.get(file) ?? '', (ended) => disk.sync(file, ended), done),
        syncDirectory: (path, done) => synced(path, (ended) => disk.syncDirectory(path, ended), done),
      },
      application: {
        ...application,
        hand: (name, text, answered) =>
          application.hand(name, text, (answer) => {
            this.#isAnswering = true
            try {
              answered(answer)
            } finally {
              this.#isAnswering = false
            }
          }),
      },
    }
  }

  #listens(handler: ListenHandler, failed: () => void): ListenHandler {
    return {
      onListening: (address) => handler.onListening?.(address),
      onFailed: (reason) => {
        failed()
        handler.onFailed(reason)
      },
      onConnection: (connection, remoteAddress, localAddress) => {
        const accepted = handler.onConnection(connection, remoteAddress, localAddress)
        this.#connections.set(connection, { handler: accepted, what: `from ${remoteAddress}`, isClosing: false })
        return this.#closes(accepted)
      },
    }
  }

  #isClosing(connection: number): void {
    const known = this.#connections.get(connection)
    if (known !== undefined) known.isClosing = true
  }

  #closes(handler: ConnectionHandler): ConnectionHandler {
    return {
      onOpened: (connection, localAddress, remoteAddress) =>
        handler.onOpened?.(connection, localAddress, remoteAddress),
      onBytes: (connection, bytes) => handler.onBytes(connection, bytes),
      onDrained: (connection) => handler.onDrained?.(connection),
      onClosed: (connection, reason) => {
        this.#connections.delete(connection)
        handler.onClosed(connection, reason)
      },
    }
  }

  /** Called when the program says that it has stopped. Throws an Error that lists what the program leaves behind. */
  endsHere(): void {
    this.#hasEnded = true
    for (const [connection, { handler, isClosing }] of [...this.#connections]) {
      if (!isClosing) continue
      this.#connections.delete(connection)
      handler.onClosed(connection, 'closed')
    }
    for (const [timer, [delayMs, callback]] of [...this.#timers]) {
      if (delayMs > 0) continue
      this.#timers.delete(timer)
      callback()
    }
    for (let done = 0; done < this.#atOnce.length && done < AT_ONCE_MAX; done++) this.#atOnce[done]!()
    const timers = [...this.#timers.values()].map(
      ([delayMs, callback]) => `a timer of ${delayMs} ms: ${String(callback).replace(/\s+/g, ' ').slice(0, 120)}`,
    )
    const left = [
      ...timers,
      ...[...this.#connections.values()].map(({ what }) => `a connection ${what}`),
      ...[...this.#listeners.values()].map((what) => `a listener at ${what}`),
      ...[...this.#files.values()].map((what) => `the open file ${what}`),
      ...[...this.#syncs.values()].map((what) => `a sync of ${what}`),
    ]
    if (left.length > 0) throw new Error(`${this.#name} has stopped, and leaves behind ${left.join('; ')}`)
  }
}
