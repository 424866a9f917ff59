/** The queue that an application chooses for a message. */
import { describe, expect, it } from 'vitest'
import { chosenQueue, selectByHash } from '../../../reference/client/producer/queue-selectors.ts'

const queue = (brokerName: string, queueId: number) => ({ topic: 'Orders', brokerName, queueId })
/** In the order of a route, which is any order. */
const ROUTE = [queue('b', 1), queue('a', 1), queue('b', 0), queue('a', 0)]
const SORTED = [queue('a', 0), queue('a', 1), queue('b', 0), queue('b', 1)]

const throws = (error: unknown) => () => {
  throw error
}

describe('a selector', () => {
  it('sees the queues sorted, and its choice counts', () => {
    for (let i = 0; i < 4; i++) expect(chosenQueue(ROUTE, (queues) => queues[i]!)).toEqual(SORTED[i])
    expect(ROUTE[0], 'the route stays as it is').toEqual(queue('b', 1))
  })

  it('by hash chooses the queue that Java chooses, also for a negative hash code', () => {
    // In Java, "order-2".hashCode() is -1207111309, and "Aa" and "BB" both have 2112.
    for (const [key, index] of [
      ['order-2', 1207111309 % 4],
      ['Aa', 2112 % 4],
      ['BB', 2112 % 4],
      ['', 0],
    ] as const)
      expect(chosenQueue(ROUTE, selectByHash(key)), key).toEqual(SORTED[index])
  })

  it('that fails, or chooses what the topic does not have, is answered with a sentence', () => {
    expect(chosenQueue(ROUTE, throws(new Error('no such customer')))).toBe('the selector failed: no such customer')
    expect(chosenQueue(ROUTE, throws('tired'))).toBe('the selector failed: tired')
    expect(chosenQueue(ROUTE, () => queue('c', 7))).toMatch(
      /^the selector chose .*c.*7, which is no queue to write to$/,
    )
  })
})
