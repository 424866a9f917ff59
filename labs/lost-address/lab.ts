/**
 * Lab 1, chapter "One message's journey": messages vanish, because a broker tells everybody an address nobody can reach.
 *
 * Two faults lie on top of each other. `broker-b.conf` still names the machine the broker has left. Whoever just deletes
 * that line meets the second: the code that should find the broker's own name takes the address it listens on, and it
 * listens on all of them (0.0.0.0).
 */

import { encodeUtf8 } from '../../reference/common/utf8.ts'
import { type Cluster, ScenarioFailure } from '../../reference/host/cluster.ts'
import type { CheckContext, Lab, Variant } from '../lab.ts'

const CONF = 'broker-b.conf'
const CODE = 'advertised-address.ts'

/** Small files: a lab's disk is not a data centre. */
const SMALL = ['mappedFileSizeCommitLog=262144', 'mappedFileSizeConsumeQueue=6000', 'messageIndexEnable=false']
const NAMESRV = 'namesrv:9876'
const GROUP = 'billing'
/** More than a consumer needs to find its queues: two rounds of rebalance. */
const ARRIVE_WITHIN_MS = 45_000
/** A send that finds its broker at once is far quicker; one that first tries a dead address is not. */
const SEND_WITHIN_MS = 500

export const lab: Lab = {
  id: 'lost-address',
  version: '1.0.0',
  chapter: 'roles',
  title: 'The broker nobody can reach',
  story:
    'Last night broker-b moved to a new machine. Since then the billing service misses orders: some that were stored before the move never arrive. No process has died, and no log shows an error on the broker.',
  task: 'Find out with the admin console where broker-b says it is. Then make both brokers reachable again, and make sure that the next move does not need a line in a file.',
  files: [
    { path: CONF, kind: 'config', about: "broker-b's configuration, as the operator left it" },
    {
      path: CODE,
      kind: 'module',
      replaces: 'reference/broker/advertised-address.ts',
      about: 'what a broker tells the NameServer about itself',
    },
  ],
  checks: [
    {
      id: 'route.reachable',
      title: 'Every address in the route can be reached',
      promise: 'Whatever address a NameServer hands out, a client can connect to it.',
      points: 200,
      run: routeReachable,
    },
    {
      id: 'earlier.arrive',
      title: 'Orders stored before the move arrive',
      promise: 'A message that a broker has acknowledged is delivered to the group, also after the broker has moved.',
      points: 300,
      run: earlierArrive,
    },
    {
      id: 'both.serve',
      title: 'New orders use both brokers, without a failed try',
      promise: 'Every broker in the route takes its share of the messages.',
      points: 200,
      run: bothServe,
    },
    {
      id: 'move.again',
      title: 'A broker without brokerIP1 finds its own name',
      promise: 'A broker that was told nothing registers an address others can reach, wherever it runs.',
      points: 300,
      run: moveAgain,
    },
  ],
  hints: {
    'route.reachable': [
      'Ask the admin console: "clusterList". Which broker does not answer, and at which address is it being asked?',
      'Where does that address come from? Look for it in broker-b.conf.',
      'brokerIP1 is what a broker tells others. It may be a host name. What happens if the line is not there at all: read advertised-address.ts.',
    ],
    'earlier.arrive': [
      'The orders are on broker-b, on its disk. Who has to connect to broker-b to get them, and how does he know where it is?',
      'Repair the address first; the consumer finds its way alone.',
    ],
    'both.serve': [
      'A producer takes the queues of all brokers in turn. Taking broker-b out of the route hides the fault; it does not repair it.',
      'Make broker-b register an address that exists.',
    ],
    'move.again': [
      'This check starts a third broker, on another machine, with a configuration that says nothing about its address.',
      'It listens on 0.0.0.0, which means "every address of this machine". Is that an address somebody else can connect to?',
      '`ownHostName(host)` gives the name under which others know this machine.',
    ],
  },
  wrong: {
    empty: {
      caughtBy: 'route.reachable',
      says: /broker/,
      why: 'both files emptied: an empty module exports no function',
    },
    'commented-out': { caughtBy: 'route.reachable', says: /broker/, why: 'the whole function commented out' },
    'line-deleted': {
      caughtBy: 'route.reachable',
      says: /0\.0\.0\.0/,
      why: 'brokerIP1 deleted, the code left as it is',
    },
    'hard-coded': {
      caughtBy: 'move.again',
      says: /broker-c's disk/,
      why: 'the address of this very broker typed into the code',
    },
    'hard-coded-port': {
      caughtBy: 'route.reachable',
      says: /10911/,
      why: 'the usual port typed in instead of the real one',
    },
    'file-only': { caughtBy: 'move.again', says: /0\.0\.0\.0/, why: 'the file repaired, the code not' },
    'points-to-a': {
      caughtBy: 'both.serve',
      says: /broker-b's disk/,
      why: "an address that answers, but is another broker's",
    },
    'fresh-disk': {
      caughtBy: 'earlier.arrive',
      says: /broker-b acknowledged/,
      why: 'reachable again, but with an empty store: the old one was left behind',
    },
  },
  accepted: ['name-in-file', 'own-name-first'],
  variant: (draw) => ({
    listenPort: 10_911 + 10 * (1 + draw('port', 40)),
    topic: ['Orders', 'Payments', 'Parcels', 'Tickets'][draw('topic', 4)]!,
    queues: 2 + draw('queues', 3),
    messages: 12 + draw('messages', 9),
  }),
  demo,
}

