/**
 * The index: finds messages by key. Files are filled one after the other, each up to `maxIndexNum` keys.
 *
 * | property of a message      | becomes the keys                            |
 * | -------------------------- | ------------------------------------------- |
 * | UNIQ_KEY                   | `topic#` and the sender's id of the message  |
 * | KEYS                       | `topic#` and each word                       |
 *
 * A file is named by the moment it was made, `yyyyMMddHHmmssSSS` in UTC. When it is full it is synced, and the checkpoint
 * notes its end. Like the consume queues the index is derived from the log and can be built again.
 *
 * A departure: after a crash RocketMQ removes the files that are newer than the checkpoint, and indexes again only what its
 * log recovery walks over; the keys before that are lost, although the messages are there. We index again from the end of
 * the last file that is kept, so every key of every message in the log is found. So are keys that RocketMQ lost before.
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

/** What the index needs to know of a record. */
export interface IndexedRecord {
  readonly topic: string
  readonly uniqKey: string | undefined
  readonly keys: string | undefined
  readonly sysFlag: number
  readonly physicalOffset: number
  readonly storeTimestamp: number
}

/** The log as the index checks itself against it. */
export interface IndexedLog {
  readonly startsAt: number
  readonly endsAt: number
  /** Where the first record with a key begins, from `from` on and before `until`; `until` when there is none. */
  firstKeyed(from: number, until: number): number
  /** Where the record that begins at `physicalOffset` ends. */
  endOfRecord(physicalOffset: number): number
}

/** What a query found. */
export interface IndexQueryResult {
  readonly physicalOffsets: readonly number[]
  /** How far the newest file has come. */
  readonly indexLastUpdateTimestamp: number
  readonly indexLastUpdatePhyoffset: number
}

export class IndexService {
  readonly #host: Host
  readonly #directory: string
  readonly #sizes: IndexSizes
  readonly #onFileSynced: (endTimestamp: number) => void
  #files: IndexFile[] = []
  /** Full files whose sync has not ended, oldest first; one that ended early waits for those before it. */
  #syncing: { readonly file: IndexFile; isDurable: boolean }[] = []
  /** Records before it have all their keys in the index. */
  #indexedUpTo = 0
  /** Of the record at `#indexedUpTo` so many keys are in already: the file was full in the middle of it. */
  #keysToSkip = 0

  #writtenOutMs = 0
  /** Why a full file could not be made durable. */
  #failure = ''
  #onSyncsEnded: (error: string) => void = () => {}

  /** `onFileSynced` hears how far the index is full and durable: the time for the checkpoint. */
  constructor(host: Host, directory: string, sizes: IndexSizes, onFileSynced: (endTimestamp: number) => void) {
    this.#host = host
    this.#directory = directory
    this.#sizes = sizes
    this.#onFileSynced = onFileSynced
  }

  get fileCount(): number {
    return this.#files.length
  }

  /** Where the last record begins that the newest file knows; -1 without files. */
  get lastPhyOffset(): number {
    return this.#files.at(-1)?.endPhyOffset ?? -1
  }

