/**
 * Which groups may consume, and how (`config/subscriptionGroup.json`).
 *
 * A group that was not configured gets the defaults when it first consumes, and is stored, so that an operator sees it. Without
 * auto-creation only groups that an operator made may consume.
 *
 * | this broker follows               | in                                              |
 * | --------------------------------- | ----------------------------------------------- |
 * | consumeEnable, consumeBroadcastEnable, forbidden topics | pulls                      |
 * | retryQueueNums, retryMaxTimes     | messages that are sent back                     |
 * | notifyConsumerIdsChangedEnable    | notices of changed members                      |
 *
 * The other settings are only stored and shown. RocketMQ: `SubscriptionGroupManager`, `MixAll` (the system's groups).
 */
import { optional, record, table, text, toObject, whole } from '../common/shape.ts'
import { PERM } from '../common/sys-flag.ts'
import { groupNameFault } from '../common/topic-validator.ts'
import type { Host } from '../host/host.ts'
import { type DataVersion, dataVersionShape, nextVersion } from '../remoting/bodies/data-version.ts'
import {
  type SubscriptionGroupConfig,
  type SubscriptionGroupTable,
  subscriptionGroupConfigShape,
  subscriptionGroupTableShape,
} from '../remoting/bodies/subscription-group.ts'
import { Refusal } from '../remoting/refusal.ts'
import { ResponseCode } from '../remoting/response-code.ts'
import type { BrokerConfig } from './broker-config.ts'
import { GrowingTableFile } from './growing-table-file.ts'
import { GROUPS_MAX, RETRY_QUEUE_NUMS_MAX } from './limits.ts'

/** Groups of the system: tools, and gateways that RocketMQ's vendors have used for a long time. */
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

/** One line of `subscriptionGroup.json.changes.N`: everything that is kept of one group, after a change. */
interface GroupChange {
  readonly dataVersion: DataVersion
  readonly group: string
  /** Undefined when the group is deleted. */
  readonly config: SubscriptionGroupConfig | undefined
  /** Bits of `PERM` that the group lacks, by topic. */
  readonly forbidden: Map<string, number>
}

const changeShape = record<GroupChange>({
  dataVersion: dataVersionShape,
  group: text(),
  config: optional(subscriptionGroupConfigShape),
  forbidden: table(whole()),
})

/** The settings of a group with the defaults. */
export function makeGroupConfig(groupName: string): SubscriptionGroupConfig {
  return { ...subscriptionGroupConfigShape(undefined, ''), groupName }
}

/** The settings of the consumer groups, with the topics that each group may not read. */
export class SubscriptionGroups {
  readonly #host: Host
  readonly #config: BrokerConfig
  readonly #file: GrowingTableFile<SubscriptionGroupTable, GroupChange>
  #groups = new Map<string, SubscriptionGroupConfig>()
  #forbidden = new Map<string, Map<string, number>>()
  #dataVersion

