/**
 * One simulated file. A file has pages in the page cache, and durable pages that survive a power cut.
 *
 * ```
 * write ──> cache page (dirty) ──sync called──> snapshot (frozen) ──latency──> durable page
 *                    └────────────── power cut: any of these versions may be found ──────────┘
 * ```
 *
 * A page has 4 KiB and takes memory only after its first write. So a file of 1 GiB with only 3 small records takes one page.
 * The page cache, a snapshot (the pages that one sync writes) and the durable pages can share the same page. A shared page
 * is called frozen: a write first copies this page.
 *
 * Invariants:
 * - A sync makes the content at the time of its call durable, not the content at its end.
 * - After a failed sync, its pages count as clean but are not durable. Linux behaves in the same way. A second sync would
 *   succeed without writing these pages, so a program must not repeat a failed sync.
 * - After a power cut, each page that was not durable has its old content, its new content, or a mix of both. In a mix, the
 *   first 512-byte sectors are new and the other sectors are old. The size of the file is one of its old and new sizes. It
 *   can also happen that only the first bytes of the last write remain.
 * - When an older sync ends after a newer sync, the older sync does not replace pages that the newer sync or the operator
 *   has made durable.
 *
 * RocketMQ: `MappedByteBuffer` and `FileChannel.force`. `disk.ts` simulates names and directories. Not simulated: durable
 * bytes that change without a write.
 */
import type { RandomStream } from './random.ts'

/** The size of a page. */
export const PAGE_BYTES = 4096
const SECTOR_BYTES = 512

interface Page {
  bytes: Uint8Array
  /** True when the page is shared with a snapshot or is durable. A write must copy the page first. */
  frozen: boolean
}

/** The pages and the size that one sync will make durable. */
export interface SyncSnapshot {
  /** The number of this sync. The syncs of a file are counted from 1. */
  readonly order: number
  readonly sizeBytes: number
  /** The pages by page number. A page that was removed by a resize is undefined. */
  readonly pages: ReadonlyMap<number, Page | undefined>
  /** The number of bytes of these pages that lie before the end of the file. */
  readonly dirtyBytes: number
}

/** The last write to the disk. After a power cut, only a part of this write may remain. */
export interface LastWrite {
  readonly atBytes: number
  readonly sizeBytes: number
}

/** One file with its cached and its durable pages. */
export class PageFile {
  sizeBytes = 0
  #durableSizeBytes = 0
  #cache = new Map<number, Page>()
  #durable = new Map<number, Page>()
  readonly #dirty = new Set<number>()
  readonly #syncing = new Set<SyncSnapshot>()
  #syncs = 0
  /**
   * For each page, the number of the newest sync that made the page durable. `#sizeSync` is the number of the newest sync
   * that made the size durable.
   */
  readonly #pageSync = new Map<number, number>()
  #sizeSync = 0

  /** The number of pages that take space. */
  get pages(): number {
    return this.#cache.size
  }

  read(atBytes: number, lengthBytes: number): Uint8Array {
    const end = Math.min(atBytes + lengthBytes, this.sizeBytes)
    if (end <= atBytes) return new Uint8Array(0)
    const result = new Uint8Array(end - atBytes)
    for (let at = atBytes; at < end; ) {
      const inPage = at % PAGE_BYTES
      const length = Math.min(PAGE_BYTES - inPage, end - at)
      const page = this.#cache.get(Math.floor(at / PAGE_BYTES))
      if (page !== undefined) result.set(page.bytes.subarray(inPage, inPage + length), at - atBytes)
      at += length
    }
    return result
  }

