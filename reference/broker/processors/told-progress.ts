/** Answers requests for the progress of this broker, which slaves copy. */
import type { RequestHandler } from '../../remoting/dispatch.ts'
import { LaterAnswer } from '../../remoting/later-answer.ts'
import { Refusal } from '../../remoting/refusal.ts'
import { SUCCESS } from '../../remoting/remoting-command.ts'
import { ResponseCode } from '../../remoting/response-code.ts'
import type { MessageStore } from '../../store/message-store.ts'
import type { BrokerConfig } from '../broker-config.ts'

/** The parts of the broker that decide when progress is reported. */
export interface ToldProgressParts {
  readonly config: BrokerConfig
  readonly store: MessageStore
  readonly roles: { readonly isPreparing: boolean }
}

/**
 * Returns the handler that answers with `progress()`. A master that still fetches the offsets that it has missed refuses the
 * request. Under a controller, the answer of a master waits until all records that were in the log at the time of the
 * request are confirmed (`../../store/confirm-waits.ts`). When this takes too long, the request is refused.
 */
export function toldProgress(broker: ToldProgressParts, progress: () => Uint8Array): RequestHandler {
  return (request, channel) => {
    if (broker.roles.isPreparing)
      throw new Refusal(ResponseCode.SYSTEM_BUSY, 'this master still fetches what it has missed: ask again')
    const body = progress()
    if (broker.store.replicas === undefined || broker.config.brokerRole === 'SLAVE') return { ...SUCCESS, body }
    const later = new LaterAnswer(request, channel)
    broker.store.whenConfirmed((isConfirmed) => {
      const why = 'the messages of this progress are not on all replicas yet: ask again'
      later.end(isConfirmed ? undefined : new Refusal(ResponseCode.SYSTEM_BUSY, why), () => ({ ...SUCCESS, body }))
    })
    return later
  }
}