function text(variant: Variant, name: string): string {
  return String(variant[name])
}

/** Starts the NameServer, both brokers and the console. broker-b runs on its old, working settings at first. */
async function startCluster(context: CheckContext): Promise<void> {
  const { cluster, variant } = context
  await cluster.start({ name: 'namesrv', program: 'namesrv', args: ['listenPort=9876'] })
  await cluster.start(brokerSpec('broker-a', variant, 'bindAddress = 0.0.0.0\nbrokerIP1 = broker-a\n'))
  await cluster.start(brokerSpec('broker-b', variant, 'bindAddress = 0.0.0.0\nbrokerIP1 = broker-b\n'))
  await cluster.start({ name: 'admin', program: 'admin', args: [`namesrvAddr=${NAMESRV}`] })
  await cluster.admin('admin', [
    'updateTopic',
    '-t',
    text(variant, 'topic'),
    '-c',
    'DefaultCluster',
    '-r',
    text(variant, 'queues'),
    '-w',
    text(variant, 'queues'),
  ])
  await cluster.start({ name: 'shop', program: 'producer', args: [`namesrvAddr=${NAMESRV}`, 'group=shop'] })
}

function brokerSpec(name: string, variant: Variant, conf: string) {
  const args = [
    '-c',
    'broker.conf',
    `namesrvAddr=${NAMESRV}`,
    `brokerName=${name}`,
    `listenPort=${variant['listenPort']}`,
    'adminWriteEnable=true', // bound to every address, it would take no topics from the admin
    ...SMALL,
  ]
  return { name, program: 'broker', args, files: { 'broker.conf': conf } }
}

/** The move: broker-b comes back with the learner's configuration, on the disk it had. */
async function moveBrokerB({ cluster, files }: CheckContext): Promise<void> {
  cluster.step('broker-b moves to its new machine')
  await cluster.stop('broker-b')
  await cluster.writeFile('broker-b', 'broker.conf', encodeUtf8(files.get(CONF) ?? ''))
  await cluster.restart('broker-b').catch((error: Error) => {
    throw new ScenarioFailure(`broker-b does not start after the move: ${error.message}`)
  })
  await cluster.sleep(1_000)
}

async function sendOrders({ cluster, variant }: CheckContext, prefix: string, count: number) {
  const results = []
  for (let i = 1; i <= count; i++) {
    const startMs = cluster.nowMs()
    const message = { topic: text(variant, 'topic'), key: `${prefix}-${i}`, body: `order ${i}` }
    const result = await cluster.produce('shop', message)
    results.push({ ...result, key: message.key, tookMs: cluster.nowMs() - startMs })
  }
  return results
}

async function startBilling({ cluster, variant }: CheckContext): Promise<void> {
  await cluster.start({
    name: 'billing',
    program: 'consumer',
    args: [
      `namesrvAddr=${NAMESRV}`,
      `group=${GROUP}`,
      `topic=${variant['topic']}`,
      'consumeFromWhere=CONSUME_FROM_FIRST_OFFSET',
    ],
  })
}

/** Waits until every key has been delivered; the failure names the first that was not, and the broker that has it. */
async function expectDelivered(cluster: Cluster, sent: readonly { key: string; brokerName: string }[]): Promise<void> {
  const missing = () => {
    const delivered = new Set(cluster.deliveries().map((delivery) => delivery.key))
    return sent.filter(({ key }) => !delivered.has(key))
  }
  await cluster
    .waitUntil('all orders are delivered', () => missing().length === 0, ARRIVE_WITHIN_MS)
    .catch(() => {
      const [first] = missing()
      throw new ScenarioFailure(
        `${missing().length} of ${sent.length} acknowledged orders were not delivered within ${ARRIVE_WITHIN_MS / 1000} s; the first is ${first!.key}, which ${first!.brokerName} acknowledged`,
      )
    })
}

