/**
 * Receives the requests of other controllers. Each answer leaves when everything that it rests on is on the disk.
 *
 * A request of another group, or of a controller that the settings do not name, is refused. So a wrong setting cannot mix
 * the data of two groups.
 */
import { decodeUtf8 } from '../../common/utf8.ts'
import { decodeJsonBody } from '../../remoting/bodies/json-body.ts'
import type { RequestHandlers } from '../../remoting/dispatch.ts'
import { LaterAnswer } from '../../remoting/later-answer.ts'
import { Refusal } from '../../remoting/refusal.ts'
import { SUCCESS } from '../../remoting/remoting-command.ts'
import * as requests from '../../remoting/requests/raft.ts'
import { ResponseCode } from '../../remoting/response-code.ts'
import { NUMBER_MAX, SNAPSHOT_CHARS_MAX } from './limits.ts'
import type { Raft, RaftOptions } from './raft.ts'

/** Returns the handlers of the three requests of Raft, by code. */
export function raftHandlers(raft: Raft, options: RaftOptions): RequestHandlers {
  const check = (group: string, peer: string) => checkSender(options, group, peer)
  return [
    [
      requests.requestVote.code,
      (request, channel) => {
        const header = requests.requestVote.decode(request.extFields)
        check(header.group, header.candidateId)
        checkNumbers(header.term, header.lastLogIndex, header.lastLogTerm)
        const extFields = requests.requestVoteAnswer.encode(raft.requestVote(header))
        return answerWhenDurable(raft, new LaterAnswer(request, channel), extFields)
      },
    ],
    [
      requests.appendEntries.code,
      (request, channel) => {
        const header = requests.appendEntries.decode(request.extFields)
        check(header.group, header.leaderId)
        checkNumbers(header.term, header.prevLogIndex, header.prevLogTerm, header.leaderCommit)
        const entries = decodeJsonBody('RAFT_APPEND_ENTRIES', request.body, requests.sentEntriesShape)
        checkNumbers(...entries.map(({ term }) => term))
        const extFields = requests.appendEntriesAnswer.encode(raft.appendEntries({ ...header, entries }))
        return answerWhenDurable(raft, new LaterAnswer(request, channel), extFields)
      },
    ],
    [
      requests.installSnapshot.code,
      (request, channel) => {
        const header = requests.installSnapshot.decode(request.extFields)
        check(header.group, header.leaderId)
        checkNumbers(header.term, header.lastIncludedIndex, header.lastIncludedTerm)
        const state = decodeUtf8(request.body ?? new Uint8Array())
        if (state.length > SNAPSHOT_CHARS_MAX)
          throw new Refusal(
            ResponseCode.CONTROLLER_INVALID_REQUEST,
            `the snapshot has ${state.length} characters; at most ${SNAPSHOT_CHARS_MAX} are read`,
          )
        const extFields = requests.installSnapshotAnswer.encode(raft.installSnapshot({ ...header, state }))
        return answerWhenDurable(raft, new LaterAnswer(request, channel), extFields)
      },
    ],
  ]
}

function answerWhenDurable(raft: Raft, later: LaterAnswer, extFields: Readonly<Record<string, string>>): LaterAnswer {
  raft.state.whenDurable(() => later.answer({ ...SUCCESS, extFields }))
  return later
}

function checkSender({ group, self, peers }: RaftOptions, theirGroup: string, peer: string): void {
  if (theirGroup === group && peer !== self && peers.some(({ id }) => id === peer)) return
  throw new Refusal(
    ResponseCode.CONTROLLER_INVALID_REQUEST,
    `controller ${peer} of the group ${theirGroup} is not one of the group ${group} of ${self}: compare controllerDLegerGroup and controllerDLegerPeers`,
  )
}

/** Throws `Refusal` when a number cannot be a term or an index. */
function checkNumbers(...numbers: readonly number[]): void {
  const wrong = numbers.find((number) => !(number >= 0 && number <= NUMBER_MAX))
  if (wrong === undefined) return
  throw new Refusal(ResponseCode.CONTROLLER_INVALID_REQUEST, `${wrong} is not a term or an index: 0 to ${NUMBER_MAX}`)
}
