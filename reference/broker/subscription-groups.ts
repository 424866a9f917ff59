/**
 * The consumer groups of this broker and their settings (`config/subscriptionGroup.json`).
 *
 * When an unknown group consumes for the first time, the broker creates the group with the default settings. The broker also
 * stores the new group, so that operators see it. When `autoCreateSubscriptionGroup` is false, only groups that an operator
 * has created may consume.
 *
 * | setting                           | where the broker uses it                        |
 * | --------------------------------- | ----------------------------------------------- |
 * | consumeEnable                     | when a member pulls or pops |
 * | consumeBroadcastEnable, forbidden topics | when a member pulls |
 * | retryQueueNums                    | when a heartbeat or a message that is sent back creates the retry topic |
 * | retryQueueNums, retryMaxTimes     | when a member sends a message back |
 * | notifyConsumerIdsChangedEnable    | when the members of the group change |
 *
 * The settings `brokerId` and `whichBrokerWhenConsumeSlowly` are used by `slave/slave-reads.ts`. All other settings are only
 * stored and reported.
 *
 * RocketMQ: `SubscriptionGroupManager`, `MixAll` (the system groups).
 */
import { optional, record, table, text, toObject, whole } from '../common/shape.ts'
import { PERM } from '../common/sys-flag.ts'
import { groupNameFault } from '../common/topic-validator.ts'
import type { Host } from '../host/host.ts'
import { type DataVersion, dataVersionShape, nextVersion, sameVersion } from '../remoting/bodies/data-version.ts'
import { BodyError } from '../remoting/bodies/json-body.ts'
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

/** The system groups: groups with fixed names that RocketMQ uses for its tools and gateways. */
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

/** One line of `subscriptionGroup.json.changes.N`: all data of one group after a change. */
interface GroupChange {
  readonly dataVersion: DataVersion
  readonly group: string
  /** The settings of the group. The value is undefined when the group was deleted. */
  readonly config: SubscriptionGroupConfig | undefined
  /** For each topic, the rights that the group does not have in this topic. The rights are bits of `PERM`. */
  readonly forbidden: Map<string, number>
}

const changeShape = record<GroupChange>({
  dataVersion: dataVersionShape,
  group: text(),
  config: optional(subscriptionGroupConfigShape),
  forbidden: table(whole()),
})

/** Returns the default settings of a group. */
export function makeGroupConfig(groupName: string): SubscriptionGroupConfig {
  return { ...subscriptionGroupConfigShape(undefined, ''), groupName }
}

/** Keeps the settings of the consumer groups, and the topics that each group may not read. */
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

  /** Returns every known group, and the version of the table. */
  table(): SubscriptionGroupTable {
    return {
      dataVersion: this.#dataVersion,
      subscriptionGroupTable: this.#groups,
      forbiddenTable: this.#forbidden,
    }
  }

  /** Returns the settings of an existing group. Returns undefined for an unknown group. */
  get(group: string): SubscriptionGroupConfig | undefined {
    return this.#groups.get(group)
  }

  // #region find-group
  /**
   * Returns the settings of a group. Creates an unknown group. Returns undefined when the unknown group cannot be created,
   * because the settings of the broker forbid it, the name is not valid, or there are too many groups.
   */
  find(group: string): SubscriptionGroupConfig | undefined {
    const config = this.settingsOf(group)
    if (config === undefined || this.#groups.has(group)) return config
    this.#groups.set(group, config)
    this.#changed(group)
    return config
  }

  /**
   * Returns the same settings as `find`, but does not create the group. Used when the caller must make other checks before
   * the group is created.
   */
  settingsOf(group: string): SubscriptionGroupConfig | undefined {
    const known = this.#groups.get(group)
    if (known !== undefined) return known
    const mayBeMade =
      this.#config.autoCreateSubscriptionGroup && this.#groups.size < GROUPS_MAX && groupNameFault(group) === ''
    return mayBeMade ? makeGroupConfig(group) : undefined
  }
  // #endregion find-group

  /**
   * Creates or changes a group. `done` is called when the disk has stored or refused the change. Throws `Refusal` when a
   * setting is not allowed.
   */
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

  /**
   * Deletes a group. `done` is called when the disk has stored or refused the change. A change that the disk has refused is
   * stored later.
   */
  delete(group: string, done: () => void): void {
    const wasForbidden = this.#forbidden.delete(group)
    if (this.#groups.delete(group) || wasForbidden) this.#changed(group, done)
    else done()
  }

  /**
   * Replaces the table of groups with the table of the master. Called on a slave. Throws `BodyError` when the table has more
   * groups than a broker may have.
   */
  adopt({ dataVersion, subscriptionGroupTable, forbiddenTable }: SubscriptionGroupTable): void {
    if (sameVersion(dataVersion, this.#dataVersion)) return
    if (subscriptionGroupTable.size > GROUPS_MAX) throw new BodyError(`the master has more than ${GROUPS_MAX} groups`)
    const differs = (a: unknown, b: unknown) => JSON.stringify(a) !== JSON.stringify(b)
    const former = this.#groups
    this.#groups = new Map(subscriptionGroupTable)
    this.#forbidden = new Map([...forbiddenTable].map(([group, topics]) => [group, new Map(topics)]))
    for (const group of new Set([...former.keys(), ...this.#groups.keys(), ...this.#forbidden.keys()]))
      if (this.#forbidden.has(group) || differs(former.get(group), this.#groups.get(group))) this.#changed(group)
    this.#dataVersion = dataVersion
  }

  // #region forbidden
  /** Returns true when a group may read a topic. */
  mayRead(group: string, topic: string): boolean {
    return ((this.#forbidden.get(group)?.get(topic) ?? 0) & PERM.READ) === 0
  }

  /** Allows or forbids a group to read a topic. `done` is called when the disk has stored or refused the change. */
  setReadable(group: string, topic: string, readable: boolean, done: () => void): void {
    const topics = this.#forbidden.get(group) ?? new Map<string, number>()
    if (readable) topics.delete(topic)
    else topics.set(topic, PERM.READ)
    if (topics.size === 0) this.#forbidden.delete(group)
    else this.#forbidden.set(group, topics)
    this.#changed(group, done)
  }
  // #endregion forbidden

  /**
   * Called when a topic was deleted. Removes the rules that forbid groups to read this topic. So every group may read a new
   * topic with the same name.
   */
  topicDeleted(topic: string): void {
    for (const [group, topics] of [...this.#forbidden]) {
      if (!topics.delete(topic)) continue
      if (topics.size === 0) this.#forbidden.delete(group)
      this.#changed(group)
    }
  }

  /** Returns for each topic the rights that a group does not have. */
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

  /**
   * Called when the broker stops. When the file does not have all changes, writes the whole table for the last time. Calls
   * `done` when the disk has stored or refused the table.
   */
  close(done: () => void): void {
    if (this.#file.isBehind) this.#file.close(done)
    else done()
  }
}
