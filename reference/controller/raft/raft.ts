/**
 * One controller of a Raft group: it votes, follows a leader or leads, and applies committed commands to a state machine.
 *
 * ```
 *                 no leader heard for 1 to 2 s        votes of a majority
 *    follower  ───────────────────────────►  candidate  ─────────────────►  leader
 *       ▲                                        │  ▲ │                        │
 *       │◄──── a leader of this term, ───────────┘  └─┘ 1 to 2 s without       │
 *       │      or a later term                          a majority             │
 *       └◄──── a later term, or a majority is not heard any more ──────────────┘
 * ```
 *
 * The five rules of the paper (figure 3), and where they are kept:
 *
 * | rule                 | says                                                        | kept by                        |
 * | -------------------- | ----------------------------------------------------------- | ------------------------------ |
 * | election safety      | a term has at most one leader                               | `requestVote`, `castVote`      |
 * | leader append-only   | a leader never changes entries of its log                   | `propose`                      |
 * | log matching         | equal index and term: equal logs up to there                | `RaftLog.matches`              |
 * | leader completeness  | a committed entry is in the log of every later leader       | `isUpToDate`, `#advanceCommit` |
 * | state machine safety | all controllers apply the same command at the same index    | the four rules above           |
 *
 * Every answer waits for the disk: the caller of `requestVote`, `appendEntries` and `installSnapshot` sends the answer in
 * `whenDurable`.
 *
 * Beyond figure 2, the controller has two rules against controllers that would only disturb the group. A controller refuses
 * to vote while it receives requests of a leader (end of section 6). A leader that has not heard from a majority for two
 * election timeouts resigns, so that brokers look for another leader. Not in GlassMQ: changes of the group, transfer of
 * leadership, a vote before the vote, reads without an entry.
 *
 * RocketMQ: `DLedgerServer`, `DLedgerLeaderElector`, `MemberState`.
 */
import type { Host, TimerId } from '../../host/host.ts'
import { Refusal } from '../../remoting/refusal.ts'
import { ResponseCode } from '../../remoting/response-code.ts'
import { Committed, type StateMachine } from './committed.ts'
import { DurableState } from './durable-state.ts'
import { COMMAND_CHARS_MAX, ELECTION_MS, UNCOMMITTED_ENTRIES_MAX } from './limits.ts'
import type * as messages from './messages.ts'
import type { Peer } from './peers.ts'
import type { RaftTransport } from './raft-transport.ts'
import { Replication } from './replication.ts'

/** The part of a controller that uses Raft. */
export interface RaftOwner {
  /** Called when the leader has applied all entries of earlier terms, so that it may decide. */
  leads(): void
  /** Called when a leader resigns, whether `leads` was called or not. */
  resigned(): void
  /** Called once, with a sentence, when the disk refuses a write. After that, the controller takes no part any more. */
  broken(sentence: string): void
}

/** The settings of one controller's Raft. */
export interface RaftOptions {
  readonly group: string
  readonly self: string
  readonly peers: readonly Peer[]
  readonly compactAfterLines: number
}

/**
 * Called once with the outcome of a command: `applied`, or `unknown` when the leader has resigned before it knew the
 * outcome. A command with an unknown outcome may still be committed by the next leader.
 */
export type Proposed = (outcome: 'applied' | 'unknown') => void

type Role = 'follower' | 'candidate' | 'leader'

/** The Raft of one controller. */
export class Raft {
  readonly state: DurableState
  readonly #host: Host
  readonly #options: RaftOptions
  readonly #transport: RaftTransport
  readonly #committed: Committed
  readonly #owner: RaftOwner
  #role: Role = 'follower'
  #leaderId = ''
  #replication: Replication | undefined
  /** The index of the entry with which the leader began its term. */
  #beganAt = 0
  readonly #proposed = new Map<number, Proposed>()
  #votes = new Set<string>()
  #electionTimer: TimerId | undefined
  /** The time of the last request of a leader, by the monotonic clock. */
  #heardLeaderMs = Number.NEGATIVE_INFINITY
  #isStopped = false

