/**
 * A consumer that keeps what it could not process, and tries again: nothing is given back to the broker. Chapter 13 runs it in
 * place of `reference/client/consumer/listen/send-back.ts`.
 */
import type { ClientInstance } from '../../../../reference/client/client-instance.ts'
import type { MessageExt, MessageQueue } from '../../../../reference/common/message.ts'

type Done = (error: string) => void

/** Takes nothing back: the caller keeps the message, and hands it to the listener again five seconds later. */
export class SendBack {
  readonly #group: string

  constructor(_instance: ClientInstance, group: string, _maxReconsumeTimes: number) {
    this.#group = group
  }

  send(_message: MessageExt, _queue: MessageQueue, _delayLevel: number, done: Done): void {
    done(`the members of ${this.#group} keep their messages`)
  }

  sendAsMessage(message: MessageExt, _reconsumeTimes: number, done: Done): void {
    this.send(message, { topic: message.topic, brokerName: '', queueId: 0 }, 0, done)
  }

  stop(): void {}
}
