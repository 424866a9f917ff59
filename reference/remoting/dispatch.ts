/**
 * Passes a request to the handler of its code, and sends the answer of the handler over the channel.
 *
 * | the handler            | what the peer receives                                                |
 * | ---------------------- | --------------------------------------------------------------------- |
 * | returns an `Answer`    | this answer, at once                                                  |
 * | returns a `LaterAnswer` | nothing yet; later, the handler sends the answer through the `LaterAnswer` |
 * | returns `NO_ANSWER`    | nothing, because the request needs no answer                   |
 * | throws a `Refusal`     | the code and the sentence of the refusal                              |
 * | throws any other error | SYSTEM_ERROR with a sentence. The log also reports the error            |
 *
 * The peer receives nothing for a oneway request, whatever the handler does. Two kinds of errors are not caught. An
 * `AssertionError` means that an invariant is broken. In a simulation, this error ends the run or the node. On a real
 * server, this error ends only the callback (`host/guard.ts`). After a `FrameError`, the channel closes the connection of
 * the request.
 *
 * Servers and clients use the same function `dispatch`, because both sides of a connection may send requests.
 *
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

/** The value that a handler returns for a request that is never answered. */
export const NO_ANSWER = 'no answer'

/** Handles the requests of one code and returns the answer. Throws `Refusal` when the request is refused. */
export type RequestHandler = (request: RemotingCommand, channel: Channel) => Answer | LaterAnswer | typeof NO_ANSWER

/** A list of handlers, each with the code of its requests. */
export type RequestHandlers = readonly (readonly [code: number, handler: RequestHandler])[]

/** Checks a request before its handler is called. Throws `Refusal` when the handler must not receive the request. */
export type RequestGuard = (request: RemotingCommand) => void

// #region dispatch
/**
 * Handles a request and sends the answer. The guard is called before the handler is looked up, so a refused peer does not
 * learn which codes are supported.
 */
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
 * Returns the text that a peer and the log receive for an unexpected error. The messages of a TypeError and a ReferenceError
 * differ between JavaScript engines, so only the name of such an error is reported.
 */
function faultOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const isOfEngine = error instanceof TypeError || error instanceof ReferenceError
  return isOfEngine ? `the handler failed with a ${error.name}` : error.message
}

function notSupported({ code }: RemotingCommand): Answer {
  return failure(ResponseCode.REQUEST_CODE_NOT_SUPPORTED, ` request type ${code} not supported`)
}
