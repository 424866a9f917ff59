/**
 * Whose each queue must be by the rules of RocketMQ's strategies, reckoned without a line of the reference.
 *
 * | strategy            | rule, queues and members sorted                                                        |
 * | ------------------- | -------------------------------------------------------------------------------------- |
 * | AVG                 | neighbours together; the first members have one more where it does not come out even     |
 * | AVG_BY_CIRCLE       | dealt like cards                                                                        |
 * | CONSISTENT_HASH     | each member stands ten times on a ring of MD5; a queue goes to the next one at or after it |
 * | MACHINE_ROOM        | neighbours together, in equal shares; what is left is dealt                              |
 * | MACHINE_ROOM_NEARBY | AVG in each room by its own members; a room without one is shared by all                  |
 */
import { createHash } from 'node:crypto'
import { TOPIC } from '../mechanism/stage.ts'

/** A member that is there: its node's name tells its room. */
export interface Member {
  readonly node: string
  readonly clientId: string
}

/** Names of members by queue. */
type Shares = ReadonlyMap<string, string>

/** @param queues `broker/id`, sorted by broker and number */
export function sharesBy(strategy: string, queues: readonly string[], members: readonly Member[]): Shares {
  const sorted = [...members].sort((a, b) => (a.clientId < b.clientId ? -1 : 1))
  if (strategy === 'MACHINE_ROOM_NEARBY') return byRooms(queues, sorted)
  return new Map(queues.map((queue, at) => [queue, ownerOf(strategy, queue, at, queues.length, sorted)]))
}

function ownerOf(strategy: string, queue: string, at: number, count: number, members: readonly Member[]): string {
  const even = Math.floor(count / members.length)
  const larger = count % members.length // so many shares of AVG have one more
  if (strategy === 'AVG_BY_CIRCLE') return members[at % members.length]!.node
  if (strategy === 'CONSISTENT_HASH') return nextOnRing(queue, members)
  if (strategy === 'MACHINE_ROOM')
    return members[at < even * members.length ? Math.floor(at / even) : at - even * members.length]!.node
  const inLarger = larger * (even + 1)
  return members[at < inLarger ? Math.floor(at / (even + 1)) : larger + Math.floor((at - inLarger) / even)]!.node
}

function byRooms(queues: readonly string[], members: readonly Member[]): Shares {
  const shares = new Map<string, string>()
  for (const room of new Set(queues.map((queue) => queue.split('@')[0]!))) {
    const here = queues.filter((queue) => queue.startsWith(`${room}@`))
    const near = members.filter(({ node }) => node.startsWith(`${room}-`))
    for (const [queue, owner] of sharesBy('AVG', here, near.length > 0 ? near : members)) shares.set(queue, owner)
  }
  return shares
}

/** The first member at or after the queue's place, round the ring. */
function nextOnRing(queue: string, members: readonly Member[]): string {
  const [brokerName, queueId] = queue.split('/')
  const place = placeOf(`MessageQueue [topic=${TOPIC}, brokerName=${brokerName}, queueId=${queueId}]`)
  let nearest = { node: '', wayThere: 2 ** 32 }
  for (const { node, clientId } of members)
    for (let k = 0; k < 10; k++) {
      const wayThere = (placeOf(`${clientId}-${k}`) - place + 2 ** 32) % 2 ** 32
      if (wayThere < nearest.wayThere) nearest = { node, wayThere }
    }
  return nearest.node
}

const placeOf = (text: string): number => createHash('md5').update(text).digest().readUInt32BE(0)
