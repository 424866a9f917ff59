/**
 * Decides whether send requests are admitted. First, fast failure (`fast-failure.ts`) checks a send. Then the limiter that
 * the operator has chosen checks the send.
 *
 * | answer to a send | reason                                                                              |
 * | ------------ | --------------------------------------------------------------------------------------- |
 * | SYSTEM_BUSY `[TIMEOUT_CLEAN_QUEUE]`, `[OVERLOAD]` | fast failure refuses the send: see `fast-failure.ts` |
 * | SYSTEM_BUSY `[FLOW_CONTROL]` | the limiter refuses the send. After this answer, a producer of 5.x tries another broker, and a producer of 4.9 reports an error |
 * | no answer yet | the limiter is a leaky bucket, and delays the send |
 *
 * A batch counts as one send, because the limit is for requests. Messages that consumers send back always pass, because a
 * refused message could be lost or late. Delayed sends exist only in memory. When the broker stops, delayed sends are
 * refused while their connections are still open, and none of their messages is stored. Unlike GlassMQ, RocketMQ does not
 * limit the rate of sends. The code FLOW_CONTROL (215) is not used here, because producers do not try again after this
 * code. RocketMQ 5.3.3 defines the code, but its broker never sends it.
 */
import { type RateLimiter, REFUSED, rateLimiter } from '../../common/limiters/rate-limiter.ts'
import type { Host, TimerId } from '../../host/host.ts'
import { Refusal } from '../../remoting/refusal.ts'
import { ResponseCode } from '../../remoting/response-code.ts'
import { fastFailure, type PutLine } from './fast-failure.ts'
import type { OverloadConfig } from './overload-config.ts'

/** A delayed send. Exactly one of the two functions `put` and `refused` is called, once. */
interface Turn {
  readonly put: () => void
  readonly refused: (refusal: Refusal) => void
}

/** Decides for each send whether its messages are put now, put later, or refused. */
export class SendLimiter {
  readonly #host: Host
  readonly #config: OverloadConfig
  readonly #line: PutLine
  readonly #limiter: RateLimiter | undefined
  /** The delayed sends. The leaky bucket limits the number of delayed sends. */
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
  /**
   * Decides whether one send is admitted. Returns 0 when the messages of the send must be put into the store now. Returns a
   * delay in ms when the messages must be put later. Throws `Refusal` when the send is refused.
   */
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

  /** Calls `turn.put` after the delay. When the broker stops during the delay, calls `turn.refused` instead. */
  later(afterMs: number, turn: Turn): void {
    const timer = this.#host.clock.after(afterMs, () => {
      this.#waiting.delete(timer)
      turn.put()
    })
    this.#waiting.set(timer, turn)
  }

  /** Called when the broker stops. Refuses the delayed sends, so that their producers can try another broker. */
  stop(): void {
    for (const [timer, turn] of this.#waiting) {
      this.#host.clock.cancel(timer)
      turn.refused(new Refusal(ResponseCode.SERVICE_NOT_AVAILABLE, 'the broker is stopping'))
    }
    this.#waiting.clear()
  }

  /** Emits `send.limited` for a refusal, and returns the refusal. */
  #told(topic: string, refusal: Refusal): Refusal {
    this.#host.trace.emit?.('send.limited', { topic, reason: refusal.message, afterMs: -1 })
    return refusal
  }
}
