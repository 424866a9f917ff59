/**
 * One run of the cluster campaign: a NameServer, two brokers, two producers and three consumers of one group, under the
 * faults of a script; then everything is healed and must come to rest.
 */

import { decodeUtf8 } from '../../../reference/common/utf8.ts'
import type { Cluster, Fault } from '../../../reference/host/cluster.ts'
import type { Program } from '../../../reference/host/program.ts'
import { SimCluster } from '../../../reference/host/sim/cluster.ts'
import { NAMESRV, PROGRAMS, startBroker, startProducer } from '../../support/sim.ts'
import { demand, Violation } from '../violation.ts'
import { GROUP, History, TOPIC } from './history.ts'
import { BROKERS, type ClusterOp, type ClusterScript, CONSUMERS, othersThan, PRODUCERS } from './ops.ts'

/** What a run came to. */
export interface ClusterRun {
  readonly violation: Violation | undefined
  readonly virtualMs: number
  readonly messages: number
  readonly acknowledged: number
  readonly faults: number
  readonly powerCuts: number
}

/** Two rebalances of 20 s, a heartbeat of 30 s, the route poll of 30 s, and the channels of the dead (120 s). */
const SETTLED_WITHIN_MS = 240_000
/**
 * Offsets go from the client to the broker every 5 s, and from there to the disk every 5 s; a client that learns late that a
 * broker is back (two route polls of 30 s) consumes once more from what that has stored.
 */
const COMMITTED_WITHIN_MS = 120_000
const OFFSETS = 'store/config/consumerOffset.json'

/** Runs a script, with another broker program if one is given; never throws for what the cluster does. */
export async function runCluster(script: ClusterScript, broker?: Program): Promise<ClusterRun> {
  const run = new Run(script)
  const programs = broker === undefined ? PROGRAMS : { ...PROGRAMS, broker: { program: broker, usesPromises: false } }
  const cluster = new SimCluster({ seed: script.seed, programs, onThrow: 'end-node' })
  let violation: Violation | undefined
  try {
    await cluster.driver.run((driven) => run.all(driven, cluster))
  } catch (error) {
    violation = error instanceof Violation ? error : new Violation('throws', `${error}`)
  } finally {
    await cluster.dispose()
  }
  return { violation, virtualMs: cluster.nowMs(), ...run.figures() }
}

class Run {
  readonly #script: ClusterScript
  readonly #history = new History()
  readonly #healing: Promise<unknown>[] = []
  readonly #sending: Promise<unknown>[] = []
  #faults = 0
  #powerCuts = 0

  constructor(script: ClusterScript) {
    this.#script = script
  }

  figures() {
    const { sent, acknowledged } = this.#history
    return {
      messages: sent.size,
      acknowledged: acknowledged.size,
      faults: this.#faults,
      powerCuts: this.#powerCuts,
    }
  }

  async all(cluster: Cluster, sim: SimCluster): Promise<void> {
    const history = this.#history
    sim.subscribe((event) => history.hear(event))
    cluster.onDelivery((delivery) => {
      history.deliver(delivery)
      return 'CONSUME_SUCCESS'
    })
    await this.#startAll(cluster)
    for (const op of this.#script.ops) {
      await this.#do(cluster, op)
      history.look()
    }
    await Promise.all(this.#healing)
    await this.#settle(cluster)
    const thrown = sim.failures[0]
    demand(thrown === undefined, 'throws', () => `${thrown!.node} threw ${thrown!.error}`)
  }

  async #startAll(cluster: Cluster): Promise<void> {
    const { flushDiskType, queues } = this.#script
    await cluster.start({ name: 'namesrv', program: 'namesrv', args: ['listenPort=9876'] })
    for (const name of BROKERS)
      await startBroker(cluster, name, [`flushDiskType=${flushDiskType}`, 'mappedFileSizeCommitLog=16384'])
    await cluster.start({ name: 'admin', program: 'admin', args: [NAMESRV] })
    const counts = ['-r', `${queues}`, '-w', `${queues}`]
    await cluster.admin('admin', ['updateTopic', '-t', TOPIC, '-c', 'DefaultCluster', ...counts])
    for (const name of PRODUCERS) await startProducer(cluster, name)
    const args = [NAMESRV, `group=${GROUP}`, `topic=${TOPIC}`, 'consumeFromWhere=CONSUME_FROM_FIRST_OFFSET']
    for (const name of CONSUMERS) await cluster.start({ name, program: 'consumer', args })
    await cluster.sleep(5_000)
  }

