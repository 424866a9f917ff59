/**
 * The locks of queues that only this client may consume. Brokers have confirmed these locks.
 *
 * | moment              | what                                                                       |
 * | ------------------- | -------------------------------------------------------------------------- |
 * | before the first pull | LOCK_BATCH_MQ, one request for each broker; no pull without the lock    |
 * | every 20 s          | LOCK_BATCH_MQ for all locked queues, which renews the locks                  |
 * | after 30 s without an answer | the client no longer trusts the lock; the broker keeps it for 60 s   |
 * | queue given up      | UNLOCK_BATCH_MQ, so the next owner need not wait until the lock expires      |
 *
 * The client stops trusting a lock before the lock expires at the broker, so two members never trust the same lock. A broker
 * that refuses a renewal ends the trust immediately.
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

/** Holds the locks of one consumer's queues and renews them. */
export class QueueLocks {
  readonly #instance: ClientInstance
  readonly #group: string
  readonly #onLost: (queue: MessageQueue) => void
  readonly #locks = new Map<string, Lock>()
  #timer: TimerId | undefined

  /** `onLost` is called when a broker does not confirm the lock of a queue any more. */
  constructor(instance: ClientInstance, group: string, onLost: (queue: MessageQueue) => void) {
    this.#instance = instance
    this.#group = group
    this.#onLost = onLost
  }

  /** Returns true while the client trusts the lock. */
  isHeld(queue: MessageQueue): boolean {
    const lock = this.#locks.get(queueKey(queue))
    return lock !== undefined && this.#nowMs() - lock.lockedAtMs <= limits.REBALANCE_LOCK_MAX_LIVE_MS
  }

  /** Returns the time since the last confirmation of the lock, or undefined without a lock. */
  confirmedAgoMs(queue: MessageQueue): number | undefined {
    const lock = this.#locks.get(queueKey(queue))
    return lock === undefined ? undefined : this.#nowMs() - lock.lockedAtMs
  }

  #nowMs(): number {
    return this.#instance.host.clock.monotonicMs()
  }

  // #region lock-queues
  /** Asks for locks. Calls `done` with the locked queues when every broker has answered or failed. */
  lock(queues: readonly MessageQueue[], done: (locked: readonly MessageQueue[]) => void): void {
    const brokers = byBroker(queues)
    const locked: MessageQueue[] = []
    let left = brokers.size
    if (left === 0) return done([])
    for (const [brokerName, asked] of brokers) {
      // The broker's lock begins after this moment. The client counts from this moment, so the client's trust ends first.
      const askedAtMs = this.#nowMs()
      this.#ask(brokerName, asked, (confirmed) => {
        for (const queue of confirmed ?? []) this.#locks.set(queueKey(queue), { queue, lockedAtMs: askedAtMs })
        locked.push(...(confirmed ?? []))
        if (--left > 0) return
        this.#renewLater()
        done(locked)
      })
    }
  }

  /**
   * Asks one broker for locks. Calls `answered` with the locked queues, or with undefined when the broker did not answer.
   */
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
        if (confirmed === undefined) return // the broker may answer the next request before the trust ends
        const kept = new Set(confirmed.map(queueKey))
        for (const queue of queues) {
          const lock = this.#locks.get(queueKey(queue))
          if (lock === undefined) continue
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

  /** Forgets a lock without a request, because another member has the lock or because the lock will expire at the broker. */
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

  stop(): void {
    if (this.#timer !== undefined) this.#instance.host.clock.cancel(this.#timer)
    this.#timer = undefined
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
