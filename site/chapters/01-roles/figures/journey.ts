/**
 * Chapter 1's run: one message from `send()` to `CONSUME_SUCCESS`, and a few more behind it.
 *
 * registration → route lookup → connection → send → store → (nobody reads yet) → consumer joins → pull → consume → pulls
 * that wait → offset commit → the 30 second round of heartbeats. Each named moment is a `step`. A wait that runs out is
 * no failure here: the reader may have killed whom it waited for, and the run goes on without that moment.
 */
import type { Cluster } from '#reference/host/cluster.ts'
import type { EventKind } from '#reference/host/trace.ts'
import type { FigureSource } from '#site/figures/kit/types.ts'

const TOPIC = 'Orders'
const NAMESRV = 'namesrvAddr=namesrv:9876'
const QUEUES = 2
/** Small files: a figure's disk is memory. */
const SMALL = ['mappedFileSizeCommitLog=262144', 'mappedFileSizeConsumeQueue=6000', 'messageIndexEnable=false']
const DRINKS = ['coffee', 'tea', 'cocoa']

/** The topic as an operator created it before this run began. */
const TOPICS_JSON = JSON.stringify({
  dataVersion: { counter: 1, stateVersion: 0, timestamp: 1_704_067_100_000 },
  topicConfigTable: {
    [TOPIC]: {
      attributes: {},
      order: false,
      perm: 6,
      readQueueNums: QUEUES,
      topicFilterType: 'SINGLE_TAG',
      topicName: TOPIC,
      topicSysFlag: 0,
      writeQueueNums: QUEUES,
    },
  },
})

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
  moments: [
    { caption: 'Both brokers have told the NameServer who they are.', step: 'The producer asks where Orders is' },
    { caption: 'order-1 is stored, and nobody has read it yet.', step: 'The consumer starts' },
    {
      caption: 'Pulled and consumed: the pulls now wait at the brokers.',
      step: 'Pulls wait at the brokers; more orders come',
    },
    {
      caption: 'The flags move: the brokers know how far billing has come.',
      step: 'Half a minute: everybody says “still here”',
    },
  ],
  seed: 12,
  lengthMs: 32_000,
  run,
  send: (cluster, key) => void cluster.produce('producer', order(key, key.length)),
}

function order(key: string, index: number) {
  const tag = DRINKS[index % DRINKS.length]!
  return { topic: TOPIC, key, body: `one ${tag}, please`, tag }
}

// #region roles-journey
async function run(cluster: Cluster): Promise<void> {
  cluster.step('The NameServer starts, with an empty memory')
  await start(cluster, 'namesrv', 'namesrv', ['listenPort=9876'])
  await cluster.sleep(200)

  cluster.step('The brokers start and register')
  await Promise.all(['broker-a', 'broker-b'].map((name) => startBroker(cluster, name)))
  await cluster.sleep(600)

  cluster.step('The producer asks where Orders is')
  await start(cluster, 'producer', 'producer', [NAMESRV, 'group=shop'])
  const first = cluster.produce('producer', order('order-1', 0))
  if (await seen(cluster, 'message.sending')) cluster.step('It picks a queue, and order-1 leaves')
  if (await seen(cluster, 'record.appended')) cluster.step('The broker appends order-1 to its log')
  if ((await first).status === 'SEND_OK') cluster.step('send() returns SEND_OK')
  await cluster.sleep(800)

  cluster.step('The consumer starts')
  await start(cluster, 'consumer', 'consumer', [
    NAMESRV,
    'group=billing',
    `topic=${TOPIC}`,
    'consumeFromWhere=CONSUME_FROM_FIRST_OFFSET',
  ])
  if (await seen(cluster, 'queue.assigned')) cluster.step('It gets its queues and pulls')
  if (await seen(cluster, 'message.consumed')) cluster.step('order-1 is consumed: CONSUME_SUCCESS')
  await cluster.sleep(1_000)

  cluster.step('Pulls wait at the brokers; more orders come')
  for (let i = 2; i <= 7; i++) {
    await cluster.produce('producer', order(`order-${i}`, i - 1))
    await cluster.sleep(300)
  }
  if (await seen(cluster, 'offset.committed')) cluster.step('The consumer reports its offsets')
  await cluster.sleep(2_000)

  await cluster.waitUntil('half a minute has passed', () => cluster.nowMs() >= 30_000, 40_000).catch(() => {})
  cluster.step('Half a minute: everybody says “still here”')
}
// #endregion roles-journey

function startBroker(cluster: Cluster, name: string): Promise<void> {
  const files = { 'store/config/topics.json': TOPICS_JSON }
  return start(cluster, name, 'broker', [NAMESRV, `brokerName=${name}`, 'listenPort=10911', ...SMALL], files)
}

/** Starts a node unless the reader has made that impossible. */
function start(
  cluster: Cluster,
  name: string,
  program: string,
  args: readonly string[],
  files: Readonly<Record<string, string>> = {},
): Promise<void> {
  return cluster.start({ name, program, args, files }).catch(() => {})
}

/** Waits for the first event of a kind from now on; false when it does not come. */
async function seen(cluster: Cluster, kind: EventKind): Promise<boolean> {
  let next = cluster.events.length
  const holds = () => {
    for (; next < cluster.events.length; next++) if (cluster.events[next]!.kind === kind) return true
    return false
  }
  return cluster.waitUntil(`there is a ${kind}`, holds, 15_000).then(
    () => true,
    () => false,
  )
}
