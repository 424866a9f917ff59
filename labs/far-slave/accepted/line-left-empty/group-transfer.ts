/**
 * The puts of a SYNC_MASTER that wait for slaves. Each has a position of the log, `upTo`, which slaves must have reached.
 *
 * `slaves()` returns the slaves that are connected now; `ackedAt` is the position before which a slave has every byte. The
 * master counts as the first of `inSyncReplicas`. With `haStatuses` 4.9, one slave is waited for, whatever `inSyncReplicas` says.
 */
import type { Clock, TimerId } from '../../host/host.ts'
import { PutMessageStatus } from '../put-message.ts'
import type { SlaveState } from './ha-master.ts'
import { HA_SLAVE_FALLBEHIND_BYTES } from './limits.ts'

/** The version of RocketMQ whose answers a SYNC_MASTER copies. See the table above. */
export type HaStatuses = '4.9' | '5.x'

/** The settings of the waiting puts. */
export interface CopyRules {
  readonly haStatuses: HaStatuses
  readonly inSyncReplicas: number
  readonly slaveTimeoutMs: number
}

type Answer = (status: PutMessageStatus, reason: string) => void

interface WaitingCopy {
  readonly upTo: number
  readonly deadlineMs: number
  readonly done: Answer
}

/** Holds the puts of one SYNC_MASTER that wait for slaves. */
export class GroupTransfer {
  readonly #clock: Clock
  readonly #rules: CopyRules
  readonly #slaves: () => readonly SlaveState[]
  /** The waiting puts, ordered by their position in the log. A later put never has an earlier deadline. */
  #waiting: WaitingCopy[] = []
  #timer: TimerId | undefined

  constructor(clock: Clock, rules: CopyRules, slaves: () => readonly SlaveState[]) {
    this.#clock = clock
    this.#rules = rules
    this.#slaves = slaves
  }

  /** The number of puts that wait for slaves. */
  get waitingPuts(): number {
    return this.#waiting.length
  }

  get #neededSlaves(): number {
    return this.#rules.haStatuses === '4.9' ? 1 : this.#rules.inSyncReplicas - 1
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
    if (this.#neededSlaves <= 0) return done(PutMessageStatus.PUT_OK, '')
    if (this.#rules.haStatuses === '4.9' && !this.#isSlaveAvailable(upTo))
      return done(PutMessageStatus.SLAVE_NOT_AVAILABLE, 'no slave is connected, or each is too far behind')
    this.#waiting.push({ upTo, deadlineMs: sinceMs + this.#rules.slaveTimeoutMs, done })
    this.#watchDeadline()
  }

  /**
   * Used only when `haStatuses` is 4.9. Returns true when at least one slave is connected and is not too far behind the end
   * of the log. RocketMQ: `HAService.isSlaveOK`.
   */
  #isSlaveAvailable(upTo: number): boolean {
    const slaves = this.#slaves()
    const furthest = Math.max(0, ...slaves.map(({ ackedAt }) => ackedAt))
    return slaves.length > 0 && upTo - furthest < HA_SLAVE_FALLBEHIND_BYTES
  }

  /** Called when a slave has received more of the log, has connected, or has disconnected. */
  slavesChanged(): void {
    const rest = this.#slaves().map(({ ackedAt }) => ackedAt)
    let copiedAt = -1
    for (let i = 0; i < this.#neededSlaves; i++) {
      copiedAt = rest.length === 0 ? -1 : Math.max(...rest)
      rest.splice(rest.indexOf(copiedAt), 1)
    }
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
      const late = `no slave has confirmed the copy within ${this.#rules.slaveTimeoutMs} ms`
      this.#release(PutMessageStatus.FLUSH_SLAVE_TIMEOUT, late, ({ deadlineMs }) => deadlineMs <= nowMs)
      this.#watchDeadline()
    })
  }

  /** Answers every waiting put, because the store is being closed. */
  stop(): void {
    this.#release(PutMessageStatus.FLUSH_SLAVE_TIMEOUT, 'the broker is stopping', () => true)
    if (this.#timer !== undefined) this.#clock.cancel(this.#timer)
  }
}
