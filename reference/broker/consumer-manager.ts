/**
 * The connected consumers: their groups, connections and subscriptions. The broker knows a consumer only from its
 * heartbeats.
 *
 * When the members or the topics of a group change, all members are notified (NOTIFY_CONSUMER_IDS_CHANGED). No member is
 * notified when the group is a broadcasting one or the settings forbid the notices. Each notified member rebalances at
 * once. A member leaves its group when it unregisters, when its connection closes, or after two minutes without a
 * heartbeat.
 *
 * ```
 *   change                      notified at once
 *   change, change, change within NOTICE_GATHER_MS after the newest notice: one notice at the end of this time
 * ```
 *
 * So when the n members of a group start together, each member receives only a few notices. If each change caused a notice,
 * each member would receive n notices and request the list of all members n times.
 *
 * RocketMQ: `ConsumerManager`, `ConsumerGroupInfo`, `DefaultConsumerIdsChangeListener`. Unlike GlassMQ, RocketMQ sends a
 * notice for each change.
 */
import type { Host, TimerId } from '../host/host.ts'
import { type ConsumerData, MESSAGE_MODEL, type SubscriptionData } from '../remoting/bodies/heartbeat.ts'
import type { Channel } from '../remoting/channel.ts'
import { notifyConsumerIdsChanged } from '../remoting/requests/client-manage.ts'
import {
  CHANNEL_EXPIRED_MS,
  GROUPS_MAX,
  GROUPS_PER_CONNECTION_MAX,
  NOTICE_GATHER_MS,
  NOTICES_AT_ONCE_MAX,
} from './limits.ts'

/** One consumer of a group, as described by its newest heartbeat. */
export interface GroupMember {
  readonly clientId: string
  readonly language: number
  readonly version: number
  lastUpdateMs: number
}

/**
 * A group with its members by connection. The fields before `subscriptions` have the values of the latest heartbeat of a
 * member.
 */
export interface ConsumerGroup {
  consumeType: string
  messageModel: string
  consumeFromWhere: string
  /** Subscriptions by topic. A heartbeat replaces a subscription only by a newer version. */
  readonly subscriptions: Map<string, SubscriptionData>
  readonly members: Map<Channel, GroupMember>
}

/** A group whose members were notified a short time ago. */
interface LateNotice {
  /** The timer that ends this short time. */
  readonly timer: TimerId
  /** True when the group has changed after its newest notice. */
  hasChanged: boolean
}

/** The connected consumers by group. Also sends notices to the members of a group. */
export class ConsumerManager {
  readonly #host: Host
  readonly #mayNotify: (group: string) => boolean
  readonly #groups = new Map<string, ConsumerGroup>()
  /** The groups of each connection. When a connection closes, only the groups of this connection are searched. */
  readonly #groupsOf = new Map<Channel, Set<string>>()
  /** Groups whose members were notified less than `NOTICE_GATHER_MS` ago. */
  readonly #notifiedLately = new Map<string, LateNotice>()
  #isStopped = false

  /**
   * `mayNotify` returns true when the settings of the broker and of the group allow notices to the members of this group.
   */
  constructor(host: Host, mayNotify: (group: string) => boolean) {
    this.#host = host
    this.#mayNotify = mayNotify
  }

  group(name: string): ConsumerGroup | undefined {
    return this.#groups.get(name)
  }

