/**
 * One life of one node. A life lasts from a start of the node to the end of the process that was started. This file
 * implements the simulation's side of the boundary in `node-port.ts`.
 *
 * Every event of the program goes through two methods. `dispatch` decides when the event may happen. `handle` runs the
 * event, sets its cause and catches its errors. Calls of the program after the end of its life have no effect. Such calls
 * can happen, because a microtask may still run after the end.
 *
 * A life holds the parts of a process that end with the process: its timers, its open files and its connection ends.
 */

import { NO_BYTES } from '../../common/bytes.ts'
import { type ConnectionId, DiskError, type DiskSpace, type FileId, type ListenerId, type TimerId } from '../host.ts'
import { FILES_OPEN_MAX } from '../limits.ts'
import { checkDirectory, checkPath } from '../paths.ts'
import type { EventFacts, EventKind, ToldFacts } from '../trace.ts'
import type { End } from './connection.ts'
import { SimulationLimit } from './limits.ts'
import type { SimNetwork } from './network.ts'
import type { CallId, NodeCalls, NodeEvents, SyncId } from './node-port.ts'
import type { PageFile } from './page-file.ts'
import { RandomStream } from './random.ts'
import type { ScheduledEvent, Scheduler } from './scheduler.ts'
import type { Listener, SimNode } from './sim-node.ts'
import type { TraceLog } from './trace.ts'

/** The parts of the simulation that a life needs. */
export interface LifeWorld {
  readonly scheduler: Scheduler
  readonly trace: TraceLog
  readonly network: SimNetwork
  readonly seed: number
  readonly startMs: number
  readonly syncMinMs: number
  readonly syncMaxMs: number
  /**
   * Called after code of the program has run that may have created promises. These promises must settle before the next
   * event.
   */
  ranPromises(): void
  nextCall(): CallId
  handed(life: NodeLife, call: CallId, name: string, text: string): void
  answered(life: NodeLife, call: CallId, result: string, error: string): void
  becameReady(life: NodeLife): void
  /** Called when the program reports that it cannot start or continue. */
  gaveUp(life: NodeLife, sentence: string): void
  /** Called when the program threw an error. */
  threw(life: NodeLife, error: unknown): void
  /** Called when the program has stopped as requested. */
  stopped(life: NodeLife): void
}

interface OpenFile {
  readonly path: string
  readonly file: PageFile
}

/** One process of a simulated machine. */
export class NodeLife implements NodeCalls {
  readonly name: string
  readonly node: SimNode
  /** The program's side of this life. `Simulation` sets this field before the first event. */
  events!: NodeEvents
  hasEnded = false
  readonly ends = new Map<ConnectionId, End>()
  readonly listeners = new Map<ListenerId, Listener>()
  readonly #world: LifeWorld
  readonly #number: number
  readonly #usesPromises: boolean
  readonly #timers = new Map<TimerId, ScheduledEvent>()
  readonly #files = new Map<FileId, OpenFile>()
  readonly #streams = new Map<string, RandomStream>()
  readonly #syncLatency: RandomStream
  #nextId = 1

  constructor(world: LifeWorld, node: SimNode, usesPromises: boolean) {
    this.#world = world
    this.node = node
    this.name = node.name
    this.#number = ++node.lives
    this.#usesPromises = usesPromises
    this.#syncLatency = this.#stream('(disk latency)')
  }

  // ---- what happens to the program ---------------------------------------------------------------------------------

  dispatch(run: () => void, dropped?: () => void): void {
    this.node.dispatch(this, run, dropped)
  }

