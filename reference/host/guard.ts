/**
 * The guard of a server. When a callback throws an error, the guard ends only this callback, and the server continues.
 *
 * Timers, sockets and the disk call a server thousands of times a second. A mistake in one callback must not end the service
 * for all other clients. But the mistake must not stay hidden. So the guard writes one line to the log that names the place
 * in the source. If the callback belongs to a connection, the guard resets this connection, because the state of the
 * connection is unknown.
 *
 * | callback                          | what the guard does after a thrown error                 |
 * | --------------------------------- | -------------------------------------------------------- |
 * | timer, sync, answer, call         | writes a line to the log; answers a call with an error   |
 * | bytes, opened, drained            | writes a line, and resets the connection                 |
 * | accepted                          | writes a line, and resets the new connection             |
 * | closed, listening                 | writes a line                                            |
 *
 * `Host.goesOn` is true when a host needs a guard, as the real host does. The simulated host does not need a guard. In a
 * simulation, an error in a callback must end the node, and must be reported as a failure. So a test shows the error, with
 * its stack and with the seed of the run.
 *
 * RocketMQ: the `try { … } catch (Throwable)` in the run methods of its thread pools and timers. The programs of learners
 * and applications have no guard. An error ends the program of a learner or an application.
 */
import type { ConnectionHandler, ConnectionId, Host, ListenHandler } from './host.ts'

/** Returns a host with guarded callbacks for the `main` of a server. Returns `host` itself when `goesOn` is not true. */
export function guardedHost(host: Host): Host {
  if (host.goesOn !== true) return host
  const guard = new Guard(host)
  const { clock, network, disk, application } = host
  // every call is passed to the host; only callbacks are guarded
  return {
    ...host,
    clock: {
      nowMs: () => clock.nowMs(),
      monotonicMs: () => clock.monotonicMs(),
      after: (delayMs, callback) => clock.after(delayMs, () => void guard.run('a timer', callback)),
      cancel: (timer) => clock.cancel(timer),
    },
    network: {
      listen: (address, handler) => network.listen(address, guard.listener(handler)),
      unlisten: (listener) => network.unlisten(listener),
      connect: (address, handler) => network.connect(address, guard.connection(handler)),
      send: (connection, bytes) => network.send(connection, bytes),
      ...(network.setReading === undefined
        ? {}
        : { setReading: (connection, isReading) => network.setReading?.(connection, isReading) }),
      close: (connection) => network.close(connection),
      reset: (connection) => network.reset(connection),
      resolve: (hostName) => network.resolve(hostName),
    },
    disk: {
      list: (directory) => disk.list(directory),
      sizeBytes: (path) => disk.sizeBytes(path),
      open: (path) => disk.open(path),
      read: (file, atBytes, lengthBytes, room) => disk.read(file, atBytes, lengthBytes, room),
      write: (file, atBytes, bytes) => disk.write(file, atBytes, bytes),
      resize: (file, sizeBytes) => disk.resize(file, sizeBytes),
      sync: (file, done) => disk.sync(file, (error) => void guard.run('a sync', () => done(error))),
      close: (file) => disk.close(file),
      rename: (from, to) => disk.rename(from, to),
      remove: (path) => disk.remove(path),
      syncDirectory: (directory, done) =>
        disk.syncDirectory(directory, (error) => void guard.run('a sync', () => done(error))),
      lock: (path) => disk.lock(path),
      usedRatio: () => disk.usedRatio(),
      spaceBytes: (of) => disk.spaceBytes(of),
    },
    application: {
      hand: (name, text, answered) =>
        application.hand(name, text, (answer) => void guard.run('an answer', () => answered(answer))),
      serve: (handler) =>
        application.serve((name, text, answer) => {
          if (!guard.run(`the call ${name}`, () => handler(name, text, answer)))
            answer('', `${name} threw: see the log`)
        }),
    },
  }
}

class Guard {
  readonly #host: Host

  constructor(host: Host) {
    this.#host = host
  }

  /**
   * Runs a callback and returns true. If the callback throws, writes a line that begins with `what` to the log, and returns
   * false.
   */
  run(what: string, callback: () => void): boolean {
    try {
      callback()
      return true
    } catch (error) {
      this.#host.trace.log('error', `${what} threw and was given up: ${sentenceOf(error)}; please report this line`)
      return false
    }
  }

  listener(handler: ListenHandler): ListenHandler {
    return {
      onListening: (address) => void this.run('the listener', () => handler.onListening?.(address)),
      onFailed: (reason) => void this.run('the listener', () => handler.onFailed(reason)),
      onConnection: (connection, remoteAddress, localAddress) => {
        let accepted: ConnectionHandler = NO_HANDLER
        this.#of(connection, `accepting ${remoteAddress}`, () => {
          accepted = this.connection(handler.onConnection(connection, remoteAddress, localAddress))
        })
        return accepted
      },
    }
  }

  connection(handler: ConnectionHandler): ConnectionHandler {
    return {
      onOpened: (id, localAddress, remoteAddress) =>
        this.#of(id, `the opened connection to ${remoteAddress}`, () =>
          handler.onOpened?.(id, localAddress, remoteAddress),
        ),
      onBytes: (id, bytes) => this.#of(id, 'a frame', () => handler.onBytes(id, bytes)),
      onDrained: (id) => this.#of(id, 'a drained connection', () => handler.onDrained?.(id)),
      onClosed: (id, reason) => void this.run('a closed connection', () => handler.onClosed(id, reason)),
    }
  }

  /** Runs a callback of a connection. Resets the connection when the callback throws. */
  #of(connection: ConnectionId, what: string, callback: () => void): void {
    if (!this.run(what, callback)) this.#host.network.reset(connection)
  }
}

/** A handler that does nothing, for a connection that has no other handler. */
export const NO_HANDLER: ConnectionHandler = { onBytes() {}, onClosed() {} }

/** Returns the error and its place in the source, in one line. */
function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const lines = (error.stack ?? '').split('\n')
  const place = lines.find((line) => line.trimStart().startsWith('at ') && !line.includes('/common/assert.ts'))
  return `${error.name}: ${error.message}${place === undefined ? '' : ` (${place.trim()})`}`
}
