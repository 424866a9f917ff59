/**
 * The index: finds messages by key. Files are filled one after the other, each up to `maxIndexNum` keys.
 *
 * | property of a message | its keys                                      |
 * | --------------------- | --------------------------------------------- |
 * | UNIQ_KEY              | `topic#` and the id that its sender has given |
 * | KEYS                  | `topic#` and each word                        |
 *
 * The name of a file is the moment at which it was made, `yyyyMMddHHmmssSSS` in UTC. A full file is synced, and the
 * checkpoint notes its end. Like the consume queues the index is derived from the log and can be built again.
 *
 * A departure: after a crash RocketMQ removes the files that are newer than the checkpoint, and indexes again only what its
 * log recovery walks over. The keys before that are lost, although the messages are there. Here the log is indexed again
 * from the end of the last file that is kept, so every key of every message in the log is found.
 *
 * Invariant: the kept files follow each other along the log; no keyed record lies between two of them.
 * RocketMQ: `IndexService`.
 */
import { javaHashCode } from '../common/hash.ts'
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

/** The log, for checking the index against it. */
export interface IndexedLog {
  readonly startsAt: number
  readonly endsAt: number
  /** Position of the first record with a key between `from` and `until`; `until` when there is none. */
  firstKeyed(from: number, until: number): number
  /** End of the record that begins at `physicalOffset`. */
  endOfRecord(physicalOffset: number): number
}

/** The result of a query. */
export interface IndexQueryResult {
  readonly physicalOffsets: readonly number[]
  /** Store time and physical offset of the last message in the newest file. */
  readonly indexLastUpdateTimestamp: number
  readonly indexLastUpdatePhyoffset: number
}

export class IndexService {
  readonly #host: Host
  readonly #directory: string
  readonly #sizes: IndexSizes
  readonly #onFileSynced: (endTimestamp: number) => void
  #files: IndexFile[] = []
  /** Full files whose sync has not ended, oldest first. A sync that ends early waits for those before it. */
  #syncing: { readonly file: IndexFile; isDurable: boolean }[] = []
  /** All keys of records before this position are in the index. */
  #indexedUpTo = 0
  /** Number of keys that the index already has of the record at `#indexedUpTo`: a file was full in the middle of it. */
  #keysToSkip = 0

  #writtenOutMs = 0
  /** Why a full file could not be made durable. */
  #failure = ''
  #onSyncsEnded: (error: string) => void = () => {}

  /** `onFileSynced` gets the store time up to which full files are durable, for the checkpoint. */
  constructor(host: Host, directory: string, sizes: IndexSizes, onFileSynced: (endTimestamp: number) => void) {
    this.#host = host
    this.#directory = directory
    this.#sizes = sizes
    this.#onFileSynced = onFileSynced
  }

  get fileCount(): number {
    return this.#files.length
  }

  /** Physical offset of the last record in the newest file; -1 without files. */
  get lastPhyOffset(): number {
    return this.#files.at(-1)?.endPhyOffset ?? -1
  }

