/**
 * One run of the store campaign: the operations of a script, one after the other, under the model's eyes.
 */
import { DiskError } from '../../../../reference/host/host.ts'
import { createMessageStore } from '../../../../reference/store/message-store.ts'
import { StoreError } from '../../../../reference/store/store-error.ts'
import { demand, Violation } from '../violation.ts'
import { audit, type Before } from './audit.ts'
import { inflict } from './damage.ts'
import { type MakeStore, StoreMachine } from './machine.ts'
import { Model, topicName } from './model.ts'
import type { StoreOp, StoreScript } from './ops.ts'

/** What a run came to. */
export interface StoreRun {
  readonly violation: Violation | undefined
  /** Position of the operation that was under way. */
  readonly atOp: number
  readonly powerCuts: number
  readonly kills: number
  readonly puts: number
  readonly acknowledged: number
  readonly recovered: number
  readonly virtualMs: number
}

const realStore: MakeStore = (host, config, arriving) => createMessageStore(host, config, arriving)
/** A clean stop syncs everything; on a slow disk that takes its time. */
const STOP_WITHIN_MS = 60_000
/** What was put is seen after so many syncs at most: a start removes emptied log files one after the other. */
const SYNCS_IN_A_ROW = 20

/**
 * Runs a script against a store: the real one unless another is given. Never throws for what the store does. `watch` is called
 * with the machine before it runs.
 */
export function runStore(
  script: StoreScript,
  makeStore: MakeStore = realStore,
  watch: (machine: StoreMachine) => void = () => {},
): StoreRun {
  const run = new Run(script, makeStore)
  watch(run.machine)
  let violation: Violation | undefined
  try {
    run.all()
  } catch (error) {
    if (error instanceof Violation) violation = error
    else if (!(error instanceof NeedsAHuman)) violation = new Violation('throws', `it threw ${describe(error)}`)
  }
  return { violation, ...run.figures() }
}

/**
 * The store refuses to open, and may: somebody has spoiled the checkpoint, nothing else vouches for the log, and a file is
 * missing in the middle of it, or all of it. Whether a power cut took a name or a hand took a file, nobody can tell.
 */
class NeedsAHuman extends Error {}
const MAY_REFUSE = / a file of the store is missing$| has no commit log, but its queues know of messages: /

class Run {
  readonly #script: StoreScript
  readonly machine: StoreMachine
  readonly #model: Model
  readonly #arrived = new Map<string, number>()
  #atOp = 0
  #kills = 0
  #recovered = 0
  #checkpointWasSpoiled = false

  constructor(script: StoreScript, makeStore: MakeStore) {
    this.#script = script
    this.#model = new Model(script.settings)
    this.machine = new StoreMachine(script.seed, script.settings, makeStore, {
      arrived: (topic, queueId, maxOffset) => this.#messageArrived(topic, queueId, maxOffset),
      flushed: (physicalOffset) => {
        this.#model.claimedFlushed = Math.max(this.#model.claimedFlushed, physicalOffset)
      },
    })
  }

  figures() {
    const { entries } = this.#model
    return {
      atOp: this.#atOp,
      powerCuts: this.machine.node.powerCuts,
      kills: this.#kills,
      puts: entries.length,
      acknowledged: entries.filter((entry) => entry.place?.status === 'PUT_OK').length,
      recovered: this.#recovered,
      virtualMs: this.machine.nowMs,
    }
  }

  all(): void {
    this.#start('stop')
    for (const op of this.#script.ops) {
      this.#do(op)
      this.#checkThrown()
      this.#atOp++
    }
    this.#heal()
    if (this.machine.store !== undefined) this.#end('kill', 0)
    this.machine.pass(12_000)
    this.#model.checkAnswers(this.machine.nowMs)
    this.#lookAround('running')
    this.#stop(true)
  }

