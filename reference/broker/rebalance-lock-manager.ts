/**
 * Which client alone may consume a queue in order: the owner of its lock.
 *
 * | asks for the lock                    | gets it                                   |
 * | ------------------------------------ | ----------------------------------------- |
 * | nobody had it                        | yes                                       |
 * | the owner                            | yes, for another minute                   |
 * | somebody else                        | no, until the owner unlocks or a minute passes without a word from him |
 *
 * Members of a group agree on queues only after a while; the lock keeps two of them from consuming one queue in between.
 * It lives in memory: a broker that restarts has forgotten it. Then another member can get the lock of one that still
 * believes in his own: for up to 20 s, until he renews it, or 30 s if he does not reach the broker. That is RocketMQ's way
 * too. With `glassmqLockGrace` a broker that has lived before gives no lock for its first 30 s: orderly groups
 * pause, and no queue has two members.
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

  /** Gives no locks until nobody can believe in one that an earlier life gave. */
  rest(): void {
    this.#restsUntilMs = this.#host.clock.monotonicMs() + LOCK_BELIEVED_MS
  }

  // #region try-lock
  /** Locks or renews; gives those of the queues that the client holds now. */
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

  /** Takes back those of the locks that are the client's own. */
  unlockBatch(group: string, queues: readonly MessageQueue[], clientId: string): void {
    for (const queue of queues) {
      if (this.#groups.get(group)?.get(queueKey(queue))?.clientId !== clientId) continue
      this.#forget(group, queueKey(queue))
      this.#tell('queue.unlocked', group, queue, clientId)
    }
  }

  /** A group is gone, or a topic: nobody owns its queues. */
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

  /** Locks of clients that died stay until somebody needs them or their room. A full table is not searched at every request. */
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
