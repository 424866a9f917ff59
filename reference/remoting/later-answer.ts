/**
 * An answer that is sent later. For example, a pull is held, a send waits for the disk, or a broker first sends a request to
 * a client.
 *
 * A processor creates a `LaterAnswer`, keeps it, and returns it instead of an answer. Later, the processor calls `answer`,
 * `refuse` or `end` once. When the connection has closed before, the call has no effect, and may be left out.
 *
 * In RocketMQ, a processor returns null, and keeps the request and its `ChannelHandlerContext`.
 */
import type { Channel } from './channel.ts'
import type { Refusal, WhenDone } from './refusal.ts'
import { type Answer, type RemotingCommand, SUCCESS, withoutContents } from './remoting-command.ts'

/** Sends the answer to one request later. */
export class LaterAnswer {
  /** The connection of the request. */
  readonly channel: Channel
  /** The request without its fields and its body, so that a waiting request needs little memory. */
  readonly #request: RemotingCommand

  constructor(request: RemotingCommand, channel: Channel) {
    this.channel = channel
    this.#request = withoutContents(request)
  }

  answer(answer: Answer): void {
    this.channel.answer(this.#request, answer)
  }

  refuse(refusal: Refusal): void {
    this.answer(refusal.answer)
  }

  /** Called when the work has ended. Sends `refusal`. Without a refusal, sends the result of `answer()`. */
  end(refusal: Refusal | undefined, answer: () => Answer = () => SUCCESS): void {
    this.answer(refusal === undefined ? answer() : refusal.answer)
  }

  /**
   * Returns the callback for work that consists of `count` parts (1 or more). Each part must call this callback once when it
   * has ended. The last call sends the answer. The answer is the first refusal, or `answer()` when no part was refused.
   */
  afterAll(count: number, answer?: () => Answer): WhenDone {
    let left = count
    let first: Refusal | undefined
    return (refusal) => {
      first ??= refusal
      if (--left === 0) this.end(first, answer)
    }
  }
}
