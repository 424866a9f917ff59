/**
 * The data that a controller must still have after a crash: its term, its vote, its snapshot and its log ("persistent state
 * on all servers" in figure 2 of the paper).
 *
 * Each change is made in memory at once, and is added to the journal. The disk is slower. So every message that rests on a
 * change leaves in `whenDurable`: a vote that is forgotten can be cast twice, and an acknowledged entry that is forgotten
 * can be missing in the majority that was counted.
 *
 * RocketMQ: DLedger's `MemberState` (`persistTerm`) and `DLedgerStore`.
 */
import { assert } from '../../common/assert.ts'
import type { Host } from '../../host/host.ts'
import { Journal, type JournalLine, type JournalOwner } from './journal.ts'
import { type Entry, RaftLog } from './raft-log.ts'

/** The durable state of one controller. */
export class DurableState {
  readonly log = new RaftLog()
  readonly #host: Host
  readonly #journal: Journal
  #term = 0
  #vote = ''
  #snapshot = ''

  /** `broken` is called once when the disk refuses a write. From then on, `whenDurable` calls nothing. */
  constructor(host: Host, owner: JournalOwner, broken: (sentence: string) => void) {
    this.#host = host
    this.#journal = new Journal(host, owner, broken)
  }

  /** The latest term that this controller has seen. */
  get term(): number {
    return this.#term
  }

  /** The candidate that received the vote of this controller in its term, or '' when no candidate has received the vote. */
  get vote(): string {
    return this.#vote
  }

  /** The state of the state machine in the snapshot, as text. '' without a snapshot. */
  get snapshot(): string {
    return this.#snapshot
  }

  get linesAppended(): number {
    return this.#journal.linesAppended
  }

  /** Reads the journal, and writes the journal again. Throws `ConfigError` when the journal cannot be used. */
  load(): void {
    for (const line of this.#journal.load()) this.#recover(line)
    this.#journal.replace(this.#allLines())
  }

  /** Begins a later term, without a vote (section 5.1). Terms never go back. */
  beginTerm(term: number): void {
    assert(term > this.#term, () => `term ${term} does not follow ${this.#term}`)
    this.#term = term
    this.#vote = ''
    this.#noteTerm()
    this.#host.trace.emit?.('term.began', { term })
  }

  /** Casts the vote of this term. A vote is never changed. */
  castVote(candidate: string): void {
    assert(this.#vote === '' || this.#vote === candidate, () => `${this.#vote} has the vote of term ${this.#term}`)
    if (this.#vote === candidate) return
    this.#vote = candidate
    this.#noteTerm()
  }

  #noteTerm(): void {
    this.#journal.append({ kind: 'term', term: this.#term, vote: this.#vote })
  }

  /** Puts an entry at its index. The entries that had this index and later indexes are removed. */
  put(entry: Entry): void {
    this.#putInMemory(entry)
    this.#journal.append({ kind: 'entry', ...entry })
  }

  #putInMemory(entry: Entry): void {
    const { index, term, command } = entry
    if (index <= this.log.lastIndex) {
      // rare: a follower has entries that the leader does not have
      this.#host.trace.emit?.('raft.cut', { index })
    }
    this.log.put(entry)
    this.#host.trace.emit?.('raft.appended', { index, term, command })
  }

  /** Replaces the entries up to `index` by a snapshot, in memory and on the disk (section 7). */
  compact(index: number, term: number, state: string): void {
    this.#compactInMemory(index, term, state)
    this.#journal.replace(this.#allLines())
  }

  #compactInMemory(index: number, term: number, state: string): void {
    this.log.compact(index, term)
    this.#snapshot = state
    this.#host.trace.emit?.('raft.compacted', { index, term, lastIndex: this.log.lastIndex })
  }

  /** Calls `then` when everything that was changed so far is durable. */
  whenDurable(then: () => void): void {
    this.#journal.whenDurable(then)
  }

  close(done: () => void): void {
    this.#journal.close(done)
  }

  #recover(line: JournalLine): void {
    if (line.kind === 'term') {
      this.#term = line.term
      this.#vote = line.vote
    } else if (line.kind === 'snapshot') this.#compactInMemory(line.index, line.term, line.state)
    else this.#putInMemory({ index: line.index, term: line.term, command: line.command })
  }

  #allLines(): readonly JournalLine[] {
    const { log } = this
    const lines: JournalLine[] = [{ kind: 'term', term: this.#term, vote: this.#vote }]
    if (log.snapshotIndex > 0)
      lines.push({ kind: 'snapshot', index: log.snapshotIndex, term: log.snapshotTerm, state: this.#snapshot })
    for (const entry of log.entries) lines.push({ kind: 'entry', ...entry })
    return lines
  }
}
