/**
 * Shares queues by hashes, as Java's `AllocateMessageQueueConsistentHash` does, so that few queues move when a member comes or goes.
 *
 * What Java does, and what a Java member of the group relies on:
 * - Places are numbers from 0 to 2^32 - 1, in a circle: after the highest comes the lowest.
 * - The place of a text is its hash: the first four bytes of its MD5, the highest byte first.
 * - A member has ten places, those of its id followed by `-0`, `-1` and so on, up to `-9`.
 * - A queue has one place: that of the text `MessageQueue [topic=Orders, brokerName=broker-a, queueId=0]`.
 * - A queue belongs to the member whose place is the first one at or after the place of the queue.
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
  const ring = clientIds
    .flatMap((owner) => Array.from({ length: 10 }, (_, k) => ({ owner, at: placeOf(`${owner}-${k}`) })))
    .sort((a, b) => a.at - b.at)
  return queues.filter((queue) => {
    const at = placeOf(textOf(queue))
    return (ring.findLast((place) => place.at <= at) ?? ring.at(-1))?.owner === clientId
  })
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
