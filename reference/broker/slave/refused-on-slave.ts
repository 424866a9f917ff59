/** Refuses the requests that only a master serves. */
import type { RequestHandlers } from '../../remoting/dispatch.ts'
import { Refusal } from '../../remoting/refusal.ts'
import { ResponseCode } from '../../remoting/response-code.ts'

/**
 * Returns handlers that refuse all requests of `handlers` while `isSlave` returns true. Clients do not send these
 * requests to a slave. In RocketMQ, a slave that acts as a master serves pops and acknowledgements.
 *
 * RocketMQ: `SendMessageProcessor.rejectRequest`.
 */
export function refusedOnSlave(handlers: RequestHandlers, isSlave: () => boolean): RequestHandlers {
  const sentence = '[REJECTREQUEST]system busy, start flow control for a while: this broker is a slave'
  return handlers.map(([code, handler]) => [
    code,
    (request, channel) => {
      if (isSlave()) throw new Refusal(ResponseCode.SYSTEM_BUSY, sentence)
      return handler(request, channel)
    },
  ])
}
