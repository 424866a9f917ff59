/**
 * The rows of the interoperability table, in the order they run.
 *
 * Delays and retries are those of RocketMQ: delay level 1 is one second. The last rows restart the broker and exchange
 * stores, so nothing may follow that relies on an undisturbed server.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { actingMixedRow, actingRow } from './cells-acting.ts'
import { runOurAdmin } from './cells-admin.ts'
import { chaptersRow } from './cells-chapters.ts'
import { mixedRow, signedRow, tlsRow } from './cells-cluster.ts'
import { controllerRow } from './cells-controller.ts'
import { copiesRow } from './cells-copies.ts'
import { createThenUseRow } from './cells-create.ts'
import { limitedRow } from './cells-limited.ts'
import { mqadminRow } from './cells-mqadmin.ts'
import { mqadminGroupsRow } from './cells-mqadmin-groups.ts'
import { mqadminServersRow } from './cells-mqadmin-servers.ts'
import { propertiesRow, runtimeInfoRow, singleBrokerRow } from './cells-operators.ts'
import { brokerRebalanceRow, popKilledRow, popRetryRow } from './cells-pop.ts'
import { replicaRows } from './cells-replicas.ts'
import { storeExchangeKillRow, storeExchangeRow } from './cells-store.ts'
import { storeWaitingRow } from './cells-store-waiting.ts'
import type { RunningColumn } from './columns.ts'
import { expectAllSent, expectArrived, expectExactlyOnce, expectThat, waitFor } from './expect.ts'
import type { ClientFeature, ProduceOptions, RunningConsumer, SentMessage } from './messages.ts'
import type { Row, RowContext } from './rows.ts'

/** Messages of the row that counts. */
const EXACTLY_ONCE_COUNT = 10_000
/** A Java consumer may learn of its group's new retry topic only when it asks for routes again, which is every 30 s. */
const RETRY_LIMIT_MS = 50_000
/** A delayed message may come this much later than its time on a busy machine; earlier it may not come at all. */
const LATE_LIMIT_MS = 15_000

const exactlyOnce: Row = {
  id: 'exactly-once',
  title: '10,000 messages, once per group',
  async run(context) {
    const topic = await context.createTopic()
    const consumers = ['one', 'two'].map((name) =>
      context.consume({ group: context.group(name), topic, expected: EXACTLY_ONCE_COUNT }),
    )
    await Promise.all(consumers.map((consumer) => consumer.ready))
    const produced = await context.send(topic, { count: EXACTLY_ONCE_COUNT, threads: 32, tags: ['a', 'b', 'c'] })
    for (const [index, consumer] of consumers.entries()) {
      expectExactlyOnce(`group ${index + 1}`, produced.messages, await consumer.finished)
    }
    const perSecond = Math.round((EXACTLY_ONCE_COUNT * 1000) / produced.tookMs)
    return `2 groups got all ${EXACTLY_ONCE_COUNT} once, without a retry; sent at ${perSecond}/s`
  },
}

const sendModes: Row = {
  id: 'send-modes',
  title: 'async, one-way, batch, selector, large body',
  async run(context) {
    const topic = await context.createTopic()
    const modes: Partial<ProduceOptions>[] = [
      { mode: 'async', count: 500 },
      { mode: 'oneway', count: 500 },
      { mode: 'batch', count: 500 },
      { mode: 'sync', count: 5, bodyBytes: 200_000 },
    ]
    if (context.client.features.has('selector')) modes.push({ mode: 'selector', count: 500 })
    const sent: SentMessage[] = []
    for (const [index, mode] of modes.entries()) {
      const count = mode.count ?? 0
      const base = { group: context.group('producer'), topic, count, keyPrefix: `m${index}-` }
      const produced = await context.client.produce({ ...base, ...mode })
      expectAllSent(produced, count)
      // A 5.x batch arrives under one id, see Messages.identity of the driver.
      sent.push(
        ...produced.messages.map((message) => (mode.mode === 'batch' ? withoutField(message, 'msgId') : message)),
      )
    }
    const consumer = context.consume({ group: context.group('one'), topic, expected: sent.length })
    expectExactlyOnce('the consumer', sent, await consumer.finished)
    return `${sent.length} messages, each from the place its producer was told`
  },
}