  constructor(host: Host, config: BrokerConfig) {
    this.#host = host
    this.#config = config
    this.#dataVersion = { counter: 0, stateVersion: 0, timestamp: host.clock.nowMs() }
    this.#file = new GrowingTableFile(host, {
      path: `${config.storePathRootDir}config/subscriptionGroup.json`,
      shape: subscriptionGroupTableShape,
      changeShape,
      content: () => ({
        dataVersion: this.#dataVersion,
        forbiddenTable: this.#forbidden,
        subscriptionGroupTable: this.#groups,
      }),
      size: () => this.#groups.size,
      counterOf: ({ dataVersion }) => dataVersion.counter,
    })
  }

  load(): void {
    this.#file.load(
      (stored) => {
        this.#groups = new Map(stored.subscriptionGroupTable)
        this.#forbidden = new Map([...stored.forbiddenTable].map(([group, topics]) => [group, new Map(topics)]))
        this.#dataVersion = stored.dataVersion
      },
      ({ dataVersion, group, config, forbidden }) => {
        this.#dataVersion = dataVersion
        if (config === undefined) this.#groups.delete(group)
        else this.#groups.set(group, config)
        if (forbidden.size === 0) this.#forbidden.delete(group)
        else this.#forbidden.set(group, forbidden)
      },
    )
    for (const name of SYSTEM_GROUPS) if (!this.#groups.has(name)) this.#groups.set(name, makeGroupConfig(name))
  }

  /** Every known group, with the version of the table. */
  table(): SubscriptionGroupTable {
    return {
      dataVersion: this.#dataVersion,
      subscriptionGroupTable: this.#groups,
      forbiddenTable: this.#forbidden,
    }
  }

  /** The settings of a group that exists; undefined for an unknown group. */
  get(group: string): SubscriptionGroupConfig | undefined {
    return this.#groups.get(group)
  }

  // #region find-group
  /** The settings of a group, which is made if that is allowed; undefined when it neither exists nor may be made. */
  find(group: string): SubscriptionGroupConfig | undefined {
    const config = this.settingsOf(group)
    if (config === undefined || this.#groups.has(group)) return config
    this.#groups.set(group, config)
    this.#changed(group)
    return config
  }

  /** The settings that `find` would return, without making the group: for a caller that has more to check first. */
  settingsOf(group: string): SubscriptionGroupConfig | undefined {
    const known = this.#groups.get(group)
    if (known !== undefined) return known
    const mayBeMade =
      this.#config.autoCreateSubscriptionGroup && this.#groups.size < GROUPS_MAX && groupNameFault(group) === ''
    return mayBeMade ? makeGroupConfig(group) : undefined
  }
  // #endregion find-group

  mayConsume(group: string): boolean {
    return this.find(group)?.consumeEnable ?? false
  }

  /** Makes or changes a group. Throws `Refusal`. `done`: as in `delete`. */
  update(config: SubscriptionGroupConfig, done: () => void): void {
    this.#check(config)
    this.#groups.set(config.groupName, config)
    this.#changed(config.groupName, done)
  }

  #check({ groupName, retryQueueNums, retryMaxTimes }: SubscriptionGroupConfig): void {
    const refusal = (sentence: string) => new Refusal(ResponseCode.INVALID_PARAMETER, sentence)
    const nameFault = groupNameFault(groupName)
    if (nameFault !== '') throw refusal(nameFault)
    if (retryQueueNums < 0 || retryQueueNums > RETRY_QUEUE_NUMS_MAX)
      throw refusal(`retryQueueNums is ${retryQueueNums}; it must be 0 to ${RETRY_QUEUE_NUMS_MAX}`)
    if (retryMaxTimes < -1) throw refusal(`retryMaxTimes is ${retryMaxTimes}; it must be 0 or more, or -1`)
    if (!this.#groups.has(groupName) && this.#groups.size >= GROUPS_MAX)
      throw refusal(`this broker already has ${GROUPS_MAX} groups: delete some first`)
  }

  /** Forgets a group. `done`: the disk has the change, or has refused it for now. */
  delete(group: string, done: () => void): void {
    const wasForbidden = this.#forbidden.delete(group)
    if (this.#groups.delete(group) || wasForbidden) this.#changed(group, done)
    else done()
  }

  // #region forbidden
  /** True when a group may read a topic. */
  mayRead(group: string, topic: string): boolean {
    return ((this.#forbidden.get(group)?.get(topic) ?? 0) & PERM.READ) === 0
  }

  /** Allows or forbids a group to read a topic. `done`: as in `delete`. */
  setReadable(group: string, topic: string, readable: boolean, done: () => void): void {
    const topics = this.#forbidden.get(group) ?? new Map<string, number>()
    if (readable) topics.delete(topic)
    else topics.set(topic, PERM.READ)
    if (topics.size === 0) this.#forbidden.delete(group)
    else this.#forbidden.set(group, topics)
    this.#changed(group, done)
  }
  // #endregion forbidden

  /** A topic is gone: a later topic of that name is not forbidden to any group. */
  topicDeleted(topic: string): void {
    for (const [group, topics] of [...this.#forbidden]) {
      if (!topics.delete(topic)) continue
      if (topics.size === 0) this.#forbidden.delete(group)
      this.#changed(group)
    }
  }

  /** The rights that a group lacks, by topic. */
  forbidden(group: string): { readonly [topic: string]: number } {
    return toObject(this.#forbidden.get(group) ?? new Map())
  }

  #changed(group: string, done: () => void = () => {}): void {
    this.#dataVersion = nextVersion(this.#dataVersion, this.#host.clock.nowMs())
    const change = {
      dataVersion: this.#dataVersion,
      group,
      config: this.#groups.get(group),
      forbidden: this.forbidden(group),
    }
    this.#file.changed(change, () => done())
  }

  /** Writes the file for the last time, if it lacks a change. */
  close(done: () => void): void {
    if (this.#file.isBehind) this.#file.close(done)
    else done()
  }
}
