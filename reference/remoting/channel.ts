/**
 * One open connection, seen as commands: requests and answers in both directions.
 *
 * Both ends may ask. Each end numbers its own requests (`opaque`), keeps who waits for which number, and tells answers
 * from requests by the flag. A channel never throws at its owner for what a peer sent: a frame that cannot be read closes
 * this connection and no other.
 *
 * Invariants: every request gets exactly one callback (answer, timeout, or closed); after `onClosed` nothing is called.
 * RocketMQ: `NettyRemotingAbstract` (response table, `processMessageReceived`), `ResponseFuture`, `IdleStateHandler`.
 * Not here: TLS, the VIP port, semaphores for oneway requests.
 */
import type { ConnectionId, Host, TimerId } from '../host/host.ts'
import { decodeFrame, encodeFrame, FrameSplitter } from './frame-codec.ts'
import { FrameError } from './frame-error.ts'
import { IDLE_MS, PENDING_REQUESTS_MAX, SEND_BUFFER_BYTES_MAX } from './limits.ts'
import {
  failure,
  isOneway,
  isResponse,
  makeRequest,
  makeResponse,
  type RemotingCommand,
  type RequestParts,
  type ResponseParts,
} from './remoting-command.ts'
import { RemotingError } from './remoting-error.ts'
import { requestName } from './request-code.ts'
import { ResponseCode } from './response-code.ts'

/** What a request came to: the peer's answer, whatever its code, or why there is none. */
export type Answer =
  | { readonly response: RemotingCommand; readonly error?: never }
  | { readonly error: RemotingError; readonly response?: never }

/** A request that waits for its answer. */
interface Waiting {
  readonly name: string
  readonly timer: TimerId
  readonly answered: (answer: Answer) => void
}

export interface ChannelEvents {
  /** A request came; `channel.answer` it now or later, unless it is oneway. */
  onRequest(request: RemotingCommand, channel: Channel): void
  /** The connection is gone; comes once, last. */
  onClosed(channel: Channel, reason: string): void
}

export class Channel {
  readonly connection: ConnectionId
  readonly remoteAddress: string
  readonly localAddress: string
  readonly #host: Host
  readonly #events: ChannelEvents
  readonly #splitter = new FrameSplitter()
  readonly #waiting = new Map<number, Waiting>()
  #nextOpaque = 0
  #lastActivityMs: number
  #idleTimer: TimerId
  #closed = false

  constructor(
    host: Host,
    connection: ConnectionId,
    remoteAddress: string,
    localAddress: string,
    events: ChannelEvents,
  ) {
    this.#host = host
    this.connection = connection
    this.remoteAddress = remoteAddress
    this.localAddress = localAddress
    this.#events = events
    this.#lastActivityMs = host.clock.monotonicMs()
    this.#idleTimer = host.clock.after(IDLE_MS, () => this.#checkIdle())
  }

  get isClosed(): boolean {
    return this.#closed
  }

  /** Requests still waiting for their answer. */
  get waitingCount(): number {
    return this.#waiting.size
  }

