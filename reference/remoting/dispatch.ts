/**
 * Brings a request to the processor of its code, and the processor's answer to the channel.
 *
 * | a processor            | then the peer gets                                                    |
 * | ---------------------- | --------------------------------------------------------------------- |
 * | returns an `Answer`    | the answer, at once                                                   |
 * | returns a `LaterAnswer` | nothing yet; the processor answers through it                          |
 * | returns `NO_ANSWER`    | nothing: the request is a notice, or one that changes nothing           |
 * | throws a `Refusal`     | its code and its sentence                                             |
 * | throws anything else   | SYSTEM_ERROR with the sentence, which is logged too                     |
 *
 * A broken invariant (`AssertionError`) is not caught and ends the node. A `FrameError` is not caught either: the channel
 * closes the connection that sent the frame.
 *
 * Servers and clients dispatch alike, because both ends of a connection may ask.
 * RocketMQ: `NettyRemotingAbstract.processRequestCommand`.
 */
import { AssertionError } from '../common/assert.ts'
import type { Host } from '../host/host.ts'
import type { Channel } from './channel.ts'
import { FrameError } from './frame-error.ts'
import { LaterAnswer } from './later-answer.ts'
import { Refusal } from './refusal.ts'
import { type Answer, failure, type RemotingCommand } from './remoting-command.ts'
import { requestName } from './request-code.ts'
import { ResponseCode } from './response-code.ts'

/** Returned in place of an answer for a request that is never answered. */
export const NO_ANSWER = 'no answer'

/** Carries out requests of one code. Throws `Refusal` when it will not. */
export type RequestHandler = (request: RemotingCommand, channel: Channel) => Answer | LaterAnswer | typeof NO_ANSWER

/** Handlers with the code of the requests that each of them carries out. */
export type RequestHandlers = readonly (readonly [code: number, handler: RequestHandler])[]

/** Sees every request before its handler does. Throws `Refusal` when the handler must not see it. */
export type RequestGuard = (request: RemotingCommand) => void

// #region dispatch
/** Has a request carried out and answered. The guard comes first: a peer it refuses does not learn which codes exist. */
export function dispatch(
  host: Host,
  handlers: ReadonlyMap<number, RequestHandler>,
  request: RemotingCommand,
  channel: Channel,
  guard?: RequestGuard,
): void {
  const answer = carryOut(host, handlers, request, channel, guard)
  if (answer !== NO_ANSWER && !(answer instanceof LaterAnswer)) channel.answer(request, answer)
}

function carryOut(
  host: Host,
  handlers: ReadonlyMap<number, RequestHandler>,
  request: RemotingCommand,
  channel: Channel,
  guard: RequestGuard | undefined,
): ReturnType<RequestHandler> {
  try {
    guard?.(request)
    const handler = handlers.get(request.code)
    return handler === undefined ? notSupported(request) : handler(request, channel)
  } catch (error) {
    if (error instanceof AssertionError || error instanceof FrameError) throw error
    if (error instanceof Refusal) return error.answer
    const sentence = error instanceof Error ? error.message : String(error)
    host.trace.log('warn', `${requestName(request.code)} from ${channel.remoteAddress}: ${sentence}`)
    return failure(ResponseCode.SYSTEM_ERROR, sentence)
  }
}
// #endregion dispatch

function notSupported({ code }: RemotingCommand): Answer {
  return failure(ResponseCode.REQUEST_CODE_NOT_SUPPORTED, ` request type ${code} not supported`)
}
