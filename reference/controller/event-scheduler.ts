/**
 * Decides one request after the other at the leader. Answers when a majority has the event of the decision, or at once when
 * the decision has no event.
 *
 * ```
 *   request ──► waiting ──► decide ──► event ──► Raft log ──► majority ──► applied ──► answer ──► next request
 *                              └── no event ───────────────────────────────────────────► answer
 * ```
 *
 * The next request is decided when the event before it is applied. So each decision sees the result of all decisions before
 * it, and no lock is needed.
 *
 * A leader that another controller has replaced may not know this yet. Such a leader can still answer requests that need no
 * event, from an old state. With `processReadEvent`, such requests wait for an empty entry, which only the real leader can
 * commit.
 *
 * RocketMQ: `DLedgerController.EventScheduler`, `ControllerEventHandler`.
 */
import type { Clock } from '../host/host.ts'
import { Refusal } from '../remoting/refusal.ts'
import { type Answer, failure } from '../remoting/remoting-command.ts'
import { ResponseCode } from '../remoting/response-code.ts'
import { eventText } from './controller-event.ts'
import { CONFIRMED_WITHIN_MS, WAITING_REQUESTS_MAX } from './limits.ts'
import type { Raft } from './raft/raft.ts'
import type { Decision } from './replicas-info-manager.ts'

interface Waiting {
  readonly decide: () => Decision
  readonly answered: (answer: Answer) => void
}

/** The requests that wait for the leader's decision. */
export class EventScheduler {
  readonly #clock: Clock
  readonly #raft: Pick<Raft, 'isReady' | 'propose'>
  readonly #waitsForReads: () => boolean
  #waiting: Waiting[] = []
  #isBusy = false

  /** `waitsForReads` returns true when requests without an event wait for an empty entry. */
  constructor(clock: Clock, raft: Pick<Raft, 'isReady' | 'propose'>, waitsForReads: () => boolean) {
    this.#clock = clock
    this.#raft = raft
    this.#waitsForReads = waitsForReads
  }

  /** Calls `decide` when it is the turn of this request, and `answered` once. */
  submit(decide: () => Decision, answered: (answer: Answer) => void): void {
    if (!this.#raft.isReady) return answered(NOT_LEADER)
    if (this.#waiting.length >= WAITING_REQUESTS_MAX)
      return answered(
        failure(ResponseCode.SYSTEM_BUSY, `${WAITING_REQUESTS_MAX} requests wait already: try again later`),
      )
    this.#waiting.push({ decide, answered })
    this.#next()
  }

  /** Refuses all requests that are not decided yet. Called when the leader resigns. */
  refuseAll(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const { answered } of waiting) answered(NOT_LEADER)
  }

  #next(): void {
    while (!this.#isBusy) {
      const request = this.#waiting.shift()
      if (request === undefined) return
      const { answer, event } = decisionOf(request)
      if (event !== undefined) this.#confirm(eventText(event), answer, request)
      else if (this.#waitsForReads()) this.#confirm('', answer, request)
      else request.answered(answer)
    }
  }

  /** Proposes a command, and answers when it is applied. */
  #confirm(command: string, answer: Answer, { answered }: Waiting): void {
    let isAnswered = false
    const answerOnce = (final: Answer) => {
      if (!isAnswered) answered(final)
      isAnswered = true
    }
    const timer = this.#clock.after(CONFIRMED_WITHIN_MS, () => answerOnce(UNKNOWN))
    const proposed = (outcome: 'applied' | 'unknown') => {
      this.#clock.cancel(timer)
      this.#isBusy = false
      answerOnce(outcome === 'applied' ? answer : UNKNOWN)
      this.#next()
    }
    try {
      this.#raft.propose(command, proposed)
      this.#isBusy = true
    } catch (error) {
      this.#clock.cancel(timer)
      answerOnce(refusalIn(error))
    }
  }
}

/** Returns the decision about a request. A refusal is a decision without an event. */
function decisionOf(request: Waiting): Decision {
  try {
    return request.decide()
  } catch (error) {
    return { answer: refusalIn(error) }
  }
}

/** Returns the answer of a refusal. Throws any other error again. */
function refusalIn(error: unknown): Answer {
  if (error instanceof Refusal) return error.answer
  throw error
}

const NOT_LEADER = failure(ResponseCode.CONTROLLER_NOT_LEADER, 'The controller is not in leader state')
const UNKNOWN = failure(
  ResponseCode.SYSTEM_ERROR,
  'no majority has confirmed the request, so it may have happened or not: ask the leader for the present state',
)
