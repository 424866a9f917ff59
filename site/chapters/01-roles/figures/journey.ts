/**
 * Chapter 1's run: one message from `send()` to `CONSUME_SUCCESS`, and six more behind it.
 *
 * registration → route lookup → connection → send → store → (nobody reads yet) → consumer joins → pull → consume → pulls
 * that wait → offset commit → the 30 second round of heartbeats. The applications act by the clock alone: what the reader
 * kills delays nothing that RocketMQ would not delay. The named moments are only told when they come.
 */
import type { Cluster } from '#reference/host/cluster.ts'
import type { FigureSource } from '#site/figures/kit/types.ts'
import { send, sendKey, start, startBroker, startConsumer, TOPIC, tellMoments, until } from '#site/figures/shop.ts'

const NAMESRV = 'namesrv:9876'
/** Small files: a figure's disk is memory. */
const SMALL = ['mappedFileSizeCommitLog=262144', 'messageIndexEnable=false']

/** The named moments. Passages begin and end with them, and each text stands once. */
const STEP = {
  empty: 'The NameServer starts, with an empty memory',
  register: 'The brokers start and register',
  ask: 'The producer asks where Orders is',
  leave: 'It picks a queue, and order-1 leaves',
  append: 'The broker appends order-1 to its log',
  ok: 'send() returns SEND_OK',
  join: 'The consumer starts',
  pull: 'It gets its queues and pulls',
  consumed: 'order-1 is consumed: CONSUME_SUCCESS',
  more: 'Pulls wait at the brokers; order-2 comes',
  third: 'order-3 comes',
  rest: 'Four more orders, one every 300 ms',
  commit: 'The consumer reports its offsets',
  round: 'Half a minute: everybody says “still here”',
} as const

/** Moments that come by themselves: each with the first event of its kind. */
const TOLD = {
  'message.sending': STEP.leave,
  'record.appended': STEP.append,
  'message.sent': STEP.ok,
  'queue.assigned': STEP.pull,
  'message.consumed': STEP.consumed,
  'offset.committed': STEP.commit,
} as const

const BROKERS = ['broker-a', 'broker-b']

