/**
 * Replicas of one broker name under a controller, while masters die, stand still and are cut off. With `allAckInSyncStateSet`,
 * an acknowledged message is in the log of every later master. When all is healed, all replicas are in the in-sync set, their
 * logs are equal byte for byte, each acknowledged message is at its place, and consumers have read nothing else.
 *
 * `replicas` never cuts the power, so no byte of a page cache is lost, whatever else happens. `unplugged` cuts the power of one
 * replica at a time, also without a sync before the answer: the others have what it loses.
 */
import type { Cluster, Fault } from '../../../../reference/host/cluster.ts'
import type { TraceEvent } from '../../../../reference/host/trace.ts'
import * as requests from '../../../../reference/remoting/requests/controller.ts'
import { updateAndCreateTopic } from '../../../../reference/remoting/requests/topic-config.ts'
import { CONTROLLER_PORT, controllerNames, startControllers, startReplica } from '../../../support/controller-shape.ts'
import { invoke } from '../../../support/raw-client.ts'
import { NAMESRV } from '../../../support/sim.ts'
import { pick } from '../mechanism/faults.ts'
import { logOf } from '../mechanism/log-of.ts'
import type { Mechanism, Work } from '../mechanism/mechanism.ts'
import { until } from '../mechanism/run-mechanism.ts'
import { MasterModel } from '../raft/master-model.ts'
import { demand } from '../violation.ts'
import { differenceOfLogs } from './replica-logs.ts'
import { drawOp, drawPowerOp, inWords, type ReplicasOp } from './replicas-ops.ts'

/** A frozen master is missed after 15 s, routes are 30 s old, and a slave may need several connections. */
const SETTLED_WITHIN_MS = 180_000
/** After this time, the controller has noticed that a connection has closed. Two losses at once are not promised. */
const NOTICED_MS = 2_000
const TOPIC = 'Orders'

interface ReplicasSetup {
  readonly flushDiskType: 'SYNC_FLUSH' | 'ASYNC_FLUSH'
  readonly controllers: number
  readonly replicas: number
  readonly minInSyncReplicas: number
}

const replicasOf = ({ replicas }: ReplicasSetup) => Array.from({ length: replicas }, (_, i) => `broker-${i + 1}`)

class ReplicasWork implements Work<ReplicasOp> {
  readonly #setup: ReplicasSetup
  readonly #names: readonly string[]
  readonly #masters = new MasterModel(false)
  /** The address and the id of each replica, as controllers say. */
  #set: readonly string[] = []
  #master = ''
  readonly #acknowledged = new Map<string, { readonly queueId: number; readonly queueOffset: number }>()
  readonly #delivered = new Set<string>()
  /** The replicas that are being stopped. */
  readonly #ending = new Set<string>()
  #sent = 0
  #truncations = 0
  #unplugging: Promise<void> = Promise.resolve()

  constructor(setup: ReplicasSetup) {
    this.#setup = setup
    this.#names = replicasOf(setup)
  }

  async start(cluster: Cluster): Promise<void> {
    const { controllers, flushDiskType, minInSyncReplicas } = this.#setup
    await cluster.start({ name: 'namesrv', program: 'namesrv', args: ['listenPort=9876'] })
    await startControllers(cluster, controllers)
    await cluster.sleep(controllers === 1 ? 500 : 6_000)
    const settings = [
      'allAckInSyncStateSet=true',
      `minInSyncReplicas=${minInSyncReplicas}`,
      `flushDiskType=${flushDiskType}`,
    ]
    for (const name of this.#names) {
      await startReplica(cluster, name, controllers, settings)
      await cluster.sleep(1_500) // `broker-1` has the id 1, and so on
    }
    await cluster.start({ name: 'operator', program: 'raw-client', args: [] })
    const header = { topic: TOPIC, defaultTopic: 'TBW102', topicFilterType: 'SINGLE_TAG', perm: 6, order: false }
    const extFields = updateAndCreateTopic.encode({ ...header, readQueueNums: 2, writeQueueNums: 2 })
    const created = await invoke(cluster, 'operator', {
      to: `${this.#master}:10911`,
      code: updateAndCreateTopic.code,
      extFields,
    })
    demand(created.code === 0, 'answer', () => `the topic is not created: ${created.remark}`)
    await cluster.start({ name: 'shop', program: 'producer', args: [NAMESRV, 'sendMsgTimeout=6000'] })
    await cluster.start({
      name: 'billing',
      program: 'consumer',
      args: [NAMESRV, 'group=billing', `topic=${TOPIC}`, 'consumeFromWhere=CONSUME_FROM_FIRST_OFFSET'],
    })
    await cluster.sleep(12_000) // the slaves have copied the topic
  }

  hear(event: TraceEvent): void {
    this.#masters.hear(event)
    if (event.kind === 'master.elected' || event.kind === 'syncset.changed') this.#set = event.syncStateSet.split(',')
    if (event.kind === 'route.registered' && event.brokerId === 0) this.#master = event.address.split(':')[0]!
    if (event.kind === 'log.truncated') this.#truncations++
    if (event.kind === 'app.handed' && event.name === 'message')
      this.#delivered.add((JSON.parse(event.text) as { key: string }).key)
  }

