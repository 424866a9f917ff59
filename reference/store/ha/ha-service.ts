/**
 * Copies the log of a store. A master sends its log to its slaves. A slave appends the log of its master.
 *
 * When a controller elects the master, `auto-switch-service.ts` copies the log instead.
 *
 * RocketMQ: `HAService`, `DefaultHAService`.
 */
import type { Host } from '../../host/host.ts'
import type { CommitLog } from '../commit-log.ts'
import { DELAY_LEVELS_MS } from '../delay-level.ts'
import type { Dispatcher } from '../dispatcher.ts'
import { GroupTransfer } from './group-transfer.ts'
import { HaClient } from './ha-client.ts'
import type { HaConfig } from './ha-config.ts'
import { HaMaster, type SlaveState } from './ha-master.ts'
import { ReplicaLog } from './replica-log.ts'
import { slavePolicy } from './slave-policy.ts'

/** The parts of a store that copying needs. */
export interface HaParts {
  readonly host: Host
  readonly log: CommitLog
  readonly dispatcher: Dispatcher
  readonly delayLevelsMs: readonly number[] | undefined
}

/** The callbacks of copying. */
export interface HaEvents {
  /** Called on a slave when its log has grown in the page cache. */
  onGrown(lastStoreTimestamp: number | undefined): void
  /** Called when the disk fails while received bytes are appended. */
  onDiskFailed(reason: string): void
}

/** The copying of one store. */
export class HaService {
  readonly #config: HaConfig
  readonly #master: HaMaster
  readonly #client: HaClient | undefined
  /** The puts that wait for slaves. Undefined when the store is not a SYNC_MASTER. */
  readonly copies: GroupTransfer | undefined

  constructor({ host, log, dispatcher, delayLevelsMs }: HaParts, config: HaConfig, events: HaEvents) {
    this.#config = config
    this.#master = new HaMaster(host, log, {
      onSlavesChanged: () => this.copies?.slavesChanged(),
      onFailed: (sentence) => host.trace.log('error', `${sentence}; no slave can copy this broker`),
    })
    if (config.brokerRole === 'SYNC_MASTER')
      this.copies = new GroupTransfer(
        host.clock,
        config.slaveTimeoutMs,
        slavePolicy(config, () => this.#master.slaves),
      )
    if (config.brokerRole !== 'SLAVE') return
    const parts = { trace: host.trace, log, dispatcher, delayLevelsMs: delayLevelsMs ?? DELAY_LEVELS_MS }
    const replica = new ReplicaLog(parts, { onGrown: (timestamp) => events.onGrown(timestamp) })
    this.#client = new HaClient(host, replica, (reason) => events.onDiskFailed(reason))
    this.#client.follow(config.haMasterAddress)
  }

  get isSlave(): boolean {
    return this.#client !== undefined
  }

  /** True on a slave while a connection to its master is open. */
  get isCopying(): boolean {
    return this.#client?.isConnected ?? false
  }

  /** The slaves that are connected to this master. */
  get slaves(): readonly SlaveState[] {
    return this.#master.slaves
  }

  /** The address of the master whose log this slave copies, or '' on a master and while the address is not known. */
  get masterAddress(): string {
    return this.#client?.masterAddress ?? ''
  }

  /**
   * On a master, starts to listen for slaves. On a slave, starts to copy the master's log. Called when the store has started
   * and its repairs are durable.
   */
  start(): void {
    if (this.#client === undefined) this.#master.listen(this.#config.haListenAddress)
    else this.#client.start()
  }

  /** Sets the address of the master to the address from a NameServer. Does nothing when `haMasterAddress` is configured. */
  follow(masterAddress: string): void {
    if (this.#config.haMasterAddress === '') this.#client?.follow(masterAddress)
  }

  /** Called on a master when its log has grown in the page cache. */
  written(): void {
    this.#master.written()
  }

  /** Stops copying, and answers the puts that wait for slaves. */
  stop(): void {
    this.#master.stop()
    this.#client?.stop()
    this.copies?.stop()
  }
}
