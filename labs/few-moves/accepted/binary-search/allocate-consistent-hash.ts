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
  const owners = new Map<number, string>()
  for (const id of clientIds) for (let k = 0; k < 10; k++) owners.set(placeOf(`${id}-${k}`), id)
  const places = Uint32Array.from(owners.keys()).sort()
  const mine: MessageQueue[] = []
  for (const queue of queues) if (owners.get(atOrAfter(places, placeOf(textOf(queue)))) === clientId) mine.push(queue)
  return mine
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

/** The first place at or after `from`; the lowest when there is none. */
function atOrAfter(places: Uint32Array, from: number): number {
  let [low, high] = [0, places.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (places[middle]! < from) low = middle + 1
    else high = middle
  }
  return places[low % places.length] ?? 0
}
