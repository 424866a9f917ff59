/**
 * Passes a request to the processor of its code, and sends the processor's answer over the channel.
 *
 * | a processor            | then the peer gets                                                    |
 * | ---------------------- | --------------------------------------------------------------------- |
 * | returns an `Answer`    | the answer immediately                                                |
 * | returns a `LaterAnswer` | nothing yet; the processor answers later through it                    |
 * | returns `NO_ANSWER`    | nothing: the request is a notice, or changes nothing           |
 * | throws a `Refusal`     | the refusal's code and sentence                                       |
 * | throws anything else   | SYSTEM_ERROR with the sentence, which is also logged                    |
 *
 * A broken invariant (`AssertionError`) is not caught and ends the node. A `FrameError` is not caught either: the channel
 * closes the connection that sent the frame.
 *
 * Servers and clients use the same dispatch, because both ends of a connection may send requests.
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

/** A handler returns this value for a request that is never answered. */
export const NO_ANSWER = 'no answer'

/** Handles the requests of one code and returns the answer. Throws `Refusal` when the request is refused. */
export type RequestHandler = (request: RemotingCommand, channel: Channel) => Answer | LaterAnswer | typeof NO_ANSWER

/** Handlers, each with the code of its requests. */
export type RequestHandlers = readonly (readonly [code: number, handler: RequestHandler])[]

/** Checks every request before its handler. Throws `Refusal` when the handler must not receive the request. */
export type RequestGuard = (request: RemotingCommand) => void

// #region dispatch
/** Handles a request and sends the answer. The guard comes first, so a refused peer does not learn which codes exist. */
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
    const sentence = faultOf(error)
    host.trace.log('warn', `${requestName(request.code)} from ${channel.remoteAddress}: ${sentence}`)
    return failure(ResponseCode.SYSTEM_ERROR, sentence)
  }
}
// #endregion dispatch

/**
 * Returns what a peer and the log learn of an error that no handler foresaw. JavaScript engines word their own errors
 * differently, so only the name of such an error is reported.
 */
function faultOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const isOfEngine = error instanceof TypeError || error instanceof ReferenceError
  return isOfEngine ? `the handler failed with a ${error.name}` : error.message
}

function notSupported({ code }: RemotingCommand): Answer {
  return failure(ResponseCode.REQUEST_CODE_NOT_SUPPORTED, ` request type ${code} not supported`)
}
