/**
 * Keeps pulled messages until a poll takes these messages, and keeps polls until messages arrive.
 *
 * Messages and polls never wait at the same time: new messages go to the poll that has waited for the longest time.
 *
 * RocketMQ: `DefaultLitePullConsumerImpl.consumeRequestCache`, `AssignedMessageQueue`.
 */
import type { MessageExt } from '../../../common/message.ts'
import type { Host, TimerId } from '../../../host/host.ts'
import { ClientError } from '../../client-error.ts'
import { POLLS_WAITING_MAX } from '../../limits.ts'
import type { PullLoop } from './pull-loop.ts'

interface Waiting {
  readonly timer: TimerId
  readonly resolve: (messages: readonly MessageExt[]) => void
}

/** The messages and the polls of one lite pull consumer. */
export class PollCache {
  readonly #host: Host
  #portions: { readonly loop: PullLoop; readonly messages: readonly MessageExt[] }[] = []
  readonly #polls: Waiting[] = []
  /**
   * For each queue, the offset of the oldest pulled message that no poll has taken. Without such a message, the offset
   * after the newest.
   */
  readonly #polled = new Map<PullLoop, number>()

  constructor(host: Host) {
    this.#host = host
  }

  /** The number of messages that wait for a poll. */
  get count(): number {
    return this.#portions.reduce((sum, { messages }) => sum + messages.length, 0)
  }

  /** Adds the messages of one pull of a queue. */
  add(loop: PullLoop, messages: readonly MessageExt[]): void {
    this.#portions.push({ loop, messages })
    this.#serve()
  }

  /**
   * Calls `resolve` with the next messages. When no message arrives within `timeoutMs`, calls `resolve` with an empty list.
   * Calls `reject` when too many polls already wait.
   */
  take(timeoutMs: number, resolve: Waiting['resolve'], reject: (error: ClientError) => void): void {
    if (this.#polls.length >= POLLS_WAITING_MAX)
      return reject(new ClientError(`${POLLS_WAITING_MAX} polls already wait: wait for some of them`, 'definite'))
    const waiting: Waiting = {
      resolve,
      timer: this.#host.clock.after(timeoutMs, () => {
        this.#polls.splice(this.#polls.indexOf(waiting), 1)
        resolve([])
      }),
    }
    this.#polls.push(waiting)
    this.#serve()
  }

  #serve(): void {
    while (this.#polls.length > 0 && this.#portions.length > 0) {
      const { loop, messages } = this.#portions.shift()!
      if (loop.processQueue.dropped) continue
      const poll = this.#polls.shift()!
      this.#host.clock.cancel(poll.timer)
      for (const message of messages) this.#polled.set(loop, loop.processQueue.remove(message))
      poll.resolve(messages)
    }
  }

  /**
   * Returns the offset that may be committed for a queue. All pulled messages before this offset were polled. Between
   * `restart` and the next poll, it is the offset that was passed to `restart`. Returns -1 before the first poll, and after
   * `drop`.
   */
  polledUpTo(loop: PullLoop): number {
    return this.#polled.get(loop) ?? -1
  }

  /** Removes the messages of a queue that is given up, or that will continue at another offset. */
  drop(loop: PullLoop): void {
    this.#portions = this.#portions.filter((portion) => portion.loop !== loop)
    this.#polled.delete(loop)
  }

  /** Continues a queue at `offset`. All messages before `offset` are treated as consumed. */
  restart(loop: PullLoop, offset: number): void {
    this.#polled.set(loop, offset)
  }

  /** Resolves every waiting poll with an empty list. */
  close(): void {
    for (const { timer, resolve } of this.#polls.splice(0)) {
      this.#host.clock.cancel(timer)
      resolve([])
    }
    this.#portions = []
  }
}
