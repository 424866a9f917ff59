/**
 * The stores of replicas alone: no brokers, and the run itself is the controller. It elects only members of the in-sync set,
 * but tells an old master late, so that tails diverge again and again. At the end, all logs are equal byte for byte, each
 * acknowledged message is there, and so is whatever a consumer could have read.
 */
import type { Cluster } from '../../../../reference/host/cluster.ts'
import type { RandomStream } from '../../../../reference/host/sim/random.ts'
import type { TraceEvent } from '../../../../reference/host/trace.ts'
import { Replica, type ReplicaState, replicaStore } from '../../../support/replica-store.ts'
import { pick } from '../mechanism/faults.ts'
import type { Mechanism, Work } from '../mechanism/mechanism.ts'
import { until } from '../mechanism/run-mechanism.ts'
import { demand } from '../violation.ts'

const SETTLED_WITHIN_MS = 60_000

type StoresOp =
  | { readonly op: 'put'; readonly count: number; readonly bodyBytes: number; readonly isZombie: boolean }
  /** Another member is elected. The others hear of it after `lateMs`. */
  | { readonly op: 'elect'; readonly draw: number; readonly lateMs: number }
  | {
      readonly op: 'cut'
      readonly from: number
      readonly to: number
      readonly ms: number
      readonly how: 'reset' | 'keep' | 'oneWay'
    }
  | { readonly op: 'end'; readonly who: number; readonly how: 'kill' | 'powerCut'; readonly downMs: number }
  /** The master dies while a long record is on its way, and another member is elected. */
  | { readonly op: 'tear'; readonly ms: number; readonly draw: number }
  | { readonly op: 'check' }

interface StoresSetup {
  readonly flushDiskType: 'SYNC_FLUSH' | 'ASYNC_FLUSH'
  readonly replicas: number
  readonly cutsPower: boolean
  /** Without it, acknowledged messages may be lost, and shown messages too. */
  readonly allAck: boolean
}

class StoresWork implements Work<StoresOp> {
  readonly #setup: StoresSetup
  readonly #names: readonly string[]
  #replicas: Replica[] = []
  #cluster: Cluster | undefined
  /** What the controller knows. Ids count from 1. */
  #epoch = 0
  #masterId = 0
  /** The last epoch whose master was told. */
  #ledEpoch = 0
  #set: readonly number[] = []
  /** Replicas whose power was cut, until they have joined the set again. They are not elected: that would be two faults. */
  readonly #hasLost = new Set<number>()
  /** The role that each replica was told last. */
  readonly #told = new Map<string, number>()
  readonly #acknowledged = new Set<string>()
  readonly #seen = new Set<string>()
  #puts = 0
  /** The epoch in which each replica was last made the master. */
  readonly #toldEpochs = new Map<string, number>()
  #truncations = 0
  #elections = 0

  constructor(setup: StoresSetup) {
    this.#setup = setup
    this.#names = Array.from({ length: setup.replicas }, (_, i) => `r${i + 1}`)
  }

