/**
 * What a broker's disk says about pops, read with nothing of the broker: which check points are not settled, and whether each
 * message of each was acknowledged or came again.
 */
import { type MessageExt, PROPERTY } from '../../../../reference/common/message.ts'
import { decodeUtf8 } from '../../../../reference/common/utf8.ts'
import type { Cluster } from '../../../../reference/host/cluster.ts'
import { logOf } from '../mechanism/log-of.ts'
import { demand } from '../violation.ts'

export const REVIVE_TOPIC = 'rmq_sys_REVIVE_LOG_DefaultCluster'
export const REVIVE_GROUP = 'CID_RMQ_SYS_REVIVE_GROUP'

/** Check points in a broker's revive queues that its stored offset does not cover. */
export async function revivesBehind(cluster: Cluster, broker: string): Promise<readonly string[]> {
  const log = await logOf(cluster, broker)
  const bytes = await cluster.readFile(broker, 'store/config/consumerOffset.json')
  const { offsetTable } = JSON.parse(bytes === undefined ? '{"offsetTable":{}}' : decodeUtf8(bytes)) as {
    offsetTable: Record<string, Record<string, number>>
  }
  const stored = offsetTable[`${REVIVE_TOPIC}@${REVIVE_GROUP}`] ?? {}
  const waiting = log.filter(
    ({ topic, properties }) => topic === 'rmq_sys_wheel_timer' && properties.get(PROPERTY.TAGS) === 'ck',
  )
  const arrived = log.filter(isCheckPoint)
  const ids = new Set(arrived.map(({ properties }) => properties.get(PROPERTY.UNIQ_KEY)))
  const notArrived = waiting.filter(({ properties }) => !ids.has(properties.get(PROPERTY.UNIQ_KEY)))
  return [
    ...notArrived.map(({ properties }) => `${properties.get(PROPERTY.UNIQ_KEY)} waits in the timer of ${broker}`),
    ...arrived
      .filter(({ queueId, queueOffset }) => queueOffset > (stored[String(queueId)] ?? -1))
      .map(
        ({ queueId, queueOffset }) =>
          `${broker} revive queue ${queueId} entry ${queueOffset}, stored is ${stored[String(queueId)]}`,
      ),
  ]
}

const isCheckPoint = ({ topic, properties }: MessageExt) =>
  topic === REVIVE_TOPIC && properties.get(PROPERTY.TAGS) === 'ck'

interface Named {
  readonly t: string
  readonly c: string
  readonly q: number
  readonly so: number
  readonly pt: number
}

/** Each message of each check point was acknowledged under its name, or a copy of it lies in the retry topic. */
export function demandRevived(broker: string, log: readonly MessageExt[]): void {
  const name = ({ t, c, q, so, pt }: Named) => `${t}@${c}@${q}@${so}@${pt}`
  const acked = new Set<string>()
  const copies = new Set<string>()
  const messages = new Map<string, MessageExt>()
  for (const message of log) {
    const { topic, queueId, queueOffset, properties, body, reconsumeTimes } = message
    const tag = properties.get(PROPERTY.TAGS)
    messages.set(`${topic}/${queueId}/${queueOffset}`, message)
    if (topic.startsWith('%RETRY%')) copies.add(`${properties.get(PROPERTY.UNIQ_KEY)}/${reconsumeTimes}`)
    if (topic !== REVIVE_TOPIC || (tag !== 'ack' && tag !== 'bAck')) continue
    const ack = JSON.parse(decodeUtf8(body)) as Named & { ao: number; aol?: number[] }
    for (const offset of ack.aol ?? [ack.ao]) acked.add(`${name(ack)}/${offset}`)
  }
  for (const ck of log.filter(isCheckPoint)) {
    const point = JSON.parse(decodeUtf8(ck.body)) as Named & { d: number[] }
    for (const distance of point.d) {
      const offset = point.so + distance
      const message = messages.get(`${point.t}/${point.q}/${offset}`)
      if (acked.has(`${name(point)}/${offset}`) || message === undefined) continue
      const copy = `${message.properties.get(PROPERTY.UNIQ_KEY)}/${message.reconsumeTimes + 1}`
      demand(
        copies.has(copy),
        'revive',
        () =>
          `${broker}: nobody acknowledged ${message.properties.get(PROPERTY.KEYS)} (${name(point)}), and it did not come again`,
      )
    }
  }
}
