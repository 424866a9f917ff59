/** A broker that refuses sends because there are too many, and what the official producers make of it. */
import { withServers } from './cells-cluster.ts'
import { expectAllSent, expectExactlyOnce, expectThat, waitFor } from './expect.ts'
import { glassmqBroker, glassmqNameServer } from './glassmq.ts'
import { javaClient, type Properties } from './peers.ts'
import type { Row } from './rows.ts'

const LIMIT = 20
/** A counter of one hour: what it refuses does not depend on how fast the machine is. */
const LIMITED: Properties = {
  brokerName: 'limited-broker',
  glassmqSendLimiter: 'counter',
  glassmqSendLimit: LIMIT,
  glassmqSendLimitWindowMs: 3_600_000,
}

const BUSY = /CODE: 2\b.*FLOW_CONTROL/

/** SYSTEM_BUSY is among the codes after which a producer of 5.x tries again; 4.9 reports it at once. */
export const limitedRow: Row = {
  id: 'limited',
  title: 'sends beyond a limit are refused; from 5.x on producers try another broker',
  without: ({ column }) => (column.server === 'glassmq' ? undefined : 'the official brokers limit no sends by rate'),
  run: (context) =>
    withServers(async (keep) => {
      const namesrv = keep(await glassmqNameServer()).address
      const limited = keep(await glassmqBroker({ namesrv, config: LIMITED }))
      const java = keep(await javaClient({ version: context.column.tools, namesrv }))
      await java.createTopic({ topic: 'limited-alone', queues: 4, brokers: [limited.address] })
      const alone = { group: 'limited-producer', topic: 'limited-alone', count: LIMIT + 10, retries: 0 }
      const { sent, failed, firstFailure = '' } = await java.produce(alone)
      expectThat(sent === LIMIT && failed === 10, `${sent} sends were taken and ${failed} refused, not ${LIMIT} and 10`)
      const isFive = context.column.tools === '5.3'
      const told = isFive ? /Send \[1\] times, still failed/ : BUSY
      expectThat(told.test(firstFailure), `the producer is told: ${firstFailure}`)

      const free = keep(await glassmqBroker({ namesrv, config: { brokerName: 'free-broker' } }))
      const topic = 'limited-beside'
      await java.createTopic({ topic, queues: 4, brokers: [limited.address, free.address] })
      const consumer = java.consume({ group: 'limited-group', topic })
      const beside = await java.produce({ group: 'limited-producer', topic, count: 40, retries: 2 })
      if (isFive) expectAllSent(beside, 40)
      else expectThat(BUSY.test(beside.firstFailure ?? ''), `the producer is told: ${beside.firstFailure}`)
      const names = [...new Set(beside.messages.map(({ brokerName }) => brokerName))]
      expectThat(names.join() === 'free-broker', `messages were taken by ${names.join(' and ')}`)
      await waitFor('all came', () => consumer.messages.length >= beside.sent)
      expectExactlyOnce(java.name, beside.messages, await consumer.stop())
      const turned = isFive ? 'whichever broker was tried first' : 'the others refused, without a second try'
      return `${LIMIT} of ${LIMIT + 10} taken, the others SYSTEM_BUSY; with a second broker ${beside.sent} of 40, ${turned}`
    }),
}
