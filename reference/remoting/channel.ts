/**
 * A channel sends and receives commands over one open connection. A command is a request or an answer.
 *
 * Both sides may send requests. Each side assigns a number (`opaque`) to each of its requests. When a request needs an
 * answer, its callback is kept under this number. A oneway request has no answer. A flag says whether a command is a request
 * or an answer. A channel does not throw errors for bad bytes of its peer. A frame that cannot be read closes only this
 * connection.
 *
 * A client handles each frame at once. The connections of a server share the time for frames (`fair-turns.ts`) and a limit
 * for memory (`in-flight.ts`). A connection that has not used up its allowance of work is usually served at once. Other
 * frames wait for a later turn. When the peer ends the connection, the frames that arrived before the end are handled
 * first. When this side ends the connection because of a limit or a bad frame, waiting frames may be dropped.
 *
 * Invariants: The callback of a request is called exactly once, with the answer or with an error, but not inside its own
 * call of `request`. After `onClosed`, `onRequest` is not called.
 *
 * RocketMQ: `NettyRemotingAbstract` (response table, `processMessageReceived`), `ResponseFuture`, `IdleStateHandler`.
 * `host/node/tls.ts` implements TLS, and `broker/fast-server.ts` is the VIP port. Not in GlassMQ: semaphores for oneway
 * requests.
 */

import { NO_BYTES } from '../common/bytes.ts'
import type { ConnectionId, Host, TimerId } from '../host/host.ts'
import { SEND_BUFFER_BYTES } from '../host/limits.ts'
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
import { RemotingError, type RemotingFailureKind } from './remoting-error.ts'
import { requestName } from './request-code.ts'
import { ResponseCode } from './response-code.ts'

/** The result of a request: an answer with any code, or an error that says why there is no answer. */
export type CallResult =
  | { readonly response: RemotingCommand; readonly error?: never }
  | { readonly error: RemotingError; readonly response?: never }

/** A request that waits for its answer. */
interface Waiting {
  readonly name: string
  readonly timer: TimerId
  readonly answered: (answer: CallResult) => void
}

/** The callbacks of the channel's owner. */
export interface ChannelEvents {
  /** Called with each request. The receiver must call `channel.answer`, at once or later, except for a oneway request. */
  onRequest(request: RemotingCommand, channel: Channel): void
  /** Called once when the connection has ended. No callback is called after `onClosed`. */
  onClosed(channel: Channel, reason: string): void
}

/** One connection with its requests and answers. */
export class Channel implements BytesHolder {
  readonly connection: ConnectionId
  readonly remoteAddress: string
  readonly localAddress: string
  readonly #host: Host
  readonly #events: ChannelEvents
  readonly #shares: ConnectionShares | undefined
  readonly #line = new TurnLine(() => this.#served())
  readonly #splitter = new FrameSplitter()
  readonly #waiting = new Map<number, Waiting>()
  #nextOpaque = 0
  #lastActivityMs: number
  #idleTimer: TimerId
  #closed = false
  /** True after a bad frame and after `cutOff`. All later bytes of the peer are ignored. */
  #isDeaf = false
  /** True while the socket is not read. */
  #isPaused = false
  /** True when bytes of an incomplete frame have used up the allowance. The socket is then not read until the next turn. */
  #isResting = false
  /** The number of bytes in the send buffer, as last reported by the host. */
  #unreadBytes = 0
  /** The time, by the monotonic clock, at which the send buffer last changed from empty to not empty. */
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

  /** The number of requests without an answer. */
  get waitingCount(): number {
    return this.#waiting.size
  }

