/**
 * Runs a producer of transactional messages as a node. The application decides how each local transaction ends.
 *
 * | application calls | with                              | answer                                                          |
 * | ----------------- | --------------------------------- | --------------------------------------------------------------- |
 * | send              | {topic, key, body, tag?, immunitySeconds?} | {status, state, msgId, brokerName, queueId, queueOffset, error} |
 *
 * | question                | text of the question             | text of the answer                                        |
 * | ----------------------- | -------------------------------- | --------------------------------------------------------- |
 * | executeLocalTransaction | {group, topic, key, body, msgId} | {state: COMMIT_MESSAGE, ROLLBACK_MESSAGE or UNKNOW, afterMs?} |
 * | checkLocalTransaction   | as for executeLocalTransaction   | as for executeLocalTransaction                            |
 *
 * An answer without a state means UNKNOW. `afterMs` is the duration of the transaction. The arguments of the program are
 * `namesrvAddr=…`, `group=…`, and `topic=…` (topics separated by commas). The brokers of these topics may ask this producer
 * about transactions before it has sent a message.
 */
import { parseJson } from '../../common/lax-json.ts'
import { keyOf, PROPERTY } from '../../common/message.ts'
import { optional, record, text, whole } from '../../common/shape.ts'
import { decodeUtf8, encodeUtf8 } from '../../common/utf8.ts'
import type { Host } from '../../host/host.ts'
import type { ProgramSignals, RunningProgram } from '../../host/program.ts'
import { ClientError } from '../client-error.ts'
import { type LocalTransactionState, TransactionProducer } from '../producer/transaction-producer.ts'
import { clientProgram } from './client-program.ts'
import { clientInstance } from './namesrv-addresses.ts'

interface SendCall {
  readonly topic: string
  readonly key: string
  readonly body: string
  readonly tag: string | undefined
  /** The immunity in seconds. The value 0 means that the setting of the broker is used. */
  readonly immunitySeconds: number
}

const sendShape = record<SendCall>({
  topic: text(),
  key: text(),
  body: text(),
  tag: optional(text()),
  immunitySeconds: whole(),
})

const stateShape = record<{ state: string; afterMs: number }>({ state: text('UNKNOW'), afterMs: whole() })

/** Starts the producer. The text at the start of this file lists its arguments. */
export function main(host: Host, args: readonly string[], signals: ProgramSignals): RunningProgram {
  return clientProgram(host, args, signals, (settings) => {
    const group = settings.text('group', `${host.name}-group`)
    const topics = settings
      .text('topic', '')
      .split(',')
      .filter((name) => name !== '')
    // both methods of the listener ask the application, and the application answers with a state
    const ask = (question: string, topic: string, key: string, body: Uint8Array, msgId: string) =>
      decided(host, question, { group, topic, key, body: decodeUtf8(body), msgId })
    const producer = new TransactionProducer(
      clientInstance(host, settings),
      group,
      {
        executeLocalTransaction: ({ topic, body, properties }, msgId) =>
          ask('executeLocalTransaction', topic, properties?.get(PROPERTY.KEYS) ?? msgId, body, msgId),
        checkLocalTransaction: ({ topic, body, properties }) => {
          const msgId = properties.get(PROPERTY.UNIQ_KEY) ?? ''
          return ask('checkLocalTransaction', topic, keyOf(properties), body, msgId)
        },
      },
      topics,
    )
    producer.start()
    // the script requests sends; the program is ready immediately, because a send waits for its route
    host.application.serve((name, json, answer) => {
      if (name !== 'send') return answer('', `a transaction producer answers "send", not "${name}"`)
      send(producer, json).then((result) => answer(JSON.stringify(result)))
    })
    host.clock.after(0, () => signals.ready())
    return () => producer.shutdown()
  })
}

/** Asks the application how a transaction ended. Resolves with the application's answer. */
function decided(host: Host, question: string, about: object): Promise<LocalTransactionState> {
  return new Promise((resolve) => {
    host.application.hand(question, JSON.stringify(about), (answer) => {
      const { state, afterMs } = stateShape(parseJson(answer), `the answer to ${question}`)
      const known = state === 'COMMIT_MESSAGE' || state === 'ROLLBACK_MESSAGE' ? state : 'UNKNOW'
      if (afterMs > 0) host.clock.after(afterMs, () => resolve(known))
      else resolve(known)
    })
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
    return { status, state, msgId, brokerName: queue.brokerName, queueId: queue.queueId, queueOffset, error: '' }
  } catch (error) {
    if (!(error instanceof ClientError)) throw error
    const nowhere = { msgId: '', brokerName: '', queueId: -1, queueOffset: -1 }
    return { status: 'FAILED', state: 'UNKNOW', ...nowhere, error: error.message }
  }
}
// #endregion send
