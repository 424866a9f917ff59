/** The requests that only a master serves. */
import type { RequestHandlers } from '../../remoting/dispatch.ts'
import { Refusal } from '../../remoting/refusal.ts'
import { ResponseCode } from '../../remoting/response-code.ts'

/**
 * Returns handlers that refuse these requests, because this broker is a slave. Clients do not send them to a slave by
 * themselves. RocketMQ: `SendMessageProcessor.rejectRequest`. Unlike here, RocketMQ also serves pops and acknowledgements on
 * a slave that acts as a master.
 */
export function refusedOnSlave(handlers: RequestHandlers): RequestHandlers {
  const sentence = '[REJECTREQUEST]system busy, start flow control for a while: this broker is a slave'
  return handlers.map(([code]) => [
    code,
    () => {
      throw new Refusal(ResponseCode.SYSTEM_BUSY, sentence)
    },
  ])
}
