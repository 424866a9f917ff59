/**
 * Controllers and brokers that die, stop, lose power, stand still or are cut off, while ids are assigned, in-sync sets change
 * and masters are elected. At every event the rules of Raft and of masters hold (`raft-model.ts`, `master-model.ts`). When all
 * is healed there is one leader, and a master in its set; and again after one controller, and then the master, has died.
 */
import type { Cluster, Fault } from '../../../../reference/host/cluster.ts'
import type { TraceEvent } from '../../../../reference/host/trace.ts'
import { RequestCode } from '../../../../reference/remoting/request-code.ts'
import * as requests from '../../../../reference/remoting/requests/controller.ts'
import { invoke, type RawAnswer } from '../../../support/raw-client.ts'
import { pick } from '../mechanism/faults.ts'
import type { Mechanism, Work } from '../mechanism/mechanism.ts'
import { until } from '../mechanism/run-mechanism.ts'
import { demand } from '../violation.ts'
import { MasterModel } from './master-model.ts'
import { RaftModel } from './raft-model.ts'
import { drawOp, inWords, type RaftOp, type Struck } from './raft-ops.ts'

const BROKER_NAME = 'broker-a'
const CLUSTER_NAME = 'DefaultCluster'
const OPERATOR = 'operator'
const PORT = 9878
/** An election of a leader takes a few seconds; brokers need ten seconds and a scan to be missed, and ask once a second. */
const SETTLED_WITHIN_MS = 60_000

interface RaftSetup {
  readonly flushDiskType: 'SYNC_FLUSH'
  readonly controllers: number
  readonly brokers: number
  /** The journal is written again after so many lines. */
  readonly compactAfterLines: number
  readonly isUncleanAllowed: boolean
}

const controllersOf = ({ controllers }: RaftSetup) => Array.from({ length: controllers }, (_, i) => `controller-${i}`)
const brokersOf = ({ brokers }: RaftSetup) => Array.from({ length: brokers }, (_, i) => `replica-${i + 1}`)

class RaftWork implements Work<RaftOp> {
  readonly #setup: RaftSetup
  readonly #raft = new RaftModel()
  readonly #masters: MasterModel
  readonly #controllers: readonly string[]
  readonly #brokers: readonly string[]
  #lastRole = { masterBrokerId: 0, masterEpoch: 0 }

  constructor(setup: RaftSetup) {
    this.#setup = setup
    this.#masters = new MasterModel(setup.isUncleanAllowed)
    this.#controllers = controllersOf(setup)
    this.#brokers = brokersOf(setup)
  }

  async start(cluster: Cluster): Promise<void> {
    const peers = this.#controllers.map((name, i) => `n${i}-${name}:${PORT}`).join(';')
    const { compactAfterLines, isUncleanAllowed } = this.#setup
    await Promise.all(
      this.#controllers.map((name, i) =>
        cluster.start({
          name,
          program: 'controller',
          args: [
            'controllerDLegerGroup=group1',
            `controllerDLegerPeers=${peers}`,
            `controllerDLegerSelfId=n${i}`,
            `enableElectUncleanMaster=${isUncleanAllowed}`,
            `glassmqCompactAfterLines=${compactAfterLines}`,
          ],
        }),
      ),
    )
    const addresses = this.#controllers.map((name) => `${name}:${PORT}`)
    for (const name of this.#brokers)
      await cluster.start({ name, program: 'controlled-broker', args: [BROKER_NAME, ...addresses] })
    await cluster.start({ name: OPERATOR, program: 'raw-client', args: [] })
    await cluster.sleep(6_000)
  }

  hear(event: TraceEvent): void {
    this.#raft.hear(event)
    this.#masters.hear(event)
    if (event.kind === 'app.handed' && event.name === 'role') this.#lastRole = JSON.parse(event.text)
  }

