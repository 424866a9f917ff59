/**
 * The locks of one consumer. A broker grants the lock of a queue to one client, so that only this client consumes the queue.
 *
 * | moment              | what the client does                                                       |
 * | ------------------- | -------------------------------------------------------------------------- |
 * | before the first pull | sends one LOCK_BATCH_MQ to the master of each new queue. The client does not pull a queue without its lock |
 * | every 20 s          | sends LOCK_BATCH_MQ for all locked queues, to renew the locks                |
 * | 30 s after the newest confirmed request | no longer trusts the lock. The broker keeps the lock for 60 s   |
 * | a queue is given up with its lock | sends UNLOCK_BATCH_MQ, so that the next owner need not wait until the lock expires
 * |
 *
 * The client trusts a lock for a shorter time than the broker keeps the lock. So two members never trust the same lock,
 * unless the broker was restarted or another broker has become the master (`broker/rebalance-lock-manager.ts`). When a
 * broker refuses to renew a lock, the client no longer trusts this lock.
 *
 * RocketMQ: `RebalanceImpl.lock`, `lockAll`, `unlock`; `ProcessQueue.isLockExpired`.
 */
import { type MessageQueue, queueKey } from '../../../common/message.ts'
import type { TimerId } from '../../../host/host.ts'
import { encodeJsonBody, readJsonBody } from '../../../remoting/bodies/json-body.ts'
import type { CallResult } from '../../../remoting/channel.ts'
import { lockBatchAnswerShape, lockBatchMq, unlockBatchMq } from '../../../remoting/requests/lock-batch.ts'
import { ResponseCode } from '../../../remoting/response-code.ts'
import type { ClientInstance } from '../../client-instance.ts'
import * as limits from '../../limits.ts'

interface Lock {
  readonly queue: MessageQueue
  lockedAtMs: number
}

/** Keeps the locks of one consumer's queues and renews them. */
export class QueueLocks {
  readonly #instance: ClientInstance
  readonly #group: string
  readonly #onLost: (queue: MessageQueue) => void
  readonly #locks = new Map<string, Lock>()
  #timer: TimerId | undefined
  #isStopped = false

  /** `onLost` is called when a broker refuses to renew the lock of a queue. */
  constructor(instance: ClientInstance, group: string, onLost: (queue: MessageQueue) => void) {
    this.#instance = instance
    this.#group = group
    this.#onLost = onLost
  }

  /** Returns true while the client trusts the lock of a queue. */
  isHeld(queue: MessageQueue): boolean {
    const lock = this.#locks.get(queueKey(queue))
    return lock !== undefined && this.#nowMs() - lock.lockedAtMs <= limits.REBALANCE_LOCK_MAX_LIVE_MS
  }

  /**
   * Returns the time in ms since the newest confirmation of the lock. Returns undefined when the client does not have the
   * lock.
   */
  confirmedAgoMs(queue: MessageQueue): number | undefined {
    const lock = this.#locks.get(queueKey(queue))
    return lock === undefined ? undefined : this.#nowMs() - lock.lockedAtMs
  }