  constructor(host: Host, options: RaftOptions, transport: RaftTransport, machine: StateMachine, owner: RaftOwner) {
    this.#host = host
    this.#options = options
    this.#transport = transport
    this.#owner = owner
    this.state = new DurableState(host, options, (sentence) => this.#broken(sentence))
    this.#committed = new Committed(host.trace, this.state, machine, options.compactAfterLines)
  }

  get role(): Role {
    return this.#role
  }

  /** The id of the leader of this term, or '' while it is unknown. */
  get leaderId(): string {
    return this.#leaderId
  }

  /** True when the controller leads and has applied all entries of earlier terms. */
  get isReady(): boolean {
    return this.#role === 'leader' && this.#committed.lastApplied >= this.#beganAt
  }

  /** Reads the journal and begins. Throws `ConfigError` with one sentence when the journal cannot be used. */
  start(): void {
    this.state.load()
    this.#committed.start()
    if (this.#options.peers.length === 1) this.#campaign()
    else this.#armElection()
  }

  /** Takes part in nothing any more. Calls `done` when the journal is closed. */
  stop(done: () => void): void {
    if (this.#isStopped) return done()
    this.#isStopped = true
    this.#become('follower', '', 'it stops')
    this.#disarmElection()
    this.state.close(done)
  }

  #broken(sentence: string): void {
    this.stop(() => this.#owner.broken(sentence))
  }

  // ---- elections (section 5.2) -------------------------------------------------------------------------------------

  #disarmElection(): void {
    if (this.#electionTimer !== undefined) this.#host.clock.cancel(this.#electionTimer)
    this.#electionTimer = undefined
  }

  /**
   * Begins to wait for a leader again. The random part of the time makes it unlikely that two controllers begin together.
   */
  #armElection(): void {
    this.#disarmElection()
    if (this.#isStopped) return
    const delayMs = ELECTION_MS + this.#host.random.int('raft election', ELECTION_MS)
    this.#electionTimer = this.#host.clock.after(delayMs, () => this.#campaign())
  }

  #campaign(): void {
    const { state } = this
    const { self, peers } = this.#options
    this.#become('candidate', '', '')
    state.beginTerm(state.term + 1)
    state.castVote(self)
    this.#votes = new Set()
    this.#armElection()
    this.#committed.compactIfLong()
    const { term } = state
    const request = { term, candidateId: self, lastLogIndex: state.log.lastIndex, lastLogTerm: state.log.lastTerm }
    // the vote for itself must be durable before it is counted, and before another controller may count on it
    state.whenDurable(() => {
      if (!this.#isCandidateOf(term)) return
      this.#host.trace.emit?.('vote.cast', { term, candidate: self })
      this.#count(self)
      for (const { id, address } of this.#others(peers))
        this.#transport.requestVote(address, request, (answer) => {
          if (answer === undefined) return
          this.#sawTerm(answer.term)
          if (this.#isCandidateOf(term) && answer.voteGranted) this.#count(id)
        })
    })
  }

  #count(voter: string): void {
    this.#votes.add(voter)
    if (this.#votes.size > this.#options.peers.length >> 1) this.#lead()
  }

  #isCandidateOf(term: number): boolean {
    return this.#role === 'candidate' && this.state.term === term
  }

  #others(peers: readonly Peer[]): readonly Peer[] {
    return peers.filter(({ id }) => id !== this.#options.self)
  }

  // #region request-vote
  /** Answers a candidate. The answer may leave when the vote is durable. */
  requestVote({ term, candidateId, lastLogIndex, lastLogTerm }: messages.RequestVote): messages.VoteAnswer {
    const { state } = this
    this.#refuseWhenStopped()
    if (this.#hearsLeader()) return { term: state.term, voteGranted: false }
    this.#sawTerm(term)
    const isFree = state.vote === '' || state.vote === candidateId
    const voteGranted = term === state.term && isFree && state.log.isUpToDate(lastLogIndex, lastLogTerm)
    if (voteGranted) {
      state.castVote(candidateId)
      this.#armElection()
      state.whenDurable(() => this.#host.trace.emit?.('vote.cast', { term, candidate: candidateId }))
    }
    return { term: state.term, voteGranted }
  }
  // #endregion request-vote

  /**
   * True when a request of a leader has arrived within the shortest election timeout. On a leader, true when a majority has
   * answered within this time. A candidate that appears now has not heard this leader, for example because it was cut off.
   * Such a candidate gets no vote. Its later term still ends the term of the leader, when the candidate answers the leader's
   * next entries.
   */
  #hearsLeader(): boolean {
    if (this.#replication !== undefined) return this.#replication.hasHeardMajority(ELECTION_MS)
    return this.#host.clock.monotonicMs() - this.#heardLeaderMs < ELECTION_MS
  }

  /** A later term ends every role of an earlier one (section 5.1). */
  #sawTerm(term: number): void {
    if (term <= this.state.term) return
    this.state.beginTerm(term)
    this.#become('follower', '', `another controller is in term ${term}`)
  }

  /** Changes the role. A leader that gets another role forgets its commands, because it cannot know their outcome. */
  #become(role: Role, leaderId: string, reason: string): void {
    const led = this.#replication
    this.#role = role
    this.#leaderId = leaderId
    if (led === undefined) return
    led.stop()
    this.#replication = undefined
    this.#host.trace.emit?.('leader.resigned', { term: this.state.term, reason })
    this.#armElection()
    const open = [...this.#proposed.values()]
    this.#proposed.clear()
    this.#owner.resigned()
    for (const proposed of open) proposed('unknown')
  }

  /** Begins to lead: appends an entry of the new term, because older entries are committed only together with this entry. */
  #lead(): void {
    const { state } = this
    const { self, peers } = this.#options
    this.#disarmElection()
    this.#become('leader', self, '')
    this.#host.trace.emit?.('leader.elected', { term: state.term })
    this.#replication = new Replication({
      clock: this.#host.clock,
      state,
      transport: this.#transport,
      self,
      others: this.#others(peers),
      commitIndex: () => this.#committed.index,
      sawTerm: (term) => this.#sawTerm(term),
      replicated: () => this.#advanceCommit(),
      beat: () => this.#beat(),
    })
    this.#beganAt = state.log.lastIndex + 1
    this.#append('')
    this.#replication.start()
  }

