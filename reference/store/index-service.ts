/**
 * The index finds messages by key. The index consists of index files. A new file is created when the newest file is full.
 * One entry holds one key of one message. A file has room for `maxIndexNum` entries, but entry 0 is never used.
 *
 * | property of a message | its keys                                      |
 * | --------------------- | --------------------------------------------- |
 * | UNIQ_KEY              | `topic#` and the unique id of the message     |
 * | KEYS                  | `topic#` and each word of the property        |
 *
 * The name of a file is the time of its creation, `yyyyMMddHHmmssSSS` in UTC. A full file is synced. When this file and all
 * older files are durable, the checkpoint records the store time of its last message. Like the consume queues, the index
 * can be rebuilt from the log.
 *
 * As in RocketMQ, a start after a crash removes the index files that are newer than the checkpoint. After this removal,
 * RocketMQ indexes only the records that the recovery of the log reads. So RocketMQ can lose the keys of older records.
 * Unlike RocketMQ, this store then indexes all records after the end of the last kept file. So, after a start, the index has
 * every key of every valid record that is in its queue.
 *
 * Invariant: No record with a key lies between two kept files.
 *
 * RocketMQ: `IndexService`.
 */
import { javaHashCode, javaHashOn } from '../common/hash.ts'
import { SYS_FLAG, transactionValue } from '../common/sys-flag.ts'
import { attempt } from '../host/disk-attempt.ts'
import type { Host } from '../host/host.ts'
import { IndexFile, type IndexSizes, type IsMeant, indexFileBytes } from './index-file.ts'
import { INDEX_FEW_PAGES, INDEX_WRITE_OUT_INTERVAL_MS, QUERY_CANDIDATES_MAX, QUERY_MESSAGES_MAX } from './limits.ts'
import { nameOfTime, timeOfName } from './time-name.ts'

/** The fields of a record that the index needs. */
export interface IndexedRecord {
  readonly topic: string
  readonly uniqKey: string | undefined
  readonly keys: string | undefined
  readonly sysFlag: number
  readonly physicalOffset: number
  readonly storeTimestamp: number
}

/** The part of the log that the recovery of the index needs. */
export interface IndexedLog {
  readonly startsAt: number
  readonly endsAt: number
  /**
   * Returns the position of the first record between `from` and `until` that has a key. Returns `until` when there is no
   * such record.
   */
  firstKeyed(from: number, until: number): number
  /** Returns the end of the record that begins at `physicalOffset`. */
  endOfRecord(physicalOffset: number): number
}

/** The result of a query by key. */
export interface IndexQueryResult {
  readonly physicalOffsets: readonly number[]
  /** The store time of the last message in the newest file, or 0 when the index has no file. */
  readonly indexLastUpdateTimestamp: number
  /** The physical offset of the last message in the newest file, or 0 when the index has no file. */
  readonly indexLastUpdatePhyoffset: number
}

/** The index of one store. */
export class IndexService {
  readonly #host: Host
  readonly #directory: string
  readonly #sizes: IndexSizes
  readonly #onFileSynced: (endTimestamp: number) => void
  #files: IndexFile[] = []
  /** Full files that are not durable yet, and full files that are newer than such a file. The oldest file comes first. */
  #syncing: { readonly file: IndexFile; isDurable: boolean }[] = []
  /** The position in the log up to which the index has all keys of all records. */
  #indexedUpTo = 0
  /**
   * The number of keys of the record at `#indexedUpTo` that the index already has. The value is greater than 0 when a file
   * became full before all keys of this record were added.
   */
  #keysToSkip = 0

  #writtenOutMs = 0
  /** The reason why a full file could not be made durable, or '' when no sync has failed. */
  #failure = ''
  #onSyncsEnded: (error: string) => void = () => {}

  /** `onFileSynced` is called with the store time up to which full files are durable. The checkpoint records this time. */
  constructor(host: Host, directory: string, sizes: IndexSizes, onFileSynced: (endTimestamp: number) => void) {
    this.#host = host
    this.#directory = directory
    this.#sizes = sizes
    this.#onFileSynced = onFileSynced
  }

