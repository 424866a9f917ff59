/** What a settlement does not do any more when the broker has stopped. */
import { expect, it } from 'vitest'
import { Settlement } from '../../../reference/broker/pop/settlement.ts'

it.each([
  ['while the broker runs, a copy that is refused gets a new check point', false, 1],
  ['after the stop, a copy that is refused gets none: the next start reads the old one', true, 0],
] as const)('%s', (_, isStopped, written) => {
  const pop = {
    isStopped: false,
    log: { putCheckPoints: () => checkPoints++ },
    messages: {
      isElsewhere: () => false,
      find: (_: unknown, __: number, found: (message: object) => void) =>
        found({ message: { topic: 'T', properties: new Map(), reconsumeTimes: 0, body: new Uint8Array() } }),
    },
  }
  let checkPoints = 0
  let refuse = () => {}
  const broker = {
    host: { clock: { nowMs: () => 0, after: () => 0 }, trace: { log() {} } },
    config: { brokerRole: 'ASYNC_MASTER', enableRetryTopicV2: false },
    topics: { get: () => ({}), createPlain() {}, whenStored: (_: string, then: () => void) => then() },
    groups: { get: () => ({}) },
    offsets: { queryOffset: () => 0, commitOffset() {} },
    escape: {
      putMessage: (_: unknown, done: (result: object) => void) => {
        refuse = () => done({ status: 'SERVICE_NOT_AVAILABLE', reason: 'the disk is full' })
      },
    },
    storeIp: Uint8Array.of(127, 0, 0, 1),
    storePort: 1,
  }
  const ck = {
    ...{ topic: 'T', group: 'g', queueId: 0, startOffset: 0, popTime: 0, brokerName: 'b' },
    ...{ invisibleTime: 1, offsets: [0], rePutTimes: 0 },
  }
  new Settlement(broker as never, pop as never, ck, [0], 0, () => {}).start()
  pop.isStopped = isStopped
  refuse()
  expect(checkPoints).toBe(written)
})
