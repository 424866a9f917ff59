/**
 * The connected producers: their groups and connections. The broker knows a producer only from its heartbeats.
 *
 * | used by       | what it needs                               | reason                                                 |
 * | ------------- | ------------------------------------------- | ------------------------------------------------------ |
 * | transactions  | an open connection to a producer of a group; the producers are chosen one after the other | only the producers of the group know how a transaction ended |
 * | request-reply | the connection of a client | a reply is sent to the client that has sent the request |
 * | administration | all members of a group                      | the command `producerConnection` shows them             |
 *
 * A producer leaves its group when it unregisters, when its connection closes, or after two minutes without a heartbeat.
 *
 * RocketMQ: `ProducerManager`. In RocketMQ, one counter chooses the next producer for all groups. In GlassMQ, each group has
 * a counter, so a check of one group does not change which producer of another group is next.
 */
import type { Host } from '../host/host.ts'
import type { Channel } from '../remoting/channel.ts'
import { CHANNEL_EXPIRED_MS, GROUPS_MAX, GROUPS_PER_CONNECTION_MAX } from './limits.ts'

/** One producer of a group, as described by its newest heartbeat. */
export interface ProducerMember {
  readonly clientId: string
  readonly language: number
  readonly version: number
  /** The time of the newest heartbeat, by the monotonic clock. */
  readonly lastUpdateMs: number
}

interface ProducerGroup {
  readonly members: Map<Channel, ProducerMember>
  /**
   * The number of requests for an open connection to a producer of the group. This number decides which producer is chosen
   * next.
   */
  asked: number
}

/** The connected producers by group. */
export class ProducerManager {
  readonly #host: Host
  readonly #groups = new Map<string, ProducerGroup>()
  /** The groups of each connection. When a connection closes, only the groups of this connection are searched. */
  readonly #groupsOf = new Map<Channel, Set<string>>()
  /** The latest connection of each client that has a producer. */
  readonly #clients = new Map<string, Channel>()

  constructor(host: Host) {
    this.#host = host
  }

  /** Returns the groups with at least one producer. */
  groupNames(): readonly string[] {
    return [...this.#groups.keys()]
  }

  /** Returns the producers of a group by connection. Returns an empty map when the group has no producer. */
  members(group: string): ReadonlyMap<Channel, ProducerMember> {
    return this.#groups.get(group)?.members ?? new Map()
  }

  // #region register-producer
  /**
   * Registers the sender of a heartbeat as a producer of one group. Returns false when the broker or this connection has too
   * many groups.
   */
  register(channel: Channel, client: Omit<ProducerMember, 'lastUpdateMs'>, groupName: string): boolean {
    let names = this.#groupsOf.get(channel)
    if (names !== undefined && names.size >= GROUPS_PER_CONNECTION_MAX && !names.has(groupName)) return false
    let group = this.#groups.get(groupName)
    if (group === undefined) {
      if (this.#groups.size >= GROUPS_MAX) return false
      this.#groups.set(groupName, (group = { members: new Map(), asked: 0 }))
    }
    if (names === undefined) this.#groupsOf.set(channel, (names = new Set()))
    names.add(groupName)
    const isNew = !group.members.has(channel)
    group.members.set(channel, { ...client, lastUpdateMs: this.#host.clock.monotonicMs() })
    this.#clients.set(client.clientId, channel)
    if (isNew) this.#host.trace.emit?.('producer.joined', { group: groupName, clientId: client.clientId })
    return true
  }
  // #endregion register-producer

  unregister(channel: Channel, groupName: string, reason: string): void {
    const group = this.#groups.get(groupName)
    const member = group?.members.get(channel)
    if (group === undefined || member === undefined) return
    group.members.delete(channel)
    if (group.members.size === 0) this.#groups.delete(groupName)
    const { clientId } = member
    const names = this.#groupsOf.get(channel)
    names?.delete(groupName)
    const isElsewhere = names !== undefined && names.size > 0
    if (!isElsewhere) this.#groupsOf.delete(channel)
    if (!isElsewhere && this.#clients.get(clientId) === channel) this.#clients.delete(clientId)
    this.#host.trace.emit?.('producer.left', { group: groupName, clientId, reason })
  }

  channelClosed(channel: Channel): void {
    for (const name of [...(this.#groupsOf.get(channel) ?? [])]) this.unregister(channel, name, 'its connection closed')
  }

  /** Removes producers without a heartbeat for two minutes, and closes their connections. Called at regular intervals. */
  expire(): void {
    const nowMs = this.#host.clock.monotonicMs()
    for (const name of this.groupNames()) {
      for (const [channel, { lastUpdateMs }] of [...this.members(name)]) {
        if (nowMs - lastUpdateMs <= CHANNEL_EXPIRED_MS) continue
        this.unregister(channel, name, `no heartbeat for ${CHANNEL_EXPIRED_MS / 1000} s`)
        channel.close()
      }
    }
  }

  // #region available-channel
  /**
   * Returns an open connection to a producer of the group. Returns undefined when the group has no open connection. The
   * producers of the group are chosen one after the other.
   */
  getAvailableChannel(groupName: string): Channel | undefined {
    const group = this.#groups.get(groupName)
    if (group === undefined) return undefined
    const channels = [...group.members.keys()].filter((channel) => !channel.isClosed)
    return channels[group.asked++ % Math.max(1, channels.length)]
  }
  // #endregion available-channel

  /**
   * Returns the open connection of a client that has a producer. Returns undefined when the client has no open connection.
   */
  findChannel(clientId: string): Channel | undefined {
    const channel = this.#clients.get(clientId)
    return channel?.isClosed === false ? channel : undefined
  }
}
