/**
 * Everything that a node may do to the world, on one page.
 *
 * A broker, a NameServer or a client never opens a socket, reads a clock or draws a number by itself: it receives one `Host` and
 * uses nothing else. So the same program runs on real sockets and files (`host/node`), under a virtual clock with every fault on
 * demand (`host/sim`), in a worker of a web page, and inside the grader's guest.
 *
 * | part        | what a node does with it                                             |
 * | ----------- | -------------------------------------------------------------------- |
 * | clock       | asks the time, sets timers                                            |
 * | network     | listens, connects, sends and receives bytes                           |
 * | disk        | reads and writes files at once; makes them durable later (`sync`)     |
 * | random      | draws numbers from named streams                                      |
 * | trace       | tells what it did, for figures and logs; costs nothing without a reader |
 * | application | hands results to the program's user and takes the user's calls        |
 *
 * Invariants:
 * - Only bytes, numbers and strings cross this boundary; connections, files and timers are numbers. No object leads to the other
 *   side, so a node may run in another process or in a wasm guest.
 * - Nothing here waits. Calls return at once. What takes time (an opened connection, a sync, a timer) answers through a callback:
 *   one callback at a time, and never inside the call that asked for it.
 * - A `Uint8Array` that is handed over belongs to the receiver; the caller must not change it afterwards.
 *
 * RocketMQ has no such boundary: Netty, `MappedByteBuffer`, `System.currentTimeMillis` and thread pools are used where
 * they are needed. The shape follows etcd/raft and TigerBeetle. Not here: threads, child processes, environment variables.
 */
import type { Trace } from './trace.ts'

/** The world as one node sees it. */
export interface Host {
  /** The node's name in its cluster, such as `broker-a`; also its host name on the simulated network. */
  readonly name: string
  readonly clock: Clock
  readonly network: Network
  readonly disk: Disk
  readonly random: Random
  readonly trace: Trace
  readonly application: Application
  /**
   * True: an error that a callback of a server throws is a line in the log, and the server continues (`guard.ts`). Otherwise it
   * ends the node, which is how simulated runs find mistakes.
   */
  readonly goesOn?: boolean
}

/** The number of a running timer; never 0. */
export type TimerId = number

/** A node's clocks and timers. */
export interface Clock {
  /** Returns this node's wall clock, in whole milliseconds since 1970. It may be wrong, and it may jump, also backwards. */
  nowMs(): number
  /** Returns whole milliseconds since some fixed moment. It never goes back, so it measures durations. */
  monotonicMs(): number
  /**
   * Calls `callback` once, `delayMs` from now. 0 means after the event that is handled now, before any time passes. In the event
   * trace a timer's callback has a cause only when `delayMs` is 0; otherwise time itself is the cause.
   */
  after(delayMs: number, callback: () => void): TimerId
  /** Cancels a timer; unknown timers and those that have fired are ignored. */
  cancel(timer: TimerId): void
}

/** The number of one end of a connection, or of a listener; never 0. In a simulation both ends have the same number. */
export type ConnectionId = number
/** The number of a listener; never 0. */
export type ListenerId = number

/** The callbacks of one connection. `onClosed` is called exactly once, as the last one, also when the connection never opened. */
export interface ConnectionHandler {
  /** Called when a connection made by `connect` is open. */
  onOpened?(connection: ConnectionId, localAddress: string, remoteAddress: string): void
  /** Called with bytes in the order in which they were sent, cut anywhere. */
  onBytes(connection: ConnectionId, bytes: Uint8Array): void
  /** Called when the send buffer has fallen under half of the limit, after `send` returned more than the limit. */
  onDrained?(connection: ConnectionId): void
  /** `reason` is one clear phrase: `closed by peer`, `connection refused`, `reset`, `host unreachable` … */
  onClosed(connection: ConnectionId, reason: string): void
}

/** The callbacks of one listener. */
export interface ListenHandler {
  /** Called when the listener is ready; `address` has the real port when port 0 was asked for. */
  onListening?(address: string): void
  /** Called when the address could not be taken; `reason` is a clear phrase. No other callback follows. */
  onFailed(reason: string): void
  /** Called with each new connection; returns its handler. */
  onConnection(connection: ConnectionId, remoteAddress: string, localAddress: string): ConnectionHandler
}

