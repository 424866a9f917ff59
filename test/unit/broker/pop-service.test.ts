/** A pop that cannot read one of its queues. */
import { expect, it } from 'vitest'
import { PopService, type PopServiceParts } from '../../../reference/broker/pop/pop-service.ts'
import { DiskError } from '../../../reference/host/host.ts'
import { GetMessageStatus } from '../../../reference/store/get-message.ts'

/** Two queues of one topic: queue 0 has nothing that can be decoded but is found, and queue 1 cannot be read. */
function service() {
  const logged: string[] = []
  const opened: number[] = []
  const parts = {
    host: {
      clock: { nowMs: () => 1_000 },
      random: { int: () => 0 },
      trace: { log: (_: string, line: string) => logged.push(line) },
    },
    config: {
      brokerName: 'b',
      reviveQueueNum: 1,
      popFromRetryProbability: 0,
      popResponseReturnActualRetryTopic: false,
    },
    topics: { get: () => ({ readQueueNums: 2 }) },
    offsets: { resetOf: () => -1, queryOffset: () => 0, commitOffset: () => {} },
    orders: {
      blockedUntil: () => undefined,
      popped: (_: unknown, ck: { queueId: number }) => {
        opened.push(ck.queueId)
        return { mark: '0', queueId: ck.queueId, counts: [] }
      },
    },
    stats: { pulled: () => {} },
    store: {
      commitLogMaxOffset: 0,
      maxOffset: () => 1,
      getMessage: (_: string, queueId: number) => {
        if (queueId === 1) throw new DiskError('EIO', 'consumequeue/T/1/0', 'cannot read')
        return { status: GetMessageStatus.FOUND, records: [], count: 1, nextBeginOffset: 1, minOffset: 0, maxOffset: 1 }
      },
    },
  } as unknown as PopServiceParts
  const log = { putCheckPoints: () => {} } as never
  return { pops: new PopService(parts, log), logged, opened }
}

const request = {
  ...{ group: 'g', topic: 'T', queueId: -1, maxMsgNums: 8, invisibleTime: 60_000, initMode: 0, attemptId: undefined },
  filter: { byTag: () => true } as never,
}

it('in order: hands out the batches that it has opened, so that their queues are not blocked in vain', () => {
  const { pops, logged, opened } = service()
  let queues: readonly number[] = []
  pops.pop({ ...request, order: true }, (result) => {
    queues = result.queues.map(({ queueId }) => queueId)
  })
  expect(queues).toEqual([0])
  expect(opened).toEqual([0])
  expect(logged).toEqual([expect.stringContaining('cannot read')])
})

it('without order: throws, and the next pop may read the queues again', () => {
  const { pops } = service()
  for (let again = 0; again < 2; again++)
    expect(() => pops.pop({ ...request, order: false }, () => {})).toThrow('cannot read')
})
