/**
 * One open connection, seen as commands: requests and answers in both directions.
 *
 * Both ends may ask. Each end numbers its own requests (`opaque`), keeps who waits for which number, and tells answers
 * from requests by the flag. A channel never throws at its owner for what a peer sent: a frame that cannot be read closes
 * this connection and no other.
 *
 * A server's channels share turns and memory (`fair-turns.ts`, `in-flight.ts`): what comes is worked on in the connection's
 * turn, and so is its end, after everything that came before it.
 *
 * Invariants: every request gets exactly one callback (answer, timeout, or closed); after `onClosed` nothing is called.
 * RocketMQ: `NettyRemotingAbstract` (response table, `processMessageReceived`), `ResponseFuture`, `IdleStateHandler`.
 * Not here: TLS, the VIP port, semaphores for oneway requests.
 */

import { NO_BYTES } from '../common/bytes.ts'
import type { ConnectionId, Host, TimerId } from '../host/host.ts'
import { TurnLine } from './fair-turns.ts'
import { decodeFrame, encodeFrame, FrameSplitter } from './frame-codec.ts'
import { FrameError } from './frame-error.ts'
import type { BytesHolder, ConnectionShares } from './in-flight.ts'
import * as limits from './limits.ts'
import {
  type Answer,
  failure,
  isOneway,
  isResponse,
  makeRequest,
  makeResponse,
  type RemotingCommand,
  type RequestParts,
} from './remoting-command.ts'
import { RemotingError } from './remoting-error.ts'
import { requestName } from './request-code.ts'
import { ResponseCode } from './response-code.ts'

/** What a request came to: the peer's answer, whatever its code, or why there is none. */
export type CallResult =
  | { readonly response: RemotingCommand; readonly error?: never }
  | { readonly error: RemotingError; readonly response?: never }

/** A request that waits for its answer. */
interface Waiting {
  readonly name: string
  readonly timer: TimerId
  readonly answered: (answer: CallResult) => void
}

export interface ChannelEvents {
  /** A request came; `channel.answer` it now or later, unless it is oneway. */
  onRequest(request: RemotingCommand, channel: Channel): void
  /** The connection is gone; comes once, last. */
  onClosed(channel: Channel, reason: string): void
}

export class Channel implements BytesHolder {
  readonly connection: ConnectionId
  readonly remoteAddress: string
  readonly localAddress: string
  readonly #host: Host
  readonly #events: ChannelEvents
  readonly #shares: ConnectionShares | undefined
  readonly #line = new TurnLine()
  readonly #splitter = new FrameSplitter()
  readonly #waiting = new Map<number, Waiting>()
  #nextOpaque = 0
  #lastActivityMs: number
  #idleTimer: TimerId
  #closed = false
  /** Something that is no frame has come: nothing after it is read. */
  #isDeaf = false
  /** The socket is not read until the line is shorter. */
  #isPaused = false
  /** The socket is not read until the connection's next turn: much of a frame has come. */
  #isResting = false
  /** Bytes in the send buffer, as the host last said. */
  #unreadBytes = 0
  /** Since when the send buffer has been in use. */
  #unreadSinceMs = 0
  #unfinishedSinceMs = 0
  #unfinishedTimer: TimerId | undefined

