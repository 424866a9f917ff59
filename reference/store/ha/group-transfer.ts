/**
 * On a SYNC_MASTER and under a controller, a put waits until slaves have its record. A `CopyPolicy` decides which slaves
 * must have the record: `slave-policy.ts` with configured slaves, `in-sync-set.ts` under a controller.
 *
 * RocketMQ: `GroupTransferService`, `CommitLog.handleHA`. RocketMQ checks each waiting put every millisecond. This
 * broker checks them only when a slave reports or disconnects, when the in-sync set changes, and when a put has reached its
 * time limit.
 */
import type { Clock, TimerId } from '../../host/host.ts'
import { PutMessageStatus } from '../put-message.ts'

/** Decides for which copies a put waits. */
export interface CopyPolicy {
  /** The position before which enough replicas have the log. */
  releasedAt(): number
  /** Returns the reason why a put that ends at `upTo` is answered SLAVE_NOT_AVAILABLE at once, or ''. */
  refusal(upTo: number): string
  /** True when there are too few replicas, so that a put is refused before it is stored. */
  readonly isTooSmall: boolean
}

type Answer = (status: PutMessageStatus, reason: string) => void

interface WaitingCopy {
  readonly upTo: number
  readonly deadlineMs: number
  readonly done: Answer
}

/** Holds the puts of one master that wait for slaves. */
export class GroupTransfer {
  readonly #clock: Clock
  readonly #slaveTimeoutMs: number
  readonly #policy: CopyPolicy
  /** The waiting puts, ordered by their position in the log. A later put never has an earlier deadline. */
  #waiting: WaitingCopy[] = []
  #timer: TimerId | undefined

  constructor(clock: Clock, slaveTimeoutMs: number, policy: CopyPolicy) {
    this.#clock = clock
    this.#slaveTimeoutMs = slaveTimeoutMs
    this.#policy = policy
  }

  /** The number of puts that wait for slaves. */
  get waitingPuts(): number {
    return this.#waiting.length
  }

  /** True when a put must be refused with IN_SYNC_REPLICAS_NOT_ENOUGH. */
  get isTooSmall(): boolean {
    return this.#policy.isTooSmall
  }

  /**
   * Begins to wait until slaves have all bytes before `upTo`. Returns a function that the caller must call with the result
   * of the disk. Calls `answer` when the results of the disk and of the slaves are known. As in RocketMQ, `answer` receives
   * the status of the slaves when both have failed.
   */
  join(upTo: number, sinceMs: number, answer: Answer): Answer {
    let disk: readonly [PutMessageStatus, string] | undefined
    let copies: readonly [PutMessageStatus, string] | undefined
    const both = () => {
      if (disk === undefined || copies === undefined) return
      const [status, reason] = copies[0] === PutMessageStatus.PUT_OK ? disk : copies
      answer(status, reason)
    }
    this.#wait(upTo, sinceMs, (...outcome) => {
      copies = outcome
      both()
    })
    return (...outcome) => {
      disk = outcome
      // When the disk has failed with UNKNOWN_ERROR, the answer does not wait for the slaves.
      if (outcome[0] === PutMessageStatus.UNKNOWN_ERROR) copies = [PutMessageStatus.PUT_OK, '']
      both()
    }
  }

  #wait(upTo: number, sinceMs: number, done: Answer): void {
    if (this.#policy.releasedAt() >= upTo) return done(PutMessageStatus.PUT_OK, '')
    const refusal = this.#policy.refusal(upTo)
    if (refusal !== '') return done(PutMessageStatus.SLAVE_NOT_AVAILABLE, refusal)
    this.#waiting.push({ upTo, deadlineMs: sinceMs + this.#slaveTimeoutMs, done })
    this.#watchDeadline()
  }

  /** Called when a slave has reported or has disconnected, or when the in-sync set has changed. */
  slavesChanged(): void {
    const copiedAt = this.#policy.releasedAt()
    this.#release(PutMessageStatus.PUT_OK, '', ({ upTo }) => upTo <= copiedAt)
  }

  #release(status: PutMessageStatus, reason: string, which: (put: WaitingCopy) => boolean): void {
    let count = 0
    while (count < this.#waiting.length && which(this.#waiting[count]!)) count++
    for (const { done } of this.#waiting.splice(0, count)) done(status, reason)
    this.#watchDeadline()
  }

  #watchDeadline(): void {
    const oldest = this.#waiting[0]
    if (oldest === undefined || this.#timer !== undefined) return
    this.#timer = this.#clock.after(Math.max(0, oldest.deadlineMs - this.#clock.monotonicMs()), () => {
      this.#timer = undefined
      const nowMs = this.#clock.monotonicMs()
      const late = `no slave has confirmed the copy within ${this.#slaveTimeoutMs} ms`
      this.#release(PutMessageStatus.FLUSH_SLAVE_TIMEOUT, late, ({ deadlineMs }) => deadlineMs <= nowMs)
      this.#watchDeadline()
    })
  }

  /** Answers every waiting put. It is not known whether other replicas have these messages. */
  answerAll(reason: string): void {
    this.#release(PutMessageStatus.FLUSH_SLAVE_TIMEOUT, reason, () => true)
  }

  /** Answers every waiting put, because the store is being closed. */
  stop(): void {
    this.answerAll('the broker is stopping')
    if (this.#timer !== undefined) this.#clock.cancel(this.#timer)
  }
}
