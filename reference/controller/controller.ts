/**
 * The controller. It elects the master of each broker name, and remembers the elections. One controller, or a group of them
 * (usually three), watches the brokers. When a master dies, the leader elects another live replica of the in-sync set, if
 * there is one. With `allAckInSyncStateSet`, this replica has every acknowledged message.
 *
 * ```
 *   brokers ── heartbeats ──► every controller: who is alive (`heartbeat-manager.ts`)
 *   brokers ── requests ────► the leader: decides (`replicas-info-manager.ts`), one after the other (`event-scheduler.ts`)
 *                                └── event ──► Raft log of all controllers (`raft/raft.ts`)
 *                                                 └── applied ──► the shared state (`replicas-state.ts`)
 *   the leader ── NOTIFY_BROKER_ROLE_CHANGED ──► the replicas that are alive (`role-notices.ts`)
 * ```
 *
 * To read this file, begin with the constructor, which connects these parts.
 *
 * RocketMQ: `ControllerManager`, `DLedgerController`, `ControllerStartup`.
 */
import { ConfigError } from '../common/properties-file.ts'
import { guardedHost } from '../host/guard.ts'
import type { Host, TimerId } from '../host/host.ts'
import { splitAddress } from '../host/paths.ts'
import type { ProgramSignals, RunningProgram } from '../host/program.ts'
import { readSettings } from '../host/program-args.ts'
import { guardAdminWrites } from '../remoting/admin-writes.ts'
import { RemotingClient } from '../remoting/remoting-client.ts'
import { RemotingServer } from '../remoting/remoting-server.ts'
import type { getMetadataAnswer } from '../remoting/requests/controller.ts'
import { ResponseCode } from '../remoting/response-code.ts'
import { type ControllerConfig, controllerConfig, groupOf } from './controller-config.ts'
import { controllerHandlers } from './controller-requests.ts'
import { EventScheduler } from './event-scheduler.ts'
import { type Heartbeat, HeartbeatManager } from './heartbeat-manager.ts'
import { FIRST_SCAN_MS } from './limits.ts'
import { type Peer, peersText } from './raft/peers.ts'
import { Raft } from './raft/raft.ts'
import { raftHandlers } from './raft/raft-requests.ts'
import { RemotingTransport } from './raft/raft-transport.ts'
import { ReplicasInfoManager } from './replicas-info-manager.ts'
import { ReplicasState } from './replicas-state.ts'
import { notifyReplicas } from './role-notices.ts'
import { controllerNotFollowed } from './settings-not-followed.ts'

/** The file that keeps a second process from using the same directory. */
const LOCK_PATH = 'lock'

/** One controller of a group. */
export class Controller {
  readonly #host: Host
  readonly #config: ControllerConfig
  readonly #peers: readonly Peer[]
  readonly #own: Peer
  readonly #state: ReplicasState
  readonly #raft: Raft
  readonly #client: RemotingClient
  readonly #server: RemotingServer
  readonly #scheduler: EventScheduler
  readonly #manager: ReplicasInfoManager
  readonly #heartbeats: HeartbeatManager
  readonly #timers = new Map<'brokers' | 'masters', TimerId>()