const sharedGroup: Row = {
  id: 'shared-group',
  title: 'two members share a group, one leaves',
  async run(context) {
    const topic = await context.createTopic()
    const [first, second] = [1, 2].map(() => context.consume({ group: context.group('one'), topic }))
    expectThat(first !== undefined && second !== undefined, 'two consumers')
    await waitFor('the 8 queues are shared 4 and 4', () => first.queues === 4 && second.queues === 4)
    const half = await context.send(topic, { count: 400, threads: 4 })
    await waitFor('400 messages arrived', () => first.messages.length + second.messages.length >= 400)
    const left = await second.stop()
    await waitFor('the one that stayed owns all 8 queues', () => first.queues === 8)
    const rest = await context.send(topic, { count: 400, threads: 4, keyPrefix: 'rest-' })
    await waitFor('800 messages arrived', () => first.messages.length + left.received >= 800)
    const stayed = await first.stop()
    const both = {
      ...stayed,
      messages: [...left.messages, ...stayed.messages],
      received: left.received + stayed.received,
      duplicates: left.duplicates + stayed.duplicates,
      retried: left.retried + stayed.retried,
    }
    expectExactlyOnce('the group', [...half.messages, ...rest.messages], both)
    expectThat(left.received > 0, 'the second member got nothing although it owned four queues')
    return `${left.received} to the one that left, ${stayed.received} to the one that stayed`
  },
}

const resume: Row = {
  id: 'resume',
  title: 'a restarted group goes on where it stopped',
  async run(context) {
    const topic = await context.createTopic()
    const producer = { group: context.group('producer'), topic, count: 300, threads: 4 }
    const before = await context.client.produce({ ...producer, keyPrefix: 'before-' })
    const first = await context.consume({ group: context.group('one'), topic, expected: 300 }).finished
    expectExactlyOnce('the first run', before.messages, first)
    const after = await context.client.produce({ ...producer, keyPrefix: 'after-' })
    const second = await context.consume({ group: context.group('one'), topic, expected: 300, settleMs: 1_000 })
      .finished
    expectExactlyOnce('the second run', after.messages, second)
    return 'the second run got only what was new'
  },
}

const orderly: Row = {
  id: 'orderly',
  title: 'order within a queue',
  without: lacks('orderly'),
  async run(context) {
    const topic = await context.createTopic('topic', 4)
    const consumer = context.consume({ group: context.group('one'), topic, orderly: true, expected: 1_000 })
    await consumer.ready
    const produced = await context.send(topic, { count: 1_000, mode: 'selector', shards: 4 })
    const result = await consumer.finished
    expectExactlyOnce('the consumer', produced.messages, result)
    expectThat(result.outOfOrder === 0, `${result.outOfOrder} messages came after a later one of their queue`)
    const lastOfShard = new Map<number, number>()
    for (const message of result.messages) {
      const index = Number(message.key.slice('key-'.length))
      expectThat((lastOfShard.get(index % 4) ?? -1) < index, `${message.key} came after a later one of its shard`)
      lastOfShard.set(index % 4, index)
    }
    return '1,000 messages in 4 queues, none overtook another'
  },
}

const tagFilter: Row = {
  id: 'tag-filter',
  title: 'tag filter',
  async run(context) {
    const topic = await context.createTopic()
    const produced = await context.send(topic, { count: 300, threads: 4, tags: ['a', 'b', 'c'] })
    const wanted = produced.messages.filter((message) => message.tags !== 'b')
    const consumer = context.consume({
      group: context.group('one'),
      topic,
      expression: 'a || c',
      expected: wanted.length,
    })
    expectExactlyOnce('the consumer', wanted, await consumer.finished)
    return `a || c: ${wanted.length} of 300`
  },
}