  counts() {
    const { elections: leaders, commits, snapshots, cuts } = this.#raft
    return { leaders, commits, snapshots, cuts, masters: this.#masters.elections }
  }

  // ---- operations --------------------------------------------------------------------------------------------------

  async do(cluster: Cluster, op: RaftOp): Promise<void> {
    if (op.op === 'flicker') await this.#flicker(cluster, this.#struck(cluster, op.who), op.how, op.downMs)
    else if (op.op === 'blackout')
      await Promise.all(this.#controllers.map((name) => this.#flicker(cluster, name, 'powercut', op.downMs)))
    else if (op.op === 'depose') await this.#depose(cluster, this.#struck(cluster, 'leader'), op.how, op.ms)
    else if (op.op === 'storm') await this.#storm(cluster, op.delayMs, op.ms, op.how)
    else if (op.op === 'drowse') await this.#drowse(cluster, op.who, op.delayMs, op.afterMs)
    else if (op.op === 'heir') await this.#heir(cluster, op.name, op.delayMs)
    else if (op.op === 'twins') await this.#twins(cluster, op.name)
    else if (op.op === 'alter') await this.#alter(cluster, op.masterEpochBack, op.setEpochBack)
    else if (op.op === 'elect') await this.#elect(cluster, op.designated)
    else await this.#flicker(cluster, this.#brokers[op.broker % this.#brokers.length]!, 'kill', op.downMs)
  }

  #struck(cluster: Cluster, who: Struck): string {
    const { leader } = this.#raft
    if (who === 'leader' && leader !== '') return leader
    return this.#controllers[Math.floor(cluster.nowMs()) % this.#controllers.length]!
  }

  async #flicker(cluster: Cluster, node: string, how: 'kill' | 'powercut', downMs: number): Promise<void> {
    if (!cluster.isRunning(node)) return
    if (how === 'kill') await cluster.kill(node)
    else await cluster.powerCut(node)
    await cluster.sleep(downMs)
    // another fault may have started it, or may keep it from becoming ready: tried again at the end
    if (!cluster.isRunning(node)) await cluster.restart(node).catch(() => {})
  }

  async #depose(cluster: Cluster, leader: string, how: 'pause' | 'cut' | 'deaf' | 'mute', ms: number): Promise<void> {
    const others = this.#controllers.filter((name) => name !== leader)
    const faults: readonly Fault[] =
      how === 'pause'
        ? [{ kind: 'pause', node: leader }]
        : how === 'cut'
          ? [{ kind: 'partition', between: [[leader], others], held: 'reset' }]
          : others.map((other) => {
              const [from, to] = how === 'deaf' ? [other, leader] : [leader, other]
              return { kind: 'link', from, to, hold: true, oneWay: true } as const
            })
    const injected = await Promise.all(faults.map((fault) => cluster.inject(fault)))
    // it does not know yet that it is deposed: what it is asked now, it cannot do
    const asked = beside(this.#twins(cluster, 'spare-0'))
    await cluster.sleep(ms)
    for (const { heal } of injected) await heal()
    await asked
    await this.#twins(cluster, 'spare-0')
  }

  async #drowse(cluster: Cluster, who: 'leader' | 'followers', delayMs: number, afterMs: number): Promise<void> {
    const leader = this.#struck(cluster, 'leader')
    const followers = this.#controllers.filter((name) => name !== leader)
    const [slow, dies] = who === 'leader' ? [[leader], followers[0]] : [followers, leader]
    const faults: Fault[] = slow.map((node) => ({ kind: 'disk', node, fails: 'slowSync', delayMs }))
    // only one follower gets the entry of a slow leader, and this one dies
    const [, second] = followers
    if (who === 'leader' && second !== undefined)
      faults.push({ kind: 'link', from: leader, to: second, hold: true, oneWay: true })
    const injected = await Promise.all(faults.map((fault) => cluster.inject(fault)))
    const asked = beside(this.#twins(cluster, 'spare-1'))
    await cluster.sleep(afterMs)
    for (const { heal } of injected) await heal()
    await Promise.all([
      ...slow.map((node) => this.#flicker(cluster, node, 'powercut', 0)),
      dies === undefined ? undefined : this.#flicker(cluster, dies, 'kill', 4_000),
      asked,
    ])
  }

  async #heir(cluster: Cluster, brokerName: string, delayMs: number): Promise<void> {
    const slow = await Promise.all(
      this.#controllers.flatMap((from) =>
        this.#controllers
          .filter((to) => to !== from)
          .map((to) => cluster.inject({ kind: 'link', from, to, delayMs, oneWay: true })),
      ),
    )
    const id = await this.#nextId(cluster, brokerName)
    await this.#applyId(cluster, brokerName, id, 'first')
    const { leader } = this.#raft
    const ended = beside(this.#flicker(cluster, leader, 'kill', 6_000))
    await cluster.waitUntil('there is another leader', () => this.#raft.leader !== leader, 10_000).catch(() => {})
    await this.#applyId(cluster, brokerName, id, 'second')
    for (const { heal } of slow) await heal()
    await ended
  }

  async #storm(cluster: Cluster, delayMs: number, ms: number, how: 'kill' | 'powercut'): Promise<void> {
    const { leader } = this.#raft
    const injected = await Promise.all(
      this.#controllers.flatMap((from) =>
        this.#controllers
          .filter((to) => to !== from)
          .map((to) => cluster.inject({ kind: 'link', from, to, delayMs, oneWay: true })),
      ),
    )
    const ended = leader === '' ? undefined : beside(this.#flicker(cluster, leader, how, ms))
    for (let passed = 0; passed < ms; passed += 700) {
      await cluster.sleep(700)
      await this.#flicker(cluster, this.#struck(cluster, 'any'), how, 0)
    }
    await ended
    for (const { heal } of injected) await heal()
  }

