/**
 * Request-reply: a producer sends a request as a message, and a broker passes the reply to this producer.
 *
 * | message  | properties that are added                                             |
 * | -------- | --------------------------------------------------------------------- |
 * | request  | CORRELATION_ID, REPLY_TO_CLIENT (the client id of the producer), TTL (ms) |
 * | reply    | MSG_TYPE=reply, and those of the three properties that the request has. The reply is sent to `<cluster>_REPLY_TOPIC` |
 *
 * The reply is not delivered through a queue. The broker that receives the reply pushes it to the client that has sent the
 * request, on the connection of this client. For this, the client must have sent a heartbeat to this broker before. The
 * client drops a reply that arrives after the time limit.
 *
 * RocketMQ: `RequestResponseFuture`, `RequestFutureHolder`, `MessageUtil.createReplyMessage`.
 */
import { type Message, type MessageExt, PROPERTY, REPLY_MESSAGE_TYPE, replyTopic } from '../../common/message.ts'
import type { Host, TimerId } from '../../host/host.ts'
import { ClientError } from '../client-error.ts'
import { REQUESTS_WAITING_MAX } from '../limits.ts'

/** Called once: with the reply, or with an error when the wait ends without a reply. */
export type Replied = (error: ClientError | undefined, reply: MessageExt | undefined) => void

interface Waiting {
  readonly timer: TimerId
  readonly replied: Replied
}

// #region waiting-requests
/** The requests of one producer that wait for their replies. */
export class WaitingRequests {
  readonly #host: Host
  readonly #waiting = new Map<string, Waiting>()

  constructor(host: Host) {
    this.#host = host
  }

  get count(): number {
    return this.#waiting.size
  }

  /**
   * Returns the request in the form in which it is sent. `replied` is called once: with the reply, or with an error.
   * `replied` is called after `timeoutMs` at the latest. When too many requests wait, calls `replied` with an error and
   * returns undefined.
   */
  add(message: Message, clientId: string, timeoutMs: number, replied: Replied): Message | undefined {
    if (this.#waiting.size >= REQUESTS_WAITING_MAX) {
      const sentence = `${REQUESTS_WAITING_MAX} requests already wait for their replies: wait for some of them`
      replied(new ClientError(sentence, 'definite'), undefined)
      return undefined
    }
    const correlationId = this.#newCorrelationId()
    const timer = this.#host.clock.after(timeoutMs, () => {
      const sentence = `no reply came within ${timeoutMs} ms; somebody may have handled the request all the same`
      this.#end(correlationId, new ClientError(sentence, 'unknown'), undefined)
    })
    this.#waiting.set(correlationId, { timer, replied })
    const properties = new Map(message.properties)
    properties.set(PROPERTY.CORRELATION_ID, correlationId)
    properties.set(PROPERTY.REPLY_TO_CLIENT, clientId)
    properties.set(PROPERTY.TTL, String(timeoutMs))
    return { ...message, properties }
  }

  #newCorrelationId(): string {
    const word = () => this.#host.random.int('correlation-id', 0x1_0000_0000).toString(16).padStart(8, '0')
    return word() + word() + word() + word()
  }

  /** Ends the wait of a request, because its send ended with an error. A broker may still have stored the request. */
  failed(message: Message, error: ClientError): void {
    this.#end(message.properties?.get(PROPERTY.CORRELATION_ID) ?? '', error, undefined)
  }

  /** Called when a reply has arrived. Returns false when no request waits for this reply. */
  arrived(correlationId: string, reply: MessageExt): boolean {
    return this.#end(correlationId, undefined, reply)
  }

  /** Ends the wait of every request with an error, because the producer shuts down. */
  close(): void {
    for (const correlationId of [...this.#waiting.keys()])
      this.#end(correlationId, new ClientError('the producer was shut down', 'unknown'), undefined)
  }

  #end(correlationId: string, error: ClientError | undefined, reply: MessageExt | undefined): boolean {
    const waiting = this.#waiting.get(correlationId)
    if (waiting === undefined) return false
    this.#waiting.delete(correlationId)
    this.#host.clock.cancel(waiting.timer)
    waiting.replied(error, reply)
    return true
  }
}
// #endregion waiting-requests

// #region create-reply
/**
 * Returns the reply to `request`. Any producer may send the reply. Throws `ClientError` when `request` lacks the property
 * REPLY_TO_CLIENT or CLUSTER.
 */
export function createReply(request: MessageExt, body: Uint8Array): Message {
  const cluster = request.properties.get(PROPERTY.CLUSTER)
  const properties = new Map([[PROPERTY.MSG_TYPE as string, REPLY_MESSAGE_TYPE]])
  for (const name of [PROPERTY.CORRELATION_ID, PROPERTY.REPLY_TO_CLIENT, PROPERTY.TTL]) {
    const value = request.properties.get(name)
    if (value !== undefined) properties.set(name, value)
  }
  if (cluster === undefined || !properties.has(PROPERTY.REPLY_TO_CLIENT))
    throw new ClientError(
      `nobody waits for a reply to this message: it has no ${cluster === undefined ? PROPERTY.CLUSTER : PROPERTY.REPLY_TO_CLIENT}`,
      'definite',
    )
  return { topic: replyTopic(cluster), body, properties }
}
// #endregion create-reply

/** Returns true for the properties of a reply. A reply that is sent alone is sent with SEND_REPLY_MESSAGE_V2. */
export function isReply(properties: ReadonlyMap<string, string>): boolean {
  return properties.get(PROPERTY.MSG_TYPE) === REPLY_MESSAGE_TYPE
}
