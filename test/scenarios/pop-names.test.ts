/** Check points and acknowledgements without the name of a broker, as RocketMQ 5.0 wrote them, belong to this broker. */
import { expect, it } from 'vitest'
import { reviveTopic } from '../../reference/common/pop-names.ts'
import { START_MS } from '../../reference/host/sim/limits.ts'
import { RequestCode as code } from '../../reference/remoting/request-code.ts'
import { withAsker } from '../support/asker.ts'
import { sendMany, startCluster, startProducer } from '../support/sim.ts'

it.each([
  ['is redelivered without an acknowledgement', false, '1'],
  ['is not redelivered after its acknowledgement', true, '0'],
] as const)('a message %s', (_, isAcked, redelivered) =>
  withAsker(async (cluster, ask) => {
    await startCluster(cluster, { brokers: ['broker-a'], queues: 1 })
    await startProducer(cluster)
    await sendMany(cluster, 'k', 1)
    await ask({ code: code.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP, body: '{"groupName":"billing"}' })
    const pt = START_MS + cluster.nowMs()
    const enter = async (tag: string, body: object) => {
      const header = { a: 'shop', b: reviveTopic('DefaultCluster'), c: 'TBW102', d: 4, e: 0, f: 0, g: 0, h: 0 }
      const fields = { ...header, i: `TAGS\u0001${tag}\u0002` }
      const { code: answer } = await ask({ code: code.SEND_MESSAGE_V2, fields, body: JSON.stringify(body) })
      expect(answer).toBe(0)
    }
    const of = { so: 0, c: 'billing', t: 'Orders', q: 0, pt }
    await enter('ck', { ...of, it: 5_000, bm: 0, n: 1, ro: 0, d: [0] })
    if (isAcked) await enter('ack', { ...of, ao: 0 })
    await cluster.sleep(30_000)
    const fields = { topic: '%RETRY%billing_Orders', queueId: 0 }
    const { fields: found } = await ask({ code: code.GET_MAX_OFFSET, fields })
    expect(found['offset']).toBe(redelivered)
  }),
)
