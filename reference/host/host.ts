/**
 * Everything a node may do to the world, on one page.
 *
 * A broker, a NameServer or a client never opens a socket, reads a clock or throws a die by itself: it is handed one
 * `Host` and uses nothing else. So the same program runs on real sockets and files (`host/node`), under a virtual clock
 * with every fault on order (`host/sim`), in a worker of a web page, and inside the grader's guest.
 *
 * | part        | what a node does with it                                             |
 * | ----------- | -------------------------------------------------------------------- |
 * | clock       | asks the time, sets timers                                            |
 * | network     | listens, connects, sends and receives bytes                           |
 * | disk        | reads and writes files at once; makes them durable later (`sync`)     |
 * | random      | draws numbers from named streams                                      |
 * | trace       | tells what it did, for figures and logs; costs nothing if nobody asks |
 * | application | hands results to the program's user and takes his calls               |
 *
 * Invariants:
 * - Only bytes, numbers and strings cross this boundary; connections, files and timers are numbers. Nothing on the
 *   other side can be reached by walking an object, which is what lets a node sit behind a process or a wasm wall.
 * - Nothing here waits. Calls return at once; what takes time (an opened connection, a sync, a timer) answers through a
 *   callback, one at a time, never from inside the call that asked for it.
 * - A `Uint8Array` handed over belongs to the receiver; the giver must not change it afterwards.
 *
 * RocketMQ has no such boundary: Netty, `MappedByteBuffer`, `System.currentTimeMillis` and thread pools are used where
 * they are needed. Shape after etcd/raft and TigerBeetle. Not here: threads, child processes, environment variables.
 */
import type { Trace } from './trace.ts'

/** One node's view of the world. */
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
   * True: what a callback of a server throws is a line in the log, and the server goes on (`guard.ts`). Otherwise a throw
   * ends the node, which is how simulated runs find mistakes.
   */
  readonly goesOn?: boolean
}

/** A running timer; never 0. */
export type TimerId = number

export interface Clock {
  /** This node's wall clock, milliseconds since 1970, whole. It may be wrong and it may jump, also backwards. */
  nowMs(): number
  /** Milliseconds since some fixed moment, whole; never goes back. For measuring how long something took. */
  monotonicMs(): number
  /**
   * Calls `callback` once, `delayMs` from now. 0 means: after the event being handled now, before time passes on.
   * The event trace forgets its cause over a timer unless `delayMs` is 0: time itself is the cause.
   */
  after(delayMs: number, callback: () => void): TimerId
  /** Takes a timer back; unknown or fired timers are ignored. */
  cancel(timer: TimerId): void
}

/** One end of a connection, or a listener; never 0. In a simulation both ends carry the same number. */
export type ConnectionId = number
export type ListenerId = number

/** Callbacks of one connection. `onClosed` comes exactly once, last, also for a connection that never opened. */
export interface ConnectionHandler {
  /** Only for connections made by `connect`: it is open, bytes may flow. */
  onOpened?(connection: ConnectionId, localAddress: string, remoteAddress: string): void
  /** Bytes in the order they were sent, cut anywhere. */
  onBytes(connection: ConnectionId, bytes: Uint8Array): void
  /** The send buffer has fallen under half of the limit after `send` returned more than the limit. */
  onDrained?(connection: ConnectionId): void
  /** `reason` is one clear phrase: `closed by peer`, `connection refused`, `reset`, `host unreachable` … */
  onClosed(connection: ConnectionId, reason: string): void
}

export interface ListenHandler {
  /** The listener is up; `address` carries the real port when 0 was asked for. */
  onListening?(address: string): void
  /** The address could not be taken; `reason` is a clear phrase. Nothing else is called after it. */
  onFailed(reason: string): void
  /** Somebody connected; returns the handler of this connection. */
  onConnection(connection: ConnectionId, remoteAddress: string, localAddress: string): ConnectionHandler
}

