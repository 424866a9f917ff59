/**
 * The settings of a NameServer. These settings are read from `namesrv.conf`, with the option names and defaults of RocketMQ.
 *
 * | option                          | default        | while it runs | meaning                                           |
 * | ------------------------------- | -------------- | ------------- | ------------------------------------------------- |
 * | bindAddress                     | host of the node |             | the address on which the NameServer listens       |
 * | listenPort                      | 9876           |               | the port on which the NameServer listens          |
 * | orderMessageEnable              | false          | may change    | true: the route of an ordered topic also contains its order |
 * | returnOrderTopicConfigToBroker  | true           | may change    | the answer to a registration contains the ordered topics |
 * | supportActingMaster             | false          | may change    | true: a route shows the smallest id of a broker name without a master as 0 (`acting-master.ts`) |
 * | notifyMinBrokerIdChanged        | false          | may change    | true: brokers are notified when the smallest id of their name changes |
 * | adminWriteEnable | true when no other machine can connect | | operators may change settings and topics (`remoting/admin-writes.ts`) |
 *
 * When the NameServer starts, the log lists the settings of RocketMQ that have no effect, with the reason
 * (`settings-not-followed.ts`). A changed setting is lost when the NameServer stops. A request that changes settings cannot
 * change a path, and does not write a file. So the fault CVE-2023-37582 of RocketMQ is not possible.
 *
 * RocketMQ: `NamesrvConfig`, `NettyServerConfig`, `DefaultRequestProcessor.updateConfig`.
 */
import { SETTINGS_BODY_BYTES_MAX } from '../common/limits.ts'
import { ConfigError, parseProperties, propertiesText, Settings } from '../common/properties-file.ts'
import { decodeUtf8 } from '../common/utf8.ts'
import type { Host } from '../host/host.ts'
import { isOwnMachineOnly, ownHostName } from '../host/program-args.ts'
import { Refusal } from '../remoting/refusal.ts'
import { ResponseCode } from '../remoting/response-code.ts'
import { NAMESRV_PORT } from './limits.ts'
import { namesrvNotFollowed } from './settings-not-followed.ts'

/** The settings of one NameServer. The table at the start of this file explains each setting. */
export interface NamesrvConfig {
  readonly bindAddress: string
  readonly listenPort: number
  orderMessageEnable: boolean
  returnOrderTopicConfigToBroker: boolean
  supportActingMaster: boolean
  notifyMinBrokerIdChanged: boolean
  readonly adminWriteEnable: boolean
}

/** Returns the configuration in `settings`. Throws `ConfigError` with one sentence when a value is not valid. */
export function namesrvConfig(host: Host, settings: Settings): NamesrvConfig {
  return {
    bindAddress: settings.text('bindAddress', ownHostName(host)),
    listenPort: settings.whole('listenPort', NAMESRV_PORT, 0, 65_535),
    orderMessageEnable: settings.flag('orderMessageEnable', false),
    returnOrderTopicConfigToBroker: settings.flag('returnOrderTopicConfigToBroker', true),
    supportActingMaster: settings.flag('supportActingMaster', false),
    notifyMinBrokerIdChanged: settings.flag('notifyMinBrokerIdChanged', false),
    adminWriteEnable: settings.flag('adminWriteEnable', isOwnMachineOnly(settings)),
  }
}

const UPDATABLE = [
  'orderMessageEnable',
  'returnOrderTopicConfigToBroker',
  'supportActingMaster',
  'notifyMinBrokerIdChanged',
] as const

/** Returns the settings as text in the format of a properties file. */
export function configText(config: NamesrvConfig): string {
  return propertiesText(Object.entries(config).map(([name, value]) => [name, String(value)] as const))
}

/**
 * The settings that no request may change: the names of files, and the setting that contains this list in RocketMQ.
 * RocketMQ: `NamesrvConfig.configBlackList`.
 */
const BLACK_LIST = ['configBlackList', 'configStorePath', 'kvConfigPath', 'rocketmqHome']

// #region update-config
/**
 * Changes `config` to the values in the body of a request. Either all values change, or no value changes. Throws `Refusal`
 * when a value is not valid, when a setting cannot be changed while the NameServer runs, or when a setting has no effect.
 */
export function updateConfig(host: Host, config: NamesrvConfig, body: Uint8Array | undefined): void {
  if (body === undefined || body.length === 0)
    throw new Refusal(
      ResponseCode.SYSTEM_ERROR,
      'UPDATE_NAMESRV_CONFIG: the body is empty; expected lines of name=value',
    )
  if (body.length > SETTINGS_BODY_BYTES_MAX)
    throw new Refusal(
      ResponseCode.SYSTEM_ERROR,
      `UPDATE_NAMESRV_CONFIG: the body has ${body.length} bytes; at most ${SETTINGS_BODY_BYTES_MAX} are read`,
    )
  // all values are checked before the first value changes
  try {
    const changes = parseProperties(decodeUtf8(body), 'UPDATE_NAMESRV_CONFIG')
    const isFixed = (name: string) => Object.hasOwn(config, name) && !UPDATABLE.some((each) => each === name)
    const refused = [...changes.keys()].find((name) => BLACK_LIST.includes(name) || isFixed(name))
    if (refused !== undefined)
      throw new Refusal(
        ResponseCode.NO_PERMISSION,
        `Can not update config ${refused}: set it in namesrv.conf and restart`,
      )
    const settings = new Settings(changes, 'UPDATE_NAMESRV_CONFIG')
    const parsed = namesrvConfig(host, settings)
    const notFollowed = namesrvNotFollowed.refusal(settings, Object.keys(config))
    if (notFollowed !== '') throw new Refusal(ResponseCode.INVALID_PARAMETER, notFollowed)
    for (const name of UPDATABLE) if (changes.has(name)) config[name] = parsed[name]
  } catch (error) {
    if (error instanceof ConfigError) throw new Refusal(ResponseCode.SYSTEM_ERROR, error.message)
    throw error
  }
}
// #endregion update-config