  async #do(cluster: Cluster, op: ClusterOp): Promise<void> {
    if (op.op === 'send') return this.#atTheSameTime(this.#sending, this.#send(cluster, op.producer, op.count))
    if (op.op === 'sleep') return cluster.sleep(op.ms)
    this.#faults++
    if ('downMs' in op) return this.#end(cluster, op.op, op.node, op.downMs)
    this.#atTheSameTime(this.#healing, this.#fault(cluster, faultOf(op), op.ms))
  }

  /** Lets something go on beside the script; it is awaited before the end, unless the run ends early. */
  #atTheSameTime(list: Promise<unknown>[], task: Promise<unknown>): void {
    task.catch(() => {})
    list.push(task)
  }

  async #send(cluster: Cluster, producer: string, count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      const key = `m${this.#history.sent.size + 1}`
      const body = `body of ${key} `.repeat(1 + (this.#history.sent.size % 20))
      this.#history.sent.set(key, body)
      this.#history.answered(key, await cluster.produce(producer, { topic: TOPIC, key, body }))
    }
  }

  async #end(cluster: Cluster, how: 'kill' | 'stop' | 'powercut', node: string, downMs: number): Promise<void> {
    if (!cluster.isRunning(node)) return
    if (how === 'powercut') {
      this.#powerCuts++
      await cluster.powerCut(node)
    } else if (how === 'kill') await cluster.kill(node)
    else await cluster.stop(node)
    const comesBack = cluster.sleep(downMs).then(() => this.#restart(cluster, node))
    this.#atTheSameTime(this.#healing, comesBack)
  }

  async #restart(cluster: Cluster, node: string): Promise<void> {
    if (cluster.isRunning(node)) return
    await cluster.restart(node).catch(() => {}) // a partition may keep it from becoming ready: tried again at the end
  }

  async #fault(cluster: Cluster, fault: Fault, ms: number): Promise<void> {
    const { heal } = await cluster.inject(fault)
    await cluster.sleep(ms)
    await heal()
  }

  /** Everything is healed: all that was acknowledged arrives, every queue finds one owner, every offset its end. */
  async #settle(cluster: Cluster): Promise<void> {
    for (const node of ['namesrv', ...BROKERS, ...PRODUCERS, ...CONSUMERS]) {
      if (cluster.isRunning(node)) continue
      await cluster.restart(node).catch((error: unknown) => {
        throw new Violation('restart', `${node}: ${error instanceof Error ? error.message : error}`)
      })
    }
    await Promise.all(this.#sending)
    const history = this.#history
    const queues = BROKERS.flatMap((name) => Array.from({ length: this.#script.queues }, (_, i) => `${name}/${i}`))
    const arrived = () => history.missing().length === 0
    await until(cluster, arrived, SETTLED_WITHIN_MS)
    demand(arrived(), 'atLeastOnce', () => `${history.missing().join(', ')} acknowledged and never delivered`)
    await until(cluster, () => history.unsettled(queues).length === 0, SETTLED_WITHIN_MS)
    demand(history.unsettled(queues).length === 0, 'convergence', () => history.unsettled(queues).join('; '))
    let lagging: readonly string[] = ['nobody has looked']
    for (const deadline = cluster.nowMs() + COMMITTED_WITHIN_MS; lagging.length > 0 && cluster.nowMs() < deadline; ) {
      await cluster.sleep(1_000)
      lagging = history.lagging(await storedOffsets(cluster))
    }
    demand(lagging.length === 0, 'offsets', () => lagging.join('; '))
    if (this.#faults === 0) {
      const twice = [...history.delivered].filter(([, times]) => times > 1)
      demand(twice.length === 0, 'twice', () => `${twice.map(([key]) => key).join(', ')} came twice without any fault`)
    }
    history.look()
  }
}

/** What the brokers have on their disks: what a restart would find. */
async function storedOffsets(cluster: Cluster): Promise<ReadonlyMap<string, number>> {
  const stored = new Map<string, number>()
  for (const broker of BROKERS) {
    const bytes = await cluster.readFile(broker, OFFSETS)
    if (bytes === undefined) continue
    const { offsetTable } = JSON.parse(decodeUtf8(bytes)) as { offsetTable: Record<string, Record<string, number>> }
    for (const [queueId, offset] of Object.entries(offsetTable[`${TOPIC}@${GROUP}`] ?? {}))
      stored.set(`${broker}/${queueId}`, offset)
  }
  return stored
}

async function until(cluster: Cluster, holds: () => boolean, withinMs: number): Promise<void> {
  for (const deadline = cluster.nowMs() + withinMs; !holds() && cluster.nowMs() < deadline; ) await cluster.sleep(1_000)
}

type FaultOp = Exclude<ClusterOp, { op: 'send' | 'sleep' } | { downMs: number }>

function faultOf(op: FaultOp): Fault {
  if (op.op === 'partition') return { kind: 'partition', between: [op.nodes, othersThan(op.nodes)], held: op.held }
  if (op.op === 'link') return { kind: 'link', from: op.from, to: op.to, delayMs: op.delayMs }
  if (op.op === 'pause') return { kind: 'pause', node: op.node }
  if (op.op === 'clock') return { kind: 'clock', node: op.node, skewMs: op.skewMs }
  return { kind: 'disk', node: op.node, fails: 'slowSync', delayMs: op.delayMs }
}