  /** Runs code of the program. Events that this code reports have the cause `cause`. An error of the code ends the node. */
  handle(cause: number, run: () => void): void {
    if (this.hasEnded) return
    this.#world.trace.begin(cause)
    try {
      run()
    } catch (error) {
      if (error instanceof SimulationLimit) throw error
      this.#world.threw(this, error)
    }
    if (this.#usesPromises) this.#world.ranPromises()
    this.node.endStall()
  }

  /** Ends the process, cancels its timers and closes its files. */
  end(): void {
    this.hasEnded = true
    for (const event of this.#timers.values()) this.#world.scheduler.cancel(event)
    this.#timers.clear()
    this.#files.clear()
  }

  // ---- clock -------------------------------------------------------------------------------------------------------

  nowMs(): number {
    return this.#world.startMs + this.monotonicMs() + this.node.skewMs
  }

  monotonicMs(): number {
    return this.#world.scheduler.nowMs + this.node.stalledMs
  }

  setTimer(delayMs: number): TimerId {
    const id = this.#nextId++
    if (this.hasEnded) return id
    if (!Number.isFinite(delayMs) || delayMs < 0) throw new RangeError(`a timer of ${delayMs} ms is not possible`)
    const { scheduler, trace } = this.#world
    const cause = delayMs === 0 ? trace.context : 0
    const fire = () => {
      if (this.#timers.delete(id)) this.handle(cause, () => this.events.timer(id))
    }
    this.#timers.set(
      id,
      scheduler.at(this.monotonicMs() + Math.ceil(delayMs), () => this.dispatch(fire)),
    )
    return id
  }

  cancelTimer(timer: TimerId): void {
    const event = this.#timers.get(timer)
    if (event === undefined) return
    this.#timers.delete(timer)
    this.#world.scheduler.cancel(event)
  }

  // ---- network -----------------------------------------------------------------------------------------------------

  listen(address: string): ListenerId {
    return this.hasEnded ? 0 : this.#world.network.listen(this, address)
  }

  unlisten(listener: ListenerId): void {
    this.#world.network.unlisten(this, listener)
  }

  connect(address: string): ConnectionId {
    return this.hasEnded ? 0 : this.#world.network.connect(this, address)
  }

  send(connection: ConnectionId, bytes: Uint8Array): number {
    const { network } = this.#world
    if (this.node.stalledMs === 0) return network.send(this, connection, bytes)
    this.#afterStall(() => network.send(this, connection, bytes))
    return bytes.length
  }

  closeConnection(connection: ConnectionId): void {
    this.#afterStall(() => this.#world.network.close(this, connection))
  }

  resetConnection(connection: ConnectionId): void {
    this.#afterStall(() => this.#world.network.reset(this, connection))
  }

  /** Calls `run` after the slow writes of the current event have ended, or at once when no write was slow. */
  #afterStall(run: () => void): void {
    if (this.node.stalledMs === 0) return run()
    const { scheduler, trace } = this.#world
    const cause = trace.context
    scheduler.at(this.monotonicMs(), () => {
      trace.begin(cause)
      run()
    })
  }

  resolve(hostName: string): string {
    return this.#world.network.resolve(hostName)
  }

  // ---- disk --------------------------------------------------------------------------------------------------------

  list(directory: string): readonly string[] {
    return this.node.disk.list(directory)
  }

  sizeBytes(path: string): number {
    return this.node.disk.file(checkPath(path))?.sizeBytes ?? -1
  }

  openFile(path: string): FileId {
    this.#failIf('EIO', path, 'cannot open')
    if (this.#files.size >= FILES_OPEN_MAX) throw new DiskError('EMFILE', path, 'cannot open')
    const id = this.#nextId++
    if (this.hasEnded) return id
    this.#files.set(id, { path, file: this.node.disk.openOrMake(path) })
    return id
  }

  read(file: FileId, atBytes: number, lengthBytes: number): Uint8Array {
    if (this.hasEnded) return NO_BYTES
    const open = this.#file(file)
    this.#failIf('EIO', open.path, 'cannot read')
    checkRange(open.path, atBytes, lengthBytes)
    return open.file.read(atBytes, lengthBytes)
  }

  write(file: FileId, atBytes: number, bytes: Uint8Array): void {
    if (this.hasEnded) return
    const { path, file: content } = this.#file(file)
    this.#failIf('EIO', path, 'cannot write to')
    checkRange(path, atBytes, bytes.length)
    this.node.disk.write(path, content, atBytes, bytes)
    this.node.stalledMs += this.node.disk.extraWriteMs
    const { trace } = this.#world
    const sizeBytes = bytes.length
    trace.observe?.('disk.written', this.name, trace.context, {
      path,
      atBytes,
      sizeBytes,
      payload: trace.payloadOf(bytes),
    })
  }

  resize(file: FileId, sizeBytes: number): void {
    if (this.hasEnded) return
    const { path, file: content } = this.#file(file)
    this.#failIf('EIO', path, 'cannot set the length of')
    this.node.disk.resize(path, content, sizeBytes)
    this.#observe('disk.resized', { path, sizeBytes })
  }

  sync(file: FileId): SyncId {
    const id = this.#nextId++
    if (this.hasEnded) return id
    const { path, file: content } = this.#file(file)
    const snapshot = content.beginSync()
    const error = this.#syncError()
    this.#afterSync(id, path, snapshot.dirtyBytes, error, () => content.endSync(snapshot, error === ''))
    return id
  }

  closeFile(file: FileId): void {
    this.#files.delete(file)
  }

  rename(from: string, to: string): void {
    if (this.hasEnded) return
    this.#failIf('EIO', from, 'cannot rename')
    this.node.disk.rename(from, to)
    this.#observe('disk.renamed', { path: from, to })
  }

  remove(path: string): void {
    if (this.hasEnded) return
    this.#failIf('EIO', path, 'cannot remove')
    if (this.node.disk.remove(path)) this.#observe('disk.removed', { path })
  }

  syncDirectory(directory: string): SyncId {
    const id = this.#nextId++
    if (this.hasEnded) return id
    const pending = this.node.disk.pendingIn(directory)
    const error = this.#syncError()
    this.#afterSync(id, `${checkDirectory(directory)}/`, 0, error, () => {
      if (error === '') this.node.disk.endDirectorySync(pending)
    })
    return id
  }

