/**
 * The in-sync set of a broker name, as its master keeps it. The set contains the ids of the replicas that keep up. When each
 * put waits for the whole set, the members have every acknowledged message. When the controllers allow no unclean elections,
 * only a member of the set may become the next master.
 *
 * | event                                                        | what the master does                                 |
 * | ------------------------------------------------------------ | ---------------------------------------------------- |
 * | a slave has every confirmed byte, and reaches to where this epoch begins | proposes the set with this slave                     |
 * | a member lacks bytes for longer than `haMaxTimeSlaveNotCatchup` | proposes the set without this slave                |
 * | the connection of a member ends                               | proposes the set without this slave                  |
 * | with `allAckInSyncStateSet`, a member reports that it lacks confirmed bytes | proposes the set without this slave    |
 * | the controller has accepted a set                             | uses this set                                        |
 *
 * While a proposal has no answer, the controller may already use the proposed set. So, until the answer arrives, the master
 * waits for the members of both sets (`required`).
 *
 * The confirm offset is the position before which all required members have the log. The confirm offset never goes back
 * while the broker is the master.
 *
 * RocketMQ: `AutoSwitchHAService.maybeExpandInSyncStateSet`, `maybeShrinkSyncStateSet`, `computeConfirmOffset`. Unlike
 * GlassMQ, RocketMQ shows every message to consumers while the set has one member, even while a proposal with a slave is
 * open.
 */
import type { Clock } from '../../host/host.ts'
import type { CopyPolicy } from './group-transfer.ts'

/** The settings of the in-sync set. */
export interface InSyncRules {
  /** True when a put waits for every member of the in-sync set. */
  readonly allAckInSyncStateSet: boolean
  readonly minInSyncReplicas: number
  readonly inSyncReplicas: number
  readonly haMaxTimeSlaveNotCatchupMs: number
}

/** A connected slave. */
export interface ConnectedReplica {
  /** The id of the slave, or undefined before its handshake. */
  readonly brokerId: number | undefined
  readonly isAsyncLearner: boolean
  /** The position before which the slave has every byte, or -1 before its first report. */
  readonly ackedAt: number
}

/** The in-sync set of one master. */
export class InSyncSet implements CopyPolicy {
  readonly #clock: Clock
  readonly #rules: InSyncRules
  readonly #replicas: () => readonly ConnectedReplica[]
  readonly #onProposed: (set: readonly number[]) => void
  #ownId = 0
  #members: ReadonlySet<number> = new Set()
  #proposed: ReadonlySet<number> | undefined
  /** For each slave, the monotonic time at which it was last known to have the whole log. */
  readonly #caughtUpMs = new Map<number, number>()

  /** `onProposed` is called with a set that the controller should accept. */
  constructor(
    clock: Clock,
    rules: InSyncRules,
    replicas: () => readonly ConnectedReplica[],
    onProposed: (set: readonly number[]) => void,
  ) {
    this.#clock = clock
    this.#rules = rules
    this.#replicas = replicas
    this.#onProposed = onProposed
  }