/** Streams of bytes between addresses such as `127.0.0.1:9876` or `broker-a:10911`. */
export interface Network {
  /** Starts listening on `address` (`host:port`). */
  listen(address: string, handler: ListenHandler): ListenerId
  /** Stops accepting; open connections stay. */
  unlisten(listener: ListenerId): void
  /** Begins to connect; `onOpened` or `onClosed` tells how it went. */
  connect(address: string, handler: ConnectionHandler): ConnectionId
  /**
   * Queues bytes on a connection, in order, and returns how many bytes now wait in the send buffer.
   * Bytes for a connection that is closing or unknown are dropped: `onClosed` has told or will tell.
   */
  send(connection: ConnectionId, bytes: Uint8Array): number
  /**
   * Stops or goes on reading a connection: what its peer sends meanwhile waits in the peer, which notices by its own send
   * buffer. A host without it delivers whatever comes.
   */
  setReading?(connection: ConnectionId, isReading: boolean): void
  /** Closes after what was queued has left; the peer sees `closed by peer`. */
  close(connection: ConnectionId): void
  /** Closes at once and forgets what was queued; the peer sees `reset`. */
  reset(connection: ConnectionId): void
  /** The literal IP of a host name (`10.0.0.3`, `127.0.0.1`), or '' when nobody knows the name. */
  resolve(hostName: string): string
}

/** An open file; never 0. */
export type FileId = number

/**
 * A node's own files. Paths are relative to the node's directory, separated by `/`, without `..`.
 *
 * `write` reaches the page cache: it survives the process, not the power. `sync` makes durable what was written before
 * the call. All calls may throw `DiskError`.
 */
export interface Disk {
  /** Names in a directory, sorted by code unit; sub-directories end in `/`. A missing directory is empty. */
  list(directory: string): readonly string[]
  /** Size of a file in bytes, or -1 when there is none. */
  sizeBytes(path: string): number
  /** Opens a file for reading and writing, making it and its directories when missing. */
  open(path: string): FileId
  /** Reads at most `lengthBytes` from `atBytes`; shorter only at the end of the file. */
  read(file: FileId, atBytes: number, lengthBytes: number): Uint8Array
  /** Writes at `atBytes`, growing the file when needed. */
  write(file: FileId, atBytes: number, bytes: Uint8Array): void
  /** Sets the length; new bytes are zero and take no space until written. */
  resize(file: FileId, sizeBytes: number): void
  /** Makes durable everything written to the file so far; `error` is '' or the reason it failed. Never retry a failure. */
  sync(file: FileId, done: (error: string) => void): void
  close(file: FileId): void
  /** Renames over whatever is there, in one step. */
  rename(from: string, to: string): void
  /** Removes a file, or a directory that is empty; a missing one is no error. */
  remove(path: string): void
  /** Makes names made, renamed and removed in a directory durable. */
  syncDirectory(directory: string, done: (error: string) => void): void
  /** Takes an exclusive lock for this process's life; false when another process holds it. */
  lock(path: string): boolean
  /** Share of the disk in use, 0 to 1, as `df` says: what is kept back for others counts neither as used nor as usable. */
  usedRatio(): number
  /** Bytes of the whole disk, or those that hold nothing. */
  spaceBytes(of: DiskSpace): number
}

/** Which bytes of a disk. */
export type DiskSpace = 'total' | 'free'

/** A disk call that failed. `code` is one of the names below, whatever the platform calls it. */
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
 * Chance. Draws are keyed by stream name and counter, so one part's luck does not depend on how often another part drew:
 * two runs that differ in one fault stay comparable.
 */
export interface Random {
  /** A whole number from 0 to `below` - 1; `below` at most 2^32. */
  int(stream: string, below: number): number
}

/**
 * The user of the program: a test, a figure, a lab, an instructor's check. He is outside the node, so what he was handed
 * is evidence, not the node's own word. Texts are JSON.
 */
export interface Application {
  /** Hands something to the application and waits for its answer, such as a message and what became of it. */
  hand(name: string, text: string, answered: (text: string) => void): void
  /** Says who answers calls of the application, such as `send`. `answer` is called once, with a result or an error. */
  serve(handler: (name: string, text: string, answer: (result: string, error?: string) => void) => void): void
}