  #do(op: StoreOp): void {
    const machine = this.machine
    if (op.op === 'put') this.#put(op)
    else if (op.op === 'fit') this.#fit(op)
    else if (op.op === 'pass') machine.pass(op.ms)
    else if (op.op === 'events') machine.events(op.count)
    else if (op.op === 'powercut' || op.op === 'kill') this.#end(op.op, op.downMs)
    else if (op.op === 'stop') this.#stop(op.cut)
    else if (op.op === 'fault') this.#fault(op)
    else if (op.op === 'heal') this.#heal()
    else if (op.op === 'clock') machine.node.skewMs += op.skewMs
    else if (op.op === 'damage') this.#damage(op)
    else this.#lookAround('running')
  }

  // ---- puts --------------------------------------------------------------------------------------------------------

  #put(op: StoreOp & { op: 'put' }): void {
    const entries = op.shapes.map((shape) => this.#model.newEntry(shape, this.machine.nowMs))
    this.#putMessages(entries)
  }

  /** A body as long as makes the record end `leaves` bytes before the end of its file. */
  #fit({ shape, leaves }: StoreOp & { op: 'fit' }): void {
    const fileBytes = this.#script.settings.commitLogFileBytes
    const left = fileBytes - (this.machine.store!.commitLogMaxOffset % fileBytes)
    this.#putMessages([this.#model.newEntry(shape, this.machine.nowMs, (recordBytes) => left - leaves - recordBytes)])
  }

  #putMessages(entries: readonly ReturnType<Model['newEntry']>[]): void {
    this.machine.inside((store) =>
      store.putMessages(
        entries.map(({ message }) => message),
        (results) => this.#model.answer(entries, results, this.machine.nowMs),
      ),
    )
  }

  /** A message is announced: it can be read, in order, and under SYNC_FLUSH for good. */
  #messageArrived(topic: string, queueId: number, maxOffset: number): void {
    const queue = `${topic}/${queueId}`
    const expected = (this.#arrived.get(queue) ?? 0) + 1
    this.#arrived.set(queue, maxOffset)
    demand(maxOffset === expected, 'order', () => `${queue}: ${maxOffset - 1} arrived where ${expected - 1} was next`)
    const got = this.machine.store!.getMessage(topic, queueId, maxOffset - 1, 1, () => true)
    demand(got.count === 1, 'derived', () => `${queue}@${maxOffset - 1} arrived and cannot be read: ${got.status}`)
    if (this.#script.settings.flushDiskType !== 'SYNC_FLUSH') return
    const record = got.records[0]!
    const entry = this.#model.entries[(record[16]! << 24) | (record[17]! << 16) | (record[18]! << 8) | record[19]!]
    demand(entry !== undefined, 'invention', () => `${queue}@${maxOffset - 1} was never put`)
    entry.isSafe = true
  }

  // ---- ends and starts -----------------------------------------------------------------------------------------------

  #end(how: 'kill' | 'powercut', downMs: number): void {
    this.#model.checkAnswers(this.machine.nowMs)
    this.#model.markFlushed(this.machine.nowMs)
    if (how === 'kill') this.#kills++
    this.machine.end(how)
    this.#model.ended()
    if (downMs > 0) this.machine.pass(downMs)
    this.#start(how)
  }

  #stop(cut: boolean): void {
    this.#model.markFlushed(this.machine.nowMs)
    let problem: string | undefined
    this.#model.isStopping = true
    this.machine.inside((store) => store.close((error) => (problem = error)))
    const isStopped = this.machine.until(() => problem !== undefined, STOP_WITHIN_MS)
    this.#checkThrown()
    demand(isStopped || this.#model.isFaulty, 'answer', () => `the store has not stopped after ${STOP_WITHIN_MS} ms`)
    demand(isStopped && (problem === '' || this.#model.isFaulty), 'answer', () => `stopping a sound store: ${problem}`)
    if (problem === '') this.#model.stoppedCleanly()
    this.machine.end(cut ? 'powercut' : 'kill')
    this.#model.ended()
    this.#start(cut ? 'powercut' : 'stop')
  }

  #start(before: Before): void {
    const isUnvouchedFor = this.#checkpointWasSpoiled && this.machine.checkpointSaysNothing
    let failure = this.machine.start()
    if (failure instanceof DiskError && this.machine.fault !== undefined) {
      this.#heal()
      failure = this.machine.start()
    }
    if (isUnvouchedFor && failure instanceof StoreError && MAY_REFUSE.test(failure.message)) throw new NeedsAHuman()
    demand(failure === undefined, 'restart', () =>
      failure instanceof StoreError ? `it refuses to open: ${failure.message}` : `open threw ${describe(failure)}`,
    )
    this.#recovered++
    this.#lookAround(before)
    this.#model.began(this.machine.nowMs, this.machine.fault !== undefined)
    this.#arrived.clear()
    const { store } = this.machine
    const { topics, queues } = this.#script.settings
    for (let topic = 0; topic < topics; topic++)
      for (let queueId = 0; queueId < queues; queueId++)
        this.#arrived.set(`${topicName(topic)}/${queueId}`, store!.maxOffset(topicName(topic), queueId))
  }

  #damage(op: StoreOp & { op: 'damage' }): void {
    this.#end('kill', 0) // so that everything has been seen before it is spoiled
    this.machine.end('kill')
    inflict(this.machine, this.#model, op)
    if (op.what === 'noCheckpoint' || op.what === 'checkpointBit') this.#checkpointWasSpoiled = true
    this.#start('kill')
  }

  // ---- faults ------------------------------------------------------------------------------------------------------

  #fault(op: StoreOp & { op: 'fault' }): void {
    this.#model.faultBegins(this.machine.nowMs)
    this.machine.beginFault(op.fails, op.delayMs)
  }

  #heal(): void {
    this.machine.heal()
  }

  // ---- looking -----------------------------------------------------------------------------------------------------

  #lookAround(before: Before): void {
    const { store } = this.machine
    if (store === undefined) return
    if (before === 'running') {
      if (this.#model.isFaulty) return
      this.machine.pass(this.#script.settings.syncMs.max * SYNCS_IN_A_ROW + 1)
      this.#checkThrown()
    }
    audit(this.machine, store, this.#model, before)
  }

  #checkThrown(): void {
    const { thrown } = this.machine
    if (thrown instanceof Violation) throw thrown // out of a callback of ours
    demand(thrown === undefined, 'throws', () => `it threw ${describe(thrown)}`)
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}
