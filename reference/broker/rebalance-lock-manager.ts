/**
 * Keeps the lock of each queue that is consumed in order: its owner alone may consume the queue.
 *
 * | the lock is asked for by          | granted                                                              |
 * | --------------------------------- | -------------------------------------------------------------------- |
 * | any client, while it has no owner | yes                                                                  |
 * | its owner                         | yes, for another minute                                              |
 * | another client                    | no, until the owner unlocks it or has not renewed it for a minute     |
 *
 * Members of a group agree on their queues only after a while; the lock keeps two of them from consuming one queue in between.
 * Locks live in memory: a broker that restarts has forgotten them. It can then lock a queue for another member while the former
 * owner still relies on its lock: for up to 20 s, until the owner renews it, or for 30 s if the owner does not reach the
 * broker. RocketMQ behaves in the same way. With `glassmqLockGrace` a broker that has run before grants no locks for its first
 * 30 s: groups that consume in order pause, and no queue has two owners.
 *
 * Invariant: a queue of a group has at most one owner. RocketMQ: `RebalanceLockManager`. Not here: `lockInStrictMode`.
 */
import { type MessageQueue, queueKey } from '../common/message.ts'
import type { Host } from '../host/host.ts'
import { LOCK_BELIEVED_MS, LOCKS_SEARCHED_EVERY_MS, QUEUE_LOCKS_MAX, REBALANCE_LOCK_MAX_LIVE_MS } from './limits.ts'

interface LockEntry {
  readonly clientId: string
  readonly lastUpdateMs: number
}

export class RebalanceLockManager {
  readonly #host: Host
  /** By group, then by queue. */
  readonly #groups = new Map<string, Map<string, LockEntry>>()
  #count = 0
  #searchAgainMs = Number.NEGATIVE_INFINITY
  #restsUntilMs = Number.NEGATIVE_INFINITY

  constructor(host: Host) {
    this.#host = host
  }

  /** Grants no locks until every lock of an earlier run of this broker has certainly expired at its owner. */
  rest(): void {
    this.#restsUntilMs = this.#host.clock.monotonicMs() + LOCK_BELIEVED_MS
  }

  // #region try-lock
  /** Locks or renews. Returns those of the queues that the client holds now. */
  tryLockBatch(group: string, queues: readonly MessageQueue[], clientId: string): readonly MessageQueue[] {
    if (this.#host.clock.monotonicMs() < this.#restsUntilMs) return []
    return queues.filter((queue) => this.#tryLock(group, queue, clientId))
  }

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

  /** Removes those of the locks that belong to the client. */
  unlockBatch(group: string, queues: readonly MessageQueue[], clientId: string): void {
    for (const queue of queues) {
      if (this.#groups.get(group)?.get(queueKey(queue))?.clientId !== clientId) continue
      this.#forget(group, queueKey(queue))
      this.#tell('queue.unlocked', group, queue, clientId)
    }
  }

  /** A group or a topic is gone: its queues have no owner any more. */
  forget(isGone: (group: string, topic: string) => boolean): void {
    for (const [group, locks] of [...this.#groups])
      for (const key of [...locks.keys()]) if (isGone(group, key.slice(0, key.indexOf('@')))) this.#forget(group, key)
  }

  /** True while some queue of the group is locked: then its members consume in order. */
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
   * Removes expired locks when the table is full. Otherwise locks of clients that died stay until their queue is asked for.
   * A full table is searched only from time to time, not at every request.
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
