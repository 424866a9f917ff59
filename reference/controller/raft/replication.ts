/**
 * The work of a leader in its term. The leader sends its log to each follower, and counts which entries a majority has
 * (section 5.3 of the paper).
 *
 * For each follower, at most one request is under way. The answer to this request, or its time limit, allows the next
 * request. A request carries the entries from `nextIndex` on. When the follower's log does not match, `nextIndex` moves back
 * until it matches. A follower that needs an entry from before the leader's snapshot receives the snapshot.
 *
 * RocketMQ: DLedger's `DLedgerEntryPusher`.
 */
import type { Clock, TimerId } from '../../host/host.ts'
import type { DurableState } from './durable-state.ts'
import { APPEND_CHARS_MAX, APPEND_ENTRIES_MAX, HEARTBEAT_MS } from './limits.ts'
import type { AppendAnswer } from './messages.ts'
import type { Peer } from './peers.ts'
import type { Entry } from './raft-log.ts'
import type { RaftTransport } from './raft-transport.ts'

/** The parts of the controller that replication uses. */
export interface ReplicationParts {
  readonly clock: Clock
  readonly state: DurableState
  readonly transport: RaftTransport
  /** The id of the leader. */
  readonly self: string
  /** The other controllers. */
  readonly others: readonly Peer[]
  commitIndex(): number
  /** Called when a follower has answered with this term. A later term than the leader's ends the leader's term. */
  sawTerm(term: number): void
  /** Called when more entries are known to be at a follower. */
  replicated(): void
  /** Called at each heartbeat. */
  beat(): void
}

/** The data of the leader about one follower. */
interface Progress {
  readonly peer: Peer
  /** The next entry to send. */
  nextIndex: number
  /** The follower has the leader's entries up to this index, on its disk. */
  matchIndex: number
  isBusy: boolean
  /** The time of the last answer, by the monotonic clock. */
  heardMs: number
}

/** The replication of one leader in one term. */
export class Replication {
  readonly #parts: ReplicationParts
  readonly #term: number
  readonly #followers: readonly Progress[]
  /** The leader's own entries up to this index are on its disk. */
  #ownIndex = 0
  #heartbeat: TimerId | undefined
  #isOver = false

  constructor(parts: ReplicationParts) {
    this.#parts = parts
    this.#term = parts.state.term
    const nowMs = parts.clock.monotonicMs()
    const nextIndex = parts.state.log.lastIndex + 1
    this.#followers = parts.others.map((peer) => ({ peer, nextIndex, matchIndex: 0, isBusy: false, heardMs: nowMs }))
  }

  start(): void {
    this.#beatLater()
    this.sendAll()
  }

  stop(): void {
    this.#isOver = true
    if (this.#heartbeat !== undefined) this.#parts.clock.cancel(this.#heartbeat)
  }

  #beatLater(): void {
    if (this.#parts.others.length === 0) return
    this.#heartbeat = this.#parts.clock.after(HEARTBEAT_MS, () => {
      this.#beatLater()
      this.#parts.beat()
      if (!this.#isOver) this.sendAll()
    })
  }

  /** Notes that the leader's own log is durable up to `index`. */
  ownDurable(index: number): void {
    this.#ownIndex = Math.max(this.#ownIndex, index)
    this.#parts.replicated()
  }

  // #region majority-index
  /** Returns the largest index for which a majority, the leader included, has all entries on its disk. */
  majorityIndex(): number {
    const indexes = [this.#ownIndex, ...this.#followers.map(({ matchIndex }) => matchIndex)]
    indexes.sort((a, b) => b - a)
    return indexes[indexes.length >> 1]!
  }
  // #endregion majority-index

  /** Returns true when a majority, the leader included, has answered within the last `withinMs`. */
  hasHeardMajority(withinMs: number): boolean {
    const sinceMs = this.#parts.clock.monotonicMs() - withinMs
    const heard = 1 + this.#followers.filter(({ heardMs }) => heardMs > sinceMs).length
    return heard > (this.#followers.length + 1) >> 1
  }

  sendAll(): void {
    for (const follower of this.#followers) this.#send(follower)
  }

  #send(follower: Progress): void {
    if (follower.isBusy) return
    const { state, self, transport } = this.#parts
    const prevLogIndex = follower.nextIndex - 1
    const prevLogTerm = state.log.termAt(prevLogIndex)
    if (prevLogTerm === undefined) return this.#sendSnapshot(follower)
    follower.isBusy = true
    const entries = this.#entriesFrom(follower.nextIndex)
    const leaderCommit = this.#parts.commitIndex()
    transport.appendEntries(
      follower.peer.address,
      { term: this.#term, leaderId: self, prevLogIndex, prevLogTerm, entries, leaderCommit },
      (answer) => {
        follower.isBusy = false
        if (this.#isOver || answer === undefined) return
        this.#parts.sawTerm(answer.term)
        if (!this.#isOver) this.#answered(follower, answer)
      },
    )
  }

  #answered(follower: Progress, { success, index }: AppendAnswer): void {
    follower.heardMs = this.#parts.clock.monotonicMs()
    if (success) this.#hasUpTo(follower, index)
    else follower.nextIndex = Math.max(follower.matchIndex + 1, Math.min(index, follower.nextIndex - 1))
    if (!success || follower.nextIndex <= this.#parts.state.log.lastIndex) this.#send(follower)
  }

  #hasUpTo(follower: Progress, index: number): void {
    follower.matchIndex = Math.max(follower.matchIndex, Math.min(index, this.#parts.state.log.lastIndex))
    follower.nextIndex = follower.matchIndex + 1
    this.#parts.replicated()
  }

  /** Returns the entries from `index` on, as many as one request may carry. */
  #entriesFrom(index: number): readonly Entry[] {
    const { log } = this.#parts.state
    const entries: Entry[] = []
    let chars = 0
    for (let entry = log.entryAt(index); entry !== undefined; entry = log.entryAt(entry.index + 1)) {
      chars += entry.command.length
      if (entries.length >= APPEND_ENTRIES_MAX || (entries.length > 0 && chars > APPEND_CHARS_MAX)) break
      entries.push(entry)
    }
    return entries
  }

  #sendSnapshot(follower: Progress): void {
    const { state, self, transport } = this.#parts
    follower.isBusy = true
    const lastIncludedIndex = state.log.snapshotIndex
    const lastIncludedTerm = state.log.snapshotTerm
    transport.installSnapshot(
      follower.peer.address,
      { term: this.#term, leaderId: self, lastIncludedIndex, lastIncludedTerm, state: state.snapshot },
      (answer) => {
        follower.isBusy = false
        if (this.#isOver || answer === undefined) return
        this.#parts.sawTerm(answer.term)
        if (this.#isOver) return // rare: an answer comes to a leader that has resigned
        follower.heardMs = this.#parts.clock.monotonicMs()
        this.#hasUpTo(follower, lastIncludedIndex)
        this.#send(follower)
      },
    )
  }
}
