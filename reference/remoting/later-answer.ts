/**
 * A request whose answer has to wait: a held pull, a send that waits for the disk, a question that is passed on.
 *
 * A processor makes a `LaterAnswer`, keeps it, and returns it in place of an answer. One of `answer`, `refuse` and `end` is
 * called once, later; after the connection has closed the call has no effect.
 *
 * RocketMQ: a processor returns null and keeps `ChannelHandlerContext` and the request.
 */
import type { Channel } from './channel.ts'
import type { Refusal, WhenDone } from './refusal.ts'
import { type Answer, type RemotingCommand, SUCCESS, withoutContents } from './remoting-command.ts'

/** The answer to one request, which is sent later. */
export class LaterAnswer {
  /** The connection that the request came over. */
  readonly channel: Channel
  /** Without fields and body: a request that waits does not keep them in memory. */
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

  /** Reports how the work ended: the refusal, or `answer` when there is none. */
  end(refusal: Refusal | undefined, answer: () => Answer = () => SUCCESS): void {
    this.answer(refusal === undefined ? answer() : refusal.answer)
  }

  /**
   * For work in `count` parts, 1 or more: returns the callback that each part calls when it is over. The last call answers,
   * with the first refusal if any part was refused.
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
