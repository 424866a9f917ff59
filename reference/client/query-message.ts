/**
 * Asks the masters of a topic for the messages with a given key. Each master looks for these messages in its index.
 *
 * The index contains only hashes of keys, and two keys may have the same hash. So the client compares the keys of the
 * returned messages with the key of the query.
 *
 * RocketMQ: `MQAdminImpl.queryMessage`, which `DefaultMQProducer.queryMessage` calls.
 */
import { type MessageExt, PROPERTY } from '../common/message.ts'
import { decodeRecords } from '../common/message-codec.ts'
import { queryMessage as request } from '../remoting/requests/query-message.ts'
import { ResponseCode, responseName } from '../remoting/response-code.ts'
import { ClientError } from './client-error.ts'
import type { ClientInstance } from './client-instance.ts'
import { inflateBody } from './inflate.ts'
import { MQ_CLIENT_API_TIMEOUT_MS } from './limits.ts'

/** A query for messages that have a key and were stored between two times. The times are in ms since 1970. */
export interface KeyQuery {
  readonly topic: string
  readonly key: string
  /** The max number of messages that each master returns. */
  readonly maxNum: number
  readonly beginTimestamp: number
  readonly endTimestamp: number
}

// #region ask-for-a-key
/**
 * Resolves with the messages that have the key, the earliest message first. Rejects with a `ClientError` when the topic has
 * no route. Also rejects when a master does not answer or refuses the query, or when its answer cannot be read.
 */
export async function queryMessage(instance: ClientInstance, query: KeyQuery): Promise<readonly MessageExt[]> {
  const found: MessageExt[] = []
  for (const address of await mastersOf(instance, query.topic)) {
    found.push(...(await ask(instance, address, query)))
  }
  return withKey(found, query.key, false)
}
// #endregion ask-for-a-key

/**
 * With `isUniqueKey`, returns the messages whose unique id is `key`. Without `isUniqueKey`, returns the messages that have
 * `key` among their keys. The earliest message comes first.
 */
export function withKey(messages: readonly MessageExt[], key: string, isUniqueKey: boolean): readonly MessageExt[] {
  const isKey = ({ properties }: MessageExt) =>
    isUniqueKey
      ? properties.get(PROPERTY.UNIQ_KEY) === key
      : (properties.get(PROPERTY.KEYS) ?? '').split(' ').includes(key)
  return messages.filter(isKey).sort((a, b) => a.storeTimestamp - b.storeTimestamp)
}

function mastersOf(instance: ClientInstance, topic: string): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    instance.askRoute(topic, ({ problem, route }) => {
      if (problem !== undefined) return reject(problem)
      const masters = route.brokerDatas.map(({ brokerName }) => instance.masterAddress(brokerName))
      resolve(masters.filter((address) => address !== ''))
    })
  })
}

function ask(instance: ClientInstance, address: string, query: KeyQuery): Promise<readonly MessageExt[]> {
  return new Promise((resolve, reject) => {
    const parts = { code: request.code, extFields: request.encode(query) }
    instance.remoting.invoke(address, parts, MQ_CLIENT_API_TIMEOUT_MS, (answer) => {
      if (answer.error !== undefined) return reject(new ClientError(answer.error.message, answer.error.outcome))
      const { code, remark, body } = answer.response
      if (code === ResponseCode.QUERY_NOT_FOUND) return resolve([])
      if (code !== ResponseCode.SUCCESS)
        return reject(new ClientError(`${address} refused: ${remark ?? responseName(code)}`, 'definite', code))
      const { messages, fault } = decodeRecords(body ?? new Uint8Array())
      if (fault !== '') return reject(new ClientError(`the answer ends in a broken record: ${fault}`, 'definite'))
      resolve(messages.map((message) => ({ ...message, body: inflateBody(message.body, message.sysFlag) })))
    })
  })
}