  #beat(): void {
    if (this.#replication?.hasHeardMajority(2 * ELECTION_MS) === false)
      this.#become('follower', '', `no majority was heard for ${2 * ELECTION_MS} ms`)
  }

  // ---- log (sections 5.3 and 5.4) ----------------------------------------------------------------------------------

  /**
   * Appends a command to the log of the leader. `proposed` is called when the command is applied, or when the leader
   * resigns. Throws `Refusal` when this controller does not lead, or when a limit is reached.
   */
  propose(command: string, proposed: Proposed): void {
    if (!this.isReady) throw new Refusal(ResponseCode.CONTROLLER_NOT_LEADER, 'The controller is not in leader state')
    if (command.length > COMMAND_CHARS_MAX)
      throw new Refusal(
        ResponseCode.CONTROLLER_INVALID_REQUEST,
        `the request needs an entry of ${command.length} characters; at most ${COMMAND_CHARS_MAX} are stored`,
      )
    if (this.state.log.lastIndex - this.#committed.index >= UNCOMMITTED_ENTRIES_MAX)
      throw new Refusal(ResponseCode.SYSTEM_BUSY, `${UNCOMMITTED_ENTRIES_MAX} entries wait for a majority: try later`)
    this.#proposed.set(this.#append(command), proposed)
    this.#replication?.sendAll()
  }

  /** Appends an entry of this term. The leader counts itself only when its own disk has the entry. */
  #append(command: string): number {
    const { state } = this
    const index = state.log.lastIndex + 1
    state.put({ index, term: state.term, command })
    const replication = this.#replication
    state.whenDurable(() => {
      if (this.#replication === replication) replication?.ownDurable(index)
    })
    return index
  }

  /** Answers a leader. The answer may leave when the entries are durable. */
  appendEntries(request: messages.AppendEntries): messages.AppendAnswer {
    const { state } = this
    const { log } = state
    const { prevLogIndex, prevLogTerm } = request
    this.#refuseWhenStopped()
    if (request.term < state.term) return { term: state.term, success: false, index: 0 }
    this.#follow(request)
    const { term } = state
    if (!log.matches(prevLogIndex, prevLogTerm))
      return { term, success: false, index: this.#continueWith(prevLogIndex) }
    // entries that the log has already are kept: the request may be older than a request that was answered
    let index = prevLogIndex
    for (const entry of request.entries) {
      index++
      if (index <= log.snapshotIndex || log.termAt(index) === entry.term) continue
      if (index <= this.#committed.index) throw wrong(`entry ${index} is committed and cannot be replaced`)
      state.put({ index, term: entry.term, command: entry.command })
    }
    this.#commitTo(Math.min(request.leaderCommit, index))
    return { term, success: true, index }
  }

  /** Follows the leader of this term, or of a later term. */
  #follow({ term, leaderId }: { readonly term: number; readonly leaderId: string }): void {
    this.#sawTerm(term)
    if (this.#role === 'leader') throw wrong(`${this.#options.self} leads term ${term}, not ${leaderId}`)
    this.#become('follower', leaderId, '')
    this.#heardLeaderMs = this.#host.clock.monotonicMs()
    this.#armElection()
  }

  /** Returns the index with which the leader continues: the first one of the term that does not match, or the log's end. */
  #continueWith(prevLogIndex: number): number {
    const { log } = this.state
    return prevLogIndex > log.lastIndex ? log.lastIndex + 1 : log.firstIndexOfTermAt(prevLogIndex)
  }

  /**
   * Commits the entries that a majority has. The leader counts only entries of its own term (section 5.4.2): an entry of an
   * earlier term may be on a majority and still be replaced (figure 8). An entry of an earlier term is committed together
   * with a later entry of this term.
   */
  #advanceCommit(): void {
    const index = this.#replication?.majorityIndex() ?? 0
    if (this.state.log.termAt(index) === this.state.term) this.#commitTo(index)
  }

  #commitTo(index: number): void {
    this.#committed.commitTo(index, (applied) => {
      if (this.#role !== 'leader') return
      const proposed = this.#proposed.get(applied)
      this.#proposed.delete(applied)
      if (applied === this.#beganAt) this.#owner.leads()
      proposed?.('applied')
    })
  }

  // ---- snapshots (section 7) ---------------------------------------------------------------------------------------

  /** Answers a leader that has sent its snapshot. The answer may leave when the snapshot is durable. */
  installSnapshot(request: messages.InstallSnapshot): messages.TermAnswer {
    const { state } = this
    this.#refuseWhenStopped()
    if (request.term < state.term) return { term: state.term }
    this.#follow(request)
    this.#committed.install(request.lastIncludedIndex, request.lastIncludedTerm, request.state)
    return { term: state.term }
  }

  #refuseWhenStopped(): void {
    if (this.#isStopped) throw new Refusal(ResponseCode.SERVICE_NOT_AVAILABLE, 'this controller takes no part any more')
  }
}

/** The refusal of a request that no controller with this program sends. */
function wrong(sentence: string): Refusal {
  return new Refusal(ResponseCode.CONTROLLER_INVALID_REQUEST, `${sentence}: another program speaks as this controller`)
}
