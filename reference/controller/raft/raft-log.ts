/**
 * The log of one controller, in memory. The journal (`journal.ts`) keeps the same entries on the disk.
 *
 * ```
 *   index        1   2   3   4 │ 5   6   7
 *   term         1   1   1   2 │ 2   3   3
 *                 in a snapshot│ entries
 * ```
 *
 * Entries are numbered from 1 without holes. A snapshot replaces the entries at the start of the log (section 7 of the
 * paper). Of these entries, the log keeps only the index and the term of the last one. In a log without a snapshot, both are
 * 0.
 *
 * Log matching (section 5.3): when two logs have an entry with the same index and the same term, the two logs are equal up
 * to this entry. A leader creates at most one entry for each index of its term, and never replaces entries of its own log. A
 * follower appends an entry only after the entry before it was compared (`matches`).
 *
 * The paper: Ongaro and Ousterhout, "In Search of an Understandable Consensus Algorithm", 2014, extended version.
 */
import { assert } from '../../common/assert.ts'

/** One entry. An empty `command` changes nothing: each leader begins its term with such an entry. */
export interface Entry {
  readonly index: number
  readonly term: number
  readonly command: string
}

/** The entries of one controller. */
export class RaftLog {
  #snapshotIndex = 0
  #snapshotTerm = 0
  #entries: Entry[] = []

  /** The index of the last entry that the snapshot contains, or 0 without a snapshot. */
  get snapshotIndex(): number {
    return this.#snapshotIndex
  }

  get snapshotTerm(): number {
    return this.#snapshotTerm
  }

  /** The entries that follow the snapshot. */
  get entries(): readonly Entry[] {
    return this.#entries
  }

  get lastIndex(): number {
    return this.#snapshotIndex + this.#entries.length
  }

  get lastTerm(): number {
    return this.#entries.at(-1)?.term ?? this.#snapshotTerm
  }

  /** Returns the term of an entry. Returns undefined when the log does not have, or no longer has, this entry. */
  termAt(index: number): number | undefined {
    return index === this.#snapshotIndex ? this.#snapshotTerm : this.#entries[index - this.#snapshotIndex - 1]?.term
  }

  /** Returns the entry with this index. Returns undefined for an entry in the snapshot, and behind the end. */
  entryAt(index: number): Entry | undefined {
    return this.#entries[index - this.#snapshotIndex - 1]
  }

  /**
   * The consistency check of AppendEntries (section 5.3): returns true when the log has the entry that precedes new entries.
   * Entries in the snapshot are committed, so every leader has the same entries.
   */
  matches(prevIndex: number, prevTerm: number): boolean {
    return prevIndex < this.#snapshotIndex || this.termAt(prevIndex) === prevTerm
  }

  /**
   * Compares the log of a candidate with this log (section 5.4.1). Returns true when the candidate's log is at least as up
   * to date as this log: when its last term is later, or when the last terms are equal and the candidate's log is at least
   * as long.
   */
  isUpToDate(lastIndex: number, lastTerm: number): boolean {
    if (lastTerm !== this.lastTerm) return lastTerm > this.lastTerm
    return lastIndex >= this.lastIndex
  }

  /** Returns the first index of the term that the entry at `index` has, as far as the log still has this term's entries. */
  firstIndexOfTermAt(index: number): number {
    const term = this.termAt(index)
    let first = index
    while (first > this.#snapshotIndex + 1 && this.termAt(first - 1) === term) first--
    return first
  }

  /** Puts an entry at its index, and removes all later entries. The entry must follow an entry of this log. */
  put(entry: Entry): void {
    assert(
      entry.index > this.#snapshotIndex && entry.index <= this.lastIndex + 1,
      () => `entry ${entry.index} cannot follow ${this.#snapshotIndex}..${this.lastIndex}`,
    )
    this.#entries.length = entry.index - this.#snapshotIndex - 1
    this.#entries.push(entry)
  }

  /**
   * Notes that a snapshot contains all entries up to `index`. When the log has this entry with this term, the later entries
   * stay. Without this entry, the whole log is replaced by the snapshot.
   */
  compact(index: number, term: number): void {
    const keeps = this.termAt(index) === term
    this.#entries = keeps ? this.#entries.slice(index - this.#snapshotIndex) : []
    this.#snapshotIndex = index
    this.#snapshotTerm = term
  }
}