  #ask(cluster: Cluster, code: number, extFields: Readonly<Record<string, string>>, body?: object): Promise<RawAnswer> {
    const to = `${this.#struck(cluster, 'leader')}:${PORT}`
    const text = body === undefined ? {} : { body: JSON.stringify(body) }
    return invoke(cluster, OPERATOR, { to, code, extFields, ...text }).catch(() => NOTHING)
  }

  async #twins(cluster: Cluster, brokerName: string): Promise<void> {
    const id = await this.#nextId(cluster, brokerName)
    await Promise.all(['one', 'two'].map((twin) => this.#applyId(cluster, brokerName, id, twin)))
  }

  async #nextId(cluster: Cluster, brokerName: string): Promise<number> {
    const header = requests.getNextBrokerId.encode({ clusterName: CLUSTER_NAME, brokerName })
    const { extFields } = await this.#ask(cluster, requests.getNextBrokerId.code, header)
    return Number(extFields['nextBrokerId'] ?? 1)
  }

  async #applyId(cluster: Cluster, brokerName: string, appliedBrokerId: number, who: string): Promise<void> {
    const registerCheckCode = `${who}:10911;${Math.floor(cluster.nowMs())}`
    const header = { clusterName: CLUSTER_NAME, brokerName, appliedBrokerId, registerCheckCode }
    const { code } = await this.#ask(cluster, requests.applyBrokerId.code, requests.applyBrokerId.encode(header))
    if (code === 0) this.#masters.received(brokerName, appliedBrokerId, registerCheckCode)
  }

  async #alter(cluster: Cluster, masterEpochBack: number, setEpochBack: number): Promise<void> {
    const info = await this.#replicas(cluster)
    if (info === undefined || info.masterBrokerId === undefined) return
    const masterEpoch = info.masterEpoch - masterEpochBack
    const basedOn = info.syncStateSetEpoch - setEpochBack
    const alive = [...info.inSyncReplicas, ...info.notInSyncReplicas].filter(({ alive }) => alive)
    // a set that differs from the present one: with everybody, or with the master alone
    const all = alive.map(({ brokerId }) => brokerId)
    const set = info.inSyncReplicas.length > 1 ? [info.masterBrokerId] : all
    const header = { brokerName: BROKER_NAME, masterBrokerId: info.masterBrokerId, masterEpoch }
    const { code, extFields } = await this.#ask(
      cluster,
      requests.alterSyncStateSet.code,
      requests.alterSyncStateSet.encode(header),
      { syncStateSet: set, syncStateSetEpoch: basedOn },
    )
    const newEpoch = Number(extFields['newSyncStateSetEpoch'])
    if (code === 0) this.#masters.accepted({ brokerName: BROKER_NAME, masterEpoch, basedOn, newEpoch })
  }

  async #elect(cluster: Cluster, designated: number): Promise<void> {
    const header = {
      clusterName: CLUSTER_NAME,
      brokerName: BROKER_NAME,
      brokerId: designated === 0 ? -1 : designated,
      designateElect: designated !== 0,
    }
    await this.#ask(cluster, requests.electMaster.code, requests.electMaster.encode(header))
  }

  async #replicas(cluster: Cluster): Promise<ReplicasInfo | undefined> {
    const { code, body } = await this.#ask(cluster, RequestCode.CONTROLLER_GET_SYNC_STATE_DATA, {}, [BROKER_NAME])
    if (code !== 0) return undefined
    return (JSON.parse(body) as { replicasInfoTable: Record<string, ReplicasInfo> }).replicasInfoTable[BROKER_NAME]
  }

  // ---- the end -----------------------------------------------------------------------------------------------------

  async settle(cluster: Cluster): Promise<void> {
    await this.#hasLeader(cluster, this.#controllers)
    await this.#hasMaster(cluster, 'when all is healed')
    if (this.#controllers.length < 3) return
    // any one controller may die, the leader too
    const dead = this.#struck(cluster, cluster.seed % 2 === 0 ? 'leader' : 'any')
    await cluster.kill(dead)
    await this.#hasLeader(
      cluster,
      this.#controllers.filter((name) => name !== dead),
    )
    const before = await this.#hasMaster(cluster, `after ${dead} has died`)
    await this.#masterDies(cluster, before)
    await cluster.restart(dead)
    await this.#hasLeader(cluster, this.#controllers)
    await this.#hasMaster(cluster, `when ${dead} is back`)
  }

  /** Each controller names the same leader, and this one answers. */
  async #hasLeader(cluster: Cluster, controllers: readonly string[]): Promise<void> {
    let seen: readonly string[] = []
    const agree = async () => {
      const answers = await Promise.all(
        controllers.map((name) =>
          invoke(cluster, OPERATOR, { to: `${name}:${PORT}`, code: RequestCode.CONTROLLER_GET_METADATA_INFO }),
        ),
      )
      seen = answers.map(({ extFields }) => extFields['controllerLeaderId'] || 'nobody')
      if (seen.includes('nobody') || new Set(seen).size > 1) return false
      const leads = answers.filter(({ extFields }) => extFields['isLeader'] === 'true').length
      return leads === 1 && controllers.includes(this.#raft.leader) && (await this.#replicas(cluster)) !== undefined
    }
    const isMet = await until(cluster, agree, SETTLED_WITHIN_MS)
    demand(isMet, 'failover', () => `${controllers.join(', ')} follow ${seen.join(', ')} after ${SETTLED_WITHIN_MS} ms`)
  }

  /** The master is alive, and its set has all replicas that are alive and no other. */
  async #hasMaster(cluster: Cluster, when: string): Promise<ReplicasInfo> {
    let info: ReplicasInfo | undefined
    const isReached = async () => {
      info = await this.#replicas(cluster)
      const master = info?.inSyncReplicas.find(({ brokerId }) => brokerId === info?.masterBrokerId)
      const outside = info?.notInSyncReplicas.filter(({ alive }) => alive) ?? []
      const isSetAlive = info?.inSyncReplicas.every(({ alive }) => alive) === true
      const isWhole = master !== undefined && isSetAlive && outside.length === 0
      return isWhole && this.#lastRole.masterEpoch === info?.masterEpoch
    }
    const isMet = await until(cluster, isReached, SETTLED_WITHIN_MS)
    demand(isMet, 'failover', () => `${when}: no master with all replicas in its set, but ${JSON.stringify(info)}`)
    return info!
  }

  async #masterDies(cluster: Cluster, { masterBrokerId, inSyncReplicas }: ReplicasInfo): Promise<void> {
    const master = inSyncReplicas.find(({ brokerId }) => brokerId === masterBrokerId)!
    const node = master.brokerAddress.split(':')[0]!
    await cluster.kill(node)
    let now: ReplicasInfo | undefined
    const isReplaced = async () => {
      now = await this.#replicas(cluster)
      return now?.masterBrokerId !== undefined && now.masterBrokerId !== masterBrokerId
    }
    const isMet = inSyncReplicas.length < 2 || (await until(cluster, isReplaced, SETTLED_WITHIN_MS))
    demand(isMet, 'failover', () => `${node}, the master, has died, and nobody took its place: ${JSON.stringify(now)}`)
    await cluster.restart(node)
  }
}