  /**
   * Takes a lock and always returns true. Only one process runs on a machine at a time, so no other process can hold the
   * lock.
   */
  lock(path: string): boolean {
    if (!this.hasEnded) this.node.disk.openOrMake(path)
    return true
  }

  usedRatio(): number {
    return this.node.disk.usedRatio()
  }

  spaceBytes(of: DiskSpace): number {
    return this.node.disk.spaceBytes(of)
  }

  // ---- chance, log, application ------------------------------------------------------------------------------------

  randomInt(stream: string, below: number): number {
    return this.#stream(stream).int(below)
  }

  traceOn(): boolean {
    return this.#world.trace.on
  }

  emit<K extends keyof ToldFacts>(kind: K, facts: ToldFacts[K]): void {
    if (!this.hasEnded) this.#world.trace.tell(this.name, kind, facts)
  }

  hand(name: string, text: string): CallId {
    const call = this.#world.nextCall()
    if (!this.hasEnded) this.#world.handed(this, call, name, text)
    return call
  }

  answer(call: CallId, result: string, error: string): void {
    if (!this.hasEnded) this.#world.answered(this, call, result, error)
  }

  ready(): void {
    if (!this.hasEnded) this.#world.becameReady(this)
  }

  failed(sentence: string): void {
    if (!this.hasEnded) this.#world.gaveUp(this, sentence)
  }

  stopped(): void {
    if (!this.hasEnded) this.#world.stopped(this)
  }

  // ------------------------------------------------------------------------------------------------------------------

  #stream(name: string): RandomStream {
    let stream = this.#streams.get(name)
    if (stream === undefined) {
      stream = new RandomStream(this.#world.seed, `${this.name}#${this.#number}/${name}`)
      this.#streams.set(name, stream)
    }
    return stream
  }

  #file(id: FileId): OpenFile {
    const open = this.#files.get(id)
    if (open === undefined) throw new DiskError('EINVAL', `file ${id}`, 'not open:')
    return open
  }

  #failIf(fails: 'EIO', path: string, what: string): void {
    if (this.node.disk.has(fails)) throw new DiskError(fails, path, what)
  }

  #syncError(): string {
    return this.node.disk.has('EIO') || this.node.disk.has('syncError') ? 'EIO' : ''
  }

  /**
   * Ends a sync after its latency. When the process ends during the sync, the disk still completes the sync, but the program
   * is not notified. A power cut cancels the sync.
   */
  #afterSync(id: SyncId, path: string, sizeBytes: number, error: string, finish: () => void): void {
    const { scheduler, trace, syncMinMs, syncMaxMs } = this.#world
    const cause = trace.context
    const takes = this.#syncLatency.between(syncMinMs, syncMaxMs) + this.node.disk.extraSyncMs
    const powerCuts = this.node.powerCuts
    scheduler.at(this.monotonicMs() + takes, () => {
      if (this.node.powerCuts !== powerCuts) return
      finish()
      const n = trace.observe?.('disk.synced', this.name, cause, { path, sizeBytes, error }) ?? 0
      this.dispatch(() => this.handle(n, () => this.events.synced(id, error)))
    })
  }

  #observe<K extends EventKind>(kind: K, facts: EventFacts[K]): void {
    const { trace } = this.#world
    trace.observe?.(kind, this.name, trace.context, facts)
  }
}

function checkRange(path: string, atBytes: number, lengthBytes: number): void {
  if (Number.isSafeInteger(atBytes) && atBytes >= 0 && Number.isSafeInteger(lengthBytes) && lengthBytes >= 0) return
  throw new DiskError('EINVAL', path, `cannot reach ${lengthBytes} bytes at ${atBytes} of`)
}