/** Streams of bytes between addresses such as `127.0.0.1:9876` or `broker-a:10911`. */
export interface Network {
  /** Starts listening on `address` (`host:port`). */
  listen(address: string, handler: ListenHandler): ListenerId
  /** Stops accepting; open connections stay. */
  unlisten(listener: ListenerId): void
  /** Begins to connect; `onOpened` or `onClosed` is called later. */
  connect(address: string, handler: ConnectionHandler): ConnectionId
  /**
   * Queues bytes on a connection, in order, and returns how many bytes now wait in the send buffer.
   * Bytes for a connection that is closing or unknown are dropped: its `onClosed` was called, or will be.
   */
  send(connection: ConnectionId, bytes: Uint8Array): number
  /**
   * Stops or continues the reading of a connection. Meanwhile the peer's bytes wait in the peer, whose send buffer grows. A host
   * without this method delivers all bytes as they arrive.
   */
  setReading?(connection: ConnectionId, isReading: boolean): void
  /** Closes a connection after all queued bytes have left; the peer sees `closed by peer`. */
  close(connection: ConnectionId): void
  /** Closes a connection at once and drops queued bytes; the peer sees `reset`. */
  reset(connection: ConnectionId): void
  /** Returns the literal IP of a host name (`10.0.0.3`, `127.0.0.1`); '' for an unknown name. */
  resolve(hostName: string): string
}

/** The number of an open file; never 0. */
export type FileId = number

/**
 * A node's own files. Paths are relative to the node's directory, separated by `/`, without `..`.
 *
 * Written bytes are in the page cache: they survive the end of the process, but not a power cut. `sync` makes durable what was
 * written before the call. All calls may throw `DiskError`.
 */
export interface Disk {
  /** Returns the names in a directory, sorted by code unit; those of sub-directories end in `/`. A missing directory is empty. */
  list(directory: string): readonly string[]
  /** Returns the size of a file in bytes; -1 when there is none. */
  sizeBytes(path: string): number
  /** Opens a file for reading and writing. A missing file is made, with its directories. */
  open(path: string): FileId
  /** Reads `lengthBytes` from `atBytes` on; fewer only at the end of the file. */
  read(file: FileId, atBytes: number, lengthBytes: number): Uint8Array
  /** Writes at `atBytes`; the file grows when needed. */
  write(file: FileId, atBytes: number, bytes: Uint8Array): void
  /** Sets the length of a file; new bytes are zero and take no space until they are written. */
  resize(file: FileId, sizeBytes: number): void
  /** Makes durable what was written to the file so far; `error` is '' or the reason of the failure. A failed sync must not be retried. */
  sync(file: FileId, done: (error: string) => void): void
  close(file: FileId): void
  /** Renames a file in one step; a file of the new name is replaced. */
  rename(from: string, to: string): void
  /** Removes a file, or an empty directory. A missing one is ignored. */
  remove(path: string): void
  /** Makes new, changed and removed names of a directory durable. */
  syncDirectory(directory: string, done: (error: string) => void): void
  /** Takes an exclusive lock for the life of this process. Returns false when another process holds it. */
  lock(path: string): boolean
  /** Returns the share of the disk in use, 0 to 1, as `df` computes it: reserved blocks count neither as used nor as usable. */
  usedRatio(): number
  /** Returns the bytes of the whole disk, or its free bytes. */
  spaceBytes(of: DiskSpace): number
}

/** Which bytes of a disk are meant. */
export type DiskSpace = 'total' | 'free'

/** A disk call that failed. `code` is one of the names below on every platform. */
export class DiskError extends Error {
  readonly code: 'ENOENT' | 'EIO' | 'ENOSPC' | 'EEXIST' | 'EINVAL' | 'EMFILE'
  readonly path: string
  constructor(code: DiskError['code'], path: string, what: string) {
    super(`${what} ${path}: ${code}`)
    this.name = 'DiskError'
    this.code = code
    this.path = path
  }
}

/**
 * Random numbers. A draw depends only on the name of its stream and the number of draws before it in this stream, not on the draws
 * of other parts. So two runs that differ in one fault stay comparable.
 */
export interface Random {
  /** Draws a whole number from 0 to `below` - 1; `below` is at most 2^32. */
  int(stream: string, below: number): number
}

/**
 * The user of the program: a test, a figure, a lab, an instructor's check. The application is outside of the node, so what it
 * received is evidence, independent of what the node reports. Texts are JSON.
 */
export interface Application {
  /** Hands something to the application, such as a message, and calls `answered` with its answer. */
  hand(name: string, text: string, answered: (text: string) => void): void
  /** Sets the handler of the application's calls, such as `send`. It calls `answer` once, with a result or an error. */
  serve(handler: (name: string, text: string, answer: (result: string, error?: string) => void) => void): void
}
