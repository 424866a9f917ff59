/**
 * The boundary between the simulation and the program of one node.
 *
 * ```
 *  world (simulation, network, disk)                 node (its program)
 *  ───────────────────────────────────               ─────────────────────────────
 *  NodeLife implements NodeCalls   <── calls ──       PortHost makes a Host of them
 *  one event at a time             ── NodeEvents ──>  callbacks of the program
 * ```
 *
 * Only numbers, booleans, strings, lists of strings, bytes and flat objects cross the boundary, but no callbacks. So a
 * program may run in the same JavaScript realm (`realmPort`), or in a separate QuickJS interpreter, the guest. For a guest,
 * every method of `NodeCalls` is one function of the simulation, and every method of `NodeEvents` is one call into the
 * guest. `PortHost` runs inside the guest. All calls return at once. The `facts` of `emit` are an object, which is passed
 * from a guest as JSON text.
 *
 * After its end, a life (one process of a node) ignores every call. So code that still runs after the end of its node has no
 * effect.
 */
import type { ConnectionId, DiskSpace, FileId, ListenerId, TimerId } from '../host.ts'
import type { ToldFacts } from '../trace.ts'

/** The id of a running sync. A sync never has the id 0. */
export type SyncId = number
/** The id of a call from an application to its node, or from a node to its application. A call never has the id 0. */
export type CallId = number

/**
 * The calls from one life of a node to the simulation. Each method has the same meaning as the corresponding method of
 * `Host`.
 */
export interface NodeCalls {
  readonly name: string
  nowMs(): number
  monotonicMs(): number
  setTimer(delayMs: number): TimerId
  cancelTimer(timer: TimerId): void

  listen(address: string): ListenerId
  unlisten(listener: ListenerId): void
  connect(address: string): ConnectionId
  send(connection: ConnectionId, bytes: Uint8Array): number
  closeConnection(connection: ConnectionId): void
  resetConnection(connection: ConnectionId): void
  resolve(hostName: string): string

  list(directory: string): readonly string[]
  sizeBytes(path: string): number
  openFile(path: string): FileId
  read(file: FileId, atBytes: number, lengthBytes: number): Uint8Array
  write(file: FileId, atBytes: number, bytes: Uint8Array): void
  resize(file: FileId, sizeBytes: number): void
  sync(file: FileId): SyncId
  closeFile(file: FileId): void
  rename(from: string, to: string): void
  remove(path: string): void
  syncDirectory(directory: string): SyncId
  lock(path: string): boolean
  usedRatio(): number
  spaceBytes(of: DiskSpace): number

  randomInt(stream: string, below: number): number

  traceOn(): boolean
  emit<K extends keyof ToldFacts>(kind: K, facts: ToldFacts[K]): void

  hand(name: string, text: string): CallId
  answer(call: CallId, result: string, error: string): void

  ready(): void
  failed(sentence: string): void
  /** Reports that the program has stopped, as requested by `NodeEvents.stop`. */
  stopped(): void
}

/**
 * The events of one life of a node. Each event is passed to the program only after the previous event has ended. An error in
 * the program during an event ends the node as `failed`.
 */
export interface NodeEvents {
  start(args: readonly string[]): void
  stop(): void
  timer(timer: TimerId): void
  listening(listener: ListenerId, address: string): void
  listenFailed(listener: ListenerId, reason: string): void
  accepted(listener: ListenerId, connection: ConnectionId, remoteAddress: string, localAddress: string): void
  opened(connection: ConnectionId, localAddress: string, remoteAddress: string): void
  bytes(connection: ConnectionId, bytes: Uint8Array): void
  drained(connection: ConnectionId): void
  closed(connection: ConnectionId, reason: string): void
  synced(sync: SyncId, error: string): void
  /** Called with the application's answer to `hand`. */
  replied(call: CallId, text: string): void
  /** Called when the application calls the program. The program answers with `NodeCalls.answer`. */
  called(call: CallId, name: string, text: string): void
}

/** Creates the program's side of one life of a node, in a new realm, in a new guest, or in this realm. */
export type NodePort = (calls: NodeCalls) => NodeEvents | Promise<NodeEvents>