/** Goes on beside what follows. When the run ends in between, its end is not waited for. */
function beside<T>(task: Promise<T>): Promise<T> {
  task.catch(() => {})
  return task
}

const NOTHING: RawAnswer = { code: -1, remark: '', extFields: {}, body: '', bodyBytes: 0 }

interface ReplicasInfo {
  readonly masterBrokerId?: number
  readonly masterEpoch: number
  readonly syncStateSetEpoch: number
  readonly inSyncReplicas: readonly Replica[]
  readonly notInSyncReplicas: readonly Replica[]
}

interface Replica {
  readonly brokerId: number
  readonly brokerAddress: string
  readonly alive: boolean
}

export const controllers: Mechanism<RaftSetup, RaftOp> = {
  name: 'raft',
  about: 'controllers under faults: one leader a term, equal logs, nothing committed is lost, one master an epoch',
  ops: ['flicker', 'blackout', 'depose', 'storm', 'drowse', 'heir', 'twins', 'alter', 'elect', 'lose'],
  sleepsMs: [10, 100, 500, 1_500, 4_000, 12_000],
  faults: ['kill', 'powercut', 'stop', 'partition', 'link', 'oneWay', 'pause', 'clock', 'slowDisk'],
  drawSetup: (chance) => ({
    flushDiskType: 'SYNC_FLUSH',
    controllers: chance.int(10) === 0 ? 1 : 3,
    brokers: 2 + chance.int(2),
    compactAfterLines: pick(chance, [10, 15, 30, 1_000]),
    isUncleanAllowed: chance.int(5) === 0,
  }),
  drawOp,
  nodes: (setup) => ({ namesrvs: [], brokers: controllersOf(setup), clients: brokersOf(setup) }),
  inWords,
  setupInWords: ({ controllers: count, brokers, compactAfterLines, isUncleanAllowed }) =>
    `${count} controllers, ${brokers} brokers, a journal of ${compactAfterLines} lines, unclean elections ${isUncleanAllowed ? 'on' : 'off'}`,
  begin: (setup) => new RaftWork(setup),
}
