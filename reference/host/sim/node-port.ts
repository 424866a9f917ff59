/**
 * The wall between the simulated world and one node's program.
 *
 * ```
 *  world (simulation, network, disk)                 node (its program)
 *  ───────────────────────────────────               ─────────────────────────────
 *  NodeLife implements NodeCalls   <── calls ──       PortHost makes a Host of them
 *  one event at a time             ── NodeEvents ──>  callbacks of the program
 * ```
 *
 * Both sides are flat: only numbers, strings and bytes cross, in both directions, and no callbacks.
 * So the node may run in the same realm (`realmPort`) or in a QuickJS guest: there every method of `NodeCalls` is one
 * host function, every method of `NodeEvents` one call into the guest, and `PortHost` runs inside. All calls return at
 * once; `emit` takes facts as an object here, and a guest's bridge carries them as JSON text.
 *
 * A life that has ended ignores every call, so code that still runs after its node's end changes nothing.
 */
import type { ConnectionId, DiskSpace, FileId, ListenerId, TimerId } from '../host.ts'
import type { ToldFacts } from '../trace.ts'

/** The id of a sync under way; never 0. */
export type SyncId = number
/** The id of a call across the application boundary, in either direction; never 0. */
export type CallId = number

/** What the world offers to one life of one node. Names and contracts are those of `Host`. */
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
  /** The program has stopped as it was asked to. */
  stopped(): void
}

/** The events of one life of one node. They come one at a time; a throw ends the node as `failed`. */
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
  /** The application's answer to `hand`. */
  replied(call: CallId, text: string): void
  /** The application calls the program; it answers by `NodeCalls.answer`. */
  called(call: CallId, name: string, text: string): void
}

/** Makes one life of a node: in a new realm, in a new guest, or as a function of this realm. */
export type NodePort = (calls: NodeCalls) => NodeEvents | Promise<NodeEvents>
