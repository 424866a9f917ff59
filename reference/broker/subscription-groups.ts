/**
 * Which groups may consume. Without auto-creation only those that an operator made, listed in
 * `config/subscriptionGroup.json`, may.
 *
 * RocketMQ: `SubscriptionGroupManager`. Not here: the settings of a group beside `consumeEnable`; writing the file.
 */
import { flag, record, table } from '../common/shape.ts'
import type { Host } from '../host/host.ts'
import type { BrokerConfig } from './broker-config.ts'
import { ConfigFile } from './config-file.ts'

interface GroupConfig {
  readonly consumeEnable: boolean
}

const fileShape = record<{ subscriptionGroupTable: Map<string, GroupConfig> }>({
  subscriptionGroupTable: table(record<GroupConfig>({ consumeEnable: flag(true) })),
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

  mayConsume(group: string): boolean {
    return this.#groups.get(group)?.consumeEnable ?? this.#autoCreate
  }
}