  /** The ids of the members, in ascending order. */
  get members(): readonly number[] {
    return [...this.#members].sort((a, b) => a - b)
  }

  /** The ids of the replicas that may be in the set of the controller: the members, and the members of an open proposal. */
  get required(): ReadonlySet<number> {
    return this.#proposed === undefined ? this.#members : new Set([...this.#members, ...this.#proposed])
  }

  /**
   * Called when this broker begins an epoch as the master. `ownId` is its id, and `members` is the in-sync set of the
   * election.
   */
  begin(ownId: number, members: readonly number[]): void {
    this.#ownId = ownId
    this.#caughtUpMs.clear()
    this.accept(members)
  }

  /** Uses the set that the controller has accepted. After this call, no proposal is open. */
  accept(members: readonly number[]): void {
    this.#members = new Set(members)
    this.#proposed = undefined
    const nowMs = this.#clock.monotonicMs()
    for (const id of members) if (!this.#caughtUpMs.has(id)) this.#caughtUpMs.set(id, nowMs)
  }

  /** Called when the controller has not accepted the proposal. The set stays `members`. */
  notAccepted(): void {
    this.#proposed = undefined
  }

  get hasProposal(): boolean {
    return this.#proposed !== undefined
  }

  // #region copied-by-all
  /**
   * Returns the position before which all required members have the log that ends at `ownEnd`. Returns -1 when a required
   * member is not connected or has not reported.
   */
  copiedByAll(ownEnd: number): number {
    let copiedAt = ownEnd
    for (const id of this.required) {
      if (id === this.#ownId) continue
      const acked = this.#replicas().filter(({ brokerId }) => brokerId === id)
      copiedAt = Math.min(copiedAt, Math.max(-1, ...acked.map(({ ackedAt }) => ackedAt)))
    }
    return copiedAt
  }
  // #endregion copied-by-all

  /**
   * Returns the position before which a put need not wait any more. With `allAckInSyncStateSet`, every required member
   * counts, and the set must have at least `minInSyncReplicas` members. Without `allAckInSyncStateSet`, `inSyncReplicas`
   * replicas are enough, and any connected slave counts.
   */
  releasedAt(): number {
    if (this.#rules.allAckInSyncStateSet)
      return this.#members.size < this.#rules.minInSyncReplicas ? -1 : this.copiedByAll(Number.MAX_SAFE_INTEGER)
    const neededSlaves = this.#rules.inSyncReplicas - 1
    if (neededSlaves <= 0) return Number.MAX_SAFE_INTEGER
    const acked = this.#replicas().map(({ ackedAt }) => ackedAt)
    return acked.sort((a, b) => b - a)[neededSlaves - 1] ?? -1
  }

  refusal(): string {
    return ''
  }

  /** True when the set has too few members, so that a put is refused. RocketMQ: IN_SYNC_REPLICAS_NOT_ENOUGH. */
  get isTooSmall(): boolean {
    return this.#members.size < this.#rules.minInSyncReplicas
  }

  /**
   * Called when a slave has reported. `ownEnd` is the end of the master's log, `confirmOffset` the confirm offset, and
   * `epochStart` the start of the master's epoch. Proposes a slave as a member when the slave has the log up to
   * `confirmOffset` and up to `epochStart`. Async learners are not proposed.
   */
  reported(replica: ConnectedReplica, ownEnd: number, confirmOffset: number, epochStart: number): void {
    const { brokerId, ackedAt, isAsyncLearner } = replica
    if (brokerId === undefined || isAsyncLearner) return
    if (ackedAt >= ownEnd) this.#caughtUpMs.set(brokerId, this.#clock.monotonicMs())
    const hasAll = ackedAt >= confirmOffset && ackedAt >= epochStart
    // A member that lacks confirmed bytes has lost these bytes in a power cut.
    const hasLost = this.#rules.allAckInSyncStateSet && ackedAt < confirmOffset
    if (hasLost && this.#members.has(brokerId)) return this.#proposeWithout((id) => id === brokerId)
    if (this.#members.has(brokerId) || this.#proposed !== undefined || !hasAll) return
    this.#caughtUpMs.set(brokerId, this.#clock.monotonicMs())
    this.#propose([...this.#members, brokerId])
  }

  /** Proposes the set without the members that lack bytes for too long or are not connected. Called at regular intervals. */
  check(ownEnd: number): void {
    const nowMs = this.#clock.monotonicMs()
    const connected = this.#replicas()
    for (const { brokerId, ackedAt } of connected)
      if (brokerId !== undefined && ackedAt >= ownEnd) this.#caughtUpMs.set(brokerId, nowMs)
    const isLate = (id: number) =>
      nowMs - (this.#caughtUpMs.get(id) ?? Number.NEGATIVE_INFINITY) > this.#rules.haMaxTimeSlaveNotCatchupMs
    this.#proposeWithout((id) => isLate(id) || !connected.some(({ brokerId }) => brokerId === id))
  }

  /** Called when a connection of a slave has ended. Proposes the set without this slave, unless another one is open. */
  left(brokerId: number): void {
    if (this.#replicas().some((replica) => replica.brokerId === brokerId)) return
    this.#proposeWithout((id) => id === brokerId)
  }

  #proposeWithout(goes: (id: number) => boolean): void {
    const kept = [...this.#members].filter((id) => id === this.#ownId || !goes(id))
    if (kept.length < this.#members.size) this.#propose(kept)
  }

  /** Proposes a set. Does nothing while a proposal is open, because the next check proposes again. */
  #propose(set: readonly number[]): void {
    if (this.#proposed !== undefined) return
    this.#proposed = new Set(set)
    this.#onProposed([...set].sort((a, b) => a - b))
  }
}
