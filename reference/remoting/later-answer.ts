/**
 * The later answer to a request. Examples are a held pull, a send that waits for the disk, and a question for a client.
 *
 * A processor creates a `LaterAnswer`, keeps it, and returns it in place of an answer. Later the processor calls `answer`,
 * `refuse` or `end` exactly once. The call has no effect when the connection has closed.
 *
 * RocketMQ: a processor returns null, and keeps the request and its `ChannelHandlerContext`.
 */
import type { Channel } from './channel.ts'
import type { Refusal, WhenDone } from './refusal.ts'
import { type Answer, type RemotingCommand, SUCCESS, withoutContents } from './remoting-command.ts'

/** Sends the answer to one request later. */
export class LaterAnswer {
  /** The connection over which the request came. */
  readonly channel: Channel
  /** The request without fields and body, because a waiting request must need little memory. */
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

  /** Sends the result of the work: the refusal, or `answer()` when `refusal` is undefined. */
  end(refusal: Refusal | undefined, answer: () => Answer = () => SUCCESS): void {
    this.answer(refusal === undefined ? answer() : refusal.answer)
  }

  /**
   * Returns the callback for work in `count` parts (1 or more). Each part calls it once at its end. The last call sends the
   * answer: the first refusal, or `answer()` when no part was refused.
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
