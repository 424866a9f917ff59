/**
 * Keeps a lock for each queue that is consumed in order. Only the owner of the lock may consume the queue.
 *
 * | who requests the lock             | answer                                                               |
 * | --------------------------------- | -------------------------------------------------------------------- |
 * | any client, when the lock has no owner | granted, unless the table is full                               |
 * | the owner of the lock             | granted again: the lock is valid for one more minute |
 * | another client                    | refused until the owner unlocks the queue, or has not renewed the lock for a minute |
 *
 * The members of a group need some time to agree on their queues. During this time, the lock prevents that two members
 * consume the same queue. The locks are only in memory, so a restarted broker has no locks. It can happen that a restarted
 * broker grants a lock to a new member while the former owner still consumes the queue. The former owner stops at its next
 * renewal of the lock, after at most 20 s. A former owner that cannot reach the broker stops after 30 s. As in RocketMQ,
 * this risk is accepted by default. With `glassmqLockGrace`, a restarted broker grants no locks in its first 30 s. During
 * this time, groups that consume in order must wait, but no queue has two owners.
 *
 * Invariant: the table has at most one owner for each queue of a group.
 *
 * RocketMQ: `RebalanceLockManager`. Left out: `lockInStrictMode`.
 */
import { type MessageQueue, queueKey } from '../common/message.ts'
import type { Host } from '../host/host.ts'
import { LOCK_BELIEVED_MS, LOCKS_SEARCHED_EVERY_MS, QUEUE_LOCKS_MAX, REBALANCE_LOCK_MAX_LIVE_MS } from './limits.ts'

interface LockEntry {
  readonly clientId: string
  readonly lastUpdateMs: number
}

/** The locks of all groups. */
export class RebalanceLockManager {
  readonly #host: Host
  /** The locks by group, then by queue. */
  readonly #groups = new Map<string, Map<string, LockEntry>>()
  #count = 0
  #searchAgainMs = Number.NEGATIVE_INFINITY
  #restsUntilMs = Number.NEGATIVE_INFINITY

  constructor(host: Host) {
    this.#host = host
  }

  /**
   * Refuses all locks for `LOCK_BELIEVED_MS`. After this time, no client relies on a lock of an earlier run of this broker.
   */
  rest(): void {
    this.#restsUntilMs = this.#host.clock.monotonicMs() + LOCK_BELIEVED_MS
  }

  /** Locks queues or renews their locks. Returns the queues whose locks the client has now. */
  tryLockBatch(group: string, queues: readonly MessageQueue[], clientId: string): readonly MessageQueue[] {
    if (this.#host.clock.monotonicMs() < this.#restsUntilMs) return []
    return queues.filter((queue) => this.#tryLock(group, queue, clientId))
  }

  // #region try-lock
  /** Returns true when the client has the lock now. */
  #tryLock(group: string, queue: MessageQueue, clientId: string): boolean {
    const key = queueKey(queue)
    const entry = this.#groups.get(group)?.get(key)
    if (entry !== undefined && entry.clientId !== clientId && !this.#isExpired(entry)) return false
    if (entry === undefined && !this.#makeRoom()) return false
    let locks = this.#groups.get(group)
    if (locks === undefined) this.#groups.set(group, (locks = new Map()))
    locks.set(key, { clientId, lastUpdateMs: this.#host.clock.monotonicMs() })
    if (entry === undefined) this.#count++
    if (entry?.clientId !== clientId) this.#tell('queue.locked', group, queue, clientId)
    return true
  }
  // #endregion try-lock

  /** Removes the locks of the client for the given queues. Locks of other clients stay. */
  unlockBatch(group: string, queues: readonly MessageQueue[], clientId: string): void {
    for (const queue of queues) {
      if (this.#groups.get(group)?.get(queueKey(queue))?.clientId !== clientId) continue
      this.#forget(group, queueKey(queue))
      this.#tell('queue.unlocked', group, queue, clientId)
    }
  }

  /** Removes the locks of deleted groups and topics. */
  forget(isGone: (group: string, topic: string) => boolean): void {
    for (const [group, locks] of [...this.#groups])
      for (const key of [...locks.keys()]) if (isGone(group, key.slice(0, key.indexOf('@')))) this.#forget(group, key)
  }

  /** Returns true while a queue of the group is locked. A group that locks queues consumes in order. */
  hasLocks(group: string): boolean {
    for (const entry of this.#groups.get(group)?.values() ?? []) if (!this.#isExpired(entry)) return true
    return false
  }

  #isExpired(entry: LockEntry): boolean {
    return this.#host.clock.monotonicMs() - entry.lastUpdateMs > REBALANCE_LOCK_MAX_LIVE_MS
  }

  #forget(group: string, key: string): void {
    const locks = this.#groups.get(group)
    if (locks?.delete(key) === true) this.#count--
    if (locks?.size === 0) this.#groups.delete(group)
  }

  /**
   * Returns true when the table has room for another lock. When the table is full, expired locks are removed first, but at
   * most once in `LOCKS_SEARCHED_EVERY_MS`.
   */
  #makeRoom(): boolean {
    if (this.#count < QUEUE_LOCKS_MAX) return true
    const nowMs = this.#host.clock.monotonicMs()
    if (nowMs < this.#searchAgainMs) return false
    this.#searchAgainMs = nowMs + LOCKS_SEARCHED_EVERY_MS
    for (const [group, locks] of [...this.#groups])
      for (const [key, entry] of [...locks]) if (this.#isExpired(entry)) this.#forget(group, key)
    return this.#count < QUEUE_LOCKS_MAX
  }

  #tell(kind: 'queue.locked' | 'queue.unlocked', group: string, queue: MessageQueue, clientId: string): void {
    const { topic, queueId } = queue
    this.#host.trace.emit?.(kind, { group, topic, queueId, clientId })
  }
}
