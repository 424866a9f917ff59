/**
 * Admits send requests: fast failure first, then the limiter that the operator has chosen.
 *
 * | answer       | when                                                                                    |
 * | ------------ | --------------------------------------------------------------------------------------- |
 * | SYSTEM_BUSY `[TIMEOUT_CLEAN_QUEUE]`, `[OVERLOAD]` | `fast-failure.ts`                                    |
 * | SYSTEM_BUSY `[FLOW_CONTROL]` | the limiter refuses; producers of 5.x then try another broker, those of 4.9 report it |
 * | none yet     | the leaky bucket makes the send wait for its turn                                       |
 *
 * A batch counts as one, because requests are limited. Messages that consumers send back are not limited: they would be lost or
 * late. Sends that wait for their turn exist only here: when the broker stops they are refused while their connections are
 * still open, and nothing of them is stored.
 * RocketMQ limits nothing by rate; 5.x answers FLOW_CONTROL (215) only to pops, and producers do not retry that.
 */
import { type RateLimiter, REFUSED, rateLimiter } from '../../common/limiters/rate-limiter.ts'
import type { Host, TimerId } from '../../host/host.ts'
import { Refusal } from '../../remoting/refusal.ts'
import { ResponseCode } from '../../remoting/response-code.ts'
import { fastFailure, type PutLine } from './fast-failure.ts'
import type { OverloadConfig } from './overload-config.ts'

/** A send that waits; exactly one of the two functions is called, once. */
interface Turn {
  readonly put: () => void
  readonly refused: (refusal: Refusal) => void
}

export class SendLimiter {
  readonly #host: Host
  readonly #config: OverloadConfig
  readonly #line: PutLine
  readonly #limiter: RateLimiter | undefined
  /** Sends that wait for their turn; at most as many as the leaky bucket lets wait. */
  readonly #waiting = new Map<TimerId, Turn>()

  constructor(host: Host, config: OverloadConfig, line: PutLine) {
    this.#host = host
    this.#config = config
    this.#line = line
    const { glassmqSendLimiter: name } = config
    if (name !== 'none')
      this.#limiter = rateLimiter(name, {
        limit: config.glassmqSendLimit,
        windowMs: config.glassmqSendLimitWindowMs,
        burst: config.glassmqSendLimitBurst,
      })
  }

  // #region limit-send
  /** Asks to admit one send. Returns 0 to put it now, or a delay in ms to put it later. Throws `Refusal`. */
  ask(topic: string): number {
    const busy = fastFailure(this.#config, this.#line)
    if (busy !== undefined) throw this.#told(topic, busy)
    const afterMs = this.#limiter?.ask(this.#host.clock.monotonicMs()) ?? 0
    const { glassmqSendLimiter: name, glassmqSendLimit: limit, glassmqSendLimitWindowMs: windowMs } = this.#config
    if (afterMs === REFUSED) {
      const rate = `${limit} sends in ${windowMs} ms`
      const sentence = `[FLOW_CONTROL]broker busy, start flow control for a while: ${name}, ${rate}`
      throw this.#told(topic, new Refusal(ResponseCode.SYSTEM_BUSY, sentence))
    }
    if (afterMs > 0) this.#host.trace.emit?.('send.limited', { topic, reason: name, afterMs: Math.ceil(afterMs) })
    return afterMs
  }
  // #endregion limit-send

  /** Puts the message when its turn has come, unless the broker stops before that. */
  later(afterMs: number, turn: Turn): void {
    const timer = this.#host.clock.after(afterMs, () => {
      this.#waiting.delete(timer)
      turn.put()
    })
    this.#waiting.set(timer, turn)
  }

  /** The broker stops: sends that wait are refused, so that their producers can try another broker. */
  stop(): void {
    for (const [timer, turn] of this.#waiting) {
      this.#host.clock.cancel(timer)
      turn.refused(new Refusal(ResponseCode.SERVICE_NOT_AVAILABLE, 'the broker is stopping'))
    }
    this.#waiting.clear()
  }

  /** Writes a refusal into the event log. */
  #told(topic: string, refusal: Refusal): Refusal {
    this.#host.trace.emit?.('send.limited', { topic, reason: refusal.message, afterMs: -1 })
    return refusal
  }
}
