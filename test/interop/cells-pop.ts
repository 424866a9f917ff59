/**
 * Rows about brokers that share queues out, and about popping.
 *
 * A popped message that fails is hidden for ten seconds first, then half a minute.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { RunningColumn } from './columns.ts'
import { expectArrived, expectExactlyOnce, expectThat } from './expect.ts'
import type { SentMessage } from './messages.ts'
import type { Row, RowContext } from './rows.ts'

const FIRST_HIDDEN_MS = 10_000
const COUNT = 40

function without({ client, column }: RunningColumn): string | undefined {
  if (!client.features.has('brokerRebalance')) return `${client.name} has no brokerRebalance`
  return column.server === '4.9' ? 'RocketMQ 4.9 brokers do not know it' : undefined
}

const letPop = (context: RowContext, topic: string, group: string, mode = 'POP', share = '0') => {
  const broker = context.server.broker.address
  return context.tools.admin(['setConsumeMode', '-b', broker, '-t', topic, '-g', group, '-m', mode, '-q', share])
}

/** A popped message carries the offset of its queue in another property than a pulled one. */
const unplaced = (messages: readonly SentMessage[]): SentMessage[] =>
  messages.map(({ queueOffset: _, ...message }) => message as SentMessage)

export const brokerRebalanceRow: Row = {
  id: 'broker-rebalance',
  title: 'the broker assigns queues; then POP (5.x)',
  without,
  async run(context) {
    const topic = await context.createTopic()
    const group = context.group('one')
    const options = { group, topic, clientRebalance: false, expected: 300 }
    const first = context.consume(options)
    await first.ready
    const assigned = await context.send(topic, { count: 300, threads: 4, keyPrefix: 'assigned-' })
    expectExactlyOnce('the consumer', assigned.messages, await first.finished)
    await letPop(context, topic, group)
    const second = context.consume(options)
    await second.ready
    const popped = await context.send(topic, { count: 300, threads: 4, keyPrefix: 'popped-' })
    expectArrived('the popping consumer', unplaced(popped.messages), await second.finished)
    return '300 pulled, 300 popped'
  },
}

export const popRetryRow: Row = {
  id: 'pop-retry',
  title: 'POP: two members, each message refused once (5.x)',
  without,
  async run(context) {
    const topic = await context.createTopic()
    const group = context.group('one')
    await context.send(topic, { count: 1, keyPrefix: 'first-' })
    await letPop(context, topic, group)
    const options = { group, topic, clientRebalance: false, failTimes: 1, maxWaitMs: 90_000 }
    const members = [context.consume(options), context.consume(options)]
    await Promise.all(members.map((member) => member.ready))
    const started = Date.now()
    await context.send(topic, { count: COUNT, threads: 4 })
    const retried = () =>
      members.flatMap((member) =>
        member.messages.filter(({ reconsumeTimes, key }) => reconsumeTimes === 1 && key.startsWith('key-')),
      )
    const allRetried = () => new Set(retried().map(({ key }) => key)).size === COUNT
    for (const until = Date.now() + 60_000; !allRetried() && Date.now() < until; ) await sleep(100)
    const tookMs = Date.now() - started
    await Promise.all(members.map((member) => member.stop()))
    expectThat(allRetried(), `${retried().length} of ${COUNT} came again with reconsumeTimes 1`)
    expectThat(tookMs >= FIRST_HIDDEN_MS, `they came again after ${tookMs} ms, before ${FIRST_HIDDEN_MS} ms were over`)
    const topics = new Set(members.flatMap((member) => member.messages.map((message) => message.topic)))
    expectThat(topics.size === 1, `they came under the topics ${[...topics].join(', ')}`)
    return `${COUNT} came again after ${Math.round(tookMs / 1_000)} s, to 2 members`
  },
}

export const popKilledRow: Row = {
  id: 'pop-killed',
  title: 'POP: kill -9 of the broker while messages are hidden (5.x)',
  without,
  async run(context) {
    const topic = await context.createTopic()
    const group = context.group('one')
    await letPop(context, topic, group)
    const options = { group, topic, clientRebalance: false, failTimes: 1, maxWaitMs: 150_000 }
    const consumer = context.consume(options)
    await consumer.ready
    await context.send(topic, { count: COUNT, threads: 4 })
    const came = (times: number) =>
      new Set(consumer.messages.filter(({ reconsumeTimes }) => reconsumeTimes === times).map(({ key }) => key))
    for (const until = Date.now() + 30_000; came(0).size < COUNT && Date.now() < until; ) await sleep(100)
    await sleep(500) // the new invisible times are on their way
    await context.server.restartBroker('kill')
    for (const until = Date.now() + 120_000; came(1).size < COUNT && Date.now() < until; ) await sleep(100)
    await consumer.stop()
    expectThat(came(1).size === COUNT, `${came(1).size} of ${COUNT} came again after the broker was killed`)
    return `${COUNT} refused, all came again from the killed broker's store`
  },
}
