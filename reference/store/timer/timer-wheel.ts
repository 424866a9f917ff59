/**
 * The timer wheel (`timerwheel`): one slot for each tick of fourteen days. A slot holds the chain of the messages that are
 * due in its tick.
 *
 * | at | bytes | field    | meaning                                                         |
 * | -- | ----- | -------- | --------------------------------------------------------------- |
 * | 0  | 8     | time     | the slot's time / precision; with another time, the slot is free |
 * | 8  | 8     | firstPos | position of the chain's oldest entry in the timer log           |
 * | 16 | 8     | lastPos  | position of its newest entry                                    |
 * | 24 | 4     | num      | messages that wait, less those that are taken back              |
 * | 28 | 4     | magic    | 0                                                               |
 *
 * Slot i lies at 32 · i; a time belongs to slot (time / precision) mod 1,209,600. So the file has 38,707,200 bytes, nearly
 * all of them never written.
 *
 * Waiting slots are kept in memory, ordered by time: the next due slot is known without a search over empty ones, and a
 * quiet wheel costs nothing. The file is written for the official broker; this one fills its memory from the timer log.
 *
 * RocketMQ: `TimerWheel`, `Slot`, which keeps the whole file in memory and looks at each slot in turn.
 */
import { writeI32, writeI64 } from '../../common/bytes.ts'
import type { Disk, FileId } from '../../host/host.ts'
import { openSized } from '../sized-file.ts'

export const SLOT_BYTES = 32
/** Slots of seven days at one second each; the file has twice as many. */
export const SLOTS_TOTAL = 7 * 86_400
export const WHEEL_BYTES = SLOTS_TOTAL * 2 * SLOT_BYTES

export interface Slot {
  readonly timeMs: number
  firstPos: number
  lastPos: number
  num: number
  /** Positions of the newest entries of further chains, oldest first: of a slot that was filled again after it was due. */
  readonly olderChains: number[]
}

/** Positions of a slot's entries, newest first. `prevPosOf`: position of the entry before one in its chain, -1 for none. */
export function* positionsOf(slot: Slot, prevPosOf: (position: number) => number): Generator<number> {
  for (const head of [slot.lastPos, ...slot.olderChains.toReversed()])
    for (let position = head; position >= 0; position = prevPosOf(position)) yield position
}

/** Number of the slot of a time in the file. */
export function slotIndex(timeMs: number, precisionMs: number): number {
  return Math.floor(timeMs / precisionMs) % (SLOTS_TOTAL * 2)
}

/** A slot's bytes. */
export function encodeSlot(
  { timeMs, firstPos, lastPos, num }: Omit<Slot, 'olderChains'>,
  precisionMs: number,
): Uint8Array {
  const bytes = new Uint8Array(SLOT_BYTES)
  writeI64(bytes, 0, Math.floor(timeMs / precisionMs))
  writeI64(bytes, 8, firstPos)
  writeI64(bytes, 16, lastPos)
  writeI32(bytes, 24, num)
  return bytes
}

export class TimerWheel {
  readonly #disk: Disk
  readonly #path: string
  readonly #precisionMs: number
  readonly #slots = new Map<number, Slot>()
  /** Times of the waiting slots, ascending. */
  readonly #times: number[] = []
  readonly #dirty = new Set<Slot>()
  #file: FileId | undefined

  constructor(disk: Disk, path: string, precisionMs: number) {
    this.#disk = disk
    this.#path = path
    this.#precisionMs = precisionMs
  }

  /** Time of the first waiting slot; undefined when there is none. */
  get nextTimeMs(): number | undefined {
    return this.#times[0]
  }

  /** Number of messages that wait for a tick. */
  count(timeMs: number): number {
    return this.#slots.get(timeMs)?.num ?? 0
  }

  // #region put-slot
  /** Position of the newest entry of a slot; -1 when the slot is empty. */
  lastPos(timeMs: number): number {
    return this.#slots.get(timeMs)?.lastPos ?? -1
  }

  /** Adds an entry to a slot. `change`: 1 for a message, -1 for one that takes another back. `prevPos`: the entry's. */
  put(timeMs: number, position: number, prevPos: number, change: number): void {
    let slot = this.#slots.get(timeMs)
    if (slot === undefined) {
      slot = { timeMs, firstPos: position, lastPos: position, num: 0, olderChains: [] }
      this.#slots.set(timeMs, slot)
      this.#times.splice(this.#indexOf(timeMs), 0, timeMs)
    } else if (prevPos !== slot.lastPos) slot.olderChains.push(slot.lastPos)
    slot.lastPos = position
    slot.num += change
    this.#dirty.add(slot)
  }
  // #endregion put-slot

  /** The waiting slots. */
  slots(): Iterable<Slot> {
    return this.#slots.values()
  }

  /** Takes the first slot out of the wheel. */
  takeFirst(): Slot | undefined {
    const timeMs = this.#times.shift()
    if (timeMs === undefined) return undefined
    const slot = this.#slots.get(timeMs)!
    this.#slots.delete(timeMs)
    return slot
  }

  #indexOf(timeMs: number): number {
    let low = 0
    let high = this.#times.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#times[middle]! < timeMs) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Empties the file of an earlier run; all waiting slots will be written again. */
  reset(): void {
    if (this.#disk.sizeBytes(this.#path) < 0) return
    const file = this.#open()
    this.#disk.resize(file, 0)
    this.#disk.resize(file, WHEEL_BYTES)
  }

  /** Writes changed slots to the file. Throws `DiskError`. */
  writeOut(): void {
    if (this.#dirty.size === 0) return
    const file = this.#open()
    for (const slot of this.#dirty)
      this.#disk.write(
        file,
        slotIndex(slot.timeMs, this.#precisionMs) * SLOT_BYTES,
        encodeSlot(slot, this.#precisionMs),
      )
    this.#dirty.clear()
  }

  sync(done: (error: string) => void): void {
    if (this.#file === undefined) done('')
    else this.#disk.sync(this.#file, done)
  }

  close(): void {
    if (this.#file !== undefined) this.#disk.close(this.#file)
  }

  #open(): FileId {
    this.#file ??= openSized(this.#disk, this.#path, WHEEL_BYTES).file
    return this.#file
  }
}
