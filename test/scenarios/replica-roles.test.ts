/** The roles that a controller gives: which of them a broker takes, and when. Mistakes in this show here. */
import { describe, expect, it } from 'vitest'
import type { Cluster } from '../../reference/host/cluster.ts'
import type { Program } from '../../reference/host/program.ts'
import { encodeJsonBody } from '../../reference/remoting/bodies/json-body.ts'
import { NO_ANSWER, type RequestHandlers } from '../../reference/remoting/dispatch.ts'
import { SUCCESS } from '../../reference/remoting/remoting-command.ts'
import { RemotingServer } from '../../reference/remoting/remoting-server.ts'
import { RequestCode } from '../../reference/remoting/request-code.ts'
import {
  electMasterAnswer,
  getReplicaInfoAnswer,
  notifyBrokerRoleChanged,
  registerBrokerToControllerAnswer,
} from '../../reference/remoting/requests/controller.ts'
import { writeTable } from '../simulation/campaign.ts'
import { ROLE_MUTANTS } from '../simulation/mutants/replica-step-mutants.ts'
import { type Scenario, scenarioKills, scenarioTable } from '../simulation/mutants/scenario-kills.ts'
import { startControllerShape, startReplica } from '../support/controller-shape.ts'
import { invoke } from '../support/raw-client.ts'
import { expectSameLogs } from '../support/same-logs.ts'
import { inSimulation, NAMESRV, sendMany } from '../support/sim.ts'

const SAFE = ['allAckInSyncStateSet=true', 'minInSyncReplicas=2']

const startShop = (cluster: Cluster) =>
  cluster.start({ name: 'shop', program: 'producer', args: [NAMESRV, 'sendMsgTimeout=10000'] })

/**
 * A controller that still counts a dead master as alive: it names broker 1 the master of epoch 1 until 12 s after this
 * broker has registered again.
 */
const lateController: Program = (host, _args, signals) => {
  const role = (masterEpoch: number) => ({
    masterBrokerId: 1,
    masterAddress: 'broker-1:10911',
    masterEpoch,
    syncStateSetEpoch: masterEpoch,
  })
  let starts = 0
  let hasExpired = false
  const body = encodeJsonBody({ syncStateSet: [1], syncStateSetEpoch: 1 })
  const handlers: RequestHandlers = [
    [
      RequestCode.CONTROLLER_GET_METADATA_INFO,
      () => ({ ...SUCCESS, extFields: { controllerLeaderAddress: `${host.name}:9878` } }),
    ],
    [RequestCode.CONTROLLER_GET_NEXT_BROKER_ID, () => ({ ...SUCCESS, extFields: { nextBrokerId: '1' } })],
    [RequestCode.CONTROLLER_APPLY_BROKER_ID, () => SUCCESS],
    [
      RequestCode.CONTROLLER_REGISTER_BROKER,
      () => {
        if (++starts === 2) host.clock.after(12_000, () => (hasExpired = true))
        return { ...SUCCESS, extFields: starts === 1 ? {} : registerBrokerToControllerAnswer.encode(role(1)), body }
      },
    ],
    [
      RequestCode.CONTROLLER_ELECT_MASTER,
      () => ({ ...SUCCESS, extFields: electMasterAnswer.encode(role(starts)), body }),
    ],
    [
      RequestCode.CONTROLLER_GET_REPLICA_INFO,
      () => ({
        ...SUCCESS,
        extFields: hasExpired ? { masterEpoch: '1' } : getReplicaInfoAnswer.encode(role(1)),
        body,
      }),
    ],
    [
      RequestCode.BROKER_HEARTBEAT,
      () => {
        if (starts === 2 && !hasExpired) host.application.hand('heartbeat', '{}', () => {})
        return NO_ANSWER
      },
    ],
  ]
  const server = new RemotingServer(host, new Map(handlers), {
    onListening: () => signals.ready(),
    onFailed: (sentence) => signals.failed(sentence),
  })
  server.listen(`${host.name}:9878`)
  return { stop: (done) => host.clock.after(0, done) }
}

const epochsOf = (cluster: Cluster) =>
  cluster.events.flatMap((event) => (event.kind === 'epoch.began' ? [event.epoch] : []))

