/**
 * Disk faults on real files, and the undo record. A simulated power cut uses the undo record to revert the changes that were
 * not synced.
 *
 * Before a call changes a file or a name, an entry with the old content is written to `undo.jsonl`, which is in a separate
 * directory. Only the entry for a new file is written after the file was created. When a sync succeeds, the entries of the
 * durable changes are marked as done. After a simulated power cut (a kill), `undoUnsynced` reverts all other changes,
 * beginning with the newest change. So the result is the worst case of a power cut: nothing that was not synced remains. Only a
 * new, empty file may remain, when the process ended before the entry of this file was complete.
 *
 * ```
 * {"id":1,"path":"store/log","kind":"write","at":0,"size":0,"old":"","to":""}
 * {"id":2,"path":"store/tmp","kind":"rename","at":0,"size":-1,"old":"","to":"store/conf"}
 * {"done":[1]}
 * ```
 *
 * The undo record makes writes slower, so only clusters that run scripts use it.
 */

import { decodeBase64, encodeBase64 } from '../../common/base64.ts'
import { MIB } from '../../common/units.ts'
import { decodeUtf8, encodeUtf8 } from '../../common/utf8.ts'
import type { Fault } from '../cluster.ts'
import { type Disk, DiskError, type DiskSpace, type FileId, type Host } from '../host.ts'
import { SLOW_SYNC_MS } from '../limits.ts'
import { directoryOf } from '../paths.ts'
import type { Gate } from './faults.ts'

const RECORD = 'undo.jsonl'
/** When the undo record is larger than this, the record is written again without the entries that are marked as done. */
const RECORD_BYTES_MAX = 8 * MIB

/** One change that a simulated power cut reverts. */
interface Change {
  readonly id: number
  readonly path: string
  readonly kind: 'write' | 'resize' | 'make' | 'rename' | 'remove'
  /** The position of a write, or the new size of a resize. */
  readonly at: number
  /**
   * The old size of the file for write, resize and remove. For a rename, the size of the file that the rename replaced, or
   * -1 when no file was replaced.
   */
  readonly size: number
  /** The old bytes that the change overwrote, removed or replaced, as base64. */
  readonly old: string
  /** The new name of a rename. */
  readonly to: string
}

/** A disk whose calls fail or take longer while faults are active. */
export class FaultyDisk implements Disk {
  readonly #host: Host
  readonly #gate: Gate
  readonly #active: () => Iterable<Fault>
  readonly #undo: UndoRecord | undefined
  readonly #paths = new Map<FileId, string>()

  constructor(host: Host, gate: Gate, active: () => Iterable<Fault>, undo: Disk | undefined) {
    this.#host = host
    this.#gate = gate
    this.#active = active
    this.#undo = undo === undefined ? undefined : new UndoRecord(undo)
  }

  list(directory: string): readonly string[] {
    return this.#host.disk.list(directory)
  }

  sizeBytes(path: string): number {
    return this.#host.disk.sizeBytes(path)
  }

  open(path: string): FileId {
    this.#failIf('EIO', path, 'cannot open')
    const { disk } = this.#host
    const isNew = disk.sizeBytes(path) < 0
    if (isNew) this.#failIf('ENOSPC', path, 'cannot make')
    const file = disk.open(path)
    if (isNew) this.#undo?.note({ path, kind: 'make' })
    this.#paths.set(file, path)
    return file
  }

  read(file: FileId, atBytes: number, lengthBytes: number, room?: Uint8Array): Uint8Array {
    this.#failIf('EIO', this.#path(file), 'cannot read')
    return this.#host.disk.read(file, atBytes, lengthBytes, room)
  }

  write(file: FileId, atBytes: number, bytes: Uint8Array): void {
    const path = this.#path(file)
    const { disk } = this.#host
    this.#failIf('EIO', path, 'cannot write to')
    this.#failIf('ENOSPC', path, 'cannot write to')
    if (this.#undo !== undefined) {
      const old = encodeBase64(disk.read(file, atBytes, bytes.length))
      this.#undo.note({ path, kind: 'write', at: atBytes, size: disk.sizeBytes(path), old })
    }
    disk.write(file, atBytes, bytes)
    const { clock } = this.#host
    const until = clock.monotonicMs() + this.#delayMs('slowWrite')
    while (clock.monotonicMs() < until); // this loop blocks the whole process until the delay has passed
  }