  /** Returns the number of new pages that a write would need. */
  newPages(atBytes: number, sizeBytes: number): number {
    let count = 0
    const last = Math.floor((atBytes + sizeBytes - 1) / PAGE_BYTES)
    for (let index = Math.floor(atBytes / PAGE_BYTES); index <= last; index++) if (!this.#cache.has(index)) count++
    return count
  }

  write(atBytes: number, bytes: Uint8Array): void {
    for (let from = 0; from < bytes.length; ) {
      const at = atBytes + from
      const inPage = at % PAGE_BYTES
      const length = Math.min(PAGE_BYTES - inPage, bytes.length - from)
      this.#writable(Math.floor(at / PAGE_BYTES)).set(bytes.subarray(from, from + length), inPage)
      from += length
    }
    if (atBytes + bytes.length > this.sizeBytes) this.sizeBytes = atBytes + bytes.length
  }

  /**
   * Sets the size. The next sync also makes durable that the pages behind the end are removed, even when an earlier sync of
   * the same removal has failed.
   */
  resize(sizeBytes: number): void {
    if (sizeBytes < this.sizeBytes) {
      for (const index of this.#durable.keys())
        if (index * PAGE_BYTES >= sizeBytes && !this.#cache.has(index)) this.#dirty.add(index)
      for (const index of this.#cache.keys()) {
        if (index * PAGE_BYTES < sizeBytes) continue
        this.#cache.delete(index)
        this.#dirty.add(index)
      }
      const inPage = sizeBytes % PAGE_BYTES
      const last = Math.floor(sizeBytes / PAGE_BYTES)
      if (inPage > 0 && this.#cache.has(last)) this.#writable(last).fill(0, inPage)
    }
    this.sizeBytes = sizeBytes
  }

  beginSync(): SyncSnapshot {
    const pages = new Map<number, Page | undefined>()
    let dirtyBytes = 0
    for (const index of this.#dirty) {
      const page = this.#cache.get(index)
      if (page !== undefined) {
        page.frozen = true
        dirtyBytes += this.#bytesOfPage(index)
      }
      pages.set(index, page)
    }
    this.#dirty.clear()
    const snapshot = { order: ++this.#syncs, sizeBytes: this.sizeBytes, pages, dirtyBytes }
    this.#syncing.add(snapshot)
    return snapshot
  }

  /** Ends a sync. After a failed sync, its pages count as clean but are not durable. */
  endSync(snapshot: SyncSnapshot, succeeded: boolean): void {
    if (!this.#syncing.delete(snapshot) || !succeeded) return
    for (const [index, page] of snapshot.pages) {
      if ((this.#pageSync.get(index) ?? 0) > snapshot.order) continue
      this.#pageSync.set(index, snapshot.order)
      if (page === undefined) this.#durable.delete(index)
      else this.#durable.set(index, page)
    }
    if (this.#sizeSync > snapshot.order) return
    this.#sizeSync = snapshot.order
    this.#durableSizeBytes = snapshot.sizeBytes
  }

  /** Replaces the whole content, and makes the new content durable. Called for an operator, not for the node. */
  replace(bytes: Uint8Array): void {
    this.#syncing.clear()
    this.resize(0)
    this.write(0, bytes)
    this.endSync(this.beginSync(), true)
  }

  /**
   * Simulates a power cut: sets the content to a state that a power cut can leave. Returns the number of bytes that were
   * lost.
   */
  powerCut(chance: RandomStream, lastWrite: LastWrite | undefined): number {
    const before = this.#cache
    const sizeBefore = this.sizeBytes
    const torn = lastWrite !== undefined && this.#isUnsynced(lastWrite) && chance.int(2) === 0 ? lastWrite : undefined
    const size = this.#survivingSize(chance)
    const survivors = new Map(this.#durable)
    for (const index of this.#unsyncedPages()) {
      const page = this.#survivingPage(index, chance)
      if (page === undefined) survivors.delete(index)
      else survivors.set(index, page)
    }
    this.#cache = survivors
    this.sizeBytes = size
    if (torn !== undefined) this.#tear(torn, before, torn.atBytes + chance.int(torn.sizeBytes + 1))
    this.#settle()
    return this.#lostBytes(before, sizeBefore)
  }

  #writable(index: number): Uint8Array {
    let page = this.#cache.get(index)
    if (page === undefined) {
      page = { bytes: new Uint8Array(PAGE_BYTES), frozen: false }
      this.#cache.set(index, page)
    } else if (page.frozen) {
      page = { bytes: page.bytes.slice(), frozen: false }
      this.#cache.set(index, page)
    }
    this.#dirty.add(index)
    return page.bytes
  }

  #bytesOfPage(index: number): number {
    return Math.max(0, Math.min(PAGE_BYTES, this.sizeBytes - index * PAGE_BYTES))
  }

  /** Returns the numbers of the pages whose latest content may not be durable, in order. */
  #unsyncedPages(): number[] {
    const indexes = new Set(this.#dirty)
    for (const snapshot of this.#syncing)
      for (const index of snapshot.pages.keys()) if (this.#mayStillWrite(snapshot, index)) indexes.add(index)
    return [...indexes].sort((a, b) => a - b)
  }

  /**
   * Returns true when the sync of `snapshot` may still write the page `index`, because no newer content of this page is
   * durable.
   */
  #mayStillWrite(snapshot: SyncSnapshot, index: number): boolean {
    return snapshot.pages.has(index) && snapshot.order > (this.#pageSync.get(index) ?? 0)
  }

  #isUnsynced(write: LastWrite): boolean {
    const last = Math.floor((write.atBytes + write.sizeBytes - 1) / PAGE_BYTES)
    for (let index = Math.floor(write.atBytes / PAGE_BYTES); index <= last; index++)
      if (this.#dirty.has(index)) return true
    return false
  }

  #survivingSize(chance: RandomStream): number {
    const sizes = [this.#durableSizeBytes]
    for (const snapshot of this.#syncing) if (snapshot.order > this.#sizeSync) sizes.push(snapshot.sizeBytes)
    sizes.push(this.sizeBytes)
    return sizes[chance.int(sizes.length)]!
  }

  #survivingPage(index: number, chance: RandomStream): Page | undefined {
    const old = this.#durable.get(index)
    const versions: (Page | undefined)[] = [old]
    for (const snapshot of this.#syncing)
      if (this.#mayStillWrite(snapshot, index)) versions.push(snapshot.pages.get(index))
    if (this.#dirty.has(index)) versions.push(this.#cache.get(index))
    const found = versions[chance.int(versions.length)]
    const sectors = chance.int((4 * PAGE_BYTES) / SECTOR_BYTES)
    if (found === undefined || found === old || sectors >= PAGE_BYTES / SECTOR_BYTES) return found
    return { bytes: mixed(found, old, sectors * SECTOR_BYTES), frozen: false }
  }

  /**
   * Keeps the bytes of the last write before position `untilBytes`. Behind this position, the pages of the write have their
   * old content.
   */
  #tear(write: LastWrite, before: Map<number, Page>, untilBytes: number): void {
    const end = write.atBytes + write.sizeBytes
    for (let index = Math.floor(write.atBytes / PAGE_BYTES); index * PAGE_BYTES < end; index++) {
      const kept = Math.max(0, Math.min(PAGE_BYTES, untilBytes - index * PAGE_BYTES))
      const bytes = mixed(before.get(index), this.#durable.get(index), kept)
      this.#cache.set(index, { bytes, frozen: false })
    }
    if (this.sizeBytes < untilBytes) this.sizeBytes = untilBytes
  }

  /** Makes the surviving pages durable, and removes bytes beyond the end of the file. */
  #settle(): void {
    for (const index of [...this.#cache.keys()]) {
      const inside = this.#bytesOfPage(index)
      if (inside === 0) this.#cache.delete(index)
      else if (inside < PAGE_BYTES) {
        const bytes = this.#cache.get(index)!.bytes.slice()
        bytes.fill(0, inside)
        this.#cache.set(index, { bytes, frozen: false })
      }
    }
    for (const page of this.#cache.values()) page.frozen = true
    this.#durable = new Map(this.#cache)
    this.#durableSizeBytes = this.sizeBytes
    this.#dirty.clear()
    this.#syncing.clear()
  }

  #lostBytes(before: Map<number, Page>, sizeBefore: number): number {
    let lost = 0
    for (const [index, page] of before) {
      const now = this.#cache.get(index)?.bytes
      if (now === page.bytes) continue
      const length = Math.min(PAGE_BYTES, sizeBefore - index * PAGE_BYTES)
      for (let i = 0; i < length; i++) if ((now === undefined ? 0 : now[i]!) !== page.bytes[i]!) lost++
    }
    return lost
  }
}

/** Returns a page with the first `kept` bytes of `first` and the other bytes of `rest`. A missing page counts as zeros. */
function mixed(first: Page | undefined, rest: Page | undefined, kept: number): Uint8Array {
  const bytes = rest === undefined ? new Uint8Array(PAGE_BYTES) : rest.bytes.slice()
  if (first === undefined) bytes.fill(0, 0, kept)
  else bytes.set(first.bytes.subarray(0, kept), 0)
  return bytes
}
