/**
 * Keeps one connection to each address, and sends requests over these connections.
 *
 * A call to an address without a connection opens a connection. Further calls to this address wait for this connection.
 * Such a call fails when the connection cannot be opened, or when the time of the call is over. A peer may also send
 * requests over the connection. For example, a broker notifies a consumer that its group has changed. `handlers` handle
 * such requests.
 *
 * Every call ends within its time limit, even when it waits for a connection that another call opens.
 *
 * When the client has credentials, it signs each of its requests (`acl-signature.ts`).
 *
 * RocketMQ: `NettyRemotingClient` (`channelTables`, `invokeSync`, `invokeAsync`, `invokeOneway`).
 */
import type { ConnectionId, Host, TimerId } from '../host/host.ts'
import { type SessionCredentials, signRequest } from './acl-signature.ts'
import { type CallResult, Channel } from './channel.ts'
import { dispatch, type RequestHandler } from './dispatch.ts'
import { FrameError } from './frame-error.ts'
import { CONNECT_TIMEOUT_MS } from './limits.ts'
import type { RequestParts } from './remoting-command.ts'
import { RemotingError } from './remoting-error.ts'
import { requestName } from './request-code.ts'

/** A connection that is being opened, and the calls that wait for this connection. */
interface Opening {
  readonly connection: ConnectionId
  readonly timer: TimerId
  /** The time, by the monotonic clock, at which the attempt to connect ends. */
  readonly untilMs: number
  readonly waiting: ((channel: Channel | undefined, reason: string) => void)[]
}

/** The outgoing connections of one node. */
export class RemotingClient {
  readonly #host: Host
  readonly #handlers: ReadonlyMap<number, RequestHandler>
  readonly #onChannelClosed: (address: string) => void
  readonly #credentials: SessionCredentials | undefined
  readonly #open = new Map<string, Channel>()
  readonly #opening = new Map<string, Opening>()
  #closed = false

  constructor(
    host: Host,
    handlers: ReadonlyMap<number, RequestHandler> = new Map(),
    onChannelClosed: (address: string) => void = () => {},
    credentials?: SessionCredentials,
  ) {
    this.#host = host
    this.#handlers = handlers
    this.#onChannelClosed = onChannelClosed
    this.#credentials = credentials
  }

  // #region invoke
  /** Sends a request. Calls `answered` exactly once. `timeoutMs` includes the time to open a connection. */
  invoke(address: string, parts: RequestParts, timeoutMs: number, answered: (answer: CallResult) => void): void {
    const startMs = this.#host.clock.monotonicMs()
    this.#withChannel(address, Math.min(timeoutMs, CONNECT_TIMEOUT_MS), (channel, reason) => {
      if (channel === undefined) {
        answered({
          error: new RemotingError(
            'connect',
            address,
            `${requestName(parts.code)} to ${address}: cannot connect (${reason})`,
          ),
        })
        return
      }
      const leftMs = timeoutMs - (this.#host.clock.monotonicMs() - startMs)
      channel.request(this.#signed(parts), Math.max(leftMs, 1), answered)
    })
  }
  // #endregion invoke

  /**
   * Sends a request that has no answer. Calls `left` without an argument when the request was sent on the connection. Calls
   * `left` with an error when no connection could be opened, or when the request is too long for a frame. The caller never
   * learns whether the request has arrived.
   */
  invokeOneway(address: string, parts: RequestParts, left: (error?: RemotingError) => void = () => {}): void {
    this.#withChannel(address, CONNECT_TIMEOUT_MS, (channel, reason) => {
      const what = `${requestName(parts.code)} to ${address}`
      if (channel === undefined)
        return left(new RemotingError('connect', address, `${what}: cannot connect (${reason})`))
      try {
        channel.oneway(this.#signed(parts))
      } catch (error) {
        if (!(error instanceof FrameError)) throw error
        return left(new RemotingError('limit', address, `${what}: ${error.message}`))
      }
      left()
    })
  }

  #signed(parts: RequestParts): RequestParts {
    return this.#credentials === undefined ? parts : signRequest(parts, this.#credentials)
  }

  /** Closes the connection to an address, if such a connection is open. */
  closeChannel(address: string): void {
    this.#open.get(address)?.close()
  }

  /** Closes every connection. Calls that wait for a connection or for an answer fail. */
  close(): void {
    this.#closed = true
    for (const [address, opening] of [...this.#opening]) {
      this.#openingFailed(address, opening, 'the client is closing')
      this.#host.network.reset(opening.connection)
    }
    for (const channel of [...this.#open.values()]) channel.close()
  }

  #withChannel(address: string, timeoutMs: number, use: (channel: Channel | undefined, reason: string) => void): void {
    const open = this.#open.get(address)
    if (open !== undefined && !open.isClosed) return use(open, '')
    if (this.#closed) {
      this.#host.clock.after(0, () => use(undefined, 'the client is closed'))
      return
    }
    const opening = this.#opening.get(address)
    if (opening === undefined) return this.#connect(address, timeoutMs, use)
    const { clock } = this.#host
    if (clock.monotonicMs() + timeoutMs >= opening.untilMs) return void opening.waiting.push(use)
    // this call may end earlier than the call that opens the connection
    let isOver = false
    const end = (channel: Channel | undefined, reason: string) => {
      if (isOver) return
      isOver = true
      clock.cancel(timer)
      use(channel, reason)
    }
    const timer = clock.after(timeoutMs, () => end(undefined, `not open within ${timeoutMs} ms`))
    opening.waiting.push(end)
  }

  #connect(address: string, timeoutMs: number, use: (channel: Channel | undefined, reason: string) => void): void {
    let channel: Channel | undefined
    const connection = this.#host.network.connect(address, {
      onOpened: (id, localAddress, remoteAddress) => {
        channel = this.#opened(address, id, localAddress, remoteAddress)
      },
      onBytes: (_, bytes) => channel?.receive(bytes),
      onClosed: (_, reason) => {
        if (channel !== undefined) channel.closed(reason)
        else this.#openingFailed(address, opening, reason)
      },
    })
    const timer = this.#host.clock.after(timeoutMs, () => {
      this.#openingFailed(address, opening, `not open within ${timeoutMs} ms`)
      this.#host.network.reset(connection)
    })
    const untilMs = this.#host.clock.monotonicMs() + timeoutMs
    const opening: Opening = { connection, timer, untilMs, waiting: [use] }
    this.#opening.set(address, opening)
  }

  #opened(address: string, connection: ConnectionId, localAddress: string, remoteAddress: string): Channel | undefined {
    const opening = this.#opening.get(address)
    if (opening === undefined || opening.connection !== connection) {
      this.#host.network.reset(connection) // the connection was opened after its time limit
      return undefined
    }
    this.#opening.delete(address)
    this.#host.clock.cancel(opening.timer)
    const channel = new Channel(this.#host, connection, remoteAddress, localAddress, {
      onRequest: (request, from) => dispatch(this.#host, this.#handlers, request, from),
      onClosed: (closed) => {
        if (this.#open.get(address) === closed) this.#open.delete(address)
        if (!this.#closed) this.#onChannelClosed(address)
      },
    })
    this.#open.set(address, channel)
    for (const use of opening.waiting) use(channel, '')
    return channel
  }

  #openingFailed(address: string, opening: Opening, reason: string): void {
    if (this.#opening.get(address) !== opening) return
    this.#opening.delete(address)
    this.#host.clock.cancel(opening.timer)
    for (const use of opening.waiting) use(undefined, reason)
  }
}