  /** Returns the connection of one member of a group. Returns undefined when the member is not connected. */
  channelOf(groupName: string, clientId: string): Channel | undefined {
    for (const [channel, member] of this.#groups.get(groupName)?.members ?? [])
      if (member.clientId === clientId) return channel
    return undefined
  }

  /**
   * Returns true when a group is online and subscribes to other topics, but not to this topic. Returns false when the group
   * is not online or has no subscription, because its subscriptions are then unknown.
   */
  isUnsubscribed(groupName: string, topic: string): boolean {
    const subscriptions = this.#groups.get(groupName)?.subscriptions
    return subscriptions !== undefined && subscriptions.size > 0 && !subscriptions.has(topic)
  }

  /** Returns the groups of connected consumers that subscribe to a topic. */
  subscribersOf(topic: string): readonly string[] {
    return [...this.#groups].filter(([, group]) => group.subscriptions.has(topic)).map(([name]) => name)
  }

  // #region register-consumer
  /**
   * Registers the sender of a heartbeat as a consumer of one group. Returns false when the broker or this connection has too
   * many groups.
   */
  register(channel: Channel, client: Omit<GroupMember, 'lastUpdateMs'>, data: ConsumerData): boolean {
    let names = this.#groupsOf.get(channel)
    if (names !== undefined && names.size >= GROUPS_PER_CONNECTION_MAX && !names.has(data.groupName)) return false
    let group = this.#groups.get(data.groupName)
    if (group === undefined) {
      if (this.#groups.size >= GROUPS_MAX) return false
      group = { consumeType: '', messageModel: '', consumeFromWhere: '', subscriptions: new Map(), members: new Map() }
      this.#groups.set(data.groupName, group)
    }
    group.consumeType = data.consumeType
    group.messageModel = data.messageModel
    group.consumeFromWhere = data.consumeFromWhere

    if (names === undefined) this.#groupsOf.set(channel, (names = new Set()))
    names.add(data.groupName)
    const isNewMember = !group.members.has(channel)
    group.members.set(channel, { ...client, lastUpdateMs: this.#host.clock.monotonicMs() })
    const topicsChanged = this.#updateSubscriptions(group, data.subscriptionDataSet)
    if (isNewMember) this.#host.trace.emit?.('consumer.joined', { group: data.groupName, clientId: client.clientId })
    if (isNewMember || topicsChanged) this.#notify(data.groupName, group)
    return true
  }
  // #endregion register-consumer

  /**
   * Replaces each subscription for which the heartbeat has a newer version. Returns true only when topics were added or
   * removed.
   */
  #updateSubscriptions(group: ConsumerGroup, latest: readonly SubscriptionData[]): boolean {
    let changed = false
    for (const subscription of latest) {
      const known = group.subscriptions.get(subscription.topic)
      if (known === undefined) changed = true
      if (known === undefined || subscription.subVersion > known.subVersion)
        group.subscriptions.set(subscription.topic, subscription)
    }
    const topics = new Set(latest.map((subscription) => subscription.topic))
    for (const topic of group.subscriptions.keys()) {
      if (topics.has(topic)) continue
      group.subscriptions.delete(topic)
      changed = true
    }
    return changed
  }

  unregister(channel: Channel, groupName: string, reason: string): void {
    const group = this.#groups.get(groupName)
    const member = group?.members.get(channel)
    if (group === undefined || member === undefined) return
    group.members.delete(channel)
    if (group.members.size === 0) this.#groups.delete(groupName)
    const names = this.#groupsOf.get(channel)
    names?.delete(groupName)
    if (names?.size === 0) this.#groupsOf.delete(channel)
    this.#host.trace.emit?.('consumer.left', { group: groupName, clientId: member.clientId, reason })
    this.#notify(groupName, group)
  }

  channelClosed(channel: Channel): void {
    for (const name of [...(this.#groupsOf.get(channel) ?? [])]) this.unregister(channel, name, 'its connection closed')
  }

  /** Removes members without a heartbeat for two minutes, and closes their connections. Called at regular intervals. */
  expire(): void {
    const nowMs = this.#host.clock.monotonicMs()
    for (const [name, group] of [...this.#groups]) {
      for (const [channel, member] of [...group.members]) {
        if (nowMs - member.lastUpdateMs <= CHANNEL_EXPIRED_MS) continue
        this.unregister(channel, name, `no heartbeat for ${CHANNEL_EXPIRED_MS / 1000} s`)
        channel.close()
      }
    }
  }

  // #region notify
  /**
   * Notifies the members of a group. Members of a broadcasting group do not share queues, so such members are not notified.
   */
  #notify(groupName: string, group: ConsumerGroup): void {
    if (this.#isStopped || group.messageModel === MESSAGE_MODEL.BROADCASTING || !this.#mayNotify(groupName)) return
    const lately = this.#notifiedLately.get(groupName)
    if (lately !== undefined) {
      lately.hasChanged = true
      return
    }
    if (group.members.size === 0) return
    const timer = this.#host.clock.after(NOTICE_GATHER_MS, () => this.#gathered(groupName))
    this.#notifiedLately.set(groupName, { timer, hasChanged: false })
    this.#notifyMembers(groupName, [...group.members.keys()], 0)
  }
  // #endregion notify

  #gathered(groupName: string): void {
    const hasChanged = this.#notifiedLately.get(groupName)?.hasChanged === true
    this.#notifiedLately.delete(groupName)
    const group = this.#groups.get(groupName)
    if (hasChanged && group !== undefined) this.#notify(groupName, group)
  }

  /**
   * Notifies the members from index `next` on. One turn of the event loop notifies only a limited number of members. Later
   * turns notify the other members.
   */
  #notifyMembers(groupName: string, members: readonly Channel[], next: number): void {
    const end = Math.min(members.length, next + NOTICES_AT_ONCE_MAX)
    for (const channel of members.slice(next, end)) {
      channel.oneway({
        code: notifyConsumerIdsChanged.code,
        extFields: notifyConsumerIdsChanged.encode({ consumerGroup: groupName }),
      })
    }
    if (end < members.length) this.#host.clock.after(0, () => this.#notifyMembers(groupName, members, end))
  }

  /** Notifies no member any more. Called when the broker stops. */
  stop(): void {
    this.#isStopped = true
    for (const { timer } of this.#notifiedLately.values()) this.#host.clock.cancel(timer)
    this.#notifiedLately.clear()
  }
}
