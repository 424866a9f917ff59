/**
 * The timer wheel (file `timerwheel`) is a ring of slots. Each slot stands for one tick, the unit of time of the timer
 * (`timerPrecisionMs`). With ticks of one second, the slots cover fourteen days. The
 * entries of all messages that are due in one tick form a chain in the timer log. The slot of this tick holds the positions
 * of the first and the last entry of this chain.
 *
 * | at | bytes | field    | meaning                                                         |
 * | -- | ----- | -------- | --------------------------------------------------------------- |
 * | 0  | 8     | time     | time of the slot, divided by the length of a tick. For any other time, the slot counts as free |
 * | 8  | 8     | firstPos | position in the timer log of the oldest entry of the chain      |
 * | 16 | 8     | lastPos  | position in the timer log of the newest entry of the chain      |
 * | 24 | 4     | num      | number of waiting messages minus number of recalled messages    |
 * | 28 | 4     | magic    | 0                                                               |
 *
 * Slot i lies at byte 32 · i. The slot of a time has the number (time / length of a tick) mod 1,209,600. The file has
 * 38,707,200 bytes. Most of these bytes are never written.
 *
 * Only the slots with messages are kept in memory (`slot-ring.ts`). When this broker starts, it rebuilds the slots from the
 * timer log, and does not read the file `timerwheel`. This broker writes the file for a RocketMQ broker that may later use
 * this store. Unlike this broker, RocketMQ keeps the whole file in memory.
 *
 * RocketMQ: `TimerWheel`, `Slot`.
 */
import { writeI32, writeI64 } from '../../common/bytes.ts'
import type { Disk, FileId } from '../../host/host.ts'
import { openSized } from '../sized-file.ts'
import { type Slot, SlotRing } from './slot-ring.ts'

export const SLOT_BYTES = 32
/** The number of seconds in seven days. The timer wheel has twice as many slots. */
export const SLOTS_TOTAL = 7 * 86_400
export const WHEEL_BYTES = SLOTS_TOTAL * 2 * SLOT_BYTES

/**
 * Returns the positions of the entries of a slot, beginning with the newest entry. `prevPosOf` returns the position of the
 * previous entry of the same chain, or -1 for the first entry.
 */
export function* positionsOf(slot: Slot, prevPosOf: (position: number) => number): Generator<number> {
  for (const head of [slot.lastPos, ...slot.olderChains.toReversed()])
    for (let position = head; position >= 0; position = prevPosOf(position)) yield position
}

/** Returns the number of the slot to which a time belongs. */
export function slotIndex(timeMs: number, precisionMs: number): number {
  return Math.floor(timeMs / precisionMs) % (SLOTS_TOTAL * 2)
}

/** Returns the bytes of a slot. */
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

/** One timer wheel. */
export class TimerWheel {
  readonly #disk: Disk
  readonly #path: string
  readonly #precisionMs: number
  readonly #ring: SlotRing
  readonly #dirty = new Set<Slot>()
  #file: FileId | undefined

  constructor(disk: Disk, path: string, precisionMs: number) {
    this.#disk = disk
    this.#path = path
    this.#precisionMs = precisionMs
    this.#ring = new SlotRing(precisionMs)
  }

  /** The time of the first slot. Undefined when the wheel is empty. */
  get nextTimeMs(): number | undefined {
    return this.#ring.nextTimeMs
  }

  /** Returns the number of messages that wait in the slot of `timeMs`, minus the number of recalls in it. */
  count(timeMs: number): number {
    return this.#ring.count(timeMs)
  }

  /** Returns the position of the newest entry of a slot. Returns -1 when the slot is empty. */
  lastPos(timeMs: number): number {
    return this.#ring.lastPos(timeMs)
  }

  /** Adds an entry to the slot of `timeMs`, see `SlotRing.put`. The next `writeOut` writes this slot to the file. */
  put(timeMs: number, position: number, prevPos: number, change: number): void {
    this.#dirty.add(this.#ring.put(timeMs, position, prevPos, change))
  }

  /** Returns the slots in memory. */
  slots(): Iterable<Slot> {
    return this.#ring.slots()
  }

  /**
   * Returns the ms until the next slot is due. The result is 0 or less when a slot is due now. Returns undefined when the
   * wheel is empty.
   */
  waitMs(nowMs: number): number | undefined {
    return this.#ring.waitMs(nowMs)
  }

  /** Removes and returns the first slot when it is due at `nowMs`. Returns undefined when no slot is due. */
  takeDue(nowMs: number): Slot | undefined {
    return this.#ring.takeDue(nowMs)
  }

  /**
   * Fills the file of an earlier run with zeros. Does nothing when there is no file. Later, `writeOut` writes the slots in
   * memory to the file.
   */
  reset(): void {
    if (this.#disk.sizeBytes(this.#path) < 0) return
    const file = this.#open()
    this.#disk.resize(file, 0)
    this.#disk.resize(file, WHEEL_BYTES)
  }

  /** Writes changed slots to the file. Throws `DiskError` when a write fails. */
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
