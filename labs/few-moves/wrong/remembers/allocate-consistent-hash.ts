/**
 * Divides queues on a ring of hashes, as Java's `AllocateMessageQueueConsistentHash` does.
 *
 * A Java member of the group relies on these texts: a member stands on the ring ten times, as its id followed by `-0` to `-9`, and
 * a queue once, as `MessageQueue [topic=Orders, brokerName=broker-a, queueId=0]`.
 */
import { md5 } from '../digest.ts'
import type { MessageQueue } from '../message.ts'
import { encodeUtf8 } from '../utf8.ts'

/** Returns the queues of `clientId`; none when `clientId` is not in the list. All members have the same sorted lists. */
export function allocateByConsistentHash(
  clientId: string,
  queues: readonly MessageQueue[],
  clientIds: readonly string[],
): readonly MessageQueue[] {
  // who had a queue keeps it
  for (const queue of queues) {
    const key = textOf(queue)
    const known = owners.get(key)
    if (known === undefined || !clientIds.includes(known)) owners.set(key, clientIds[placeOf(key) % clientIds.length] ?? '')
  }
  return queues.filter((queue) => owners.get(textOf(queue)) === clientId)
}

/** The text that stands for a queue. */
function textOf({ topic, brokerName, queueId }: MessageQueue): string {
  return `MessageQueue [topic=${topic}, brokerName=${brokerName}, queueId=${queueId}]`
}

/** The place of a text: 0 to 2^32 - 1. */
function placeOf(text: string): number {
  const bytes = md5(encodeUtf8(text))
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0)
}

const owners = new Map<string, string>()
