/** What a member asks of a broker for the locks of its queues, and for how long it trusts them. */
import { expect, it } from 'vitest'
import type { ClientInstance } from '../../../reference/client/client-instance.ts'
import { QueueLocks } from '../../../reference/client/consumer/listen/queue-locks.ts'
import type { MessageQueue } from '../../../reference/common/message.ts'
import { decodeUtf8 } from '../../../reference/common/utf8.ts'
import type { Clock } from '../../../reference/host/host.ts'
import { encodeJsonBody } from '../../../reference/remoting/bodies/json-body.ts'
import type { CallResult } from '../../../reference/remoting/channel.ts'
import type { RequestParts } from '../../../reference/remoting/remoting-command.ts'
import { RequestCode } from '../../../reference/remoting/request-code.ts'
import { OneNode } from '../controller/one-node.ts'

const queue = (queueId: number, brokerName = 'broker-a'): MessageQueue => ({ topic: 'Orders', brokerName, queueId })
const [ONE, TWO, OTHER] = [queue(1), queue(2), queue(3, 'broker-b')]

/** A member with a broker that grants every queue but those of `refused`, and says nothing while `isSilent`. */
function world() {
  const machine = new OneNode()
  const refused = new Set<number>()
  const asked: string[] = []
  const lost: number[] = []
  const broker = { isSilent: false, answersAfterMs: 0 }
  const note = (address: string, { code, body }: RequestParts) => {
    const { mqSet } = JSON.parse(decodeUtf8(body!)) as { mqSet: MessageQueue[] }
    const name = code === RequestCode.LOCK_BATCH_MQ ? 'lock' : 'unlock'
    asked.push(`${name} ${mqSet.map(({ queueId }) => queueId).sort()} at ${address}`)
    return mqSet
  }
  const invoke = (address: string, parts: RequestParts, _timeoutMs: number, answered: (answer: CallResult) => void) => {
    const lockOKMQSet = note(address, parts).filter(({ queueId }) => !refused.has(queueId))
    const response = { code: 0, body: encodeJsonBody({ lockOKMQSet }) }
    const answer = () => answered((broker.isSilent ? { error: new Error('silence') } : { response }) as CallResult)
    if (broker.answersAfterMs === 0) answer()
    else clock!.after(broker.answersAfterMs, answer)
  }
  let clock: Clock | undefined
  const locks = machine.start((host) => {
    clock = host.clock
    const masterAddress = (brokerName: string) => (brokerName === 'gone' ? '' : brokerName)
    const remoting = { invoke, invokeOneway: note }
    const instance = { host, masterAddress, remoting, clientId: 'me' } as unknown as ClientInstance
    return new QueueLocks(instance, 'billing', ({ queueId }) => void lost.push(queueId))
  })
  let locked: readonly MessageQueue[] = []
  machine.inside(() => locks.lock([ONE, TWO, OTHER], (confirmed) => (locked = confirmed)))
  expect(locked.map(({ queueId }) => queueId).sort()).toEqual([1, 2, 3])
  expect(asked.splice(0)).toEqual(['lock 1,2 at broker-a', 'lock 3 at broker-b'])
  return { machine, locks, refused, asked, lost, broker, held: () => [ONE, TWO, OTHER].map((one) => locks.isHeld(one)) }
}

it('every 20 s a member renews what it holds, and nothing else', () => {
  const { machine, locks, asked, held } = world()
  machine.pass(19_999)
  expect(asked).toEqual([])
  machine.pass(1)
  expect(asked.splice(0)).toEqual(['lock 1,2 at broker-a', 'lock 3 at broker-b'])
  machine.inside(() => locks.forget(ONE))
  expect([held(), locks.confirmedAgoMs(ONE), locks.confirmedAgoMs(TWO)]).toEqual([[false, true, true], undefined, 0])
  expect(asked, 'forgetting asks nobody').toEqual([])
  machine.inside(() => locks.unlock([ONE, TWO]))
  expect(asked.splice(0), 'only what is held is given back').toEqual(['unlock 2 at broker-a'])
  machine.pass(20_000)
  expect(asked.splice(0)).toEqual(['lock 3 at broker-b'])
  expect(held()).toEqual([false, false, true])
  machine.inside(() => locks.stop())
  expect(held()).toEqual([false, false, false])
  machine.pass(60_000)
  expect(asked).toEqual([])
})

it('a lock that is refused is lost at once; one without an answer is trusted for 30 s, and again after the next', () => {
  const { machine, locks, refused, asked, lost, broker, held } = world()
  refused.add(2)
  machine.pass(20_000)
  expect([lost, held()]).toEqual([[2], [true, false, true]])
  broker.isSilent = true
  machine.pass(30_000)
  expect([lost, held(), locks.confirmedAgoMs(ONE)]).toEqual([[2], [true, false, true], 30_000])
  machine.pass(1)
  expect(held(), 'the broker may have given them away').toEqual([false, false, false])
  broker.isSilent = false
  asked.length = 0
  machine.pass(20_000)
  expect(asked).toEqual(['lock 1 at broker-a', 'lock 3 at broker-b'])
  expect([lost, held()]).toEqual([[2], [true, false, true]])
})

it('what nobody can be asked for is not locked', () => {
  const { machine, locks } = world()
  const answers: (readonly MessageQueue[])[] = []
  machine.inside(() => {
    locks.lock([queue(9, 'gone')], (confirmed) => answers.push(confirmed))
    locks.lock([], (confirmed) => answers.push(confirmed))
    locks.unlock([queue(9, 'gone')])
  })
  expect(answers).toEqual([[], []])
})

it('a lock that is granted when the member has stopped already is given back, and never renewed', () => {
  const { machine, locks, asked, broker } = world()
  broker.answersAfterMs = 50
  let isDone = false
  machine.inside(() => locks.lock([queue(4)], () => (isDone = true)))
  machine.pass(10)
  machine.inside(() => {
    locks.unlock([ONE, TWO, OTHER])
    locks.stop()
  })
  machine.pass(100_000)
  expect(asked).toEqual([
    'lock 4 at broker-a',
    'unlock 1,2 at broker-a',
    'unlock 3 at broker-b',
    'unlock 4 at broker-a',
  ])
  expect([isDone, locks.isHeld(queue(4))]).toEqual([false, false])
})
