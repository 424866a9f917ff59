/**
 * Asks for the route of a topic at once when the only master of the topic no longer takes messages. So a producer finds the
 * new master that a controller has elected before the next regular request, which is sent only every 30 s.
 *
 * | the failed try              | what it may mean                                             |
 * | --------------------------- | ------------------------------------------------------------ |
 * | no connection, no answer    | the master has died, or is cut off                            |
 * | SYSTEM_BUSY, SERVICE_NOT_AVAILABLE | the broker at this address is a slave now              |
 *
 * When the topic also has queues on a second broker, no request is sent, because the next try goes to the second broker.
 * While no route has a new master, the sends still fail, and the application must send the message again.
 *
 * RocketMQ has no such request: its producer keeps a known route until the next `pollNameServerInterval`.
 */
import { ResponseCode } from '../../remoting/response-code.ts'
import type { ClientInstance } from '../client-instance.ts'
import { ROUTE_AFTER_FAILURE_INTERVAL_MS } from '../limits.ts'
import type { Sent } from './outgoing.ts'
import type { TopicPublishInfo } from './topic-publish-info.ts'

/**
 * The codes of failures after which another broker may be the master. The code 0 means that no readable answer has arrived.
 */
const MASTER_LOST: ReadonlySet<number> = new Set([0, ResponseCode.SYSTEM_BUSY, ResponseCode.SERVICE_NOT_AVAILABLE])

/** The requests of one producer for routes after failed tries. */
export class LostMaster {
  readonly #instance: ClientInstance
  readonly #doesAsk: boolean
  /** The time of the last request for each topic of this producer, in ms of the monotonic clock. */
  readonly #askedAtMs = new Map<string, number>()

  /** When `doesAsk` is false, no request is sent, as in RocketMQ. */
  constructor(instance: ClientInstance, doesAsk: boolean) {
    this.#instance = instance
    this.#doesAsk = doesAsk
  }

  // #region lost-master
  /**
   * Called when a try has ended with `sent`. Requests the route of the topic under three conditions: the code of the
   * failure is in `MASTER_LOST`, all queues of `info` are on one broker, and the last request is not too recent. Calls
   * `next`, which makes the next try, when the answer has arrived, or after `ROUTE_AFTER_FAILURE_INTERVAL_MS`. Without a
   * request, calls `next` at once.
   */
  tryEnded(topic: string, info: TopicPublishInfo, sent: Sent, next: () => void = () => {}): void {
    const { clock } = this.#instance.host
    const isMasterLost = sent.error !== undefined && MASTER_LOST.has(sent.error.code)
    const isOnlyBroker = new Set(info.queues.map(({ brokerName }) => brokerName)).size === 1
    const sinceMs = clock.monotonicMs() - (this.#askedAtMs.get(topic) ?? Number.NEGATIVE_INFINITY)
    if (!this.#doesAsk || !isMasterLost || !isOnlyBroker || sinceMs < ROUTE_AFTER_FAILURE_INTERVAL_MS) return next()
    this.#askedAtMs.set(topic, clock.monotonicMs())
    // a NameServer that is silent must not use up the time of the send
    let isWaiting = true
    const goOn = () => {
      if (isWaiting) next()
      isWaiting = false
    }
    const timer = clock.after(ROUTE_AFTER_FAILURE_INTERVAL_MS, goOn)
    this.#instance.askRoute(topic, () => {
      clock.cancel(timer)
      goOn()
    })
  }
  // #endregion lost-master
}
