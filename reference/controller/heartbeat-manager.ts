/**
 * Knows which replicas are alive, and what their heartbeats say. Every controller receives the heartbeats of every broker,
 * by default once a second, so a new leader knows the replicas at once. This knowledge is not replicated.
 *
 * A replica is no longer alive when its heartbeats stop for ten seconds, or for the time that it has set. A replica is also
 * no longer alive when the connection of its first heartbeat closes. The controller looks for silent replicas every five
 * seconds. Later connections of the replica are not watched.
 *
 * Only replicas that have an id are counted, so the table cannot be larger than the replicated state. Durations are measured
 * with the monotonic clock, so no replica is removed when the wall clock is changed.
 *
 * RocketMQ: `DefaultBrokerHeartbeatManager`, `BrokerLiveInfo`.
 */
import type { Host } from '../host/host.ts'
import type { Channel } from '../remoting/channel.ts'
import type { LiveReplica } from './elect-policy.ts'
import { BROKER_EXPIRY_MS, BROKER_EXPIRY_MS_MAX } from './limits.ts'

/** One heartbeat. Missing numbers are unknown to the sender. */
export interface Heartbeat {
  readonly brokerName: string
  readonly brokerId: number
  readonly epoch?: number | undefined
  readonly maxOffset?: number | undefined
  readonly heartbeatTimeoutMills?: number | undefined
  readonly electionPriority?: number | undefined
}

interface Live extends LiveReplica {
  readonly brokerName: string
  /** The connection of the first heartbeat. */
  readonly channel: Channel
  epoch: number
  maxOffset: number
  electionPriority: number
  timeoutMs: number
  lastMs: number
}

/** The priority of a replica that names none. RocketMQ: `Integer.MAX_VALUE`. */
const LOWEST_PRIORITY = 2_147_483_647

/** The replicas that send heartbeats to this controller. */
export class HeartbeatManager {
  readonly #host: Host
  readonly #inactive: (brokerName: string, brokerId: number) => void
  readonly #live = new Map<string, Live>()
  /** The replicas whose first heartbeat came over a connection. */
  readonly #firstOver = new Map<Channel, Set<Live>>()

  /** `inactive` is called when a replica is no longer alive. */
  constructor(host: Host, inactive: (brokerName: string, brokerId: number) => void) {
    this.#host = host
    this.#inactive = inactive
  }

  /** Notes a heartbeat. A lower epoch or a lower offset of the same epoch is ignored: a late heartbeat may be older. */
  onHeartbeat(heartbeat: Heartbeat, channel: Channel): void {
    const { brokerName, brokerId, epoch = -1, maxOffset = -1 } = heartbeat
    const known = this.#live.get(keyOf(brokerName, brokerId))
    const live = known ?? {
      brokerName,
      brokerId,
      channel,
      epoch,
      maxOffset,
      electionPriority: 0,
      timeoutMs: 0,
      lastMs: 0,
    }
    live.lastMs = this.#host.clock.monotonicMs()
    live.timeoutMs = Math.min(heartbeat.heartbeatTimeoutMills ?? BROKER_EXPIRY_MS, BROKER_EXPIRY_MS_MAX)
    live.electionPriority = heartbeat.electionPriority ?? LOWEST_PRIORITY
    if (epoch > live.epoch || (epoch === live.epoch && maxOffset > live.maxOffset)) {
      live.epoch = epoch
      live.maxOffset = maxOffset
    }
    if (known === undefined) this.#add(live)
  }

  #add(live: Live): void {
    this.#live.set(keyOf(live.brokerName, live.brokerId), live)
    const others = this.#firstOver.get(live.channel)
    if (others === undefined) this.#firstOver.set(live.channel, new Set([live]))
    else others.add(live)
  }

  /** Returns the heartbeats of a replica. Returns undefined when the replica is not alive. */
  alive(brokerName: string, brokerId: number): LiveReplica | undefined {
    const live = this.#live.get(keyOf(brokerName, brokerId))
    return live === undefined || this.#silentMs(live) > live.timeoutMs ? undefined : live
  }

  #silentMs({ lastMs }: Live): number {
    return this.#host.clock.monotonicMs() - lastMs
  }

  /** Removes the replicas whose heartbeats have stopped, and closes their connections. */
  scan(): void {
    for (const live of [...this.#live.values()]) {
      const silentMs = this.#silentMs(live)
      if (silentMs <= live.timeoutMs) continue
      this.#remove(live, `silent for ${silentMs} ms`)
      live.channel.close()
    }
  }

  /** Removes the replicas whose first heartbeat came over this connection. */
  channelClosed(channel: Channel): void {
    for (const live of [...(this.#firstOver.get(channel) ?? [])]) this.#remove(live, 'its connection closed')
  }

  #remove(live: Live, reason: string): void {
    const { brokerName, brokerId, channel } = live
    this.#live.delete(keyOf(brokerName, brokerId))
    const others = this.#firstOver.get(channel)
    others?.delete(live)
    if (others?.size === 0) this.#firstOver.delete(channel)
    this.#host.trace.emit?.('replica.inactive', { brokerName, brokerId, reason })
    this.#inactive(brokerName, brokerId)
  }
}

function keyOf(brokerName: string, brokerId: number): string {
  return `${brokerId} ${brokerName}`
}