const sqlFilter: Row = {
  id: 'sql-filter',
  title: 'SQL92 filter',
  without: lacks('sql92'),
  async run(context) {
    const topic = await context.createTopic()
    const consumer = context.consume({
      group: context.group('one'),
      topic,
      expression: "(index BETWEEN 100 AND 149 AND colour = 'green') OR TAGS = 'b'",
      expressionType: 'SQL92',
    })
    await consumer.ready
    const producer = { group: context.group('producer'), topic, count: 200, threads: 4 }
    const green = await context.client.produce({ ...producer, properties: { colour: 'green' }, keyPrefix: 'green-' })
    const tagged = await context.client.produce({ ...producer, tags: ['a', 'b'], keyPrefix: 'tagged-' })
    const wanted = [
      ...green.messages.filter((message) => between(Number(message.key.slice('green-'.length)), 100, 149)),
      ...tagged.messages.filter((message) => message.tags === 'b'),
    ]
    await waitFor(`${wanted.length} messages arrived`, () => consumer.messages.length >= wanted.length)
    await sleep(500)
    expectExactlyOnce('the consumer', wanted, await consumer.stop())
    return `${wanted.length} of 400`
  },
}

const broadcast: Row = {
  id: 'broadcast',
  title: 'broadcast',
  without: lacks('broadcast'),
  async run(context) {
    const topic = await context.createTopic()
    const options = { group: context.group('one'), topic, broadcast: true, expected: 300 }
    const consumers = [context.consume(options), context.consume(options)]
    await Promise.all(
      consumers.map((consumer) => waitFor('each member owns all 8 queues', () => consumer.queues === 8)),
    )
    const produced = await context.send(topic, { count: 300, threads: 4 })
    for (const consumer of consumers) expectExactlyOnce('each member', produced.messages, await consumer.finished)
    return 'both members got all 300'
  },
}

const delayLevel: Row = {
  id: 'delay-level',
  title: 'delay level 1 (1 s)',
  run: (context) => delayed(context, { delayLevel: 1 }),
}

const timerMessage: Row = {
  id: 'timer',
  title: 'timer messages (5.x), 2 s: for a while in ms and s, for a time',
  without: (running) => lacks('timer')(running) ?? onlyFrom53(running),
  async run(context) {
    const kinds = ['ms', 'sec', 'deliver'] as const
    const told: string[] = []
    for (const timerKind of kinds)
      told.push(`${timerKind} ${await delayed(context, { timerDelayMs: 2_000, timerKind }, timerKind)}`)
    return told.join(', ')
  },
}

const recallMessage: Row = {
  id: 'recall',
  title: 'a timer message is taken back (5.3)',
  without: (running) => lacks('timer')(running) ?? onlyFrom53(running),
  async run(context) {
    const topic = await context.createTopic()
    const consumer = context.consume({ group: context.group('one'), topic })
    await consumer.ready
    const how = { timerDelayMs: 4_000, recallEvery: 2 }
    const produced = await context.send(topic, { count: 20, ...how })
    const stay = produced.messages.filter((_, i) => i % 2 === 1)
    await waitFor('the 10 others came', () => consumer.messages.length >= 10)
    await sleep(3_000)
    const result = await consumer.stop()
    expectArrived(
      'the consumer',
      stay.map((message) => withoutField(message, 'queueOffset')),
      result,
    )
    expectThat(result.received === 10, `${result.received} came, 10 of 20 were taken back`)
    return '10 of 20 taken back, the others came'
  },
}