  // #region request
  /** Sends a request. Calls `answered` exactly once, with the answer or with an error, at the latest after `timeoutMs`. */
  request(parts: RequestParts, timeoutMs: number, answered: (answer: CallResult) => void): void {
    const name = requestName(parts.code)
    if (this.#closed) return this.#later(answered, this.#failed('connect', name, 'the connection is closed'))
    if (this.#waiting.size >= limits.PENDING_REQUESTS_MAX) {
      const why = `${limits.PENDING_REQUESTS_MAX} requests already wait for answers`
      return this.#later(answered, this.#failed('limit', name, why))
    }
    const opaque = this.#nextOpaque
    this.#nextOpaque = (opaque + 1) | 0
    // a request that does not fit into a frame is never sent
    try {
      this.#send(makeRequest(parts, opaque, false), name, 'request')
    } catch (error) {
      if (!(error instanceof FrameError)) throw error
      return this.#later(answered, this.#failed('limit', name, error.message))
    }
    if (this.#closed)
      return this.#later(answered, this.#failed('closed', name, 'the peer has left too many bytes unread'))
    // the answer, the timer or the end of the connection removes this entry
    const timer = this.#host.clock.after(timeoutMs, () => {
      this.#waiting.delete(opaque)
      answered({ error: this.#failed('timeout', name, `no answer within ${timeoutMs} ms`) })
    })
    this.#waiting.set(opaque, { name, timer, answered })
  }
  // #endregion request

  /** Sends a request that has no answer, if the connection is open. Throws `FrameError` when the request is too long. */
  oneway(parts: RequestParts): void {
    const opaque = this.#nextOpaque
    this.#nextOpaque = (opaque + 1) | 0
    this.#send(makeRequest(parts, opaque, true), requestName(parts.code), 'oneway')
  }

  /** Sends the answer to a request, except to a oneway request. When the answer is too long, sends SYSTEM_ERROR instead. */
  answer(request: RemotingCommand, parts: Answer): void {
    if (isOneway(request)) return
    const name = requestName(request.code)
    try {
      this.#send(makeResponse(parts, request), name, 'response', parts.bodyPieces)
    } catch (error) {
      if (!(error instanceof FrameError)) throw error
      const refusal = failure(ResponseCode.SYSTEM_ERROR, `the answer to ${name} is ${error.message}; ask for less`)
      this.#send(makeResponse(refusal, request), name, 'response')
    }
  }

  /** Closes the connection after all bytes of earlier commands have been sent. */
  close(): void {
    if (!this.#closed) this.#host.network.close(this.connection)
  }

  // #region receive
  /** Processes bytes that have arrived. The owner of the channel calls this method. */
  receive(bytes: Uint8Array): void {
    if (this.#isDeaf) return
    this.#lastActivityMs = this.#host.clock.monotonicMs()
    // on a server, a complete frame may wait for a later turn and is decoded only then
    const heldBefore = this.#splitter.heldBytes
    let isNewFrame = heldBefore === 0
    try {
      this.#splitter.push(bytes, (frame) => {
        isNewFrame = true
        this.inTurn(frame.length, () => {
          if (!this.#closed) this.#takeFrame(frame)
        })
      })
    } catch (error) {
      this.#refuse(error)
    }
    // the remaining bytes begin a frame, and the rest of this frame must arrive within a time limit
    if (isNewFrame) this.#unfinishedSinceMs = this.#lastActivityMs
    if (this.#splitter.heldBytes > 0 && this.#unfinishedTimer === undefined && !this.#closed)
      this.#unfinishedTimer = this.#host.clock.after(limits.UNFINISHED_FRAME_MS_MAX, () => this.#checkUnfinished())
    this.#restIfCostly(this.#splitter.heldBytes - heldBefore)
    this.#readOnOrNot()
    if (heldBefore > 0 || this.#splitter.heldBytes > 0) this.#account()
  }
  // #endregion receive

  /**
   * Calls `work` at once, or in a later turn of this connection. `costBytes` is the length of the frame that `work` handles,
   * or 0 when `work` handles no frame.
   */
  inTurn(costBytes: number, work: () => void): void {
    if (this.#shares === undefined) return work()
    this.#shares.turns.run(this.#line, costBytes, work)
    if (!this.#line.isEmpty) this.#account()
  }

  /** Called when work that has waited for its turn was done. */
  #served(): void {
    this.#account()
    if (this.#isPaused) this.#readOnOrNot()
  }

  /** Called by the owner when the peer has read most of the sent bytes. Handles waiting requests again. */
  drained(): void {
    if (this.#closed) return
    this.measure()
    this.#account()
    this.#shares?.turns.release(this.#line)
  }

  /**
   * Called by the owner when the connection has ended. Frames that arrived before the end are still handled, unless this
   * side has closed the channel before.
   */
  lost(reason: string): void {
    this.#unreadBytes = 0
    this.#shares?.turns.release(this.#line)
    if (this.#closed) this.#account()
    else this.inTurn(0, () => this.closed(reason))
  }

  /** Ends the channel. Every request that waits for its answer fails. A second call has no effect. */
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
      answered({ error: this.#failed('closed', name, `the connection was lost (${reason}) before the answer`) })
    }
    this.#events.onClosed(this, reason)
  }

  // #region bytes-in-flight
  /** Returns the bytes that this connection keeps in memory for unread answers, waiting requests and an incomplete frame. */
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

  /** Ends the connection at once. Drops waiting requests, and answers that the peer has not read. */
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

  /** Subtracts bytes of an incomplete frame from the allowance. When nothing is left, reading stops until the next turn. */
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

  /** Stops reading while `#isResting` or while many bytes of requests wait. Continues at half of READ_AHEAD_BYTES_MAX. */
  #readOnOrNot(): void {
    const limit = this.#isPaused ? limits.READ_AHEAD_BYTES_MAX / 2 : limits.READ_AHEAD_BYTES_MAX
    const isBehind = this.#line.waitingBytes > limit
    const isPaused = this.#isResting || isBehind
    if (isBehind) this.#unfinishedSinceMs = this.#host.clock.monotonicMs() // nothing arrives while the socket is not read
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

  #takeFrame(frame: Uint8Array): void {
    try {
      this.#take(decodeFrame(frame), frame.length)
    } catch (error) {
      this.#refuse(error)
    }
  }

  /** Closes this connection because of a `FrameError`. Throws every other error again. */
  #refuse(error: unknown): void {
    if (!(error instanceof FrameError)) throw error
    this.#isDeaf = true
    this.#splitter.clear()
    const { message } = error
    this.inTurn(0, () => {
      if (this.#closed) return
      this.#host.trace.emit?.('frame.refused', { connection: this.connection, reason: message })
      this.#host.network.close(this.connection) // no reset, so earlier answers can still be sent
      this.closed(message)
    })
  }

  #take(command: RemotingCommand, sizeBytes: number): void {
    if (!isResponse(command)) {
      this.#tell('frame.received', command, undefined, isOneway(command) ? 'oneway' : 'request', sizeBytes)
      this.#events.onRequest(command, this)
      return
    }
    const waiting = this.#waiting.get(command.opaque)
    this.#tell('frame.received', command, waiting?.name ?? 'unasked', 'response', sizeBytes)
    if (waiting === undefined) return // the answer is too late, or the number is unknown
    this.#waiting.delete(command.opaque)
    this.#host.clock.cancel(waiting.timer)
    waiting.answered({ response: command })
  }

  #send(command: RemotingCommand, name: string, type: string, bodyPieces?: readonly Uint8Array[]): void {
    if (this.#closed) return
    const frame = encodeFrame(command, bodyPieces)
    this.#lastActivityMs = this.#host.clock.monotonicMs()
    this.#tell('frame.sent', command, name, type, frame.length)
    const unreadBytes = this.#host.network.send(this.connection, frame)
    if (unreadBytes <= frame.length) this.#unreadSinceMs = this.#lastActivityMs
    this.#unreadBytes = unreadBytes
    if (unreadBytes > SEND_BUFFER_BYTES) this.#shares?.turns.hold(this.#line)
    if (unreadBytes > limits.SEND_BUFFER_BYTES_MAX) return this.cutOff(`the peer left ${unreadBytes} bytes unread`)
    this.#shares?.turns.spent(this.#line, frame.length)
    this.#account()
  }

  #tell(
    kind: 'frame.sent' | 'frame.received',
    command: RemotingCommand,
    name: string | undefined,
    type: string,
    sizeBytes: number,
  ): void {
    const { opaque, code } = command
    const { trace } = this.#host
    trace.emit?.(kind, { connection: this.connection, opaque, type, code, name: name ?? requestName(code), sizeBytes })
  }

  #failed(kind: RemotingFailureKind, name: string, why: string): RemotingError {
    return new RemotingError(kind, this.remoteAddress, `${name} to ${this.remoteAddress}: ${why}`)
  }

  #later(answered: (answer: CallResult) => void, error: RemotingError): void {
    this.#host.clock.after(0, () => answered({ error }))
  }

  /**
   * Closes an idle connection, or sets its timer again. Activity does not move the timer, so a busy connection needs about
   * one timer event in two minutes.
   */
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