  #nowMs(): number {
    return this.#instance.host.clock.monotonicMs()
  }

  // #region lock-queues
  /**
   * Requests locks from the brokers of `queues`. When each of these requests was answered or has failed, calls `done` with
   * the locked queues. When the consumer was stopped in the meantime, releases these locks, and does not call `done`.
   */
  lock(queues: readonly MessageQueue[], done: (locked: readonly MessageQueue[]) => void): void {
    const brokers = byBroker(queues)
    const locked: MessageQueue[] = []
    let left = brokers.size
    if (left === 0) return done([])
    for (const [brokerName, asked] of brokers) {
      // The client counts the age of the lock from the time of the request. The broker counts from the arrival of the
      // request, which is later. So the lock is still valid at the broker while the client trusts it.
      const askedAtMs = this.#nowMs()
      this.#ask(brokerName, asked, (confirmed) => {
        for (const queue of confirmed ?? []) this.#locks.set(queueKey(queue), { queue, lockedAtMs: askedAtMs })
        locked.push(...(confirmed ?? []))
        if (--left > 0) return
        if (this.#isStopped) return this.unlock(locked) // nobody would give these locks back later
        this.#renewLater()
        done(locked)
      })
    }
  }

  /** Requests locks from one broker. `answered` receives the locked queues, or undefined when no valid answer arrives. */
  #ask(
    brokerName: string,
    queues: readonly MessageQueue[],
    answered: (confirmed: readonly MessageQueue[] | undefined) => void,
  ): void {
    const address = this.#instance.masterAddress(brokerName)
    if (address === '') return answered(undefined)
    const request = { code: lockBatchMq.code, body: this.#body(queues) }
    this.#instance.remoting.invoke(address, request, limits.LOCK_TIMEOUT_MS, (answer) => {
      const named = namedQueues(answer)
      answered(named === undefined ? undefined : queues.filter((queue) => named.has(queueKey(queue))))
    })
  }

  #body(queues: readonly MessageQueue[]): Uint8Array {
    return encodeJsonBody({ clientId: this.#instance.clientId, consumerGroup: this.#group, mqSet: queues })
  }
  // #endregion lock-queues

  // #region renew-locks
  #renewLater(): void {
    if (this.#timer !== undefined || this.#locks.size === 0) return
    this.#timer = this.#instance.host.clock.after(limits.REBALANCE_LOCK_INTERVAL_MS, () => {
      this.#timer = undefined
      this.#renew()
      this.#renewLater()
    })
  }

  #renew(): void {
    for (const [brokerName, queues] of byBroker([...this.#locks.values()].map((lock) => lock.queue))) {
      const askedAtMs = this.#nowMs()
      this.#ask(brokerName, queues, (confirmed) => {
        if (confirmed === undefined) return // the lock is still trusted: the broker may answer the next request in time
        const kept = new Set(confirmed.map(queueKey))
        for (const queue of queues) {
          const lock = this.#locks.get(queueKey(queue))
          if (lock === undefined) continue // rare: the lock was given up while it was renewed
          if (kept.has(queueKey(queue))) lock.lockedAtMs = Math.max(lock.lockedAtMs, askedAtMs)
          else this.#lost(queue)
        }
      })
    }
  }
  // #endregion renew-locks

  #lost(queue: MessageQueue): void {
    this.#locks.delete(queueKey(queue))
    this.#onLost(queue)
  }

  /**
   * Removes a lock without a request to the broker. A request is not needed: another member has the lock, or the lock will
   * expire at the broker.
   */
  forget(queue: MessageQueue): void {
    this.#locks.delete(queueKey(queue))
  }

  /** Releases the locks of `queues` at their brokers. */
  unlock(queues: readonly MessageQueue[]): void {
    const held = queues.filter((queue) => this.#locks.delete(queueKey(queue)))
    for (const [brokerName, mine] of byBroker(held)) {
      const address = this.#instance.masterAddress(brokerName)
      const request = { code: unlockBatchMq.code, body: this.#body(mine) }
      if (address !== '') this.#instance.remoting.invokeOneway(address, request)
    }
  }

  /** Stops the renewals and forgets all locks. Called once, after `unlock`. */
  stop(): void {
    this.#isStopped = true
    if (this.#timer !== undefined) this.#instance.host.clock.cancel(this.#timer)
    this.#locks.clear()
  }
}

function byBroker(queues: readonly MessageQueue[]): Map<string, MessageQueue[]> {
  const brokers = new Map<string, MessageQueue[]>()
  for (const queue of queues) brokers.set(queue.brokerName, [...(brokers.get(queue.brokerName) ?? []), queue])
  return brokers
}

function namedQueues(answer: CallResult): ReadonlySet<string> | undefined {
  if (answer.error !== undefined || answer.response.code !== ResponseCode.SUCCESS) return undefined
  const body = readJsonBody('LOCK_BATCH_MQ', answer.response.body, lockBatchAnswerShape)
  return body === undefined ? undefined : new Set(body.lockOKMQSet.map(queueKey))
}
