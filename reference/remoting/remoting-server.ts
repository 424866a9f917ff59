/**
 * Listens, and brings each request to whoever answers its code.
 *
 * A handler answers at once by returning, or later through `channel.answer` after returning `undefined`: a held pull, a
 * send that waits for the disk. What a handler throws becomes an answer of SYSTEM_ERROR with the sentence; a broken
 * invariant (`AssertionError`) is not caught and ends the node.
 *
 * RocketMQ: `NettyRemotingServer`, `NettyRemotingAbstract.processRequestCommand`. One event loop takes the place of
 * RocketMQ's 1 + N1 + N2 + M threads.
 */
import { AssertionError } from '../common/assert.ts'
import type { ConnectionHandler, Host, ListenerId } from '../host/host.ts'
import { Channel } from './channel.ts'
import { FrameError } from './frame-error.ts'
import { CONNECTIONS_MAX } from './limits.ts'
import { failure, type RemotingCommand, type ResponseParts } from './remoting-command.ts'
import { requestName } from './request-code.ts'
import { ResponseCode } from './response-code.ts'

/** Answers requests of one code: now (a value) or later (`undefined`, then `channel.answer`). */
export type RequestHandler = (request: RemotingCommand, channel: Channel) => ResponseParts | undefined

export interface RemotingServerEvents {
  onListening(address: string): void
  /** The address could not be taken; `sentence` says which, why and what to do. */
  onFailed(sentence: string): void
  onChannelClosed?(channel: Channel, reason: string): void
  /** Sees every request first; what it returns is the answer, and nothing else is done. */
  readonly guard?: ((request: RemotingCommand) => ResponseParts | undefined) | undefined
}

/** Whoever has not signed is not even told which requests there are: this comes after the guard. */
const notSupported: RequestHandler = ({ code }) =>
  failure(ResponseCode.REQUEST_CODE_NOT_SUPPORTED, ` request type ${code} not supported`)

export class RemotingServer {
  readonly #host: Host
  readonly #handlers: ReadonlyMap<number, RequestHandler>
  readonly #events: RemotingServerEvents
  readonly #channels = new Set<Channel>()
  #listener: ListenerId = 0

  constructor(host: Host, handlers: ReadonlyMap<number, RequestHandler>, events: RemotingServerEvents) {
    this.#host = host
    this.#handlers = handlers
    this.#events = events
  }

  get channels(): ReadonlySet<Channel> {
    return this.#channels
  }

  listen(address: string): void {
    this.#listener = this.#host.network.listen(address, {
      onListening: (real) => this.#events.onListening(real),
      onFailed: (reason) => this.#events.onFailed(`${reason}; stop what uses it or choose another listenPort`),
      onConnection: (connection, remoteAddress, localAddress) => this.#accept(connection, remoteAddress, localAddress),
    })
  }

  /** Stops listening and closes every connection. */
  close(): void {
    if (this.#listener !== 0) this.#host.network.unlisten(this.#listener)
    for (const channel of [...this.#channels]) channel.close()
  }

  #accept(connection: number, remoteAddress: string, localAddress: string): ConnectionHandler {
    const channel = new Channel(this.#host, connection, remoteAddress, localAddress, {
      onRequest: (request, from) => this.#dispatch(request, from),
      onClosed: (closed, reason) => {
        this.#channels.delete(closed)
        this.#events.onChannelClosed?.(closed, reason)
      },
    })
    this.#channels.add(channel)
    if (this.#channels.size > CONNECTIONS_MAX) {
      this.#host.network.reset(connection)
      channel.closed(`more than ${CONNECTIONS_MAX} connections`)
    }
    return { onBytes: (_, bytes) => channel.receive(bytes), onClosed: (_, reason) => channel.closed(reason) }
  }

  // #region dispatch
  #dispatch(request: RemotingCommand, channel: Channel): void {
    const handler = this.#handlers.get(request.code) ?? notSupported
    let answer: ResponseParts | undefined
    try {
      answer = this.#events.guard?.(request) ?? handler(request, channel)
    } catch (error) {
      if (error instanceof AssertionError || error instanceof FrameError) throw error
      const sentence = error instanceof Error ? error.message : String(error)
      this.#host.trace.log('warn', `${requestName(request.code)} from ${channel.remoteAddress}: ${sentence}`)
      answer = failure(ResponseCode.SYSTEM_ERROR, sentence)
    }
    if (answer !== undefined) channel.answer(request, answer)
  }
  // #endregion dispatch
}