  // #region request
  /** Asks the peer and calls `answered` exactly once, at the latest after `timeoutMs`. */
  request(parts: RequestParts, timeoutMs: number, answered: (answer: Answer) => void): void {
    const name = requestName(parts.code)
    if (this.#closed)
      return this.#later(
        answered,
        new RemotingError('closed', this.remoteAddress, `${name} to ${this.remoteAddress}: the connection is closed`),
      )
    if (this.#waiting.size >= PENDING_REQUESTS_MAX) {
      return this.#later(
        answered,
        new RemotingError(
          'limit',
          this.remoteAddress,
          `${name} to ${this.remoteAddress}: ${PENDING_REQUESTS_MAX} requests already wait for answers`,
        ),
      )
    }
    const opaque = this.#nextOpaque
    this.#nextOpaque = (opaque + 1) | 0
    const timer = this.#host.clock.after(timeoutMs, () => {
      this.#waiting.delete(opaque)
      answered({
        error: new RemotingError(
          'timeout',
          this.remoteAddress,
          `${name} to ${this.remoteAddress}: no answer within ${timeoutMs} ms`,
        ),
      })
    })
    this.#waiting.set(opaque, { name, timer, answered })
    try {
      this.#send(makeRequest(parts, opaque, false), name, 'request')
    } catch (error) {
      if (!(error instanceof FrameError)) throw error
      this.#waiting.delete(opaque)
      this.#host.clock.cancel(timer)
      const { remoteAddress } = this
      const sentence = `${name} to ${remoteAddress}: ${error.message}`
      this.#later(answered, new RemotingError('limit', remoteAddress, sentence))
    }
  }
  // #endregion request

  /** Tells the peer something and expects no answer. */
  oneway(parts: RequestParts): void {
    const opaque = this.#nextOpaque
    this.#nextOpaque = (opaque + 1) | 0
    this.#send(makeRequest(parts, opaque, true), requestName(parts.code), 'oneway')
  }

  /** Answers a request of the peer; a oneway request gets nothing. An answer that fits in no frame becomes SYSTEM_ERROR. */
  answer(request: RemotingCommand, parts: ResponseParts): void {
    if (isOneway(request)) return
    const name = requestName(request.code)
    try {
      this.#send(makeResponse(parts, request), name, 'response')
    } catch (error) {
      if (!(error instanceof FrameError)) throw error
      const refusal = failure(ResponseCode.SYSTEM_ERROR, `the answer to ${name} is ${error.message}; ask for less`)
      this.#send(makeResponse(refusal, request), name, 'response')
    }
  }

  /** Closes after what was sent has left. */
  close(): void {
    if (!this.#closed) this.#host.network.close(this.connection)
  }

  /** Bytes came; called by the owner of the connection. */
  receive(bytes: Uint8Array): void {
    this.#lastActivityMs = this.#host.clock.monotonicMs()
    try {
      this.#splitter.push(bytes, (frame) => {
        if (!this.#closed) this.#take(decodeFrame(frame), frame.length)
      })
    } catch (error) {
      if (!(error instanceof FrameError)) throw error
      if (this.#host.trace.on)
        this.#host.trace.emit('frame.refused', { connection: this.connection, reason: error.message })
      this.#host.network.close(this.connection) // not a reset: answers to good frames before it still leave
      this.closed(error.message)
    }
  }

  /** The connection is gone; called by the owner of the connection. Later calls do nothing. */
  closed(reason: string): void {
    if (this.#closed) return
    this.#closed = true
    this.#host.clock.cancel(this.#idleTimer)
    const waiting = [...this.#waiting.values()]
    this.#waiting.clear()
    for (const { name, timer, answered } of waiting) {
      this.#host.clock.cancel(timer)
      answered({
        error: new RemotingError(
          'closed',
          this.remoteAddress,
          `${name} to ${this.remoteAddress}: the connection was lost (${reason}) before the answer`,
        ),
      })
    }
    this.#events.onClosed(this, reason)
  }

  #take(command: RemotingCommand, sizeBytes: number): void {
    if (!isResponse(command)) {
      this.#tell(
        'frame.received',
        command,
        requestName(command.code),
        isOneway(command) ? 'oneway' : 'request',
        sizeBytes,
      )
      this.#events.onRequest(command, this)
      return
    }
    const waiting = this.#waiting.get(command.opaque)
    this.#tell('frame.received', command, waiting?.name ?? 'unasked', 'response', sizeBytes)
    if (waiting === undefined) return // too late, or never asked
    this.#waiting.delete(command.opaque)
    this.#host.clock.cancel(waiting.timer)
    waiting.answered({ response: command })
  }

  #send(command: RemotingCommand, name: string, type: string): void {
    if (this.#closed) return
    const frame = encodeFrame(command)
    this.#lastActivityMs = this.#host.clock.monotonicMs()
    this.#tell('frame.sent', command, name, type, frame.length)
    const buffered = this.#host.network.send(this.connection, frame)
    if (buffered > SEND_BUFFER_BYTES_MAX) {
      this.#host.network.reset(this.connection)
      this.closed(`the peer left ${buffered} bytes unread`)
    }
  }

  #tell(
    kind: 'frame.sent' | 'frame.received',
    command: RemotingCommand,
    name: string,
    type: string,
    sizeBytes: number,
  ): void {
    if (!this.#host.trace.on) return
    this.#host.trace.emit(kind, {
      connection: this.connection,
      opaque: command.opaque,
      type,
      code: command.code,
      name,
      sizeBytes,
    })
  }

  #later(answered: (answer: Answer) => void, error: RemotingError): void {
    this.#host.clock.after(0, () => answered({ error }))
  }

  /** One timer a connection, set again for what is left: an active connection costs one event in two minutes. */
  #checkIdle(): void {
    const idleMs = this.#host.clock.monotonicMs() - this.#lastActivityMs
    if (idleMs < IDLE_MS) {
      this.#idleTimer = this.#host.clock.after(IDLE_MS - idleMs, () => this.#checkIdle())
      return
    }
    this.#host.network.close(this.connection)
    this.closed(`idle for ${IDLE_MS / 1000} s`)
  }
}