  get fileCount(): number {
    return this.#files.length
  }

  /** The physical offset of the last record in the newest file, or -1 when the index has no file. */
  get lastPhyOffset(): number {
    return this.#files.at(-1)?.endPhyOffset ?? -1
  }

  // #region index-put
  /**
   * Adds the keys of a record. The caller must pass records in
   * the order of the log. Ignores a record that is already in
   * the index. Throws `DiskError` when a write fails.
   */
  put(record: IndexedRecord): void {
    const { topic, physicalOffset, storeTimestamp } = record
    if (physicalOffset < this.#indexedUpTo) return
    const keys = keysOf(record)
    for (let i = this.#keysToSkip; i < keys.length; i++) {
      const file = this.#fileWithRoom()
      file.put(keyHashOf(topic, keys[i]!), physicalOffset, storeTimestamp)
    }
    this.#indexedUpTo = physicalOffset + 1
    this.#keysToSkip = 0
  }
  // #endregion index-put

  /**
   * Returns the newest file when it has room for an entry. When the newest file has no room, creates a new file and returns
   * this file.
   */
  #fileWithRoom(): IndexFile {
    const last = this.#files.at(-1)
    if (last !== undefined && !last.isFull) return last
    if (last !== undefined) this.#finish(last)
    const path = `${this.#directory}/${this.#newName()}`
    const file = new IndexFile(this.#host.disk, path, this.#sizes)
    if (last !== undefined) file.beginAfter(last)
    this.#files.push(file)
    return file
  }

  // #region finish-index-file
  /** Makes a full file and its name durable. The checkpoint records a file only when all older files are durable, too. */
  #finish(file: IndexFile): void {
    file.writeOut()
    file.forgetPages()
    const one = { file, isDurable: false }
    this.#syncing.push(one)
    const ended = (error: string) => {
      if (error !== '') this.#failure = `${file.path} could not be synced: ${error}`
      one.isDurable = error === ''
      while (this.#syncing[0]?.isDurable) this.#onFileSynced(this.#syncing.shift()!.file.endTimestamp)
      const isOver = this.#syncing.length === 0 || this.#failure !== ''
      if (isOver) this.#onSyncsEnded(this.#failure)
    }
    file.sync((error) => {
      if (error === '') this.#host.disk.syncDirectory(this.#directory, ended)
      else ended(error)
    })
  }
  // #endregion finish-index-file

  /**
   * Returns the name for a new file. The name is the current time. When the newest file already has this or a later time as
   * its name, the new name is one millisecond later than this name.
   */
  #newName(): string {
    const nowMs = this.#host.clock.nowMs()
    const last = this.#files.at(-1)
    const lastMs = last === undefined ? -1 : timeOfName(last.path.slice(this.#directory.length + 1))
    return nameOfTime(Math.max(nowMs, lastMs + 1))
  }

  // #region query-offset
  /**
   * Finds messages of a topic with a key that were stored
   * between two times. Returns at most `maxCount` physical
   * offsets, never more than 64. The newest message is first.
   * The index has only a hash of the key, and times in whole
   * seconds. So `isMeant` decides whether a message really has
   * the key.
   */
  queryOffset(
    topic: string,
    key: string,
    maxCount: number,
    beginMs: number,
    endMs: number,
    isMeant: IsMeant,
  ): IndexQueryResult {
    // The search ends after `QUERY_CANDIDATES_MAX` messages with the same hash.
    let candidates = 0
    const isMeantSoon: IsMeant = (offset) => (++candidates > QUERY_CANDIDATES_MAX ? 'enough' : isMeant(offset))
    const keyHash = keyHashOf(topic, key)
    const countMax = Math.min(maxCount, QUERY_MESSAGES_MAX)
    const found: number[] = []
    for (const file of this.#files.toReversed()) {
      if (found.length >= countMax || candidates > QUERY_CANDIDATES_MAX) break
      if (file.isTimeMatched(beginMs, endMs)) file.select(keyHash, countMax, beginMs, endMs, found, isMeantSoon)
      if (file.beginTimestamp < beginMs) break
    }
    const newest = this.#files.at(-1)
    return {
      physicalOffsets: found,
      indexLastUpdateTimestamp: newest?.endTimestamp ?? 0,
      indexLastUpdatePhyoffset: newest?.endPhyOffset ?? 0,
    }
  }
  // #endregion query-offset

  /** Closes all files, so that `recover` can open them again. Keys that were put but not written are lost. */
  forget(): void {
    for (const file of this.#files.splice(0)) file.close()
    this.#syncing.length = 0
    this.#indexedUpTo = 0
    this.#keysToSkip = 0
  }

  // #region recover-index
  /**
   * Opens the index files that can be trusted. Removes the first
   * other file and all newer files. Returns the position from
   * which the log must be indexed again. `indexMsgTimestamp` is
   * from the checkpoint: full files up to this time are durable.
   */
  recover(log: IndexedLog, wasStoppedCleanly: boolean, indexMsgTimestamp: number): number {
    const paths = this.#paths()
    const durableUntil = wasStoppedCleanly ? Number.POSITIVE_INFINITY : indexMsgTimestamp
    this.#indexedUpTo = log.startsAt
    for (const [i, path] of paths.entries()) {
      const fault = this.#openNext(path, log, durableUntil)
      if (fault === '') continue
      this.#host.trace.log('info', `${path} ${fault}: it and newer index files are made again from the log`)
      for (const rest of paths.slice(i)) this.#host.disk.remove(rest)
      this.#onFileSynced(Math.min(this.#files.at(-1)?.endTimestamp ?? 0, indexMsgTimestamp))
      break
    }
    return this.#indexedUpTo
  }
  // #endregion recover-index

  #paths(): string[] {
    const names = this.#host.disk.list(this.#directory).filter((name) => /^\d{17}$/.test(name))
    return names.map((name) => `${this.#directory}/${name}`)
  }

  /** Opens the index file at `path`, which is the next file. Returns '', or the reason why this file cannot be used. */
  #openNext(path: string, log: IndexedLog, durableUntil: number): string {
    const sizeBytes = this.#host.disk.sizeBytes(path)
    if (sizeBytes !== indexFileBytes(this.#sizes))
      return `has ${sizeBytes} bytes, not the ${indexFileBytes(this.#sizes)} of the settings`
    const file = new IndexFile(this.#host.disk, path, this.#sizes)
    const fault = this.#faultOf(file, log, durableUntil)
    if (fault !== '') {
      file.close()
      return fault
    }
    this.#files.push(file)
    // In a full file, some keys of the last message may be missing. A file that is not full has all keys of its last
    // message.
    const goesOnAt = file.isFull ? file.endPhyOffset : log.endOfRecord(file.endPhyOffset)
    this.#keysToSkip = file.isFull && file.endPhyOffset >= log.startsAt ? file.keysOfLastMessage() : 0
    this.#indexedUpTo = Math.max(goesOnAt, log.startsAt)
    return ''
  }

  /** Returns the reason why a file cannot be trusted. Returns '' when it can be trusted. */
  #faultOf(file: IndexFile, log: IndexedLog, durableUntil: number): string {
    if (file.isEmpty) return 'holds no entry'
    if (Number.isFinite(durableUntil)) {
      // Several files may end at the time in the checkpoint. Only the first of these files is known to be durable. A file
      // that was created after this time was rebuilt later, so this file is not known to be durable either.
      const madeAt = timeOfName(file.path.slice(this.#directory.length + 1))
      const isKnownDurable = file.isFull && Math.max(file.endTimestamp, madeAt) <= durableUntil
      if (!isKnownDurable || this.#files.at(-1)?.endTimestamp === durableUntil) return 'is newer than the checkpoint'
    }
    if (file.endPhyOffset >= log.endsAt) return `points beyond the log, which ends at ${log.endsAt}`
    if (file.endPhyOffset < file.beginPhyOffset) return 'has a header that contradicts itself'
    const isGapless = log.firstKeyed(this.#indexedUpTo, file.beginPhyOffset) >= file.beginPhyOffset
    return isGapless ? '' : `lacks keys of records after ${this.#indexedUpTo}`
  }

  // #region write-out-index
  /**
   * Writes the newest file to the page cache now, or leaves the
   * write to a later call. Returns true when nothing is left to
   * write. Called in each round of the checkpoint. The slots of
   * keys are random, so a busy broker soon changes many pages.
   * Many changed pages are written only every ten seconds. This
   * delay is safe, because the newest file is rebuilt after a
   * crash. When `all` is true, this call always writes. Throws
   * `DiskError` when a write fails.
   */
  writeOut(all: boolean): boolean {
    const newest = this.#files.at(-1)
    const nowMs = this.#host.clock.monotonicMs()
    const isDue = nowMs - this.#writtenOutMs >= INDEX_WRITE_OUT_INTERVAL_MS
    if (newest === undefined) return true
    const isFew = newest.dirtyPages <= INDEX_FEW_PAGES
    if (!isFew && !isDue && !all) return false
    this.#writtenOutMs = nowMs
    newest.writeOut()
    return true
  }
  // #endregion write-out-index

  /** Removes each file whose messages all lie before `logStartsAt`, but never the newest file. */
  deleteBefore(logStartsAt: number): void {
    while (this.#files.length > 1 && this.#files[0]!.endPhyOffset < logStartsAt) {
      const file = this.#files.shift()!
      file.close()
      this.#host.disk.remove(file.path)
    }
  }

  /**
   * Makes all written bytes durable, and closes all files. Then calls `done` with '' or with the reason why a sync failed.
   */
  close(done: (error: string) => void): void {
    const end = (error: string) => {
      this.#onSyncsEnded = () => {}
      for (const file of this.#files) file.close()
      done(error)
    }
    const newest = this.#files.at(-1)
    if (newest === undefined) return end('')
    const syncNewest = (failure: string) => {
      if (failure !== '') return end(failure) // rare: the index cannot be made durable
      newest.sync((error) => this.#host.disk.syncDirectory(this.#directory, (nameError) => end(error || nameError)))
    }
    if (this.#syncing.length === 0 || this.#failure !== '') syncNewest(this.#failure)
    else this.#onSyncsEnded = syncNewest
  }
}

/**
 * Writes the keys that `index` holds in memory, makes them durable, and closes the index. `index` is undefined when the
 * index is switched off. Calls `done` with '' or with the reason of the failure. When the write fails, the index stays open.
 */
export function closeIndex(index: IndexService | undefined, done: (error: string) => void): void {
  if (index === undefined) return done('')
  const failure = attempt(() => void index.writeOut(true))
  if (failure === '') index.close(done)
  else done(failure)
}

/**
 * Returns the keys of a record, in the order in which RocketMQ adds them to the index. A rolled-back message has no keys.
 */
export function keysOf(record: Pick<IndexedRecord, 'uniqKey' | 'keys' | 'sysFlag'>): readonly string[] {
  const found: string[] = []
  if (transactionValue(record.sysFlag) === SYS_FLAG.TRANSACTION_ROLLBACK) return found
  if (record.uniqKey !== undefined) found.push(record.uniqKey)
  if (record.keys === undefined || record.keys === '') return found
  if (!record.keys.includes(' ')) found.push(record.keys)
  else for (const word of record.keys.split(' ')) if (word !== '') found.push(word)
  return found
}

/** Returns Java's hash of `topic#key` without its sign. `Integer.MIN_VALUE` has no positive counterpart, so it becomes 0. */
export function keyHashOf(topic: string, key: string): number {
  const hash = javaHashOn(javaHashOn(javaHashCode(topic), '#'), key)
  return hash === -0x8000_0000 ? 0 : hash < 0 ? -hash : hash
}
