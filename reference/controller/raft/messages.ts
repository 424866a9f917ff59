/**
 * The requests between controllers and their answers, as the paper lists them (figures 2 and 13).
 * `remoting/requests/raft.ts` contains their form on the wire.
 */
import type { SentEntry } from '../../remoting/requests/raft.ts'

/** A candidate asks for a vote. The last entry of its log is compared with the voter's log. */
export interface RequestVote {
  readonly term: number
  readonly candidateId: string
  readonly lastLogIndex: number
  readonly lastLogTerm: number
}

/** The answer to a candidate. A later `term` ends the candidacy. */
export interface VoteAnswer {
  readonly term: number
  readonly voteGranted: boolean
}

/** A leader sends entries. Without entries, the request is a heartbeat. */
export interface AppendEntries {
  readonly term: number
  readonly leaderId: string
  /** The index and the term of the entry that precedes `entries`. */
  readonly prevLogIndex: number
  readonly prevLogTerm: number
  readonly entries: readonly SentEntry[]
  /** The leader knows that the entries up to this index are committed. */
  readonly leaderCommit: number
}

/**
 * The answer of a follower. After a success, both logs are equal up to `index`. After a failure, the leader continues with
 * the entry at `index`.
 */
export interface AppendAnswer {
  readonly term: number
  readonly success: boolean
  readonly index: number
}

/**
 * A leader sends its snapshot to a follower that needs entries which the leader's log no longer has. The snapshot travels in
 * one piece. In the paper, the snapshot travels in chunks.
 */
export interface InstallSnapshot {
  readonly term: number
  readonly leaderId: string
  readonly lastIncludedIndex: number
  readonly lastIncludedTerm: number
  readonly state: string
}

/** The answer to a snapshot. */
export interface TermAnswer {
  readonly term: number
}
