/**
 * Puts that wait until slaves have their records (SYNC_MASTER).
 *
 * | `haStatuses` | waits for                      | no slave, or all too far behind    | not copied after `slaveTimeout` |
 * | ------------ | ------------------------------ | ---------------------------------- | ------------------------------- |
 * | 5.x          | `inSyncReplicas` - 1 slaves     | waits, too                         | FLUSH_SLAVE_TIMEOUT              |
 * | 4.9          | one slave                       | SLAVE_NOT_AVAILABLE at once        | FLUSH_SLAVE_TIMEOUT              |
 *
 * The master counts as the first replica. So with the default `inSyncReplicas=1`, a SYNC_MASTER of 5.x waits for nobody.
 *
 * RocketMQ: `GroupTransferService`, `CommitLog.handleHA`; in 4.9 `DefaultHAService.isSlaveOK`, too. Unlike RocketMQ, which
 * looks every millisecond, the waits end when a report arrives.
 */
import type { Clock, TimerId } from '../../host/host.ts'
import { PutMessageStatus } from '../put-message.ts'
import type { SlaveState } from './ha-master.ts'
import { HA_SLAVE_FALLBEHIND_BYTES } from './limits.ts'

/** Which RocketMQ decides about the statuses of a SYNC_MASTER. */
export type HaStatuses = '4.9' | '5.x'

/** The settings of the waits. */
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

/** The puts of one SYNC_MASTER that wait for slaves. */
export class GroupTransfer {
  readonly #clock: Clock
  readonly #rules: CopyRules
  readonly #slaves: () => readonly SlaveState[]
  /** Waiting puts, ordered by log position. A later put never has an earlier deadline. */
  #waiting: WaitingCopy[] = []
  #timer: TimerId | undefined

  constructor(clock: Clock, rules: CopyRules, slaves: () => readonly SlaveState[]) {
    this.#clock = clock
    this.#rules = rules
    this.#slaves = slaves
  }

  /** Number of puts that wait for slaves. */
  get waitingPuts(): number {
    return this.#waiting.length
  }

  get #neededSlaves(): number {
    return this.#rules.haStatuses === '4.9' ? 1 : this.#rules.inSyncReplicas - 1
  }

  // #region wait-for-copies
  /**
   * Begins to wait for copies of all bytes before `upTo`. Returns
   * the function that must be called with the status of the disk.
   * `answer` is called when disk and slaves have both decided. As
   * in RocketMQ, a failed copy covers a slow disk.
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
      // Nothing is in the log: then the slaves do not matter.
      if (outcome[0] === PutMessageStatus.UNKNOWN_ERROR) copies = [PutMessageStatus.PUT_OK, '']
      both()
    }
  }
  // #endregion wait-for-copies

  #wait(upTo: number, sinceMs: number, done: Answer): void {
    if (this.#neededSlaves <= 0) return done(PutMessageStatus.PUT_OK, '')
    if (this.#rules.haStatuses === '4.9' && !this.#isSlaveAvailable(upTo))
      return done(PutMessageStatus.SLAVE_NOT_AVAILABLE, 'no slave is connected, or each is too far behind')
    this.#waiting.push({ upTo, deadlineMs: sinceMs + this.#rules.slaveTimeoutMs, done })
    this.#watchDeadline()
  }

  /** The rule of 4.9. RocketMQ: `HAService.isSlaveOK`. */
  #isSlaveAvailable(upTo: number): boolean {
    const slaves = this.#slaves()
    const furthest = Math.max(0, ...slaves.map(({ ackedAt }) => ackedAt))
    return slaves.length > 0 && upTo - furthest < HA_SLAVE_FALLBEHIND_BYTES
  }

  // #region copies-arrived
  /** Called when a slave has more of the log, or has come or gone. */
  slavesChanged(): void {
    const acked = this.#slaves()
      .map(({ ackedAt }) => ackedAt)
      .sort((a, b) => b - a)
    const copiedAt = acked[this.#neededSlaves - 1] ?? -1
    this.#release(PutMessageStatus.PUT_OK, '', ({ upTo }) => upTo <= copiedAt)
  }
  // #endregion copies-arrived

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

  /** Answers every waiting put, because the store closes. */
  stop(): void {
    this.#release(PutMessageStatus.FLUSH_SLAVE_TIMEOUT, 'the broker is stopping', () => true)
    if (this.#timer !== undefined) this.#clock.cancel(this.#timer)
  }
}
