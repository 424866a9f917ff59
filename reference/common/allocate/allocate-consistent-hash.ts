/**
 * Divides queues between members. Members and queues have places on a ring of hashes. When a member joins or leaves, only
 * the queues near the places of this member get another member as owner.
 *
 * ```
 *        c1-0     c2-3        each consumer has ten places on the ring (virtual nodes), each queue
 *      ──●──q──q────●──q──    one; a queue belongs to the first consumer at or after its place, and
 *   the ring is closed ↺      after the last place comes the first place again
 * ```
 *
 * With this strategy, most queues keep their owners when a member joins or leaves. With the strategy AVG, the members have
 * more equal numbers of queues.
 *
 * A place is the hash of a key: the first four bytes of its MD5, big-endian. The keys of a consumer are `clientId-0` …
 * `clientId-9`. The key of a queue is the text of Java's `MessageQueue.toString`. All clients must use the same hash and
 * keys, because every member of the group must compute the same ring.
 *
 * RocketMQ: `AllocateMessageQueueConsistentHash`, `ConsistentHashRouter`, strategy `CONSISTENT_HASH`.
 */
import { md5 } from '../digest.ts'
import type { MessageQueue } from '../message.ts'
import { encodeUtf8 } from '../utf8.ts'

/** The number of places of each consumer on the ring. */
const VIRTUAL_NODES = 10

// #region consistent-hash
/** Returns the queues of `clientId`. Returns no queue when no queue belongs to a place of `clientId`. */
export function allocateByConsistentHash(
  clientId: string,
  queues: readonly MessageQueue[],
  clientIds: readonly string[],
): readonly MessageQueue[] {
  const ring = clientIds
    .flatMap((owner) => Array.from({ length: VIRTUAL_NODES }, (_, k) => ({ owner, at: ringHash(`${owner}-${k}`) })))
    .sort((a, b) => a.at - b.at)
  return queues.filter((queue) => {
    const at = ringHash(`MessageQueue [topic=${queue.topic}, brokerName=${queue.brokerName}, queueId=${queue.queueId}]`)
    return (ring.find((node) => node.at >= at) ?? ring[0])?.owner === clientId
  })
}
// #endregion consistent-hash

/** Returns the place of `key` on the ring, from 0 to 2^32 - 1. */
function ringHash(key: string): number {
  const digest = md5(encodeUtf8(key))
  return new DataView(digest.buffer, digest.byteOffset).getUint32(0)
}
