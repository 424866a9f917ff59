/**
 * Runs a push consumer as a node. The consumer hands each message to the application, and the answer of the application
 * decides what happens to the message.
 *
 * | question  | text of the question                                                            | text of the answer |
 * | --------- | ------------------------------------------------------------------------------- | ------------- |
 * | message   | {group, topic, key, body, msgId, brokerName, queueId, queueOffset, reconsumeTimes} | {status, delayLevel?, suspendMs?, reply?, afterMs?} |
 *
 * | argument                                | meaning                                                              |
 * | --------------------------------------- | -------------------------------------------------------------------- |
 * | namesrvAddr, group                      | the NameServers, and the consumer group                              |
 * | topic, tags                             | the topics to consume, separated by commas, and tags such as `A || B`  |
 * | sql                                     | an SQL92 expression over the properties of messages; used instead of tags |
 * | consumeFromWhere                        | where a new group begins: CONSUME_FROM_LAST_OFFSET or CONSUME_FROM_FIRST_OFFSET |
 * | messageModel                            | CLUSTERING or BROADCASTING                                           |
 * | all other options                       | see `consumer-options.ts`                                            |
 *
 * The consumer sends the `reply` of an answer to the producer that has called `Producer.request`. `afterMs` is the time in
 * ms that the listener takes.
 */
import { parseJson } from '../../common/lax-json.ts'
import { keyOf, type MessageExt, type MessageQueue, PROPERTY } from '../../common/message.ts'
import { optional, record, text, whole } from '../../common/shape.ts'
import { decodeUtf8, encodeUtf8 } from '../../common/utf8.ts'
import type { Host } from '../../host/host.ts'
import type { ProgramSignals, RunningProgram } from '../../host/program.ts'
import { ClientError } from '../client-error.ts'
import type { ClientInstance } from '../client-instance.ts'
import { type ConsumeContext, type ConsumeStatus, PushConsumer } from '../consumer/push-consumer.ts'
import { CLIENT_INNER_PRODUCER } from '../limits.ts'
import { Producer } from '../producer/producer.ts'
import { createReply } from '../producer/request-reply.ts'
import { clientProgram } from './client-program.ts'
import { consumerOptions } from './consumer-options.ts'
import { clientInstance } from './namesrv-addresses.ts'

interface ListenerAnswer {
  readonly status: string
  readonly delayLevel: number
  readonly suspendMs: number
  readonly afterMs: number
  readonly reply: string | undefined
}

const answerShape = record<ListenerAnswer>({
  status: text('CONSUME_SUCCESS'),
  delayLevel: whole(),
  suspendMs: whole(),
  afterMs: whole(),
  reply: optional(text()),
})

/** Starts the consumer. The table at the start of this file lists its arguments. */
export function main(host: Host, args: readonly string[], signals: ProgramSignals): RunningProgram {
  return clientProgram(host, args, signals, (settings) => {
    const group = settings.text('group', `${host.name}-group`)
    const instance = clientInstance(host, settings)
    const replier = new Replier(instance)
    const consumer = new PushConsumer(instance, consumerOptions(group, settings), (message, queue, context) =>
      hand(host, group, message, queue, context, replier),
    )
    const sql = settings.text('sql', '')
    for (const topic of settings
      .text('topic', '')
      .split(',')
      .filter((name) => name !== ''))
      if (sql === '') consumer.subscribe(topic, settings.text('tags', '*'))
      else consumer.subscribe(topic, sql, 'SQL92')
    // The promise rejects only when a broker refuses the SQL92 filter, or does not answer the check of the filter. The
    // consumer repeats all other requests that fail.
    const started = consumer.start()
    if (sql === '') host.clock.after(0, () => signals.ready())
    started.then(sql === '' ? undefined : signals.ready, (error: Error) => signals.failed(error.message))
    return () => {
      consumer.shutdown()
      replier.stop()
    }
  })
}

// #region hand
function hand(
  host: Host,
  group: string,
  message: MessageExt,
  queue: MessageQueue,
  context: ConsumeContext,
  replier: Replier,
): Promise<ConsumeStatus> {
  // The fields of a message that the application receives: a `Delivery` without the fields that the script adds.
  const msgId = message.properties.get(PROPERTY.UNIQ_KEY) ?? ''
  const handed = {
    group,
    topic: message.topic,
    key: keyOf(message.properties),
    body: decodeUtf8(message.body),
    msgId,
    brokerName: queue.brokerName,
    queueId: queue.queueId,
    queueOffset: message.queueOffset,
    reconsumeTimes: message.reconsumeTimes,
  }
  // the answer contains the status, the time that the listener takes, and the reply to the sender
  return new Promise((resolve) => {
    host.application.hand('message', JSON.stringify(handed), (answer) => {
      const { status, delayLevel, suspendMs, afterMs, reply } = answerShape(
        parseJson(answer),
        'the answer to a message',
      )
      context.delayLevelWhenNextConsume = delayLevel
      if (suspendMs > 0) context.suspendCurrentQueueMs = suspendMs
      if (reply !== undefined) replier.send(message, reply)
      const known = status === 'RECONSUME_LATER' ? 'RECONSUME_LATER' : 'CONSUME_SUCCESS'
      if (afterMs > 0) host.clock.after(afterMs, () => resolve(known))
      else resolve(known)
    })
  })
}
// #endregion hand

/** Sends replies. The producer is created when the first reply is sent. */
class Replier {
  readonly #instance: ClientInstance
  #producer: Producer | undefined

  constructor(instance: ClientInstance) {
    this.#instance = instance
  }

  send(request: MessageExt, text: string): void {
    const failed = (error: Error) => this.#instance.host.trace.log('warn', `a reply is not sent: ${error.message}`)
    if (this.#producer === undefined) {
      this.#producer = new Producer(this.#instance, CLIENT_INNER_PRODUCER)
      this.#producer.start()
    }
    try {
      this.#producer.send(createReply(request, encodeUtf8(text))).catch(failed)
    } catch (error) {
      if (!(error instanceof ClientError)) throw error
      failed(error)
    }
  }

  stop(): void {
    this.#producer?.shutdown()
  }
}
