/** Three controllers: how they choose a leader, how a decision becomes one, and what two of three can do. */
import type { Cluster } from '#reference/host/cluster.ts'
import type { CastMember, FigureSource } from '#site/figures/kit/types.ts'
import { sendKey, sendMany, start, startConsumer, TOPIC, until } from '#site/figures/shop.ts'
import { atEnd, NAMESRV, startControllers, startReplica, startShop } from '../replicas.ts'

export const STEP = {
  votes: 'Three controllers start, and none of them leads',
  led: 'One of them leads; two replicas register with it',
  leader: 'The process of the leader is killed',
  master: 'Two controllers of three are there, and the master is killed',
  elected: 'The other replica is the master; later the old one is started again',
  second: 'A second controller is killed',
  nobody: 'One controller of three is there, and the master is killed',
  back: 'One of the dead controllers is started again',
  billing: 'The kiosk knows the new master and sells two more; the billing comes',
} as const

export const CONTROLLERS = ['c0', 'c1', 'c2'] as const

const CAST: readonly CastMember[] = [
  ...CONTROLLERS.map((name): CastMember => ({ name, role: 'controller' })),
  { name: 'namesrv', role: 'namesrv' },
  { name: 'a', role: 'broker', queues: [`${TOPIC}/0`] },
  { name: 'b', role: 'slave', queues: [`${TOPIC}/0`] },
  { name: 'shop', role: 'producer' },
  { name: 'billing', role: 'consumer', group: 'billing' },
]

export const figure: FigureSource = {
  title: 'Three controllers',
  question: 'Who decides who decides?',
  summary:
    'Three controllers elect a leader by votes; a decision counts when two of them have it on disk. Two of three go on.',
  topic: TOPIC,
  cast: CAST,
  passages: {
    votes: {
      title: 'Read from the top: a term, three votes, a leader',
      from: STEP.votes,
      to: STEP.led,
      view: 'space-time',
      opens: 'end',
      cast: CONTROLLERS,
      tells: ['term.began', 'vote.cast', 'leader.elected'],
      shows: { frames: 'RAFT_REQUEST_VOTE', rows: 14 },
    },
    two: {
      title: 'One of three is dead, and the master dies: is a new one elected?',
      from: STEP.master,
      to: STEP.elected,
      view: 'space-time',
      opens: 'end',
      cast: [...CONTROLLERS, 'a', 'b'],
      tells: ['node.stopped', 'replica.inactive', 'raft.appended', 'raft.committed', 'master.elected', 'role.taken'],
      shows: { frames: 'RAFT_APPEND_ENTRIES,NOTIFY_BROKER_ROLE_CHANGED', rows: 15 },
    },
  },
  // with this seed no arrow runs through the words of a vote or of the follower that sees the death of the master
  seed: 9,
  lengthMs: 13_000,
  run: (cluster) => run(cluster, false),
  send: (cluster, key) => sendKey(cluster, 'shop', key),
}

/** The controller that leads, as far as the run's events tell. */
function leader(cluster: Cluster): string {
  const told = cluster.events.findLast(({ kind }) => kind === 'leader.elected')
  return told?.node ?? CONTROLLERS[0]
}

/** How long the run is with all that the figure `majority` shows. */
export const WHOLE_MS = 52_000

/** The script; the part of this figure ends before the second controller is killed. */
export async function run(cluster: Cluster, isWhole: boolean): Promise<void> {
  start(cluster, 'namesrv', 'namesrv', ['listenPort=9876'])
  cluster.step(STEP.votes)
  startControllers(cluster, CONTROLLERS)
  await until(cluster, 2_000)
  cluster.step(STEP.led)
  startReplica(cluster, 'a', [], CONTROLLERS)
  await until(cluster, 4_000)
  startReplica(cluster, 'b', [], CONTROLLERS)
  await until(cluster, 6_000)
  startShop(cluster)
  await until(cluster, 7_000)
  cluster.step(STEP.leader)
  const first = leader(cluster)
  void cluster.kill(first).catch(() => {})
  // between two heartbeats of the leader: no answer is under way whose question is not in the picture
  await until(cluster, 10_020)
  cluster.step(STEP.master)
  void cluster.kill('a').catch(() => {})
  await until(cluster, 10_080)
  cluster.step(STEP.elected)
  await until(cluster, 11_000)
  void cluster.restart('a').catch(() => {})
  if (!isWhole) return
  await until(cluster, 13_000)
  startShop(cluster, 'kiosk')
  await until(cluster, 14_200)
  const selling = sendMany(cluster, 'kiosk', [1, 4], 1_000)
  await until(cluster, 16_000)
  cluster.step(STEP.second)
  void cluster.kill(leader(cluster)).catch(() => {})
  await until(cluster, 18_000)
  cluster.step(STEP.nobody)
  void cluster.kill('b').catch(() => {})
  await until(cluster, 22_000)
  cluster.step(STEP.back)
  void cluster.restart(first).catch(() => {})
  await selling
  // by then the kiosk has asked the NameServer again
  await until(cluster, 45_000)
  cluster.step(STEP.billing)
  await sendMany(cluster, 'kiosk', [5, 6], 300)
  startConsumer(cluster, 'billing', NAMESRV, 'billing')
  await atEnd(cluster, WHOLE_MS)
}
