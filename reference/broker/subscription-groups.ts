/**
 * Which groups may consume, and how (`config/subscriptionGroup.json`).
 *
 * A group that nobody configured gets the defaults the moment it first consumes, and is written down, so that an operator
 * sees it. Without auto-creation only groups that an operator made may consume.
 *
 * | this broker heeds                 | where                                           |
 * | --------------------------------- | ----------------------------------------------- |
 * | consumeEnable, consumeBroadcastEnable, forbidden topics | pulls                      |
 * | retryQueueNums, retryMaxTimes     | messages given back                             |
 * | notifyConsumerIdsChangedEnable    | news about members                              |
 *
 * The rest is kept and told. RocketMQ: `SubscriptionGroupManager`, `MixAll` (the system's own groups).
 */
import { toObject } from '../common/shape.ts'
import { PERM } from '../common/sys-flag.ts'
import { groupNameFault } from '../common/topic-validator.ts'
import type { Host } from '../host/host.ts'
import { nextVersion } from '../remoting/bodies/data-version.ts'
import {
  type SubscriptionGroupConfig,
  type SubscriptionGroupTable,
  subscriptionGroupConfigShape,
  subscriptionGroupTableJson,
  subscriptionGroupTableShape,
} from '../remoting/bodies/subscription-group.ts'
import type { BrokerConfig } from './broker-config.ts'
import { ConfigFile } from './config-file.ts'
import { GROUPS_MAX, RETRY_QUEUE_NUMS_MAX } from './limits.ts'

/** Groups of the system itself: tools, and gateways that RocketMQ's vendors have used since long ago. */
const SYSTEM_GROUPS = [
  'TOOLS_CONSUMER',
  'FILTERSRV_CONSUMER',
  'SELF_TEST_C_GROUP',
  'CID_ONS-HTTP-PROXY',
  'CID_ONSAPI_PULL',
  'CID_ONSAPI_PERMISSION',
  'CID_ONSAPI_OWNER',
  'CID_RMQ_SYS_TRANS',
]

/** A group with the defaults. */
export function makeGroupConfig(groupName: string): SubscriptionGroupConfig {
  return { ...subscriptionGroupConfigShape(undefined, ''), groupName }
}

export class SubscriptionGroups {
  readonly #host: Host
  readonly #config: BrokerConfig
  readonly #file: ConfigFile<SubscriptionGroupTable>
  #groups = new Map<string, SubscriptionGroupConfig>()
  #forbidden = new Map<string, Map<string, number>>()
  #dataVersion

  constructor(host: Host, config: BrokerConfig) {
    this.#host = host
    this.#config = config
    this.#dataVersion = { counter: 0, stateVersion: 0, timestamp: host.clock.nowMs() }
    const path = `${config.storePathRootDir}config/subscriptionGroup.json`
    this.#file = new ConfigFile(host, path, subscriptionGroupTableShape, () => subscriptionGroupTableJson(this.table()))
  }

  load(): void {
    const stored = this.#file.load()
    if (stored !== undefined) {
      this.#groups = new Map(stored.subscriptionGroupTable)
      this.#forbidden = new Map([...stored.forbiddenTable].map(([group, topics]) => [group, new Map(topics)]))
      this.#dataVersion = stored.dataVersion
    }
    for (const name of SYSTEM_GROUPS) if (!this.#groups.has(name)) this.#groups.set(name, makeGroupConfig(name))
  }

  /** Every group that is known, with the version of the table. */
  table(): SubscriptionGroupTable {
    return {
      dataVersion: this.#dataVersion,
      subscriptionGroupTable: this.#groups,
      forbiddenTable: this.#forbidden,
    }
  }

  /** The settings of a group that is known already. */
  get(group: string): SubscriptionGroupConfig | undefined {
    return this.#groups.get(group)
  }

  // #region find-group
  /** The settings of a group, which is made if it may be; undefined when there is none and none may be made. */
  find(group: string): SubscriptionGroupConfig | undefined {
    const known = this.#groups.get(group)
    if (known !== undefined) return known
    const mayBeMade =
      this.#config.autoCreateSubscriptionGroup && this.#groups.size < GROUPS_MAX && groupNameFault(group) === ''
    if (!mayBeMade) return undefined
    const made = makeGroupConfig(group)
    this.#groups.set(group, made)
    this.#changed()
    return made
  }
  // #endregion find-group

  mayConsume(group: string): boolean {
    return this.find(group)?.consumeEnable ?? false
  }

  /** Makes or changes a group. '' or the sentence that says why not. */
  update(config: SubscriptionGroupConfig): string {
    const fault = groupNameFault(config.groupName)
    if (fault !== '') return fault
    const { retryQueueNums, retryMaxTimes } = config
    if (retryQueueNums < 0 || retryQueueNums > RETRY_QUEUE_NUMS_MAX)
      return `retryQueueNums is ${retryQueueNums}; it must be 0 to ${RETRY_QUEUE_NUMS_MAX}`
    if (retryMaxTimes < -1) return `retryMaxTimes is ${retryMaxTimes}; it must be 0 or more, or -1`
    if (!this.#groups.has(config.groupName) && this.#groups.size >= GROUPS_MAX)
      return `this broker already has ${GROUPS_MAX} groups: delete some first`
    this.#groups.set(config.groupName, config)
    this.#changed()
    return ''
  }

  delete(group: string): void {
    this.#forbidden.delete(group)
    if (this.#groups.delete(group)) this.#changed()
  }

  // #region forbidden
  /** Whether a group may read a topic. */
  mayRead(group: string, topic: string): boolean {
    return ((this.#forbidden.get(group)?.get(topic) ?? 0) & PERM.READ) === 0
  }

  setReadable(group: string, topic: string, readable: boolean): void {
    const topics = this.#forbidden.get(group) ?? new Map<string, number>()
    if (readable) topics.delete(topic)
    else topics.set(topic, PERM.READ)
    if (topics.size === 0) this.#forbidden.delete(group)
    else this.#forbidden.set(group, topics)
    this.#changed()
  }
  // #endregion forbidden

  /** A topic is gone: one of the same name is forbidden to nobody. */
  topicDeleted(topic: string): void {
    for (const [group, topics] of [...this.#forbidden]) {
      if (!topics.delete(topic)) continue
      if (topics.size === 0) this.#forbidden.delete(group)
      this.#changed()
    }
  }

  /** What a group may not do, by topic. */
  forbidden(group: string): { readonly [topic: string]: number } {
    return toObject(this.#forbidden.get(group) ?? new Map())
  }

  #changed(): void {
    this.#dataVersion = nextVersion(this.#dataVersion, this.#host.clock.nowMs())
    this.#file.persist()
  }
}
