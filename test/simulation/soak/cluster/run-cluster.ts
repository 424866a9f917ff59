/**
 * One run of the cluster campaign: a NameServer, two brokers, two producers and three consumers of one group, under the
 * faults of a script; then everything is healed and must come to rest.
 */

import type { Cluster } from '../../../../reference/host/cluster.ts'
import type { Program } from '../../../../reference/host/program.ts'
import { SimCluster } from '../../../../reference/host/sim/cluster.ts'
import { PROGRAMS } from '../../../support/sim.ts'
import { FaultRunner } from '../mechanism/faults.ts'
import { until } from '../mechanism/run-mechanism.ts'
import {
  COMMITTED_WITHIN_MS,
  PROMPT_MS,
  queuesOf,
  REST_MS,
  SETTLED_WITHIN_MS,
  startMember,
  startServers,
  storedOffsets,
  TOPIC,
} from '../mechanism/stage.ts'
import { demand, Violation } from '../violation.ts'
import { History } from './history.ts'
import { BROKERS, type ClusterOp, type ClusterScript, CONSUMERS, NODES, PRODUCERS } from './ops.ts'

/** What a run came to. */
export interface ClusterRun {
  readonly violation: Violation | undefined
  readonly virtualMs: number
  readonly messages: number
  readonly acknowledged: number
  readonly faults: number
  readonly powerCuts: number
}

/**
 * Runs a script, with another broker program if one is given; never throws for what the cluster does. `watch` is called with
 * the cluster before it runs.
 */
export async function runCluster(
  script: ClusterScript,
  broker?: Program,
  watch: (cluster: SimCluster) => void = () => {},
): Promise<ClusterRun> {
  const run = new Run(script)
  const programs = broker === undefined ? PROGRAMS : { ...PROGRAMS, broker: { program: broker, usesPromises: false } }
  const cluster = new SimCluster({ seed: script.seed, programs, onThrow: 'end-node' })
  watch(cluster)
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
  readonly #sending: Promise<unknown>[] = []
  #faults: FaultRunner | undefined

  constructor(script: ClusterScript) {
    this.#script = script
  }

  figures() {
    const { sent, acknowledged } = this.#history
    return {
      messages: sent.size,
      acknowledged: acknowledged.size,
      faults: this.#faults?.faults ?? 0,
      powerCuts: this.#faults?.powerCuts ?? 0,
    }
  }

  async all(cluster: Cluster, sim: SimCluster): Promise<void> {
    const history = this.#history
    sim.subscribe((event) => history.hear(event), { payloads: false })
    cluster.onDelivery((delivery) => {
      history.deliver(delivery)
      return 'CONSUME_SUCCESS'
    })
    await this.#startAll(cluster)
    const faults = new FaultRunner(sim, NODES)
    this.#faults = faults
    for (const op of this.#script.ops) {
      await this.#do(cluster, faults, op)
      history.look()
    }
    await faults.healed()
    await this.#settle(cluster, faults)
    const thrown = sim.failures[0]
    demand(thrown === undefined, 'throws', () => `${thrown!.node} threw ${thrown!.error}`)
  }

  async #startAll(cluster: Cluster): Promise<void> {
    const { flushDiskType, queues } = this.#script
    const settings = [`flushDiskType=${flushDiskType}`, 'mappedFileSizeCommitLog=16384']
    await startServers(cluster, BROKERS, queues, settings, { producers: PRODUCERS })
    for (const name of CONSUMERS) await startMember(cluster, name, [])
    await cluster.sleep(5_000)
  }

  async #do(cluster: Cluster, faults: FaultRunner, op: ClusterOp): Promise<void> {
    if (op.op === 'sleep') return cluster.sleep(op.ms)
    if (op.op !== 'send') return faults.do(op)
    const sending = this.#send(cluster, op.producer, op.count)
    sending.catch(() => {}) // awaited before the end, unless the run ends early
    this.#sending.push(sending)
  }

  async #send(cluster: Cluster, producer: string, count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      const key = `m${this.#history.sent.size + 1}`
      const body = `body of ${key} `.repeat(1 + (this.#history.sent.size % 20))
      this.#history.sent.set(key, body)
      this.#history.answered(key, await cluster.produce(producer, { topic: TOPIC, key, body }))
    }
  }

  /** Everything is healed: all that was acknowledged arrives, every queue finds one owner, every offset its end. */
  async #settle(cluster: Cluster, faults: FaultRunner): Promise<void> {
    await faults.restartAll((node, sentence) => {
      throw new Violation('restart', `${node}: ${sentence}`)
    })
    await Promise.all(this.#sending)
    const history = this.#history
    const queues = queuesOf(BROKERS, this.#script.queues)
    const arrived = () => history.missing().length === 0
    await until(cluster, arrived, SETTLED_WITHIN_MS)
    demand(arrived(), 'atLeastOnce', () => `${history.missing().join(', ')} acknowledged and never delivered`)
    const unsettled = () => history.owners.unsettled(queues)
    await until(cluster, () => unsettled().length === 0, SETTLED_WITHIN_MS)
    demand(unsettled().length === 0, 'convergence', () => unsettled().join('; '))
    let lagging: readonly string[] = []
    const isCommitted = async () => {
      lagging = history.offsets.lagging(await storedOffsets(cluster, BROKERS, TOPIC))
      return lagging.length === 0
    }
    demand(await until(cluster, isCommitted, COMMITTED_WITHIN_MS), 'offsets', () => lagging.join('; '))
    if (faults.faults === 0) {
      const twice = [...history.delivered].filter(([, times]) => times > 1)
      demand(twice.length === 0, 'twice', () => `${twice.map(([key]) => key).join(', ')} came twice without any fault`)
    }
    await this.#demandPrompt(cluster)
    history.look()
  }

  /** All is quiet and whole: what is sent now is handled now. */
  async #demandPrompt(cluster: Cluster): Promise<void> {
    const history = this.#history
    await cluster.sleep(REST_MS)
    for (const producer of PRODUCERS) await this.#send(cluster, producer, 3)
    await cluster.sleep(PROMPT_MS)
    const missing = history.missing().join(', ')
    demand(missing === '', 'prompt', () => `after a rest, not handled within ${PROMPT_MS} ms: ${missing}`)
  }
}