  async start(cluster: Cluster): Promise<void> {
    this.#cluster = cluster
    this.#replicas = this.#names.map((name) => new Replica(cluster, name))
    for (const one of this.#replicas)
      await one.start(`flushDiskType="${this.#setup.flushDiskType}"`, `allAckInSyncStateSet=${this.#setup.allAck}`)
    await this.#elect(1, 0)
    await until(cluster, async () => this.#isWhole(), SETTLED_WITHIN_MS)
  }

  hear(event: TraceEvent): void {
    if (event.kind === 'log.truncated') this.#truncations++
    if (event.kind === 'app.called' && event.name === 'master')
      this.#toldEpochs.set(event.node, (JSON.parse(event.text) as { epoch: number }).epoch)
    if (event.kind !== 'app.handed' || event.name !== 'proposed') return
    const set = JSON.parse(event.text) as number[]
    const id = this.#names.indexOf(event.node) + 1
    // The controller accepts a set from the master of the present epoch only, and only members that are alive.
    const one = this.#replicas[id - 1]!
    // a proposal carries the epoch that its master knows, and a later one may have begun at the controller
    const epoch = this.#toldEpochs.get(event.node) ?? this.#epoch
    void this.#cluster!.sleep(3).then(async () => {
      const areAlive = set.every((member) => this.#cluster!.isRunning(this.#names[member - 1]!))
      if (id !== this.#masterId || epoch !== this.#epoch || !areAlive) return one.refuseSet().catch(() => {})
      for (const member of set) if (!this.#set.includes(member)) this.#hasLost.delete(member)
      this.#set = set
      // the answer of the controller takes its time
      await this.#cluster!.sleep((this.#puts % 4) * 70)
      if (epoch === this.#epoch) await one.useSet(set).catch(() => {})
    })
  }

  counts() {
    return {
      puts: this.#puts,
      acknowledged: this.#acknowledged.size,
      elections: this.#elections,
      truncations: this.#truncations,
    }
  }

  async do(cluster: Cluster, op: StoresOp): Promise<void> {
    if (op.op === 'put') await this.#put(op.count, op.bodyBytes, op.isZombie)
    else if (op.op === 'elect') await this.#electOne(cluster, op.draw, op.lateMs)
    else if (op.op === 'cut') await this.#cut(cluster, op)
    else if (op.op === 'end') await this.#end(cluster, op)
    else if (op.op === 'tear') await this.#tear(cluster, op.ms, op.draw)
    else await this.#look()
  }

  async #put(count: number, bodyBytes: number, isZombie: boolean): Promise<void> {
    // every replica that was told that it is the master believes so, unless it was told otherwise
    const masters = this.#names.filter((name) => this.#told.get(name) === this.#names.indexOf(name) + 1)
    const name = isZombie ? masters.at(this.#puts % Math.max(masters.length, 1)) : this.#names[this.#masterId - 1]
    if (name === undefined || !this.#cluster!.isRunning(name)) return
    const puts = Array.from({ length: count }, async () => {
      const key = `k${this.#puts++}`
      const { status } = await this.#replicas[this.#names.indexOf(name)]!.put(key, `${key};`.padEnd(bodyBytes, 'x'))
      if (status === 'PUT_OK') this.#acknowledged.add(key)
    })
    await Promise.allSettled(puts)
    await this.#look()
  }

  /** What consumers can read now, at any replica. */
  async #look(): Promise<void> {
    for (const one of this.#replicas) {
      if (!this.#cluster!.isRunning(one.name)) continue
      const state = await one.state().catch(() => undefined)
      for (const key of state?.keys ?? []) this.#seen.add(key)
      const unique = new Set(state?.keys)
      demand(
        unique.size === (state?.keys.length ?? 0),
        'order',
        () => `${one.name} shows a message twice: ${state?.keys}`,
      )
    }
  }

  async #electOne(cluster: Cluster, draw: number, lateMs: number): Promise<void> {
    const alive = this.#set.filter((id) => cluster.isRunning(this.#names[id - 1]!) && !this.#hasLost.has(id))
    const others = alive.filter((id) => id !== this.#masterId)
    const candidates = others.length > 0 ? others : alive
    if (candidates.length === 0) return
    await this.#elect(candidates[draw % candidates.length]!, lateMs)
  }

  async #elect(id: number, lateMs: number): Promise<void> {
    this.#elections++
    const epoch = ++this.#epoch
    this.#masterId = id
    this.#set = [id]
    await this.#tell(id)
    await this.#cluster!.sleep(lateMs)
    if (epoch === this.#epoch) for (const [i] of this.#names.entries()) if (i + 1 !== id) await this.#tell(i + 1)
  }

  /** Tells a replica its role in the present epoch. */
  async #tell(id: number): Promise<void> {
    const one = this.#replicas[id - 1]!
    const isMaster = id === this.#masterId && this.#ledEpoch === this.#epoch
    if (!this.#cluster!.isRunning(one.name) || isMaster) return
    if (id === this.#masterId) this.#ledEpoch = this.#epoch
    this.#told.set(one.name, this.#masterId)
    const [epoch, masterId] = [this.#epoch, this.#masterId]
    if (id === masterId) {
      const fault = await one.master(id, epoch).catch(() => 'ended')
      demand(
        fault === '' || fault === 'ended' || epoch < this.#epoch,
        'failover',
        () => `${one.name} cannot lead epoch ${epoch}: ${fault}`,
      )
    } else await one.slave(id, this.#names[masterId - 1]!).catch(() => {})
  }

  async #cut(cluster: Cluster, { from, to, ms, how }: StoresOp & { op: 'cut' }): Promise<void> {
    const [a, b] = [this.#names[from % this.#names.length]!, this.#names[to % this.#names.length]!]
    if (a === b) return
    const { heal } = await cluster.inject(
      how === 'oneWay'
        ? { kind: 'link', from: a, to: b, hold: true, oneWay: true }
        : { kind: 'partition', between: [[a], [b]], held: how },
    )
    await cluster.sleep(ms)
    await heal()
  }

  async #end(cluster: Cluster, { who, how, downMs }: StoresOp & { op: 'end' }): Promise<void> {
    const name = this.#names[who % this.#names.length]!
    if (!cluster.isRunning(name)) return
    // what one replica loses, another member must have
    if (how === 'powerCut' && (!this.#setup.cutsPower || !this.#isWhole())) return
    await cluster[how](name)
    this.#told.delete(name)
    const id = this.#names.indexOf(name) + 1
    if (how === 'powerCut') this.#hasLost.add(id)
    if (this.#masterId === id) await this.#electOne(cluster, who, 0)
    await cluster.sleep(downMs)
    if (!cluster.isRunning(name)) await cluster.restart(name).catch(() => {})
    await this.#look()
    await this.#isBack(this.#names.indexOf(name) + 1)
  }

  /**
   * A replica has started again. A master is elected again, because it may have lost what its slaves have. One that has lost its
   * power waits for a member that has not: both were away at once, and only the other has everything.
   */
  async #isBack(id: number): Promise<void> {
    const isLed = this.#told.has(this.#names[this.#masterId - 1]!)
    const hasSound = this.#set.some((member) => !this.#hasLost.has(member))
    if (!isLed && hasSound) {
      const isSound = this.#set.includes(id) && !this.#hasLost.has(id)
      if (isSound) return this.#elect(id, 0)
    } else if (!isLed && this.#masterId === id) return this.#elect(id, 0)
    await this.#tell(id)
  }

  async #tear(cluster: Cluster, ms: number, draw: number): Promise<void> {
    const id = this.#masterId
    const name = this.#names[id - 1]!
    if (!cluster.isRunning(name)) return
    void this.#put(2, 40_000, false)
    await cluster.sleep(ms)
    await this.#end(cluster, { op: 'end', who: id - 1, how: 'kill', downMs: 50 + draw })
  }

  #isWhole(): boolean {
    return this.#set.length === this.#names.length && this.#names.every((name) => this.#cluster!.isRunning(name))
  }

  async settle(cluster: Cluster): Promise<void> {
    for (const name of this.#names) if (!cluster.isRunning(name)) await cluster.restart(name)
    for (const [i] of this.#names.entries()) await this.#isBack(i + 1)
    const isWhole = await until(
      cluster,
      async () => {
        for (const one of this.#replicas) await one.check()
        return this.#isWhole()
      },
      SETTLED_WITHIN_MS,
    )
    demand(isWhole, 'failover', () => `the in-sync set is ${this.#set} of ${this.#names.length}`)
    await this.#put(1, 20, false)
    let what = ''
    const areEqual = async () => (what = await this.#difference(cluster)) === ''
    demand(await until(cluster, areEqual, SETTLED_WITHIN_MS), 'durability', () => what)
    const { keys, indexed } = await this.#replicas[this.#masterId - 1]!.state()
    const there = new Set(keys)
    if (this.#setup.allAck) this.#checkPromises(there)
    demand(
      indexed.length === keys.length,
      'derived',
      () => `the index finds ${indexed.length} of ${keys.length} messages once`,
    )
    // a crash of all brings nothing else back
    for (const name of this.#names) await cluster[this.#setup.cutsPower ? 'powerCut' : 'kill'](name)
    for (const name of this.#names) await cluster.restart(name)
    if (this.#setup.flushDiskType === 'ASYNC_FLUSH' && this.#setup.cutsPower) return
    for (const one of this.#replicas) {
      const after = await one.state()
      demand(
        after.keys.every((key) => there.has(key)),
        'zombie',
        () => `${one.name} shows ${after.keys} after a crash`,
      )
    }
  }

  #checkPromises(there: ReadonlySet<string>): void {
    for (const key of this.#acknowledged)
      demand(there.has(key), 'durability', () => `${key} was acknowledged, and is gone`)
    for (const key of this.#seen) demand(there.has(key), 'invention', () => `${key} was shown, and is gone`)
  }

  async #difference(cluster: Cluster): Promise<string> {
    const logs = await Promise.all(this.#names.map((name) => filesOf(cluster, name)))
    const states: ReplicaState[] = []
    for (const one of this.#replicas) states.push(await one.state())
    for (const [i, log] of logs.entries()) {
      if (log !== logs[0]) return `the log of ${this.#names[i]} differs from that of ${this.#names[0]}`
      if (states[i]!.keys.join() !== states[0]!.keys.join())
        return `${this.#names[i]} shows ${states[i]!.keys}, not ${states[0]!.keys}`
    }
    return ''
  }
}

/** The files of a log with their names, as one text. */
async function filesOf(cluster: Cluster, node: string): Promise<string> {
  const paths = (await cluster.listFiles(node))
    .map(({ path }) => path)
    .filter((path) => path.startsWith('store/commitlog/'))
  const parts = await Promise.all(
    paths
      .sort()
      .map(async (path) => `${path} ${Buffer.from((await cluster.readFile(node, path)) ?? []).toString('latin1')}`),
  )
  return parts.join()
}

function drawOp(chance: RandomStream): StoresOp {
  const draw = chance.int(22)
  if (draw < 9)
    return {
      op: 'put',
      count: 1 + chance.int(4),
      bodyBytes: pick(chance, [10, 300, 20_000, 40_000]),
      isZombie: chance.int(3) === 0,
    }
  if (draw < 13) return { op: 'elect', draw: chance.int(3), lateMs: pick(chance, [0, 5, 200, 4_000]) }
  if (draw < 16)
    return {
      op: 'cut',
      from: chance.int(3),
      to: chance.int(3),
      ms: pick(chance, [20, 500, 6_000, 25_000]),
      how: pick(chance, ['reset', 'keep', 'oneWay']),
    }
  if (draw < 19)
    return {
      op: 'end',
      who: chance.int(3),
      how: pick(chance, ['kill', 'powerCut']),
      downMs: pick(chance, [0, 10, 2_000]),
    }
  if (draw < 21) return { op: 'tear', ms: chance.int(8), draw: chance.int(3) }
  return { op: 'check' }
}

function inWords(op: StoresOp): string {
  if (op.op === 'put')
    return `${op.count} puts of ${op.bodyBytes} bytes${op.isZombie ? ', perhaps to an old master' : ''}`
  if (op.op === 'elect') return `another master, of which the others hear after ${op.lateMs} ms`
  if (op.op === 'cut') return `the link of replicas ${op.from} and ${op.to} is cut for ${op.ms} ms (${op.how})`
  if (op.op === 'end') return `${op.how} of replica ${op.who}, back after ${op.downMs} ms`
  if (op.op === 'tear') return `the master is killed ${op.ms} ms after it has begun to send a long record`
  return 'a look at what consumers can read'
}

export const stores: Mechanism<StoresSetup, StoresOp> = {
  name: 'copies',
  about:
    'stores of replicas and elections: diverged tails are cut off for good, logs are equal, nothing shown or acknowledged is lost',
  ops: ['put', 'elect', 'cut', 'end', 'tear', 'check'],
  sleepsMs: [1, 5, 20, 150, 1_500, 6_000],
  faults: [],
  drawSetup: (chance) => ({
    flushDiskType: pick(chance, ['SYNC_FLUSH', 'ASYNC_FLUSH']),
    replicas: 2 + chance.int(2),
    cutsPower: chance.int(2) === 0,
    allAck: chance.int(4) > 0,
  }),
  drawOp,
  nodes: ({ replicas }) => ({
    namesrvs: [],
    brokers: Array.from({ length: replicas }, (_, i) => `r${i + 1}`),
    clients: [],
  }),
  inWords,
  setupInWords: ({ replicas, flushDiskType, cutsPower, allAck }) =>
    `${replicas} replicas, ${flushDiskType}, power cuts ${cutsPower ? 'on' : 'off'}, allAckInSyncStateSet ${allAck}`,
  begin: (setup) => new StoresWork(setup),
  programs: { 'replica-store': { program: replicaStore, usesPromises: false } },
}
