/** Refuses the requests that only a master serves. */
import type { RequestHandlers } from '../../remoting/dispatch.ts'
import { Refusal } from '../../remoting/refusal.ts'
import { ResponseCode } from '../../remoting/response-code.ts'

/**
 * Returns handlers that refuse all requests of `handlers` while `because` returns a reason, such as "this broker is a
 * slave". Clients with a present route do not send these requests to a slave, except pops and acknowledgements to a slave
 * that acts as the master.
 *
 * RocketMQ: `SendMessageProcessor.rejectRequest`.
 */
export function refusedOnSlave(handlers: RequestHandlers, because: () => string): RequestHandlers {
  const sentence = '[REJECTREQUEST]system busy, start flow control for a while'
  return handlers.map(([code, handler]) => [
    code,
    (request, channel) => {
      const reason = because()
      if (reason !== '') throw new Refusal(ResponseCode.SYSTEM_BUSY, `${sentence}: ${reason}`)
      return handler(request, channel)
    },
  ])
}
