/**
 * Requests between the controllers of one group: RAFT_REQUEST_VOTE (390001), RAFT_APPEND_ENTRIES (390002) and
 * RAFT_INSTALL_SNAPSHOT (390003). These requests are GlassMQ's own. RocketMQ's controllers use the requests of DLedger or of
 * jRaft, so a group consists of controllers of one kind only.
 *
 * The fields have the names of the paper (figures 2 and 13). The body of 390002 is a list of entries, each with `term` and
 * `command`. The entries have the indexes from `prevLogIndex` + 1 on. The body of 390003 is the state as text. The answer
 * to a valid request has the code SUCCESS, also when a vote is refused.
 */
import { list, record, type Shape, text, whole } from '../../common/shape.ts'
import { defineHeader, defineRequest } from '../request.ts'
import { RequestCode } from '../request-code.ts'

export const requestVote = defineRequest(RequestCode.RAFT_REQUEST_VOTE, 'RAFT_REQUEST_VOTE', {
  group: 'string!',
  term: 'long!',
  candidateId: 'string!',
  lastLogIndex: 'long!',
  lastLogTerm: 'long!',
})
export const requestVoteAnswer = defineHeader('the answer to RAFT_REQUEST_VOTE', {
  term: 'long!',
  voteGranted: 'boolean!',
})

export const appendEntries = defineRequest(RequestCode.RAFT_APPEND_ENTRIES, 'RAFT_APPEND_ENTRIES', {
  group: 'string!',
  term: 'long!',
  leaderId: 'string!',
  prevLogIndex: 'long!',
  prevLogTerm: 'long!',
  leaderCommit: 'long!',
})
/**
 * After a success, `index` is the last index that is known to be equal in both logs. After a failure, the leader continues
 * with `index` as its next index.
 */
export const appendEntriesAnswer = defineHeader('the answer to RAFT_APPEND_ENTRIES', {
  term: 'long!',
  success: 'boolean!',
  index: 'long!',
})

export const installSnapshot = defineRequest(RequestCode.RAFT_INSTALL_SNAPSHOT, 'RAFT_INSTALL_SNAPSHOT', {
  group: 'string!',
  term: 'long!',
  leaderId: 'string!',
  lastIncludedIndex: 'long!',
  lastIncludedTerm: 'long!',
})
export const installSnapshotAnswer = defineHeader('the answer to RAFT_INSTALL_SNAPSHOT', { term: 'long!' })

/** An entry in the body of RAFT_APPEND_ENTRIES. */
export interface SentEntry {
  readonly term: number
  readonly command: string
}

/** The max number of entries in one RAFT_APPEND_ENTRIES. */
const SENT_ENTRIES_MAX = 1_024

export const sentEntriesShape: Shape<readonly SentEntry[]> = list(
  record<SentEntry>({ term: whole(), command: text() }),
  SENT_ENTRIES_MAX,
)
