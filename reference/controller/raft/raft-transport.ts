/**
 * Sends the three requests of Raft to another controller.
 *
 * When no answer arrives within `ANSWER_WITHIN_MS`, or when the other controller refuses the request, `answered` receives
 * undefined. The sender then continues with its present state. Each request may be repeated at any time (section 5.5 of the
 * Raft paper, which `raft-log.ts` names).
 */
import { encodeUtf8 } from '../../common/utf8.ts'
import { encodeJsonBody } from '../../remoting/bodies/json-body.ts'
import type { RemotingClient } from '../../remoting/remoting-client.ts'
import type { RequestParts } from '../../remoting/remoting-command.ts'
import type { HeaderCodec, HeaderFields, HeaderOf } from '../../remoting/request.ts'
import { HeaderError } from '../../remoting/request.ts'
import * as requests from '../../remoting/requests/raft.ts'
import { ResponseCode } from '../../remoting/response-code.ts'
import { ANSWER_WITHIN_MS } from './limits.ts'
import type * as messages from './messages.ts'

type Answered<T> = (answer: T | undefined) => void

/** Sends requests to the controllers of a group. A test may use another transport. */
export interface RaftTransport {
  requestVote(address: string, request: messages.RequestVote, answered: Answered<messages.VoteAnswer>): void
  appendEntries(address: string, request: messages.AppendEntries, answered: Answered<messages.AppendAnswer>): void
  installSnapshot(address: string, request: messages.InstallSnapshot, answered: Answered<messages.TermAnswer>): void
}

/** Sends the requests of Raft as frames. */
export class RemotingTransport implements RaftTransport {
  readonly #client: RemotingClient
  readonly #group: string

  constructor(client: RemotingClient, group: string) {
    this.#client = client
    this.#group = group
  }

  requestVote(address: string, request: messages.RequestVote, answered: Answered<messages.VoteAnswer>): void {
    const { code } = requests.requestVote
    const extFields = requests.requestVote.encode({ ...request, group: this.#group })
    this.#invoke(address, { code, extFields }, requests.requestVoteAnswer, answered)
  }

  appendEntries(address: string, request: messages.AppendEntries, answered: Answered<messages.AppendAnswer>): void {
    const { code } = requests.appendEntries
    const extFields = requests.appendEntries.encode({ ...request, group: this.#group })
    const entries = request.entries.map(({ term, command }) => ({ term, command }))
    const body = entries.length === 0 ? undefined : encodeJsonBody(entries)
    this.#invoke(address, { code, extFields, body }, requests.appendEntriesAnswer, answered)
  }

  installSnapshot(address: string, request: messages.InstallSnapshot, answered: Answered<messages.TermAnswer>): void {
    const { code } = requests.installSnapshot
    const extFields = requests.installSnapshot.encode({ ...request, group: this.#group })
    const body = encodeUtf8(request.state)
    this.#invoke(address, { code, extFields, body }, requests.installSnapshotAnswer, answered)
  }

  #invoke<F extends HeaderFields>(
    address: string,
    parts: RequestParts,
    codec: HeaderCodec<F>,
    answered: Answered<HeaderOf<F>>,
  ): void {
    this.#client.invoke(address, parts, ANSWER_WITHIN_MS, ({ response }) => {
      if (response?.code !== ResponseCode.SUCCESS) return answered(undefined)
      answered(decoded(codec, response.extFields))
    })
  }
}

/** Returns the header of an answer, or undefined when a field is missing or wrong. */
function decoded<F extends HeaderFields>(
  codec: HeaderCodec<F>,
  extFields: Readonly<Record<string, string>> | undefined,
): HeaderOf<F> | undefined {
  try {
    return codec.decode(extFields)
  } catch (error) {
    if (error instanceof HeaderError) return undefined
    throw error
  }
}
