/** GlassMQ's transaction producer as the rows know it: message i is committed, rolled back or left unknown by i mod 3. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { ClientInstance } from '../../reference/client/client-instance.ts'
import {
  type LocalTransactionState,
  type TransactionListener,
  TransactionProducer,
} from '../../reference/client/producer/transaction-producer.ts'
import { type Message, PROPERTY } from '../../reference/common/message.ts'
import { bodyCrc32, prepare } from './glassmq-messages.ts'
import type { SentMessage, TransactionOptions, TransactionResult } from './messages.ts'

/** Sends half messages; unknown ones are committed when the broker asks, but left unknown when `checkWaitMs` is 0. */
export async function transact(instance: ClientInstance, options: TransactionOptions): Promise<TransactionResult> {
  const asked = new Set<string>()
  const listener: TransactionListener = {
    executeLocalTransaction: (message) => decision(message),
    checkLocalTransaction: (message) => {
      if (decision(message) !== 'UNKNOW' || options.checkWaitMs === 0) return decision(message)
      asked.add(message.properties.get(PROPERTY.KEYS) ?? '')
      return 'COMMIT_MESSAGE'
    },
  }
  const producer = new TransactionProducer(instance, options.group, listener, [options.topic])
  producer.start()
  const messages: SentMessage[] = []
  let unknown = options.leftOpen ?? 0
  for (let i = 0; i < options.count; i++) {
    const { message, key, tags } = prepare(options, i)
    const { status, msgId, queue, localTransactionState } = await producer.sendMessageInTransaction(message)
    if (localTransactionState === 'UNKNOW') unknown++
    messages.push({
      msgId,
      key,
      ...(tags === undefined ? {} : { tags }),
      bodyBytes: message.body.length,
      bodyCrc32: bodyCrc32(message.body),
      status,
      brokerName: queue.brokerName,
      decision: localTransactionState,
    })
  }
  const until = performance.now() + options.checkWaitMs
  while (asked.size < unknown && performance.now() < until) await sleep(50)
  await sleep(200) // END_TRANSACTION is sent one way
  producer.shutdown()
  return { messages, sent: messages.length, unknown, asked: asked.size }
}

function decision({ properties }: Pick<Message, 'properties'>): LocalTransactionState {
  return (['COMMIT_MESSAGE', 'ROLLBACK_MESSAGE', 'UNKNOW'] as const)[Number(properties?.get('index')) % 3]!
}