/** Sends 50 messages with a delay and checks that none is early and none absurdly late. */
async function delayed(context: RowContext, how: Partial<ProduceOptions>, name = 'topic'): Promise<string> {
  // A timer message's due time is floored to the wheel's precision, one second.
  const earliestMs = how.timerDelayMs === undefined ? 1_000 : how.timerDelayMs - 1_000
  const topic = await context.createTopic(name)
  const consumer = context.consume({ group: context.group(`one-${name}`), topic, expected: 50 })
  await consumer.ready
  const produced = await context.send(topic, { count: 50, ...how })
  const result = await consumer.finished
  expectArrived(
    'the consumer',
    produced.messages.map((message) => withoutField(message, 'queueOffset')),
    result,
  )
  const ages = result.messages.map((message) => message.receivedAtMs - message.bornTimestampMs)
  const [least, most] = [Math.min(...ages), Math.max(...ages)]
  expectThat(least >= earliestMs, `a message came ${least} ms after it was sent, its delay is longer`)
  expectThat(most < LATE_LIMIT_MS, `a message came only ${most} ms after it was sent`)
  return `after ${least} to ${most} ms`
}

const retry: Row = {
  id: 'retry',
  title: 'a refused message comes back',
  async run(context) {
    const topic = await context.createTopic()
    await context.send(topic, { count: 20 })
    const consumer = context.consume({ group: context.group('one'), topic, failTimes: 1, failDelayLevel: 1 })
    await waitFor('20 messages came back', () => countRetried(consumer) >= 20, RETRY_LIMIT_MS)
    const result = await consumer.stop()
    expectThat(result.distinct === 20, `${result.distinct} different messages came, 20 were sent`)
    expectThat(result.received === 40, `${result.received} deliveries of 20 messages that are refused once`)
    return '20 messages twice, the second time with reconsumeTimes 1'
  },
}

const deadLetter: Row = {
  id: 'dead-letter',
  title: 'after its last retry a message is a dead letter',
  async run(context) {
    const topic = await context.createTopic()
    const group = context.group('one')
    await context.send(topic, { count: 5 })
    const options = { group, topic, failTimes: 99, failDelayLevel: 1, maxReconsumeTimes: 1 }
    const consumer = context.consume(options)
    await waitFor('5 messages came back', () => countRetried(consumer) >= 5, RETRY_LIMIT_MS)
    const status = ['topicStatus', '-t', `%DLQ%${group}`]
    let printed = ''
    await waitFor('5 messages lie in the dead letter topic', async () => {
      printed = await context.tools.admin(status)
      return /\s0\s+5\s+\d{4}-/.test(printed)
    }).catch((error: Error) => expectThat(false, `${error.message}; mqadmin ${status.join(' ')} says:\n${printed}`))
    const result = await consumer.stop()
    expectThat(result.received === 10, `${result.received} deliveries of 5 messages that may come back once`)
    return '5 of 5'
  },
}

const transaction: Row = {
  id: 'transaction',
  title: 'transactions: commit, rollback, check',
  without: lacks('transaction'),
  async run(context) {
    const topic = await context.createTopic()
    const consumer = context.consume({ group: context.group('one'), topic })
    await consumer.ready
    const produced = await context.client.produceTransaction({
      group: context.group('producer'),
      topic,
      count: 9,
      checkWaitMs: 40_000,
    })
    expectThat(
      produced.asked === produced.unknown,
      `${produced.asked} of ${produced.unknown} unknown ones were asked about`,
    )
    const committed = produced.messages.filter((message) => message.decision !== 'ROLLBACK_MESSAGE')
    await waitFor(`${committed.length} messages arrived`, () => consumer.messages.length >= committed.length)
    await sleep(500)
    expectArrived('the consumer', committed, await consumer.stop())
    return '3 committed, 3 rolled back, 3 committed when asked'
  },
}

