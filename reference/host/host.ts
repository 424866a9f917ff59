/**
 * The interface between a node's program and its platform.
 *
 * A broker, a NameServer or a client never opens a socket, reads a clock or draws a random number directly. Each of these
 * programs receives a `Host` and uses the platform only through this `Host`. So the same program runs on real sockets and
 * files (`host/node`), and in a simulation with a virtual clock and faults (`host/sim`). A simulation can also run in a
 * worker of a web page, or inside the QuickJS interpreter of the grader.
 *
 * | part        | what a node does with it                                             |
 * | ----------- | -------------------------------------------------------------------- |
 * | clock       | reads the time, sets timers                                           |
 * | network     | listens, connects, sends and receives bytes                           |
 * | disk        | reads and writes files; makes written bytes durable (`sync`)          |
 * | random      | draws numbers from named streams                                      |
 * | trace       | reports events for figures and logs; costs almost nothing when no event log is kept |
 * | application | passes results to the user of the program and receives the user's calls |
 *
 * Invariants:
 * - A program knows connections, files and timers only by numbers. Apart from callbacks, only bytes, numbers, booleans,
 *   strings, lists of strings and flat objects cross this boundary. So the program of a node may run in another process, or
 *   in WebAssembly.
 * - A call of the disk, except a sync, is done when it returns. No other call of a host waits for an operation. When an
 *   operation takes time (a connect, a sync, a timer), the call returns at once, and the host calls a callback later. Only
 *   one callback runs at a time. A callback never runs inside the call that requested it.
 * - After a call that passes a `Uint8Array` to the host, the caller must not change this array.
 *
 * RocketMQ has no such interface, and uses Netty, `MappedByteBuffer`, `System.currentTimeMillis` and thread pools directly.
 * The design of this interface follows etcd/raft and TigerBeetle. A host does not offer threads, child processes or
 * environment variables.
 */
import type { Trace } from './trace.ts'

/** The parts of the platform that one node uses. */
export interface Host {
  /** The name of the node in its cluster, such as `broker-a`. On the simulated network, this name is also the host name. */
  readonly name: string
  readonly clock: Clock
  readonly network: Network
  readonly disk: Disk
  readonly random: Random
  readonly trace: Trace
  readonly application: Application
  /**
   * True when a server must continue after one of its callbacks has thrown an error. The error is then only logged
   * (`guard.ts`). When `goesOn` is not true, the error ends the node, so a simulated run shows the mistake.
   */
  readonly goesOn?: boolean
}

/** The number of a running timer. A timer never has the number 0. */
export type TimerId = number

/** A node's clocks and timers. */
export interface Clock {
  /**
   * Returns the node's wall clock, in whole milliseconds since 1970. It can happen that this clock is wrong, and that this
   * clock jumps forwards or back.
   */
  nowMs(): number
  /**
   * Returns the whole milliseconds since a fixed moment. This clock never goes back, so programs measure durations with this
   * clock.
   */
  monotonicMs(): number
  /**
   * Calls `callback` once, after `delayMs` milliseconds. When `delayMs` is 0, the callback runs after the current event; in
   * a simulation, no time passes in between. In the event log of a simulation, the cause of a callback's events is the
   * event that set the timer, but only when `delayMs` is 0.
   */
  after(delayMs: number, callback: () => void): TimerId
  /** Cancels a timer. Does nothing for an unknown timer, or for a timer that has fired. */
  cancel(timer: TimerId): void
}

/** The number of one end of a connection. An end never has the number 0. */
export type ConnectionId = number
/** The number of a listener. A listener never has the number 0. */
export type ListenerId = number

/**
 * The callbacks of one connection. `onClosed` is called exactly once, as the last callback. `onClosed` is also called when
 * the connection could not be opened.
 */
export interface ConnectionHandler {
  /** Called when a connection made by `connect` is open. */
  onOpened?(connection: ConnectionId, localAddress: string, remoteAddress: string): void
  /** Called with received bytes, in the order of sending. One call may contain a part of a frame, or several frames. */
  onBytes(connection: ConnectionId, bytes: Uint8Array): void
  /**
   * Called when `send` has returned more than `SEND_BUFFER_BYTES`, and since then the send buffer has fallen below half of
   * `SEND_BUFFER_BYTES`.
   */
  onDrained?(connection: ConnectionId): void
  /** Called when the connection is closed. `reason` is a phrase such as `closed by peer`, `reset` or `host unreachable`. */
  onClosed(connection: ConnectionId, reason: string): void
}

/** The callbacks of one listener. */
export interface ListenHandler {
  /** Called when the listener is ready. `address` contains the real port when port 0 was requested. */
  onListening?(address: string): void
  /**
   * Called when the program cannot listen on the address. `reason` is a phrase. After this call, the host calls no other
   * callback of the listener.
   */
  onFailed(reason: string): void
  /** Called for each new connection. Returns the callbacks of this connection. */
  onConnection(connection: ConnectionId, remoteAddress: string, localAddress: string): ConnectionHandler
}