export const figure: FigureSource = {
  title: 'One message’s journey',
  question: 'Which program does what between send() and CONSUME_SUCCESS?',
  summary:
    'Two brokers register, a producer finds them and sends seven orders; a consumer that starts later pulls them all and reports how far it came.',
  topic: TOPIC,
  cast: [
    { name: 'namesrv', role: 'namesrv' },
    { name: 'broker-a', role: 'broker', queues: [`${TOPIC}/0`, `${TOPIC}/1`] },
    { name: 'broker-b', role: 'broker', queues: [`${TOPIC}/0`, `${TOPIC}/1`] },
    { name: 'producer', role: 'producer' },
    { name: 'consumer', role: 'consumer', group: 'billing' },
  ],
  passages: {
    whole: {
      title: 'Seven orders, from the shop to the billing: the whole run',
      from: STEP.ask,
      view: 'stage',
      tells: ['node.started', 'message.consumed'],
    },
    registers: {
      title: 'Two brokers say who they are, and the NameServer notes it',
      from: STEP.empty,
      to: STEP.ask,
      view: 'stage',
      // the producer has not started; with its place in the picture, the line to broker-b stays inside
      cast: ['namesrv', 'broker-a', 'broker-b', 'producer'],
      tells: ['node.started', 'route.registered'],
    },
    asks: {
      title: 'Where is Orders? One question, one answer',
      from: STEP.ask,
      to: STEP.leave,
      view: 'stage',
      cast: ['namesrv', 'producer'],
      tells: ['app.called', 'net.sent', 'route.updated'],
    },
    leaves: {
      title: 'One queue of four, and order-1 is on its way',
      from: STEP.ask,
      to: STEP.append,
      view: 'stage',
      cast: ['broker-a', 'broker-b', 'producer'],
      tells: ['route.updated', 'message.sending', 'net.sent'],
    },
    kept: {
      title: 'One append, one queue entry, one answer',
      from: STEP.leave,
      to: STEP.join,
      view: 'stage',
      cast: ['broker-a', 'producer'],
      tells: ['record.appended', 'entry.dispatched', 'net.sent', 'message.sent', 'log.flushed'],
    },
    fetched: {
      title: 'The billing gets four queues and asks each; one has order-1',
      from: STEP.join,
      to: STEP.more,
      view: 'stage',
      cast: ['broker-a', 'broker-b', 'consumer'],
      tells: ['consumer.joined', 'queue.assigned', 'message.consumed'],
    },
    waits: {
      title: 'A question that waits, and order-2, which answers it',
      from: STEP.pull,
      to: STEP.third,
      view: 'stage',
      cast: ['broker-a', 'producer', 'consumer'],
      tells: ['pull.held', 'message.sending', 'record.appended', 'pull.woken', 'message.consumed'],
    },
    learns: {
      title: 'order-2 and order-3: who is told of the end first?',
      from: STEP.more,
      to: STEP.rest,
      view: 'stage',
      cast: ['broker-a', 'broker-b', 'producer', 'consumer'],
      tells: ['message.sending', 'record.appended', 'message.consumed', 'message.sent'],
    },
    commits: {
      title: 'order-1 is done. When does its broker hear of it?',
      from: STEP.pull,
      to: STEP.commit,
      view: 'stage',
      cast: ['broker-a', 'producer', 'consumer'],
      tells: ['message.consumed', 'pull.held', 'pull.woken', 'offset.committed'],
    },
    roles: {
      title: 'The whole run once more: act on any of the four',
      from: STEP.ask,
      to: STEP.round,
      view: 'stage',
      tells: ['node.started', 'message.consumed'],
    },
  },
  tasks: {
    late: {
      goal: 'Kill the billing while order-1 waits for it, and have order-1 billed once after all.',
      pane: 'fetched',
      when: "first('node.stopped', { node: 'consumer' }).n < first('message.consumed', { key: 'order-1' }).n && billed('order-1') == 1",
      proof: [
        { does: 'kill', on: 'consumer', atMs: 1_623 },
        { does: 'restart', on: 'consumer', atMs: 2_690 },
      ],
    },
    twice: {
      goal: 'Have an order billed twice. Nobody may send it twice.',
      pane: 'commits',
      when: 'double() > 0 && asked() == 7',
      shows: { ask: 'double()', unit: 'billed twice' },
      proof: [
        { does: 'kill', on: 'consumer', atMs: 3_400 },
        { does: 'restart', on: 'consumer', atMs: 3_600 },
      ],
    },
    // a dead billing loses nothing, and without a NameServer orders wait: neither counts
    unbilled: {
      goal: 'Stop one program (not NameServer or billing), so that an order with SEND_OK is not billed.',
      pane: 'roles',
      when: "lost() > 0 && ended('consumer') == '' && ended('namesrv') == ''",
      shows: { ask: 'lost()', unit: 'not billed at the end of this run' },
      proof: [{ does: 'kill', on: 'broker-a', atMs: 1_000 }],
    },
    headless: {
      goal: 'Have all seven orders billed, although the NameServer dies on the way.',
      pane: 'roles',
      when: "ended('namesrv') != '' && asked() == 7 && lost() == 0 && failed() == 0 && billed('order-7') > 0",
      proof: [{ does: 'kill', on: 'namesrv', atMs: 2_000 }],
    },
  },
  seed: 12,
  lengthMs: 32_000,
  run,
  send: (cluster, key, bytes) => sendKey(cluster, 'producer', key, bytes),
}

// #region roles-journey
async function run(cluster: Cluster): Promise<void> {
  tellMoments(cluster, TOLD)
  cluster.step(STEP.empty)
  start(cluster, 'namesrv', 'namesrv', ['listenPort=9876'])

  await until(cluster, 200)
  cluster.step(STEP.register)
  for (const name of BROKERS) startBroker(cluster, name, NAMESRV, 2, SMALL)

  await until(cluster, 800)
  cluster.step(STEP.ask)
  start(cluster, 'producer', 'producer', [`namesrvAddr=${NAMESRV}`, 'group=shop'])
  await until(cluster, 810)
  send(cluster, 'producer', 1)

  await until(cluster, 1_600)
  cluster.step(STEP.join)
  startConsumer(cluster, 'consumer', NAMESRV, 'billing')

  await until(cluster, 2_700)
  cluster.step(STEP.more)
  for (let i = 2; i <= 7; i++) {
    if (i === 3) cluster.step(STEP.third)
    if (i === 4) cluster.step(STEP.rest)
    send(cluster, 'producer', i)
    await cluster.sleep(300)
  }
  await until(cluster, 30_000)
  cluster.step(STEP.round)
}
// #endregion roles-journey