  resize(file: FileId, sizeBytes: number): void {
    const path = this.#path(file)
    const { disk } = this.#host
    this.#failIf('EIO', path, 'cannot set the length of')
    const size = disk.sizeBytes(path)
    if (this.#undo !== undefined && size !== sizeBytes) {
      const old = size > sizeBytes ? encodeBase64(disk.read(file, sizeBytes, size - sizeBytes)) : ''
      this.#undo.note({ path, kind: 'resize', at: sizeBytes, size, old })
    }
    disk.resize(file, sizeBytes)
  }

  sync(file: FileId, done: (error: string) => void): void {
    const path = this.#path(file)
    const covered = this.#undo?.changesOf(path) ?? []
    this.#sync(done, covered, (then) => this.#host.disk.sync(file, then))
  }

  close(file: FileId): void {
    this.#paths.delete(file)
    this.#host.disk.close(file)
  }

  rename(from: string, to: string): void {
    this.#failIf('EIO', from, 'cannot rename')
    const { disk } = this.#host
    if (this.#undo !== undefined && disk.sizeBytes(from) >= 0) {
      this.#undo.note({ path: from, kind: 'rename', to, size: disk.sizeBytes(to), old: contentOf(disk, to) })
    }
    disk.rename(from, to)
    for (const [file, path] of this.#paths) if (path === from) this.#paths.set(file, to)
  }

  remove(path: string): void {
    this.#failIf('EIO', path, 'cannot remove')
    const { disk } = this.#host
    const size = disk.sizeBytes(path)
    if (size >= 0) this.#undo?.note({ path, kind: 'remove', size, old: contentOf(disk, path) })
    disk.remove(path)
  }

  syncDirectory(directory: string, done: (error: string) => void): void {
    const covered = this.#undo?.namesOf(directory) ?? []
    this.#sync(done, covered, (then) => this.#host.disk.syncDirectory(directory, then))
  }

  lock(path: string): boolean {
    return this.#host.disk.lock(path)
  }

  usedRatio(): number {
    return this.#host.disk.usedRatio()
  }

  spaceBytes(of: DiskSpace): number {
    return this.#host.disk.spaceBytes(of)
  }

  #sync(
    done: (error: string) => void,
    covered: readonly number[],
    sync: (then: (error: string) => void) => void,
  ): void {
    const fails = this.#has('EIO') || this.#has('syncError')
    const extraMs = this.#delayMs('slowSync')
    const then = (error: string) => {
      if (error === '') this.#undo?.cross(covered)
      this.#gate.pass(() => done(error))
    }
    const run = () => {
      if (fails) this.#host.clock.after(0, () => then('EIO'))
      else sync(then)
    }
    if (extraMs === 0) run()
    else this.#host.clock.after(extraMs, run)
  }

  #delayMs(fails: 'slowSync' | 'slowWrite'): number {
    let delayMs = 0
    for (const fault of this.#active())
      if (this.#isMine(fault) && fault.fails === fails) delayMs += fault.delayMs ?? SLOW_SYNC_MS
    return delayMs
  }

  #path(file: FileId): string {
    return this.#paths.get(file) ?? `file ${file}`
  }

  #isMine(fault: Fault): fault is Fault & { kind: 'disk' } {
    return fault.kind === 'disk' && fault.node === this.#host.name
  }

  #has(fails: 'EIO' | 'ENOSPC' | 'syncError'): boolean {
    for (const fault of this.#active()) if (this.#isMine(fault) && fault.fails === fails) return true
    return false
  }

  #failIf(fails: 'EIO' | 'ENOSPC', path: string, what: string): void {
    if (this.#has(fails)) throw new DiskError(fails, path, what)
  }
}

/** The record of the changes that are not durable yet. The record is in a separate directory. */
class UndoRecord {
  readonly #disk: Disk
  readonly #file: FileId
  #changes = new Map<number, Change>()
  #endBytes: number
  #nextId: number

  constructor(disk: Disk) {
    this.#disk = disk
    this.#changes = readChanges(disk)
    this.#file = disk.open(RECORD)
    this.#endBytes = disk.sizeBytes(RECORD)
    this.#nextId = Math.max(0, ...this.#changes.keys()) + 1
  }

