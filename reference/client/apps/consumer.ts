/**
 * A push consumer as a node: hands each message to its application and does what that answers.
 *
 * | handed    | text                                                                            | answer        |
 * | --------- | ------------------------------------------------------------------------------- | ------------- |
 * | message   | {group, topic, key, body, msgId, brokerName, queueId, queueOffset, reconsumeTimes} | {status}      |
 *
 * Arguments: `namesrvAddr=…`, `group=…`, `topic=…` (several with commas), `tags=…` (`*`), `consumeFromWhere=…`.
 */
import { parseJson } from '../../common/lax-json.ts'
import { type MessageExt, type MessageQueue, PROPERTY } from '../../common/message.ts'
import { readSettings } from '../../common/program-args.ts'
import { ConfigError } from '../../common/properties-file.ts'
import { record, text } from '../../common/shape.ts'
import { decodeUtf8 } from '../../common/utf8.ts'
import type { Host } from '../../host/host.ts'
import type { ProgramSignals, RunningProgram } from '../../host/program.ts'
import { CONSUME_FROM } from '../../remoting/bodies/heartbeat.ts'
import { ClientError } from '../client-error.ts'
import { ClientInstance } from '../client-instance.ts'
import { type ConsumeStatus, PushConsumer } from '../consumer/push-consumer.ts'
import { namesrvAddresses } from './namesrv-addresses.ts'

const answerShape = record<{ status: string }>({ status: text('CONSUME_SUCCESS') })

export function main(host: Host, args: readonly string[], signals: ProgramSignals): RunningProgram {
  try {
    const settings = readSettings(host, args)
    const group = settings.text('group', `${host.name}-group`)
    const consumeFromWhere = settings.oneOf('consumeFromWhere', CONSUME_FROM.LAST_OFFSET, Object.values(CONSUME_FROM))
    const consumer = new PushConsumer(
      new ClientInstance(host, namesrvAddresses(settings)),
      { group, consumeFromWhere },
      (message, queue) => hand(host, group, message, queue),
    )
    for (const topic of settings
      .text('topic', '')
      .split(',')
      .filter((name) => name !== ''))
      consumer.subscribe(topic, settings.text('tags', '*'))
    consumer.start()
    host.clock.after(0, () => signals.ready())
    return {
      stop(done) {
        consumer.shutdown()
        host.clock.after(0, done)
      },
    }
  } catch (error) {
    if (!(error instanceof ConfigError || error instanceof ClientError)) throw error
    signals.failed(error.message)
    return { stop: (done) => done() }
  }
}

// #region hand
function hand(host: Host, group: string, message: MessageExt, queue: MessageQueue): Promise<ConsumeStatus> {
  const msgId = message.properties.get(PROPERTY.UNIQ_KEY) ?? ''
  const handed = {
    group,
    topic: message.topic,
    key: message.properties.get(PROPERTY.KEYS) ?? msgId,
    body: decodeUtf8(message.body),
    msgId,
    brokerName: queue.brokerName,
    queueId: queue.queueId,
    queueOffset: message.queueOffset,
    reconsumeTimes: message.reconsumeTimes,
  }
  return new Promise((resolve) => {
    host.application.hand('message', JSON.stringify(handed), (answer) => {
      const { status } = answerShape(parseJson(answer), 'the answer to a message')
      resolve(status === 'RECONSUME_LATER' ? 'RECONSUME_LATER' : 'CONSUME_SUCCESS')
    })
  })
}
// #endregion hand