const transactionRestart: Row = {
  id: 'transaction-restart',
  title: 'what a producer left open, its successor is asked about',
  without: lacks('transaction'),
  async run(context) {
    const topic = await context.createTopic()
    const consumer = context.consume({ group: context.group('one'), topic })
    await consumer.ready
    const producer = { group: context.group('producer'), topic }
    const left = await context.client.produceTransaction({ ...producer, count: 9, checkWaitMs: 0 })
    const leftOpen = left.unknown
    // A 5.3 client knows no broker, and no broker knows it, before it has sent something.
    const options = { ...producer, count: 1, keyPrefix: 'later-', leftOpen, checkWaitMs: 90_000 }
    const later = await context.client.produceTransaction(options)
    expectThat(later.asked === leftOpen, `its successor was asked about ${later.asked} of ${leftOpen}`)
    const all = [...left.messages, ...later.messages]
    const committed = all.filter((message) => message.decision !== 'ROLLBACK_MESSAGE')
    await waitFor(`${committed.length} messages arrived`, () => consumer.messages.length >= committed.length)
    await sleep(500)
    expectArrived('the consumer', committed, await consumer.stop())
    return `asked about ${leftOpen} of ${leftOpen}, committed`
  },
}

const litePull: Row = {
  id: 'lite-pull',
  title: 'lite pull consumer',
  without: lacks('litePull'),
  async run(context) {
    const topic = await context.createTopic()
    const produced = await context.send(topic, { count: 300, threads: 4 })
    const consumer = context.client.litePull({ group: context.group('one'), topic, expected: 300, maxWaitMs: 40_000 })
    expectExactlyOnce('the consumer', produced.messages, await consumer.finished)
    return '300 messages'
  },
}

const pull: Row = {
  id: 'pull',
  title: 'pull consumer: queues, offsets, pulls by hand',
  without: lacks('pull'),
  async run(context) {
    const topic = await context.createTopic()
    const produced = await context.send(topic, { count: 300, threads: 4, tags: ['a', 'b', 'c'] })
    // official brokers acknowledge a moment before a message is in its queue; who pulls by hand asks once where the queue ends
    await context.consume({ group: context.group('before'), topic, expected: 300 }).finished
    const wanted = produced.messages.filter((message) => message.tags !== 'c')
    const consumer = context.client.pull({ group: context.group('one'), topic, expression: 'a || b' })
    expectExactlyOnce('the consumer', wanted, await consumer.finished)
    return `${wanted.length} of 300 by tag, offsets stored and read back`
  },
}

const requestReply: Row = {
  id: 'request-reply',
  title: 'request and reply, also between Java and GlassMQ',
  without: lacks('request'),
  async run(context) {
    const clients = [...new Set([context.client, context.tools])]
    const lines: string[] = []
    for (const [i, asker] of clients.entries()) {
      for (const [j, replier] of clients.entries()) {
        const topic = await context.createTopic(`topic-${i}${j}`)
        const consumer = replier.consume({ group: context.group(`one-${i}${j}`), topic, reply: true })
        try {
          await consumer.ready
          const asked = await asker.request({ group: context.group(`asker-${i}${j}`), topic, count: 20 })
          const said = `${asked.replied} replies to 20 questions, ${asked.wrong} wrong; ${asked.firstFailure ?? ''}`
          expectThat(asked.replied === 20 && asked.wrong === 0, `${asker.name} to ${replier.name}: ${said}`)
          lines.push(`${asker.name} to ${replier.name}`)
        } finally {
          await consumer.stop()
        }
      }
    }
    return `20 questions each: ${lines.join('; ')}`
  },
}

const ownAdmin: Row = {
  id: 'admin',
  title: "GlassMQ's admin commands",
  without: ({ column }) => (column.client === 'glassmq' ? undefined : 'mqadmin itself is the row above'),
  run: runOurAdmin,
}