  // #region index-put
  /**
   * Adds a record's keys. Records come in the order of the log;
   * one that the index knows already is ignored.
   */
  put(record: IndexedRecord): void {
    const { topic, physicalOffset, storeTimestamp } = record
    if (physicalOffset < this.#indexedUpTo) return
    for (const key of keysOf(record).slice(this.#keysToSkip)) {
      const file = this.#fileWithRoom()
      file.put(keyHashOf(topic, key), physicalOffset, storeTimestamp)
    }
    this.#indexedUpTo = physicalOffset + 1
    this.#keysToSkip = 0
  }
  // #endregion index-put

  /** The newest file, or a new one behind a full one. */
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
  /**
   * Makes a full file and its name durable. The checkpoint may
   * vouch for it when all files before it are durable, too.
   */
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

  /** The name of a file that is made now: the time, but later than that of the last file. */
  #newName(): string {
    const nowMs = this.#host.clock.nowMs()
    const last = this.#files.at(-1)
    const lastMs = last === undefined ? -1 : timeOfName(last.path.slice(this.#directory.length + 1))
    return nameOfTime(Math.max(nowMs, lastMs + 1))
  }

  // #region query-offset
  /**
   * Physical offsets of messages with a key that were stored
   * between two times: newest file first, max `maxCount` and 64.
   * Times in the index are whole seconds, and another key may
   * have the same hash: `isMeant` decides.
   */
  queryOffset(
    topic: string,
    key: string,
    maxCount: number,
    beginMs: number,
    endMs: number,
    isMeant: IsMeant,
  ): IndexQueryResult {
    // Too many candidates end the search.
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

  /** Closes all files before another recovery. What was put and not written out is lost. */
  forget(): void {
    for (const file of this.#files.splice(0)) file.close()
    this.#syncing.length = 0
    this.#indexedUpTo = 0
    this.#keysToSkip = 0
  }

  // #region recover-index
  /**
   * Opens the files that can be trusted and removes the others.
   * Returns the position from which the log must be indexed
   * again. `indexMsgTimestamp` is the checkpoint's: full files up
   * to it are durable.
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

  /** Opens a file that goes on where the last one ended. Returns '' or the reason why it cannot be used. */
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
    // A full file may lack keys of its last message; any other has them all.
    const goesOnAt = file.isFull ? file.endPhyOffset : log.endOfRecord(file.endPhyOffset)
    this.#keysToSkip = file.isFull && file.endPhyOffset >= log.startsAt ? file.keysOfLastMessage() : 0
    this.#indexedUpTo = Math.max(goesOnAt, log.startsAt)
    return ''
  }

  /** Why a file cannot be trusted; '' when it can. */
  #faultOf(file: IndexFile, log: IndexedLog, durableUntil: number): string {
    if (file.isEmpty) return 'holds no entry'
    if (Number.isFinite(durableUntil)) {
      // The checkpoint's time may be the end of several files: it vouches for the first of them. A file that was made
      // after that time was built again, for older messages.
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
   * Hands what was put to the page cache; returns true when
   * nothing is left. Called every second while messages arrive.
   * Keys fall into slots at random, so a busy broker soon
   * touches every page: those are written every ten seconds,
   * because a crash costs this file anyway. `all`: write now.
   * Throws `DiskError`.
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

  /** Removes files whose messages are all gone from the log; never the newest one. */
  deleteBefore(logStartsAt: number): void {
    while (this.#files.length > 1 && this.#files[0]!.endPhyOffset < logStartsAt) {
      const file = this.#files.shift()!
      file.close()
      this.#host.disk.remove(file.path)
    }
  }

  /** Syncs what was written out and is not durable yet; `done` gets '' or the reason why it failed. */
  close(done: (error: string) => void): void {
    const end = (error: string) => {
      this.#onSyncsEnded = () => {}
      for (const file of this.#files) file.close()
      done(error)
    }
    const newest = this.#files.at(-1)
    if (newest === undefined) return end('')
    const syncNewest = (failure: string) => {
      if (failure !== '') return end(failure)
      newest.sync((error) => this.#host.disk.syncDirectory(this.#directory, (nameError) => end(error || nameError)))
    }
    if (this.#syncing.length === 0 || this.#failure !== '') syncNewest(this.#failure)
    else this.#onSyncsEnded = syncNewest
  }
}

/** Writes out what an index holds in memory, and closes it. Does nothing for an index that is switched off. */
export function closeIndex(index: IndexService | undefined, done: (error: string) => void): void {
  if (index === undefined) return done('')
  const failure = attempt(() => void index.writeOut(true))
  if (failure === '') index.close(done)
  else done(failure)
}

/** The keys by which a record is found, in the order in which RocketMQ enters them; a rolled-back message has none. */
export function keysOf(record: Pick<IndexedRecord, 'uniqKey' | 'keys' | 'sysFlag'>): readonly string[] {
  const found: string[] = []
  if (transactionValue(record.sysFlag) === SYS_FLAG.TRANSACTION_ROLLBACK) return found
  if (record.uniqKey !== undefined) found.push(record.uniqKey)
  if (record.keys === undefined) return found
  if (!record.keys.includes(' ')) found.push(record.keys)
  else for (const word of record.keys.split(' ')) if (word !== '') found.push(word)
  return found
}

/** Java's hash of `topic#key`, made non-negative; Integer.MIN_VALUE has no positive counterpart and becomes 0. */
export function keyHashOf(topic: string, key: string): number {
  const hash = javaHashCode(`${topic}#${key}`)
  return hash === -0x8000_0000 ? 0 : hash < 0 ? -hash : hash
}
