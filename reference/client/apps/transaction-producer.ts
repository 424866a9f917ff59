/**
 * Runs a producer of transactional messages as a node.
 *
 * | application calls | with                              | answer                                                          |
 * | ----------------- | --------------------------------- | --------------------------------------------------------------- |
 * | send              | {topic, key, body, tag?, immunitySeconds?} | {status, outcome, state, msgId, brokerName, queueId, queueOffset, error} |
 *
 * The arguments of the program are `namesrvAddr=…`, `group=…`, `topic=…` (topics separated by commas), and the options that
 * `../producer/producer-options.ts` lists. The brokers of these topics may ask this producer about transactions, even before
 * this producer has sent a message. `outcome` is explained in `send-outcome.ts`. The listener (`transaction-listener.ts`)
 * decides how a transaction ends.
 */
import { parseJson } from '../../common/lax-json.ts'
import { PROPERTY } from '../../common/message.ts'
import { optional, record, text, whole } from '../../common/shape.ts'
import { encodeUtf8 } from '../../common/utf8.ts'
import type { Host } from '../../host/host.ts'
import type { ProgramSignals, RunningProgram } from '../../host/program.ts'
import { ClientError } from '../client-error.ts'
import { producerOptions } from '../producer/producer-options.ts'
import { TransactionProducer } from '../producer/transaction-producer.ts'
import { clientProgram } from './client-program.ts'
import { clientInstance } from './namesrv-addresses.ts'
import { outcomeOfError } from './send-outcome.ts'
import { transactionListener } from './transaction-listener.ts'

interface SendCall {
  readonly topic: string
  readonly key: string
  readonly body: string
  readonly tag: string | undefined
  /**
   * The check immunity in seconds: during this time, no producer is asked about the message. With 0, the setting of the
   * broker is used.
   */
  readonly immunitySeconds: number
}

const sendShape = record<SendCall>({
  topic: text(),
  key: text(),
  body: text(),
  tag: optional(text()),
  immunitySeconds: whole(),
})

/** Starts the producer. The text at the start of this file lists its arguments. */
export function main(host: Host, args: readonly string[], signals: ProgramSignals): RunningProgram {
  return clientProgram(host, args, signals, (settings) => {
    const group = settings.text('group', `${host.name}-group`)
    const topics = settings
      .text('topic', '')
      .split(',')
      .filter((name) => name !== '')
    const listener = transactionListener(host, group)
    const options = producerOptions(settings)
    const producer = new TransactionProducer(clientInstance(host, settings), group, listener, topics, options)
    producer.start()
    // the program does not wait for routes before it is ready, because each send waits for its route
    host.application.serve((name, json, answer) => {
      if (name !== 'send') return answer('', `a transaction producer answers "send", not "${name}"`)
      send(producer, json).then((result) => answer(JSON.stringify(result)))
    })
    host.clock.after(0, () => signals.ready())
    return () => producer.shutdown()
  })
}

// #region send
async function send(producer: TransactionProducer, json: string) {
  const { topic, key, body, tag, immunitySeconds } = sendShape(parseJson(json), 'send')
  const properties = new Map([[PROPERTY.KEYS as string, key]])
  if (tag !== undefined && tag !== '') properties.set(PROPERTY.TAGS, tag)
  if (immunitySeconds > 0) properties.set(PROPERTY.CHECK_IMMUNITY_TIME_IN_SECONDS, String(immunitySeconds))
  try {
    const sent = await producer.sendMessageInTransaction({ topic, body: encodeUtf8(body), properties })
    const { status, localTransactionState: state, msgId, queue, queueOffset } = sent
    const { brokerName, queueId } = queue
    return { status, outcome: 'stored', state, msgId, brokerName, queueId, queueOffset, error: '' }
  } catch (error) {
    if (!(error instanceof ClientError)) throw error
    const nowhere = { msgId: '', brokerName: '', queueId: -1, queueOffset: -1 }
    return { status: 'FAILED', outcome: outcomeOfError(error), state: 'UNKNOW', ...nowhere, error: error.message }
  }
}
// #endregion send