  // #region index-put
  /** Adds a record's keys. Records come in the order of the log; one that is known already is ignored. */
  put(record: IndexedRecord): void {
    if (record.physicalOffset < this.#indexedUpTo) return
    const keys = keysOf(record)
    for (let i = this.#keysToSkip; i < keys.length; i++)
      this.#fileWithRoom().put(keyHashOf(record.topic, keys[i]!), record.physicalOffset, record.storeTimestamp)
    this.#indexedUpTo = record.physicalOffset + 1
    this.#keysToSkip = 0
  }

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

  /** A full file becomes durable, its name too; once all before it are, the checkpoint may count on it. */
  #finish(file: IndexFile): void {
    file.writeOut()
    file.forgetPages()
    const one = { file, isDurable: false }
    this.#syncing.push(one)
    const ended = (error: string) => {
      if (error !== '') this.#failure = `${file.path} could not be synced: ${error}`
      one.isDurable = error === ''
      while (this.#syncing[0]?.isDurable) this.#onFileSynced(this.#syncing.shift()!.file.endTimestamp)
      if (this.#syncing.length === 0 || this.#failure !== '') this.#onSyncsEnded(this.#failure)
    }
    file.sync((error) => (error === '' ? this.#host.disk.syncDirectory(this.#directory, ended) : ended(error)))
  }
  // #endregion index-put

  /** The present moment; two files never share one. */
  #newName(): string {
    const nowMs = this.#host.clock.nowMs()
    const last = this.#files.at(-1)
    const lastMs = last === undefined ? -1 : timeOfName(last.path.slice(this.#directory.length + 1))
    return nameOfTime(Math.max(nowMs, lastMs + 1))
  }

  // #region query-offset
  /**
   * Where messages with that key lie that were stored between two times: newest file first, and at most `maxCount` or 64.
   * Times in the index are whole seconds, and another key may have the same hash: `isMeant` decides.
   */
  queryOffset(
    topic: string,
    key: string,
    maxCount: number,
    beginMs: number,
    endMs: number,
    isMeant: IsMeant,
  ): IndexQueryResult {
    let candidates = 0
    const looked: IsMeant = (offset) => (++candidates > QUERY_CANDIDATES_MAX ? 'enough' : isMeant(offset))
    const keyHash = keyHashOf(topic, key)
    const most = Math.min(maxCount, QUERY_MESSAGES_MAX)
    const found: number[] = []
    for (let i = this.#files.length - 1; i >= 0 && found.length < most && candidates <= QUERY_CANDIDATES_MAX; i--) {
      const file = this.#files[i]!
      if (file.isTimeMatched(beginMs, endMs)) file.select(keyHash, most, beginMs, endMs, found, looked)
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

  /** Closes what is open, to begin anew: what was put and not written out is forgotten. */
  forget(): void {
    for (const file of this.#files.splice(0)) file.close()
    this.#syncing.length = 0
    this.#indexedUpTo = 0
    this.#keysToSkip = 0
  }

  // #region recover-index
  /**
   * Opens the files that can be trusted and removes the others; gives the position from which the log must be indexed
   * again. `indexMsgTimestamp`: the checkpoint's, up to which full files are durable.
   */
  recover(log: IndexedLog, wasStoppedCleanly: boolean, indexMsgTimestamp: number): number {
    const paths = this.#host.disk
      .list(this.#directory)
      .filter((name) => /^\d{17}$/.test(name))
      .map((name) => `${this.#directory}/${name}`)
    this.#indexedUpTo = log.startsAt
    for (const [i, path] of paths.entries()) {
      const fault = this.#openNext(path, log, wasStoppedCleanly ? Number.POSITIVE_INFINITY : indexMsgTimestamp)
      if (fault === '') continue
      this.#host.trace.log('info', `${path} ${fault}: it and newer index files are made again from the log`)
      for (const rest of paths.slice(i)) this.#host.disk.remove(rest)
      this.#onFileSynced(Math.min(this.#files.at(-1)?.endTimestamp ?? 0, indexMsgTimestamp))
      break
    }
    return this.#indexedUpTo
  }

  /** Opens one file if it goes on where the last one ended; otherwise says why it cannot be used. */
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
    // A file that was full may lack keys of its last message; any other has them all.
    const goesOnAt = file.isFull ? file.endPhyOffset : log.endOfRecord(file.endPhyOffset)
    this.#keysToSkip = file.isFull && file.endPhyOffset >= log.startsAt ? file.keysOfLastMessage() : 0
    this.#indexedUpTo = Math.max(goesOnAt, log.startsAt)
    return ''
  }
  // #endregion recover-index

  #faultOf(file: IndexFile, log: IndexedLog, durableUntil: number): string {
    if (file.isEmpty) return 'holds no entry'
    if (Number.isFinite(durableUntil)) {
      // One checkpoint time may be the end of several files: it vouches for the first of them. And a file that was made
      // after that time is one that was made again, for messages older than itself.
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
   * Asked every second while messages come: hands what was put to the page cache, true when nothing is left. Keys fall into
   * slots at random, so a busy broker soon touches every page of them: then once in ten seconds is enough, for a crash
   * costs this file anyway. `all`: now, whatever there is. Throws `DiskError`.
   */
  writeOut(all: boolean): boolean {
    const newest = this.#files.at(-1)
    const nowMs = this.#host.clock.monotonicMs()
    const isDue = nowMs - this.#writtenOutMs >= INDEX_WRITE_OUT_INTERVAL_MS
    if (newest === undefined || (newest.dirtyPages > INDEX_FEW_PAGES && !isDue && !all)) return newest === undefined
    this.#writtenOutMs = nowMs
    newest.writeOut()
    return true
  }
  // #endregion write-out-index

  /** Removes files all of whose messages are gone from the log, the newest never. */
  deleteBefore(logStartsAt: number): void {
    while (this.#files.length > 1 && this.#files[0]!.endPhyOffset < logStartsAt) {
      const file = this.#files.shift()!
      file.close()
      this.#host.disk.remove(file.path)
    }
  }

  /** Syncs what was written out and is not durable yet; `done` gets '' or why it failed. */
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

/** Writes out what an index still holds, and closes it; an index that is switched off is closed already. */
export function closeIndex(index: IndexService | undefined, done: (error: string) => void): void {
  if (index === undefined) return done('')
  const failure = attempt(() => void index.writeOut(true))
  if (failure === '') index.close(done)
  else done(failure)
}

/** The keys a record is found by, in the order RocketMQ enters them; a rolled-back message has none. */
export function keysOf(record: Pick<IndexedRecord, 'uniqKey' | 'keys' | 'sysFlag'>): readonly string[] {
  const found: string[] = []
  if (transactionValue(record.sysFlag) === SYS_FLAG.TRANSACTION_ROLLBACK) return found
  if (record.uniqKey !== undefined) found.push(record.uniqKey)
  if (record.keys === undefined) return found
  if (!record.keys.includes(' ')) found.push(record.keys)
  else for (const word of record.keys.split(' ')) if (word !== '') found.push(word)
  return found
}

/** Java's hash of `topic#key`, made positive; the one number that cannot be is 0. */
export function keyHashOf(topic: string, key: string): number {
  const hash = javaHashCode(`${topic}#${key}`)
  return hash === -0x8000_0000 ? 0 : hash < 0 ? -hash : hash
}