  constructor(
    host: Host,
    config: ControllerConfig,
    events: { onListening(address: string): void; onFailed(sentence: string): void },
  ) {
    const { peers, own } = groupOf(config)
    const group = config.controllerDLegerGroup
    this.#host = host
    this.#config = config
    this.#peers = peers
    this.#own = own
    // the state that all controllers share, and the Raft that copies this state
    this.#client = new RemotingClient(host)
    this.#state = new ReplicasState(host.trace)
    const options = { group, self: own.id, peers, compactAfterLines: config.glassmqCompactAfterLines }
    this.#raft = new Raft(host, options, new RemotingTransport(this.#client, group), this.#state, {
      leads: () => this.#scanMastersLater(),
      resigned: () => this.#resigned(),
      broken: (sentence) => host.trace.log('error', sentence),
    })
    // the parts of the leader, which decide
    this.#heartbeats = new HeartbeatManager(host, (brokerName, brokerId) => this.#inactive(brokerName, brokerId))
    this.#manager = new ReplicasInfoManager({
      state: this.#state,
      alive: (brokerName, brokerId) => this.#heartbeats.alive(brokerName, brokerId),
      isUncleanAllowed: () => config.enableElectUncleanMaster,
    })
    this.#scheduler = new EventScheduler(host.clock, this.#raft, () => config.processReadEvent)
    // the handlers of requests from brokers, operators and other controllers
    const handlers = controllerHandlers({
      host,
      config,
      scheduler: this.#scheduler,
      manager: this.#manager,
      metadata: () => this.#metadata(),
      heartbeat: (heartbeat, channel) => {
        if (this.#isRegistered(heartbeat)) this.#heartbeats.onHeartbeat(heartbeat, channel)
      },
      elected: (brokerName) => this.#notify(brokerName),
    })
    const all = [...guardAdminWrites(handlers, config.adminWriteEnable), ...raftHandlers(this.#raft, options)]
    this.#server = new RemotingServer(host, new Map(all), {
      ...events,
      onChannelClosed: (channel) => this.#heartbeats.channelClosed(channel),
    })
  }

  /** Throws `ConfigError` with one sentence when the directory or its journal cannot be used. */
  start(): void {
    if (!this.#host.disk.lock(LOCK_PATH))
      throw new ConfigError('another process uses this directory: stop it, or choose another controllerStorePath')
    this.#raft.start()
    this.#server.listen(`${this.#config.bindAddress}:${splitAddress(this.#own.address)!.port}`)
    this.#scanBrokersLater(FIRST_SCAN_MS)
  }

  /** Ends everything, and calls `done` when the journal is closed. */
  stop(done: () => void): void {
    for (const timer of this.#timers.values()) this.#host.clock.cancel(timer)
    this.#server.close()
    this.#client.close()
    this.#raft.stop(done)
  }

  #metadata(): ReturnType<typeof getMetadataAnswer.decode> {
    const controllerLeaderId = this.#raft.leaderId
    const leader = this.#peers.find(({ id }) => id === controllerLeaderId)
    return {
      group: this.#config.controllerDLegerGroup,
      controllerLeaderId,
      controllerLeaderAddress: leader?.address ?? '',
      isLeader: this.#raft.role === 'leader',
      peers: peersText(this.#peers),
    }
  }

  #isRegistered({ clusterName, brokerName, brokerId }: Heartbeat & { readonly clusterName: string }): boolean {
    const set = this.#state.get(brokerName)
    return set?.clusterName === clusterName && set.replicas.has(brokerId)
  }

  // ---- masters that die --------------------------------------------------------------------------------------------

  /**
   * Called when a replica is no longer alive. When this replica was the master, the leader elects another replica at once.
   */
  #inactive(brokerName: string, brokerId: number): void {
    if (this.#raft.isReady && this.#state.get(brokerName)?.masterBrokerId === brokerId) this.#elect(brokerName)
  }

  #elect(brokerName: string): void {
    const request = { clusterName: '', brokerName, brokerId: -1, designateElect: false }
    this.#scheduler.submit(
      () => this.#manager.electMaster(request),
      ({ code, remark }) => {
        if (code === ResponseCode.SUCCESS) this.#notify(brokerName)
        else this.#host.trace.log('warn', `${brokerName} has no new master: ${remark}`)
      },
    )
  }

  #notify(brokerName: string): void {
    const set = this.#state.get(brokerName)
    if (set === undefined || !this.#config.notifyBrokerRoleChanged) return
    notifyReplicas(this.#client, set, (brokerId) => this.#heartbeats.alive(brokerName, brokerId) !== undefined)
  }

  // ---- searches ----------------------------------------------------------------------------------------------------

  #scanBrokersLater(delayMs = this.#config.scanNotActiveBrokerInterval): void {
    this.#later('brokers', delayMs, () => {
      this.#scanBrokersLater()
      this.#heartbeats.scan()
    })
  }

  /** A master may have died while there was no leader. So a leader also looks for masters that are not alive. */
  #scanMastersLater(): void {
    this.#later('masters', this.#config.scanInactiveMasterInterval, () => {
      this.#scanMastersLater()
      for (const brokerName of this.#manager.needElection()) this.#elect(brokerName)
    })
  }

  #later(what: 'brokers' | 'masters', delayMs: number, run: () => void): void {
    this.#timers.set(what, this.#host.clock.after(delayMs, run))
  }

  #resigned(): void {
    const timer = this.#timers.get('masters')
    if (timer !== undefined) this.#host.clock.cancel(timer)
    this.#scheduler.refuseAll()
  }
}

/** Starts a controller as a node. The arguments are `-c FILE` and `name=value`; see `controller-config.ts`. */
export function main(given: Host, args: readonly string[], signals: ProgramSignals): RunningProgram {
  const host = guardedHost(given)
  try {
    const settings = readSettings(host, args)
    const config = controllerConfig(host, settings)
    // the log lists the settings that have no effect
    controllerNotFollowed.report(settings, Object.keys(config), (line) => host.trace.log('warn', line))
    const controller = new Controller(host, config, {
      onListening: () => signals.ready(),
      onFailed: (sentence) => signals.failed(sentence.replace('another listenPort', 'another port')),
    })
    controller.start()
    return {
      stop: (done) => controller.stop(() => host.clock.after(0, done)),
    }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    signals.failed(error.message)
    return { stop: (done) => done() }
  }
}