  counts() {
    return {
      sends: this.#sent,
      acknowledged: this.#acknowledged.size,
      masters: this.#masters.elections,
      truncations: this.#truncations,
    }
  }

  // ---- operations --------------------------------------------------------------------------------------------------

  async do(cluster: Cluster, op: ReplicasOp): Promise<void> {
    if (op.op === 'send') await this.#send(cluster, op.count, op.bodyBytes)
    else if (op.op === 'strike') await this.#strike(cluster, op.how, op.ms)
    else if (op.op === 'elect') await this.#elect(cluster, op.brokerId)
    else {
      const before = this.#unplugging
      this.#unplugging = before.then(() => (op.op === 'relay' ? this.#relay(cluster, op) : this.#unplug(cluster, op)))
      await this.#unplugging
    }
  }

  async #send(cluster: Cluster, count: number, bodyBytes: number): Promise<void> {
    const sends = Array.from({ length: count }, async () => {
      const key = `m${this.#sent++}`
      const { status, queueId, queueOffset } = await cluster.produce('shop', {
        topic: TOPIC,
        key,
        body: `${key};`.padEnd(bodyBytes, 'x'),
      })
      if (status === 'SEND_OK') this.#acknowledged.set(key, { queueId, queueOffset })
    })
    await Promise.all(sends)
  }

  async #strike(cluster: Cluster, how: (ReplicasOp & { op: 'strike' })['how'], ms: number): Promise<void> {
    const master = this.#master
    if (!cluster.isRunning(master)) return
    if (how === 'kill' || how === 'stop') {
      if (this.#ending.has(master)) return
      this.#ending.add(master)
      await cluster[how](master)
      this.#ending.delete(master)
      await cluster.sleep(ms)
      if (!cluster.isRunning(master)) await cluster.restart(master).catch(() => {})
      return
    }
    const others = this.#names.filter((name) => name !== master)
    const faults: readonly Fault[] =
      how === 'pause'
        ? [{ kind: 'pause', node: master }]
        : how === 'cut'
          ? [{ kind: 'partition', between: [[master], controllerNames(this.#setup.controllers)], held: 'reset' }]
          : others.map((other) => {
              const [from, to] = how === 'deaf' ? [other, master] : [master, other]
              return { kind: 'link', from, to, hold: true, oneWay: true } as const
            })
    const injected = await Promise.all(faults.map((fault) => cluster.inject(fault)))
    await cluster.sleep(ms)
    for (const { heal } of injected) await heal()
  }

  async #elect(cluster: Cluster, brokerId: number): Promise<void> {
    const header = { clusterName: 'DefaultCluster', brokerName: 'pair', brokerId, designateElect: true }
    const extFields = requests.electMaster.encode(header)
    for (const name of controllerNames(this.#setup.controllers))
      await invoke(cluster, 'operator', {
        to: `${name}:${CONTROLLER_PORT}`,
        code: requests.electMaster.code,
        extFields,
      }).catch(() => undefined)
  }

  /** Cuts the power of a slave, and ends the master in the moment in which this slave is in the set again. */
  async #relay(cluster: Cluster, { downMs, how }: ReplicasOp & { op: 'relay' }): Promise<void> {
    const isWhole = await until(cluster, async () => this.#isWhole(cluster), SETTLED_WITHIN_MS)
    demand(isWhole, 'failover', () => `the in-sync set is ${this.#set} before a power cut`)
    const slave = this.#names.find((name) => name !== this.#master)!
    await cluster.powerCut(slave)
    await cluster.waitUntil('the slave is not in the set', () => !this.#isWhole(cluster), SETTLED_WITHIN_MS)
    await cluster.sleep(Math.max(downMs, 30))
    if (!cluster.isRunning(slave)) await cluster.restart(slave).catch(() => {})
    await cluster.waitUntil('the slave is in the set', () => this.#isWhole(cluster), SETTLED_WITHIN_MS)
    const master = this.#master
    await cluster[how](master)
    await cluster.sleep(NOTICED_MS)
    if (!cluster.isRunning(master)) await cluster.restart(master).catch(() => {})
    await until(cluster, async () => this.#isWhole(cluster), SETTLED_WITHIN_MS)
  }

  /** Waits until all replicas are in the set, and then cuts the power of one. */
  async #unplug(cluster: Cluster, op: ReplicasOp & { op: 'unplug' }): Promise<void> {
    const isWhole = await until(cluster, async () => this.#isWhole(cluster), SETTLED_WITHIN_MS)
    demand(isWhole, 'failover', () => `the in-sync set is ${this.#set} before a power cut`)
    const node = op.isMaster ? this.#master : this.#names[op.other % this.#names.length]!
    const controllers = controllerNames(this.#setup.controllers)
    const held = op.isHeld
      ? await cluster.inject({ kind: 'partition', between: [[node], controllers], held: 'keep' })
      : undefined
    await cluster.powerCut(node)
    await cluster.sleep(op.downMs)
    await held?.heal()
    if (!cluster.isRunning(node)) await cluster.restart(node).catch(() => {})
    await cluster.sleep(NOTICED_MS)
    await until(cluster, async () => this.#isWhole(cluster), SETTLED_WITHIN_MS)
  }

  #isWhole(cluster: Cluster): boolean {
    return this.#set.length === this.#names.length && this.#names.every((name) => cluster.isRunning(name))
  }

  // ---- the end -----------------------------------------------------------------------------------------------------

  async settle(cluster: Cluster): Promise<void> {
    const isWhole = await until(cluster, async () => this.#isWhole(cluster), SETTLED_WITHIN_MS)
    demand(isWhole, 'failover', () => `after ${SETTLED_WITHIN_MS} ms, the in-sync set is ${this.#set}`)
    // a send succeeds again, and all replicas have it
    const before = this.#acknowledged.size
    const isSent = await until(
      cluster,
      async () => {
        await this.#send(cluster, 1, 20)
        return this.#acknowledged.size > before
      },
      SETTLED_WITHIN_MS,
    )
    demand(isSent, 'failover', () => `no send succeeds after ${SETTLED_WITHIN_MS} ms`)
    let difference = ''
    const areEqual = async () => (difference = await differenceOfLogs(cluster, this.#names)) === ''
    demand(await until(cluster, areEqual, SETTLED_WITHIN_MS), 'durability', () => difference)
    await this.#checkLog(cluster)
    const isRead = await until(cluster, async () => this.#unread().length === 0, SETTLED_WITHIN_MS)
    demand(isRead, 'atLeastOnce', () => `the group has not read ${this.#unread().slice(0, 5)}`)
  }

  #unread(): readonly string[] {
    return [...this.#acknowledged.keys()].filter((key) => !this.#delivered.has(key))
  }

  /** Each acknowledged message is at its place, and nothing was read that is not in the log. */
  async #checkLog(cluster: Cluster): Promise<void> {
    const records = (await logOf(cluster, this.#names[0]!)).filter(({ topic }) => topic === TOPIC)
    const places = new Map(records.map((record) => [`${record.queueId}/${record.queueOffset}`, record]))
    const keys = new Set(records.map(({ properties }) => properties.get('KEYS') ?? ''))
    demand(places.size === records.length, 'order', () => 'two records have the same queue offset')
    for (const [key, { queueId, queueOffset }] of this.#acknowledged) {
      const there = places.get(`${queueId}/${queueOffset}`)?.properties.get('KEYS')
      demand(
        there === key,
        'durability',
        () => `${key} was acknowledged at ${queueId}/${queueOffset}; there is ${there}`,
      )
    }
    for (const key of this.#delivered) demand(keys.has(key), 'invention', () => `${key} was read, and is in no log`)
    for (const { queueId, queueOffset } of records)
      demand(
        queueOffset === 0 || places.has(`${queueId}/${queueOffset - 1}`),
        'order',
        () => `${queueId}/${queueOffset} has no message before it`,
      )
  }
}

const shared = {
  ops: ['send', 'strike', 'elect', 'unplug', 'relay'],
  sleepsMs: [10, 100, 1_500, 4_000, 12_000, 35_000],
  nodes: (setup: ReplicasSetup) => ({
    namesrvs: controllerNames(setup.controllers),
    brokers: replicasOf(setup),
    clients: [],
  }),
  inWords,
  setupInWords: ({ controllers, replicas, minInSyncReplicas, flushDiskType }: ReplicasSetup) =>
    `${controllers} controllers, ${replicas} replicas, minInSyncReplicas ${minInSyncReplicas}, ${flushDiskType}`,
  begin: (setup: ReplicasSetup) => new ReplicasWork(setup),
} as const

export const replicas: Mechanism<ReplicasSetup, ReplicasOp> = {
  ...shared,
  name: 'replicas',
  about: 'replicas under a controller and faults: no acknowledged message is lost, logs are equal, one master an epoch',
  faults: ['kill', 'stop', 'partition', 'link', 'oneWay', 'pause', 'clock', 'slowDisk'],
  drawSetup: (chance) => ({
    flushDiskType: pick(chance, ['SYNC_FLUSH', 'ASYNC_FLUSH']),
    // a simulated cluster has room for nine nodes
    ...pick(chance, [
      { controllers: 3, replicas: 2 },
      { controllers: 1, replicas: 2 },
      { controllers: 1, replicas: 3 },
    ]),
    minInSyncReplicas: 1 + chance.int(2),
  }),
  drawOp,
}

export const unplugged: Mechanism<ReplicasSetup, ReplicasOp> = {
  ...shared,
  name: 'unplugged',
  about: 'replicas under a controller, one of which loses power: the others have what it loses, and nothing comes back',
  faults: [],
  drawSetup: (chance) => ({
    flushDiskType: pick(chance, ['SYNC_FLUSH', 'ASYNC_FLUSH']),
    controllers: 1,
    replicas: 2 + chance.int(2),
    minInSyncReplicas: 2,
  }),
  drawOp: drawPowerOp,
}