  note(change: Partial<Change> & Pick<Change, 'path' | 'kind'>): void {
    const whole: Change = { at: 0, size: 0, old: '', to: '', ...change, id: this.#nextId++ }
    this.#changes.set(whole.id, whole)
    this.#append(whole)
  }

  /** Returns the ids of the content changes of a file so far, including changes under an earlier name of the file. */
  changesOf(path: string): number[] {
    const ids: number[] = []
    let name = path
    for (const change of [...this.#changes.values()].reverse()) {
      if (change.kind === 'rename' && change.to === name) name = change.path
      else if (change.path !== name) continue
      else if (change.kind === 'write' || change.kind === 'resize') ids.push(change.id)
      else if (change.kind === 'make') break
    }
    return ids
  }

  /** Returns the ids of the name changes in a directory so far. */
  namesOf(directory: string): number[] {
    const bare = directory.endsWith('/') ? directory.slice(0, -1) : directory
    return this.#idsOf(
      (change) =>
        change.kind !== 'write' &&
        change.kind !== 'resize' &&
        (directoryOf(change.path) === bare || (change.kind === 'rename' && directoryOf(change.to) === bare)),
    )
  }

  cross(ids: readonly number[]): void {
    if (ids.length === 0) return
    let wasMoved = false
    for (const id of ids) {
      const change = this.#changes.get(id)
      this.#changes.delete(id)
      if (change?.kind === 'rename') wasMoved = this.#move(change) || wasMoved
    }
    if (wasMoved || this.#changes.size === 0 || this.#endBytes > RECORD_BYTES_MAX) this.#rewrite()
    else this.#append({ done: ids })
  }

  /**
   * Moves the content changes of a file to its new name, because the rename is durable now. Returns true when at least one
   * change was moved.
   */
  #move(rename: Change): boolean {
    let wasMoved = false
    for (const [id, change] of this.#changes) {
      const isContent = change.kind === 'write' || change.kind === 'resize'
      if (id > rename.id || change.path !== rename.path || !isContent) continue
      this.#changes.set(id, { ...change, path: rename.to })
      wasMoved = true
    }
    return wasMoved
  }

  #idsOf(is: (change: Change) => boolean): number[] {
    const ids: number[] = []
    for (const change of this.#changes.values()) if (is(change)) ids.push(change.id)
    return ids
  }

  #rewrite(): void {
    this.#disk.resize(this.#file, 0)
    this.#endBytes = 0
    for (const change of this.#changes.values()) this.#append(change)
  }

  #append(value: object): void {
    const line = encodeUtf8(`${JSON.stringify(value)}\n`)
    this.#disk.write(this.#file, this.#endBytes, line)
    this.#endBytes += line.length
  }
}

/** Reverts all changes that are not durable, and removes the record. Returns the number of reverted changes. */
export function undoUnsynced(disk: Disk, undo: Disk): number {
  const changes = [...readChanges(undo).values()].sort((a, b) => b.id - a.id)
  for (const change of changes) takeBack(disk, change)
  undo.remove(RECORD)
  return changes.length
}

function takeBack(disk: Disk, change: Change): void {
  const { path, kind } = change
  if (kind === 'make') disk.remove(path)
  else if (kind === 'remove') put(disk, path, decodeBase64(change.old))
  else if (kind === 'rename') {
    if (disk.sizeBytes(change.to) >= 0) disk.rename(change.to, path)
    if (change.size >= 0) put(disk, change.to, decodeBase64(change.old))
  } else if (disk.sizeBytes(path) >= 0) {
    const file = disk.open(path)
    disk.resize(file, change.size)
    const old = decodeBase64(change.old)
    if (old.length > 0) disk.write(file, change.at, old)
    disk.close(file)
  }
}

function put(disk: Disk, path: string, bytes: Uint8Array): void {
  const file = disk.open(path)
  disk.resize(file, 0)
  disk.write(file, 0, bytes)
  disk.close(file)
}

function contentOf(disk: Disk, path: string): string {
  const size = disk.sizeBytes(path)
  if (size <= 0) return ''
  const file = disk.open(path)
  const bytes = disk.read(file, 0, size)
  disk.close(file)
  return encodeBase64(bytes)
}

function readChanges(undo: Disk): Map<number, Change> {
  const changes = new Map<number, Change>()
  const size = undo.sizeBytes(RECORD)
  if (size <= 0) return changes
  const file = undo.open(RECORD)
  const lines = decodeUtf8(undo.read(file, 0, size)).split('\n')
  undo.close(file)
  for (const line of lines) {
    if (line === '') continue
    try {
      const value = JSON.parse(line) as Change | { done: number[] }
      if ('done' in value) for (const id of value.done) changes.delete(id)
      else changes.set(value.id, value)
    } catch {
      break // the process ended while it wrote this line: no change followed, so there is nothing to revert
    }
  }
  return changes
}
