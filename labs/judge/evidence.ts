/**
 * What a check may believe: things that a learner's node cannot make up.
 *
 * | evidence            | why it cannot be forged                                                                     |
 * | ------------------- | ------------------------------------------------------------------------------------------- |
 * | a delivery          | counted only on a consumer node, which runs none of the learner's files                       |
 * | a body              | holds a secret of the run, drawn by the check and known to its producer alone                  |
 * | a stored record     | decoded whole, its CRC compared, at its own place in the log, and equal to what was acknowledged |
 *
 * A node that hands over messages itself, writes files that look like a log, or reports events earns nothing with it.
 * Runs wherever a check runs: over `Cluster` only.
 */

import { type MessageExt, PROPERTY } from '../../reference/common/message.ts'
import { decodeRecord } from '../../reference/common/message-codec.ts'
import { decodeUtf8 } from '../../reference/common/utf8.ts'
import type { Cluster, Delivery, ProduceResult } from '../../reference/host/cluster.ts'

/** A message as the check's own producer sent it, and the answer that the producer got. */
export interface SentMessage extends ProduceResult {
  readonly topic: string
  readonly key: string
  readonly body: string
  /** How long the send took, in ms. */
  readonly tookMs: number
}

/** The body of a message: a text for people, and the secret of the run. */
export function secretBody(text: string, secret: string | number): string {
  return `${text} (${secret})`
}

/** The sent messages that the consumer node `node` has not handed to its application, whole and in `group`. */
export function undelivered(
  cluster: Cluster,
  node: string,
  group: string,
  sent: readonly SentMessage[],
): readonly SentMessage[] {
  const nameOf = ({ topic, key, body, msgId }: Delivery | SentMessage) => JSON.stringify([topic, key, body, msgId])
  const delivered = new Set(
    cluster
      .deliveries()
      .filter((one) => one.node === node && one.group === group)
      .map(nameOf),
  )
  return sent.filter((one) => !delivered.has(nameOf(one)))
}

/** Every record in a node's commit log, decoded whole; what follows the first broken record of a file is not counted. */
export async function storedRecords(cluster: Cluster, node: string): Promise<readonly MessageExt[]> {
  const records: MessageExt[] = []
  for (const { path } of await cluster.listFiles(node)) {
    const found = /(?:^|\/)commitlog\/(\d{20})$/.exec(path)
    if (found === null) continue
    const bytes = (await cluster.readFile(node, path)) ?? new Uint8Array()
    for (let at = 0; at < bytes.length; ) {
      const decoded = decodeRecord(bytes, at, true)
      // A record says where it lies. One that was copied from elsewhere says another place.
      if ('fault' in decoded || decoded.message.physicalOffset !== Number(found[1]) + at) break
      records.push(decoded.message)
      at += decoded.message.storeSize
    }
  }
  return records
}

/** Whether one of the records is the message that was acknowledged: topic, key, id, body and place in its queue. */
export function isStored(records: readonly MessageExt[], sent: SentMessage): boolean {
  return records.some(
    (record) =>
      record.topic === sent.topic &&
      record.properties.get(PROPERTY.KEYS) === sent.key &&
      record.properties.get(PROPERTY.UNIQ_KEY) === sent.msgId &&
      record.queueId === sent.queueId &&
      record.queueOffset === sent.queueOffset &&
      decodeUtf8(record.body) === sent.body,
  )
}
