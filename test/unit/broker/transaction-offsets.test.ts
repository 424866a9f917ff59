/** Where reading of half messages begins, when the log no longer has, or does not have yet, what the stored offset says. */
import { expect, it } from 'vitest'
import { HALF_TOPIC, OP_TOPIC } from '../../../reference/broker/transaction/half-message.ts'
import type { TransactionParts } from '../../../reference/broker/transaction/transactional-message-service.ts'
import { TransactionalMessageService } from '../../../reference/broker/transaction/transactional-message-service.ts'
import { message, StoreMachine } from '../store/machine.ts'

it.each([
  ['a master that never had a transaction writes nothing down', 'ASYNC_MASTER', -1, []],
  ['a master goes on inside its queue', 'ASYNC_MASTER', 3, []],
  ['a master whose log has lost its end writes down where it ends', 'ASYNC_MASTER', 9, [[HALF_TOPIC, 5]]],
  ['a slave that is behind keeps the offset of its master', 'SLAVE', 9, []],
] as const)('%s', (_what, brokerRole, stored, expected) => {
  const machine = new StoreMachine().start()
  machine.put(Array.from({ length: 5 }, () => message(HALF_TOPIC, 0)))
  const committed: (readonly [string, number])[] = []
  const parts = {
    host: { clock: { monotonicMs: () => 0, nowMs: () => 0, after: () => 0 }, trace: { log() {} } },
    config: { brokerRole, flushDiskType: 'ASYNC_FLUSH', transactionCheckIntervalMs: 60_000 },
    store: machine.store,
    offsets: {
      queryOffset: (_group: string, topic: string) => (topic === OP_TOPIC ? -1 : stored),
      commitOffset: (_group: string, topic: string, _queueId: number, offset: number) =>
        committed.push([topic, offset]),
    },
  } as unknown as TransactionParts
  const service = new TransactionalMessageService(parts)
  if (brokerRole === 'SLAVE') service.loadOpen()
  else service.load()
  expect(committed).toEqual(expected)
})
