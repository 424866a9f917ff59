/** Answers requests for the progress of this broker, which slaves copy. */
import type { RequestHandler } from '../../remoting/dispatch.ts'
import { LaterAnswer } from '../../remoting/later-answer.ts'
import { Refusal } from '../../remoting/refusal.ts'
import { SUCCESS } from '../../remoting/remoting-command.ts'
import { ResponseCode } from '../../remoting/response-code.ts'
import type { MessageStore } from '../../store/message-store.ts'

/**
 * Returns the handler that answers with `progress()`. Under a controller, the answer waits until the log, as it is at the
 * request, is confirmed (`../../store/confirm-waits.ts`).
 */
export function toldProgress(broker: { readonly store: MessageStore }, progress: () => Uint8Array): RequestHandler {
  return (request, channel) => {
    const body = progress()
    if (broker.store.replicas === undefined) return { ...SUCCESS, body }
    const later = new LaterAnswer(request, channel)
    broker.store.whenConfirmed((isConfirmed) => {
      const why = 'the messages of this progress are not on all replicas yet: ask again'
      later.end(isConfirmed ? undefined : new Refusal(ResponseCode.SYSTEM_BUSY, why), () => ({ ...SUCCESS, body }))
    })
    return later
  }
}
