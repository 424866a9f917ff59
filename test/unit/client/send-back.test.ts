/** What a consumer tells its broker about a message that it gives back. */
import { expect, it } from 'vitest'
import type { ClientInstance } from '../../../reference/client/client-instance.ts'
import { SendBack } from '../../../reference/client/consumer/listen/send-back.ts'
import { type MessageExt, PROPERTY } from '../../../reference/common/message.ts'
import type { CallResult } from '../../../reference/remoting/channel.ts'
import type { RequestParts } from '../../../reference/remoting/remoting-command.ts'
import { consumerSendMsgBack } from '../../../reference/remoting/requests/send-back.ts'

it.each([
  ['its unique id', [[PROPERTY.UNIQ_KEY, 'id-of-the-shop']], 'id-of-the-shop'],
  ['its place, when the producer gave no id', [], '0A00000100002A9F0000000000000539'],
] as const)('the broker is told which message it was: %s', (_, properties, originMsgId) => {
  const asked: [string, RequestParts][] = []
  const remoting = {
    invoke: (address: string, parts: RequestParts, _timeoutMs: number, answered: (answer: CallResult) => void) => {
      asked.push([address, parts])
      answered({ response: { code: 0 } } as CallResult)
    },
  }
  const masterAddress = (brokerName: string) => `${brokerName}:10911`
  const instance = { remoting, masterAddress, route: () => ({}) } as unknown as ClientInstance
  const message = {
    topic: 'Orders',
    storeIp: Uint8Array.of(10, 0, 0, 1),
    storePort: 10911,
    physicalOffset: 1337,
    properties: new Map(properties),
  } as unknown as MessageExt
  const ended: string[] = []
  const queue = { topic: 'Orders', brokerName: 'broker-a', queueId: 2 }
  new SendBack(instance, 'billing', 7).send(message, queue, 4, (error) => void ended.push(error))
  expect(ended).toEqual([''])
  expect(asked.map(([address, { code }]) => [address, code])).toEqual([['broker-a:10911', consumerSendMsgBack.code]])
  expect(consumerSendMsgBack.decode(asked[0]![1].extFields)).toMatchObject({
    offset: 1337,
    group: 'billing',
    delayLevel: 4,
    originMsgId,
    originTopic: 'Orders',
    maxReconsumeTimes: 7,
    bname: 'broker-a',
  })
})