/** Asks the console for every broker: each must be listed, and answer at the address it is listed with. */
async function expectReachable(cluster: Cluster, expected: readonly string[]): Promise<void> {
  const printed = await cluster.admin('admin', ['clusterList'])
  const rows = printed
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s{2,}/))
  for (const brokerName of expected) {
    const row = rows.find((cells) => cells[1] === brokerName)
    if (row === undefined)
      throw new ScenarioFailure(`no route leads to ${brokerName}: it is not registered with the NameServer`)
    if (row.at(-1) !== 'true')
      throw new ScenarioFailure(`${brokerName} is registered at ${row[3]}, where nobody answers`)
  }
}

/** A broker's word is not enough: what it acknowledged must lie on its own disk. */
async function expectStored(
  cluster: Cluster,
  sent: readonly { key: string; status: string; brokerName: string; error: string }[],
): Promise<void> {
  for (const { key, status, brokerName, error } of sent) {
    if (status !== 'SEND_OK') throw new ScenarioFailure(`order ${key} was not taken: ${error}`)
    if (!(await isInCommitLog(cluster, brokerName, key))) {
      throw new ScenarioFailure(
        `order ${key} was sent to ${brokerName} and acknowledged, but it is not on ${brokerName}'s disk: that address leads to another broker`,
      )
    }
  }
}

async function isInCommitLog(cluster: Cluster, node: string, key: string): Promise<boolean> {
  for (const { path } of await cluster.listFiles(node)) {
    if (
      /(^|\/)commitlog\/\d{20}$/.test(path) &&
      holdsText((await cluster.readFile(node, path)) ?? new Uint8Array(), key)
    )
      return true
  }
  return false
}

function holdsText(bytes: Uint8Array, wanted: string): boolean {
  const pattern = encodeUtf8(wanted)
  let at = -1
  while ((at = bytes.indexOf(pattern[0]!, at + 1)) >= 0)
    if (pattern.every((byte, i) => bytes[at + i] === byte)) return true
  return false
}

async function routeReachable(context: CheckContext): Promise<void> {
  await startCluster(context)
  await moveBrokerB(context)
  await expectReachable(context.cluster, ['broker-a', 'broker-b'])
}

async function earlierArrive(context: CheckContext): Promise<void> {
  await startCluster(context)
  const sent = await sendOrders(context, 'order', Number(context.variant['messages']))
  await moveBrokerB(context)
  await startBilling(context)
  await expectDelivered(context.cluster, sent)
}

async function bothServe(context: CheckContext): Promise<void> {
  await startCluster(context)
  await moveBrokerB(context)
  await startBilling(context)
  await context.cluster.sleep(35_000) // every client has asked for its routes anew
  const sent = await sendOrders(context, 'new', Number(context.variant['messages']))
  for (const { key, status, error, tookMs } of sent) {
    if (status !== 'SEND_OK') throw new ScenarioFailure(`order ${key} was not taken: ${error}`)
    if (tookMs > SEND_WITHIN_MS)
      throw new ScenarioFailure(
        `order ${key} took ${tookMs} ms: a broker in the route did not answer, and the producer had to try another`,
      )
  }
  for (const brokerName of ['broker-a', 'broker-b']) {
    if (!sent.some((result) => result.brokerName === brokerName))
      throw new ScenarioFailure(`not one of ${sent.length} orders went to ${brokerName}`)
  }
  await expectStored(context.cluster, sent)
  await expectDelivered(context.cluster, sent)
}

async function moveAgain(context: CheckContext): Promise<void> {
  const { cluster, variant } = context
  await startCluster(context)
  await moveBrokerB(context)
  cluster.step('broker-c starts with nothing said about its address')
  await cluster.start(brokerSpec('broker-c', variant, 'bindAddress = 0.0.0.0\n')).catch((error: Error) => {
    throw new ScenarioFailure(`broker-c does not start: ${error.message}`)
  })
  await expectReachable(cluster, ['broker-c'])
  await cluster.admin('admin', [
    'updateTopic',
    '-t',
    'Moved',
    '-b',
    `broker-c:${variant['listenPort']}`,
    '-r',
    '1',
    '-w',
    '1',
  ])
  await cluster.sleep(1_000)
  const sent = await sendOrders({ ...context, variant: { ...variant, topic: 'Moved' } }, 'moved', 3)
  await expectStored(cluster, sent)
}

/** What the learner sees when the lab opens: orders before the move, the move, and a billing service that waits. */
async function demo(context: CheckContext): Promise<void> {
  await startCluster(context)
  context.cluster.step('the shop sends eight orders')
  await sendOrders(context, 'order', 8)
  await moveBrokerB(context)
  context.cluster.step('the billing service starts')
  await startBilling(context)
  await context.cluster.sleep(5_000)
}