/** Connections that carry streams of bytes. An address looks like `127.0.0.1:9876` or `broker-a:10911`. */
export interface Network {
  /** Starts listening on `address` (`host:port`). */
  listen(address: string, handler: ListenHandler): ListenerId
  /** Stops listening. Open connections stay open. */
  unlisten(listener: ListenerId): void
  /** Begins to connect to `address`. Later calls `handler.onOpened` after success, or `handler.onClosed` after failure. */
  connect(address: string, handler: ConnectionHandler): ConnectionId
  /**
   * Adds `bytes` to the send buffer of a connection. Returns how many bytes now wait in the send buffer. Drops `bytes` when
   * the connection is closing, closed or unknown.
   */
  send(connection: ConnectionId, bytes: Uint8Array): number
  /**
   * Stops or continues reading from a connection. While reading is stopped, the bytes wait in the send buffer of the peer. A
   * host without this method delivers all bytes at once.
   */
  setReading?(connection: ConnectionId, isReading: boolean): void
  /**
   * Closes a connection after all bytes in the send buffer were sent, or breaks it after `CLOSE_LINGER_MS`. The reason at
   * the peer is then `closed by peer` or `reset`.
   */
  close(connection: ConnectionId): void
  /** Closes a connection at once, and drops the bytes in the send buffer. The reason at the peer is `reset`. */
  reset(connection: ConnectionId): void
  /** Returns the IP address of a host name, such as `10.0.0.3`. Returns '' for an unknown name. */
  resolve(hostName: string): string
}

/** The number of an open file. An open file never has the number 0. */
export type FileId = number

/**
 * The files of a node. A path is relative to the directory of the node. The parts of a path are separated by `/`, and no
 * part is `..`.
 *
 * Bytes that were written, but not synced, are in the page cache of the operating system. Bytes in the page cache survive
 * the end of the process, but a power cut may lose them. `sync` makes all bytes durable that were written before the call of
 * `sync`. Every call can throw `DiskError`.
 */
export interface Disk {
  /**
   * Returns the names in a directory, sorted by code unit. Names of directories end in `/`. Returns an empty list for a
   * missing directory.
   */
  list(directory: string): readonly string[]
  /** Returns the size of a file in bytes, or -1 when the file does not exist. */
  sizeBytes(path: string): number
  /** Opens a file for reading and writing. Creates a missing file and its missing directories. */
  open(path: string): FileId
  /**
   * Returns `lengthBytes` bytes from position `atBytes`. Returns fewer bytes when the file ends earlier. The host may write
   * the bytes into `room` and return a part of it. A caller that reads often gives the same `room` each time, because new
   * memory for a large read needs more time than the read itself.
   */
  read(file: FileId, atBytes: number, lengthBytes: number, room?: Uint8Array): Uint8Array
  /** Writes bytes at `atBytes`. The file grows when necessary. */
  write(file: FileId, atBytes: number, bytes: Uint8Array): void
  /** Sets the length of a file. New bytes are zeros, and take no space until they are written. */
  resize(file: FileId, sizeBytes: number): void
  /**
   * Makes all bytes durable that were written to the file before this call. Then calls `done` with '' or with the reason of
   * the failure. After a failed sync, a second sync can report success although the bytes are lost.
   */
  sync(file: FileId, done: (error: string) => void): void
  close(file: FileId): void
  /** Renames a file in one step. Replaces a file that has the new name. */
  rename(from: string, to: string): void
  /** Removes a file or an empty directory. Does nothing when the path does not exist. */
  remove(path: string): void
  /**
   * Makes new, changed and removed names in a directory durable. Then calls `done` with '' or with the reason of the
   * failure.
   */
  syncDirectory(directory: string, done: (error: string) => void): void
  /**
   * Takes the lock file `path` for this process until this process ends. Returns false when another process has taken the
   * lock file.
   */
  lock(path: string): boolean
  /** Returns the used part of the disk, from 0 to 1. As in `df`, reserved blocks count neither as used nor as free. */
  usedRatio(): number
  /** Returns the size of the whole disk in bytes, or the number of free bytes. */
  spaceBytes(of: DiskSpace): number
}

/** Selects the size of a disk (`total`) or its number of free bytes (`free`). */
export type DiskSpace = 'total' | 'free'

/** The error of a disk call that failed. On every platform, `code` is one of the names below. */
export class DiskError extends Error {
  readonly code: 'ENOENT' | 'EIO' | 'ENOSPC' | 'EEXIST' | 'EINVAL' | 'EMFILE'
  readonly path: string
  constructor(code: DiskError['code'], path: string, what: string) {
    super(`${what} ${path}: ${code}`)
    this.name = 'DiskError'
    this.code = code
    this.path = path
  }

  /**
   * Recognises an error by its name. A program that is linked apart from its host, as in a lab, has a separate class
   * `DiskError`.
   */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && (value as { readonly name?: unknown }).name === 'DiskError'
  }
}

/**
 * Random numbers, from named streams. In a simulation, a number depends only on the seed, the node, the stream, and two
 * counts: the starts of the node, and the earlier numbers from this stream. So a fault does not change the numbers of
 * streams that it does not affect. Two runs that differ in one fault can be compared.
 */
export interface Random {
  /** Returns a random whole number from 0 to `below` - 1. `below` is from 1 to 2^32. */
  int(stream: string, below: number): number
}

/**
 * The user of the program, such as a test, a figure, a lab or a check of an instructor. The application is outside the node.
 * So the texts that the application receives show what happened, even when the node reports wrong events. The texts are
 * JSON, except the output of a command (`admin`).
 */
export interface Application {
  /** Passes `text`, such as a message in JSON, to the application. Calls `answered` with the answer of the application. */
  hand(name: string, text: string, answered: (text: string) => void): void
  /**
   * Sets the handler for calls of the application, such as `send`. For each call, the handler calls `answer` once, with a
   * result or an error.
   */
  serve(handler: (name: string, text: string, answer: (result: string, error?: string) => void) => void): void
}
