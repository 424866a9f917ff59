/**
 * The file `epochFileCheckpoint`: where each epoch of this log begins. An epoch begins when a controller elects a master.
 * All bytes from the start of an entry to the start of the next entry were written by the master of this epoch.
 *
 * ```
 * 2              number of entries
 * 773307083      CRC of the lines that follow
 * 7-7000         epoch 7 begins at position 7000
 * 8-8000
 * ```
 *
 * Two replicas compare their entries, and so find the position up to which their logs are equal (`consistent-point.ts`).
 *
 * | rule                                                          | what goes wrong without it                          |
 * | ------------------------------------------------------------- | --------------------------------------------------- |
 * | each epoch has an entry, also when it begins where the previous epoch begins | two masters write under the same entry, and different bytes look equal |
 * | a new entry is durable before its bytes are reported           | after a power cut, bytes belong to an earlier epoch  |
 * | entries that begin beyond the log are removed at the start     | later bytes of another master would belong to them   |
 *
 * RocketMQ: `EpochFileCache`, `CheckpointFile`. Unlike GlassMQ, RocketMQ refuses a new entry that begins where the last
 * entry begins, and a slave of RocketMQ does not take the entries of its master.
 */
import { crc32 } from '../../common/crc32.ts'
import { decodeUtf8, encodeUtf8 } from '../../common/utf8.ts'
import { attempt } from '../../host/disk-attempt.ts'
import type { Disk } from '../../host/host.ts'
import { replaceFile } from '../../host/replace-file.ts'
import { EPOCHS_MAX } from './limits.ts'

/** One epoch, and the position in the log at which it begins. */
export interface EpochEntry {
  readonly epoch: number
  readonly startOffset: number
}

/** The epochs of one log. */
export class EpochFile {
  readonly #disk: Disk
  readonly #path: string
  #entries: EpochEntry[] = []
  #isWriting = false
  /** The callers that wait until the present entries are durable. */
  #waiting: ((error: string) => void)[] = []

  constructor(disk: Disk, path: string) {
    this.#disk = disk
    this.#path = path
  }

  get entries(): readonly EpochEntry[] {
    return this.#entries
  }
  get last(): EpochEntry | undefined {
    return this.#entries.at(-1)
  }
  /** The epoch of the last entry, or -1 when there is no entry. */
  get lastEpoch(): number {
    return this.last?.epoch ?? -1
  }

  /**
   * Reads the file. Entries that begin beyond `logEndsAt` are ignored. When the file is missing or damaged, the older file
   * with the ending `.bak` is read. Throws `DiskError` when the disk fails.
   */
  load(logEndsAt: number): void {
    const found = this.#read(this.#path) ?? this.#read(`${this.#path}.bak`) ?? []
    this.#entries = found.filter(({ startOffset }) => startOffset <= logEndsAt)
  }

  #read(path: string): EpochEntry[] | undefined {
    const sizeBytes = this.#disk.sizeBytes(path)
    if (sizeBytes <= 0) return undefined
    const file = this.#disk.open(path)
    const bytes = this.#disk.read(file, 0, sizeBytes)
    this.#disk.close(file)
    return decodeEpochs(bytes)
  }

  /**
   * Adds an epoch that begins at `startOffset`. The last entry may begin at the same position, when it has no bytes. Entries
   * of later epochs, or with a later start, are removed. Calls `done` with '' when the file is durable, or with the reason
   * of the failure. Writes nothing when the last entry is already this entry.
   */
  append(entry: EpochEntry, done: (error: string) => void): void {
    const { last } = this
    if (last?.epoch === entry.epoch && last.startOffset === entry.startOffset) return this.#whenDurable(done)
    const earlier = this.#entries.filter(
      ({ epoch, startOffset }) => epoch < entry.epoch && startOffset <= entry.startOffset,
    )
    this.#entries = [...earlier, entry].slice(-EPOCHS_MAX)
    this.#write(done)
  }

  /**
   * Takes the entries of the master that begin at or before `position`, because the two logs are equal up to `position`.
   * Also takes entries without bytes, so that two logs that end in such an epoch have an entry in common. Calls `done` as
   * `append` does.
   */
  adopt(master: readonly EpochEntry[], position: number, done: (error: string) => void): void {
    const entries = master.filter(({ startOffset }) => startOffset <= position).slice(-EPOCHS_MAX)
    if (JSON.stringify(entries) === JSON.stringify(this.#entries)) return this.#whenDurable(done)
    this.#entries = entries
    this.#write(done)
  }

  /** Removes the entries that begin after `position`. Calls `done` as `append` does. */
  cutAfter(position: number, done: (error: string) => void): void {
    const kept = this.#entries.filter(({ startOffset }) => startOffset <= position)
    if (kept.length === this.#entries.length) return this.#whenDurable(done)
    this.#entries = kept
    this.#write(done)
  }

  /** Removes the entries whose bytes all lie before `position`, because their files were deleted. */
  cutBefore(position: number): void {
    const endOf = (i: number) => this.#entries[i + 1]?.startOffset ?? Number.POSITIVE_INFINITY
    const kept = this.#entries.filter(({ startOffset }, i) => startOffset >= position || endOf(i) > position)
    if (kept.length === this.#entries.length) return
    this.#entries = kept
    this.#write(() => {})
  }

  #whenDurable(done: (error: string) => void): void {
    if (this.#isWriting) this.#waiting.push(done)
    else done('')
  }

  /** Writes all entries. When a write is under way, the file is written again afterwards. */
  #write(done: (error: string) => void): void {
    this.#waiting.push(done)
    if (this.#isWriting) return
    this.#isWriting = true
    const written = this.#entries
    const waiting = this.#waiting.splice(0)
    const ended = (error: string) => {
      this.#isWriting = false
      for (const one of waiting) one(error)
      if (this.#waiting.length > 0) this.#write(() => {})
    }
    if (written.length > 0) return replaceFile(this.#disk, this.#path, encodeEpochs(written), true, ended)
    const removed = attempt(() => {
      this.#disk.remove(`${this.#path}.bak`)
      this.#disk.remove(this.#path)
    })
    if (removed !== '') return ended(removed)
    this.#disk.syncDirectory(this.#path.slice(0, Math.max(0, this.#path.lastIndexOf('/'))), ended)
  }
}

/** Returns the bytes of the file. */
export function encodeEpochs(entries: readonly EpochEntry[]): Uint8Array {
  const lines = entries.map(({ epoch, startOffset }) => `${epoch}-${startOffset}\n`).join('')
  return encodeUtf8(`${entries.length}\n${crc32(encodeUtf8(lines)) & 0x7fffffff}\n${lines}`)
}

/** Returns the entries in the bytes of the file. Returns undefined when the bytes are damaged. */
export function decodeEpochs(bytes: Uint8Array): EpochEntry[] | undefined {
  const [count, crc, ...lines] = decodeUtf8(bytes).trimEnd().split('\n')
  const entries: EpochEntry[] = []
  for (const line of lines) {
    const [, epoch, startOffset] = /^(\d{1,10})-(\d{1,16})$/.exec(line) ?? []
    if (epoch === undefined || startOffset === undefined) return undefined
    entries.push({ epoch: Number(epoch), startOffset: Number(startOffset) })
  }
  const sum = crc32(encodeUtf8(lines.map((line) => `${line}\n`).join(''))) & 0x7fffffff
  return Number(count) === entries.length && Number(crc) === sum ? entries : undefined
}
