/**
 * Which groups may consume, and how often a message may come back to each (`config/subscriptionGroup.json`).
 *
 * Without auto-creation only groups that an operator made may consume; with it, every other group has the defaults.
 *
 * RocketMQ: `SubscriptionGroupManager`, `SubscriptionGroupConfig`. Not here: reading from slaves, retry policies of 5.x;
 * writing down a group that nobody configured.
 */
import { flag, record, table, whole } from '../common/shape.ts'
import type { Host } from '../host/host.ts'
import type { BrokerConfig } from './broker-config.ts'
import { ConfigFile } from './config-file.ts'
import { RETRY_MAX_TIMES, RETRY_QUEUE_NUMS } from './limits.ts'

/** The settings of one group that this broker heeds. */
export interface GroupConfig {
  readonly consumeEnable: boolean
  /** Queues of its retry topic; 0: a message that fails is given up. */
  readonly retryQueueNums: number
  /** After so many redeliveries a message is a dead letter. */
  readonly retryMaxTimes: number
}

const groupShape = record<GroupConfig>({
  consumeEnable: flag(true),
  retryQueueNums: whole(RETRY_QUEUE_NUMS),
  retryMaxTimes: whole(RETRY_MAX_TIMES),
})

const DEFAULTS: GroupConfig = groupShape(undefined, '')

const fileShape = record<{ subscriptionGroupTable: Map<string, GroupConfig> }>({
  subscriptionGroupTable: table(groupShape),
})

export class SubscriptionGroups {
  readonly #autoCreate: boolean
  readonly #file: ConfigFile<{ subscriptionGroupTable: Map<string, GroupConfig> }>
  #groups: ReadonlyMap<string, GroupConfig> = new Map()

  constructor(host: Host, config: BrokerConfig) {
    this.#autoCreate = config.autoCreateSubscriptionGroup
    this.#file = new ConfigFile(host, `${config.storePathRootDir}config/subscriptionGroup.json`, fileShape, () => ({}))
  }

  load(): void {
    this.#groups = this.#file.load()?.subscriptionGroupTable ?? new Map()
  }

  /** The settings of a group; undefined when there is no such group and none may be made. */
  find(group: string): GroupConfig | undefined {
    return this.#groups.get(group) ?? (this.#autoCreate ? DEFAULTS : undefined)
  }

  mayConsume(group: string): boolean {
    return this.find(group)?.consumeEnable ?? false
  }
}