const SCENARIOS: readonly Scenario[] = [
  {
    name: 'a master that has restarted sends no heartbeats and takes no messages until the controllers have elected again',
    seed: 12,
    programs: { 'late-controller': { program: lateController, usesPromises: false } },
    script: async (cluster) => {
      await cluster.start({ name: 'namesrv', program: 'namesrv', args: ['listenPort=9876'] })
      await cluster.start({ name: 'controller-0', program: 'late-controller', args: [] })
      await startReplica(cluster, 'broker-1')
      await cluster.sleep(3_000)
      expect(epochsOf(cluster)).toEqual([1])
      await cluster.powerCut('broker-1')
      await cluster.restart('broker-1')
      await cluster.sleep(10_000)
      expect(epochsOf(cluster), 'it does not lead epoch 1 again').toEqual([1])
      expect(cluster.events.filter((event) => event.kind === 'app.handed' && event.name === 'heartbeat')).toEqual([])
      await cluster.sleep(10_000)
      expect(epochsOf(cluster)).toEqual([1, 2])
    },
  },

  ...[1, 2, 3, 4, 5, 6].map((seed) => ({
    name: `a master that has restarted waits for an election: its log may have lost what its slave has (${seed})`,
    seed,
    script: async (cluster: Cluster) => {
      await startControllerShape(cluster, { settings: SAFE })
      await cluster.sleep(5_000)
      await startShop(cluster)
      // The controller sees no close: bytes between the two wait.
      const held = await cluster.inject({ kind: 'partition', between: [['broker-1'], ['controller-0']], held: 'keep' })
      const sent = await sendMany(cluster, 'before', 30)
      await cluster.powerCut('broker-1')
      await held.heal()
      await cluster.restart('broker-1')
      await cluster.sleep(60_000)
      sent.push(...(await sendMany(cluster, 'after', 5)))
      await expectSameLogs(cluster, ['broker-1', 'broker-2'])
      const path = 'store/commitlog/00000000000000000000'
      const log = Buffer.from((await cluster.readFile('broker-1', path))!).toString('latin1')
      expect(sent.filter((key) => !log.includes(`body of ${key}`))).toEqual([])
    },
  })),

  {
    name: 'a new master is in the route within a second',
    seed: 5,
    script: async (cluster) => {
      await startControllerShape(cluster, { settings: SAFE })
      await cluster.sleep(5_000)
      await cluster.kill('broker-1')
      await cluster.sleep(1_000)
      const registered = cluster.events.findLast(({ kind }) => kind === 'route.registered')
      expect(registered).toMatchObject({ node: 'namesrv', brokerId: 0, address: 'broker-2:10911' })
    },
  },

  {
    name: 'a new master that is just registering as a slave registers again as the master',
    seed: 8,
    script: async (cluster) => {
      const PERIOD_MS = 10_000
      await startControllerShape(cluster, { settings: [...SAFE, `registerNameServerPeriod=${PERIOD_MS}`] })
      await cluster.sleep(2 * PERIOD_MS + 5_000)
      const last = cluster.events.findLast(({ kind, node }) => kind === 'broker.registered' && node === 'broker-2')!
      await cluster.sleep(last.atMs + PERIOD_MS - 500 - cluster.nowMs())
      const slow = await cluster.inject({ kind: 'link', from: 'namesrv', to: 'broker-2', hold: true })
      await cluster.sleep(600) // it has begun to register, and no answer comes
      await cluster.kill('broker-1')
      await cluster.sleep(1_500)
      await slow.heal()
      await cluster.sleep(1_000)
      const registered = cluster.events.findLast(({ kind }) => kind === 'route.registered')
      expect(registered).toMatchObject({ node: 'namesrv', brokerId: 0, address: 'broker-2:10911' })
    },
  },

  {
    name: 'a notice that comes late does not make a master a slave again',
    seed: 6,
    script: async (cluster) => {
      await startControllerShape(cluster, { settings: ['allAckInSyncStateSet=true'] })
      await cluster.sleep(5_000)
      await startShop(cluster)
      await sendMany(cluster, 'before', 3)
      await cluster.kill('broker-1')
      await cluster.sleep(2_000)
      await cluster.start({ name: 'late', program: 'raw-client', args: [] })
      const old = { masterBrokerId: 1, masterAddress: 'broker-1:10911', masterEpoch: 1, syncStateSetEpoch: 2 }
      await invoke(cluster, 'late', {
        to: 'broker-2:10911',
        code: notifyBrokerRoleChanged.code,
        extFields: notifyBrokerRoleChanged.encode(old),
        body: JSON.stringify({ syncStateSet: [1, 2], syncStateSetEpoch: 2 }),
        oneway: true,
      })
      await cluster.sleep(300)
      expect(await sendMany(cluster, 'after', 3)).toHaveLength(3)
    },
  },
]

describe('the roles of a broker under a controller', () => {
  for (const { name, seed, script, programs } of SCENARIOS) it(name, () => inSimulation(seed, script, programs))

  it('every mistake is noticed', async () => {
    const kills = await scenarioKills(ROLE_MUTANTS, SCENARIOS)
    writeTable('replica-roles', scenarioTable(kills))
    expect(kills.filter(({ noticedBy }) => noticedBy === '').map(({ mutant }) => mutant.name)).toEqual([])
  })
})
