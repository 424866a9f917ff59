/**
 * The listener of the program `transaction-producer`. This listener asks the application how each local transaction ends.
 *
 * | question                | text of the question             | text of the answer                                        |
 * | ----------------------- | -------------------------------- | --------------------------------------------------------- |
 * | executeLocalTransaction | {group, topic, key, body, msgId} | {state: COMMIT_MESSAGE, ROLLBACK_MESSAGE or UNKNOW, afterMs?} |
 * | checkLocalTransaction   | as for executeLocalTransaction   | as for executeLocalTransaction                            |
 *
 * An answer with another state, or without a state, means UNKNOW. `afterMs` is the time in ms that the transaction takes.
 *
 * RocketMQ: `TransactionListener`, which an application implements.
 */
import { parseJson } from '../../common/lax-json.ts'
import { keyOf, PROPERTY } from '../../common/message.ts'
import { record, text, whole } from '../../common/shape.ts'
import { decodeUtf8 } from '../../common/utf8.ts'
import type { Host } from '../../host/host.ts'
import type { LocalTransactionState, TransactionListener } from '../producer/transaction-producer.ts'

const stateShape = record<{ state: string; afterMs: number }>({ state: text('UNKNOW'), afterMs: whole() })

/** Returns the listener of a producer of `group`. Both methods of the listener ask the application for a state. */
export function transactionListener(host: Host, group: string): TransactionListener {
  const ask = (question: string, topic: string, key: string, body: Uint8Array, msgId: string) =>
    decided(host, question, { group, topic, key, body: decodeUtf8(body), msgId })
  return {
    executeLocalTransaction: ({ topic, body, properties }, msgId) =>
      ask('executeLocalTransaction', topic, properties?.get(PROPERTY.KEYS) ?? msgId, body, msgId),
    checkLocalTransaction: ({ topic, body, properties }) => {
      const msgId = properties.get(PROPERTY.UNIQ_KEY) ?? ''
      return ask('checkLocalTransaction', topic, keyOf(properties), body, msgId)
    },
  }
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