  constructor(
    host: Host,
    connection: ConnectionId,
    remoteAddress: string,
    localAddress: string,
    events: ChannelEvents,
    shares?: ConnectionShares,
  ) {
    this.#host = host
    this.#shares = shares
    this.connection = connection
    this.remoteAddress = remoteAddress
    this.localAddress = localAddress
    this.#events = events
    this.#lastActivityMs = host.clock.monotonicMs()
    this.#idleTimer = host.clock.after(limits.IDLE_MS, () => this.#checkIdle())
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
  request(parts: RequestParts, timeoutMs: number, answered: (answer: CallResult) => void): void {
    const name = requestName(parts.code)
    if (this.#closed)
      return this.#later(
        answered,
        new RemotingError('closed', this.remoteAddress, `${name} to ${this.remoteAddress}: the connection is closed`),
      )
    if (this.#waiting.size >= limits.PENDING_REQUESTS_MAX) {
      return this.#later(
        answered,
        new RemotingError(
          'limit',
          this.remoteAddress,
          `${name} to ${this.remoteAddress}: ${limits.PENDING_REQUESTS_MAX} requests already wait for answers`,
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
  answer(request: RemotingCommand, parts: Answer): void {
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

  // #region receive
  /** Bytes came; called by the owner of the connection. */
  receive(bytes: Uint8Array): void {
    if (this.#isDeaf) return
    this.#lastActivityMs = this.#host.clock.monotonicMs()
    const heldBefore = this.#splitter.heldBytes
    let isNewFrame = heldBefore === 0
    this.#refusing(() =>
      this.#splitter.push(bytes, (frame) => {
        isNewFrame = true
        this.inTurn(frame.length, () => {
          if (!this.#closed) this.#refusing(() => this.#take(decodeFrame(frame), frame.length))
        })
      }),
    )
    if (isNewFrame) this.#unfinishedSinceMs = this.#lastActivityMs
    if (this.#splitter.heldBytes > 0 && this.#unfinishedTimer === undefined && !this.#closed)
      this.#unfinishedTimer = this.#host.clock.after(limits.UNFINISHED_FRAME_MS_MAX, () => this.#checkUnfinished())
    this.#restIfCostly(this.#splitter.heldBytes - heldBefore)
    this.#readOnOrNot()
    if (heldBefore > 0 || this.#splitter.heldBytes > 0) this.#account()
  }
  // #endregion receive

  /** Does something for this connection in its turn: now, when it has asked little. `costBytes`: length of the request. */
  inTurn(costBytes: number, work: () => void): void {
    if (this.#shares === undefined) return work()
    let hasWaited = false
    this.#shares.turns.run(this.#line, costBytes, () => {
      work()
      if (!hasWaited) return
      this.#account()
      if (this.#isPaused) this.#readOnOrNot()
    })
    hasWaited = true
    if (!this.#line.isEmpty) this.#account()
  }

  /** The host has ended the connection; called by its owner. What came before it is still worked on. */
  lost(reason: string): void {
    this.#unreadBytes = 0
    if (this.#closed) this.#account()
    else this.inTurn(0, () => this.closed(reason))
  }

  /** The connection is gone. Later calls do nothing. */
  closed(reason: string): void {
    if (this.#closed) return
    this.#closed = true
    this.#splitter.clear()
    this.#account()
    this.#host.clock.cancel(this.#idleTimer)
    if (this.#unfinishedTimer !== undefined) this.#host.clock.cancel(this.#unfinishedTimer)
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

  // #region bytes-in-flight
  /** Bytes of this connection that are in memory now: unread answers, requests that wait, a frame that is not whole. */
  measure(): number {
    if (this.#unreadBytes > 0) this.#unreadBytes = this.#host.network.send(this.connection, NO_BYTES)
    return this.#unreadBytes + this.#line.waitingBytes + this.#splitter.roomBytes
  }

  get waitingSinceMs(): number {
    const unfinished = this.#splitter.heldBytes > 0 ? this.#unfinishedSinceMs : Number.POSITIVE_INFINITY
    const unread = this.#unreadBytes > 0 ? this.#unreadSinceMs : Number.POSITIVE_INFINITY
    return Math.min(unfinished, unread, this.#lastActivityMs)
  }

  get lastActivityMs(): number {
    return this.#lastActivityMs
  }

  /** Ends the connection at once, and forgets what it has sent and what it has not read. */
  cutOff(reason: string): void {
    this.#isDeaf = true
    this.#unreadBytes = 0
    this.#line.clear()
    this.#host.network.reset(this.connection)
    this.closed(reason)
    this.#account()
  }

  #account(): void {
    const bytes = this.#unreadBytes + this.#line.waitingBytes + this.#splitter.roomBytes
    this.#shares?.inFlight.set(this, bytes)
  }
  // #endregion bytes-in-flight

  /** A frame that comes is work, too: a peer that sends a large one is read on in its turn. */
  #restIfCostly(grownBytes: number): void {
    if (this.#shares === undefined || grownBytes <= 0) return
    this.#shares.turns.spent(this.#line, grownBytes)
    if (this.#line.balanceBytes > 0 || this.#isResting) return
    this.#isResting = true
    this.inTurn(0, () => {
      this.#isResting = false
      this.#readOnOrNot()
    })
  }

  /** A peer that sends faster than it is served waits with the rest. */
  #readOnOrNot(): void {
    const limit = this.#isPaused ? limits.READ_AHEAD_BYTES_MAX / 2 : limits.READ_AHEAD_BYTES_MAX
    const isBehind = this.#line.waitingBytes > limit
    const isPaused = this.#isResting || isBehind
    if (isBehind) this.#unfinishedSinceMs = this.#host.clock.monotonicMs() // the peer is not to blame
    if (isPaused === this.#isPaused) return
    this.#isPaused = isPaused
    this.#host.network.setReading?.(this.connection, !isPaused)
  }

  #checkUnfinished(): void {
    this.#unfinishedTimer = undefined
    if (this.#splitter.heldBytes === 0) return
    const leftMs = this.#unfinishedSinceMs + limits.UNFINISHED_FRAME_MS_MAX - this.#host.clock.monotonicMs()
    if (leftMs > 0) this.#unfinishedTimer = this.#host.clock.after(leftMs, () => this.#checkUnfinished())
    else this.cutOff(`a frame was not whole after ${limits.UNFINISHED_FRAME_MS_MAX / 1000} s`)
  }

  /** Closes this connection when `read` finds something that is no frame. */
  #refusing(read: () => void): void {
    try {
      read()
    } catch (error) {
      if (!(error instanceof FrameError)) throw error
      this.#isDeaf = true
      this.#splitter.clear()
      const { message } = error
      this.inTurn(0, () => {
        if (this.#closed) return
        this.#host.trace.emit?.('frame.refused', { connection: this.connection, reason: message })
        this.#host.network.close(this.connection) // not a reset: answers to good frames before it still leave
        this.closed(message)
      })
    }
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
    const unreadBytes = this.#host.network.send(this.connection, frame)
    if (unreadBytes <= frame.length) this.#unreadSinceMs = this.#lastActivityMs
    this.#unreadBytes = unreadBytes
    if (unreadBytes > limits.SEND_BUFFER_BYTES_MAX) return this.cutOff(`the peer left ${unreadBytes} bytes unread`)
    this.#shares?.turns.spent(this.#line, frame.length)
    this.#account()
  }

  #tell(
    kind: 'frame.sent' | 'frame.received',
    command: RemotingCommand,
    name: string,
    type: string,
    sizeBytes: number,
  ): void {
    const { opaque, code } = command
    this.#host.trace.emit?.(kind, { connection: this.connection, opaque, type, code, name, sizeBytes })
  }

  #later(answered: (answer: CallResult) => void, error: RemotingError): void {
    this.#host.clock.after(0, () => answered({ error }))
  }

  /** One timer a connection, set again for what is left: an active connection costs one event in two minutes. */
  #checkIdle(): void {
    const idleMs = this.#host.clock.monotonicMs() - this.#lastActivityMs
    if (idleMs < limits.IDLE_MS) {
      this.#idleTimer = this.#host.clock.after(limits.IDLE_MS - idleMs, () => this.#checkIdle())
      return
    }
    this.#host.network.close(this.connection)
    this.closed(`idle for ${limits.IDLE_MS / 1000} s`)
  }
}
