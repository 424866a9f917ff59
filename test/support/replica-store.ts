/**
 * A node with a message store under a controller, and nothing else: no broker, and no controller. The test says which role
 * the store has. The node answers the calls of `ReplicaStore`.
 */
import type { Cluster } from '../../reference/host/cluster.ts'
import type { Program } from '../../reference/host/program.ts'
import type { ControllerModeConfig } from '../../reference/store/ha/ha-config.ts'
import { createMessageStore, type MessageStore } from '../../reference/store/message-store.ts'
import { message, SMALL } from '../unit/store/machine.ts'

const CONFIG: ControllerModeConfig = {
  haListenAddress: '',
  storePathEpochFile: 'store/epochFileCheckpoint',
  allAckInSyncStateSet: true,
  minInSyncReplicas: 1,
  inSyncReplicas: 1,
  slaveTimeoutMs: 3_000,
  haMaxTimeSlaveNotCatchupMs: 15_000,
  syncFromLastFile: false,
  asyncLearner: false,
}

/** Returns the program over a store that `create` makes. Its arguments are settings of `ControllerModeConfig` and `flushDiskType`, as `name=JSON`. */
export const replicaStoreOf =
  (create: typeof createMessageStore): Program =>
  (host, args, signals) => {
    const settings = Object.fromEntries(args.map((arg) => [arg.split('=')[0]!, JSON.parse(arg.split('=')[1]!)]))
    const controllerMode = { ...CONFIG, ...settings, haListenAddress: `${host.name}:10912` }
    const flushDiskType = settings['flushDiskType'] ?? 'ASYNC_FLUSH'
    const store = create(host, { ...SMALL, flushDiskType, controllerMode }, () => {})
    const replicas = store.replicas!
    replicas.listener = {
      proposed: (set) => host.application.hand('proposed', JSON.stringify(set), () => {}),
      truncated() {},
    }
    store.open()
    host.application.serve((name, text, answer) => {
      const asked = JSON.parse(text)
      if (name === 'master')
        replicas.becomeMaster(asked.id, asked.epoch, asked.set, (fault) => answer(JSON.stringify(fault)))
      else if (name === 'slave') {
        replicas.becomeSlave(asked.id, asked.of === '' ? '' : `${asked.of}:10912`)
        answer('null')
      } else if (name === 'set') {
        replicas.acceptSet(asked)
        answer('null')
      } else if (name === 'refuse') {
        replicas.proposalFailed()
        answer('null')
      } else if (name === 'check') {
        replicas.checkSet()
        answer('null')
      } else if (name === 'put')
        store.putMessage(
          message('Orders', 0, { keys: asked.key, body: asked.body ?? `body of ${asked.key}` }),
          (result) => answer(JSON.stringify(result)),
        )
      else answer(JSON.stringify(stateOf(store)))
    })
    host.clock.after(100, () => signals.ready())
    return { stop: (done) => store.close(() => done()) }
  }

/** The program over the reference's own store. */
export const replicaStore: Program = replicaStoreOf(createMessageStore)

/** What a test wants to know about a store. */
export interface ReplicaState {
  readonly maxOffset: number
  readonly confirmOffset: number
  readonly dispatchedAt: number
  readonly queueMax: number
  /** The keys of the messages that consumers may read, in order. */
  readonly keys: readonly string[]
  /** The keys whose message is found through the index. */
  readonly indexed: readonly string[]
  readonly epochs: readonly { readonly epoch: number; readonly startOffset: number }[]
  readonly members: readonly number[]
}

function stateOf(store: MessageStore): ReplicaState {
  const queueMax = store.maxOffset('Orders', 0)
  const keys: string[] = []
  for (const { physicalOffset } of store.queueEntries('Orders', 0, 0, 10_000) ?? []) {
    const record = store.recordAt(physicalOffset)
    keys.push(/KEYS\u0001([^\u0002]+)/.exec(Buffer.from(record ?? []).toString('latin1'))?.[1] ?? '')
  }
  return {
    maxOffset: store.commitLogMaxOffset,
    confirmOffset: store.replicas!.confirmOffset,
    dispatchedAt: store.dispatchedAt,
    queueMax,
    keys,
    indexed: keys.filter(
      (key) => store.queryMessage('Orders', key, 8, 0, Number.MAX_SAFE_INTEGER).records.length === 1,
    ),
    epochs: store.replicas!.epochs,
    members: store.replicas!.inSync.members,
  }
}

/** Calls one replica. */
export class Replica {
  readonly #cluster: Cluster
  readonly name: string
  constructor(cluster: Cluster, name: string) {
    this.#cluster = cluster
    this.name = name
  }

  start(...settings: string[]): Promise<void> {
    return this.#cluster.start({ name: this.name, program: 'replica-store', args: settings })
  }
  async #call(name: string, asked: unknown): Promise<unknown> {
    return JSON.parse(await this.#cluster.call(this.name, name, JSON.stringify(asked)))
  }
  async master(id: number, epoch: number, set: readonly number[] = [id]): Promise<string> {
    return (await this.#call('master', { id, epoch, set })) as string
  }
  async slave(id: number, of: string): Promise<void> {
    await this.#call('slave', { id, of })
  }
  async useSet(set: readonly number[]): Promise<void> {
    await this.#call('set', set)
  }
  /** The controller has not accepted the set that this replica has proposed. */
  async refuseSet(): Promise<void> {
    await this.#call('refuse', {})
  }
  async check(): Promise<void> {
    await this.#call('check', {})
  }
  put(key: string, body?: string): Promise<{ status: string; physicalOffset: number; queueOffset: number }> {
    const put = this.#call('put', { key, body }) as Promise<{
      status: string
      physicalOffset: number
      queueOffset: number
    }>
    put.catch(() => {}) // the node may end before it answers
    return put
  }
  state(): Promise<ReplicaState> {
    return this.#call('state', {}) as Promise<ReplicaState>
  }
}