const brokerKilled: Row = {
  id: 'broker-killed',
  title: 'kill -9 of the broker, same store again',
  async run(context) {
    const topic = await context.createTopic()
    const group = context.group('one')
    const producer = { group: context.group('producer'), topic, count: 500, threads: 8 }
    const before = await context.client.produce({ ...producer, keyPrefix: 'before-' })
    expectAllSent(before, 500)
    await context.server.restartBroker('kill')
    // Ready means that it listens; the name server learns of it a moment later.
    const first = { ...producer, count: 1, keyPrefix: 'first-', timeoutMs: 30_000 }
    let reached = await context.client.produce(first)
    for (let tries = 1; reached.sent === 0 && tries < 40; tries++) {
      await sleep(250)
      reached = await context.client.produce(first)
    }
    // The official name server may learn late of the killed connection and forget the broker's new registration with it, until
    // the broker's next one: a send without a route never left, and is made again.
    const after: SentMessage[] = []
    for (let tries = 1; after.length < 500 && tries <= 60; tries++) {
      const options = { count: 500 - after.length, keyPrefix: `after-${tries}-`, retries: 10, timeoutMs: 30_000 }
      const produced = await context.client.produce({ ...producer, ...options })
      after.push(...produced.messages)
      if (produced.failed > 0) await sleep(500)
    }
    expectThat(after.length === 500, `only ${after.length} of 500 sends were acknowledged after the restart`)
    const consumer = context.consume({ group, topic, expected: 1_001 })
    const all = [...before.messages, ...reached.messages, ...after]
    expectArrived('the consumer', all, await consumer.finished)
    return `ready again after ${context.server.broker.readyMs} ms; 500 acknowledged before, 500 after, all there`
  },
}

/** All rows, in the order they run. */
export const ROWS: readonly Row[] = [
  exactlyOnce,
  sendModes,
  sharedGroup,
  resume,
  orderly,
  tagFilter,
  sqlFilter,
  broadcast,
  delayLevel,
  timerMessage,
  recallMessage,
  retry,
  deadLetter,
  transaction,
  transactionRestart,
  litePull,
  pull,
  requestReply,
  brokerRebalanceRow,
  popRetryRow,
  createThenUseRow,
  mqadminRow,
  mqadminGroupsRow,
  mqadminServersRow,
  runtimeInfoRow,
  singleBrokerRow,
  propertiesRow,
  ownAdmin,
  mixedRow,
  chaptersRow,
  actingRow,
  actingMixedRow,
  copiesRow,
  controllerRow,
  ...replicaRows,
  tlsRow,
  signedRow,
  limitedRow,
  brokerKilled,
  popKilledRow,
  storeExchangeRow,
  storeExchangeKillRow,
  storeWaitingRow,
]

/** Producer and consumer benchmark, 1 KiB, sync, 64 threads; only on request. */
export const BENCHMARK_ROW: Row = {
  id: 'benchmark',
  title: 'sync sends of 1 KiB, 64 threads; then consume',
  without: (running) => (running.column.client === 'glassmq' ? 'the benchmark client is Java' : undefined),
  async run(context) {
    const topic = await context.createTopic()
    const sent = await context.tools.benchmarkProducer({ group: context.group('producer'), topic })
    expectThat(sent.failed === 0, `${sent.failed} sends failed, the first with ${sent.firstFailure}`)
    const got = await context.tools.benchmarkConsumer({ group: context.group('one'), topic, threads: 20 })
    return `${sent.perSecond}/s, p50 ${sent.p50Ms} ms, p99 ${sent.p99Ms} ms; consumed at ${got.perSecond}/s`
  },
}

function lacks(feature: ClientFeature): (running: RunningColumn) => string | undefined {
  return ({ client }) => (client.features.has(feature) ? undefined : `${client.name} has no ${feature}`)
}

function onlyFrom53({ column }: RunningColumn): string | undefined {
  return column.server === '4.9' ? 'RocketMQ 4.9 brokers do not know it' : undefined
}

function withoutField(message: SentMessage, field: 'msgId' | 'queueOffset'): SentMessage {
  const { [field]: _dropped, ...rest } = message
  return rest
}

function between(value: number, low: number, high: number): boolean {
  return value >= low && value <= high
}

function countRetried(consumer: RunningConsumer): number {
  return new Set(consumer.messages.filter((message) => message.reconsumeTimes > 0).map((message) => message.msgId)).size
}
