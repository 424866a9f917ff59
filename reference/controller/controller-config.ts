/**
 * The settings of a controller. These settings are read from a properties file, with the option names and defaults of
 * RocketMQ.
 *
 * | option                      | default | while it runs | meaning                                                       |
 * | --------------------------- | ------- | ------------- | ------------------------------------------------------------- |
 * | controllerDLegerGroup       | must be set |           | the name of the group of controllers                         |
 * | controllerDLegerPeers       | must be set |           | all controllers of the group: `n0-host:port;n1-host:port;…`    |
 * | controllerDLegerSelfId      | must be set |           | the id of this controller in `controllerDLegerPeers`; its port is the port to listen on |
 * | controllerStorePath         | `''`    |               | the directory of `raft.journal`; the command line makes it the directory of the node |
 * | bindAddress                 | host of the node |      | the address on which the controller listens                   |
 * | scanNotActiveBrokerInterval | 5000    | may change    | brokers without heartbeats are looked for in this interval, in ms |
 * | scanInactiveMasterInterval  | 5000    | may change    | the leader looks for masters that are not alive in this interval, in ms |
 * | enableElectUncleanMaster    | false   | may change    | true: a replica outside the in-sync set may be elected; acknowledged messages may be lost |
 * | notifyBrokerRoleChanged     | true    | may change    | brokers are notified of a new master; a broker also asks for the master every 5 s |
 * | processReadEvent            | false   | may change    | true: requests that read are answered only after a majority has confirmed the leader |
 * | adminWriteEnable            | true when no other machine can connect | | operators may elect, change settings and remove replicas (`remoting/admin-writes.ts`) |
 * | glassmqCompactAfterLines    | 1000    |               | the journal is written again after this number of lines; only GlassMQ has this setting |
 *
 * When the controller starts, the log lists the settings of RocketMQ that have no effect, with the reason
 * (`settings-not-followed.ts`). A changed setting is lost when the controller stops.
 *
 * RocketMQ: `ControllerConfig`, `ControllerRequestProcessor.handleUpdateControllerConfig`.
 */
import { SETTINGS_BODY_BYTES_MAX } from '../common/limits.ts'
import { ConfigError, parseProperties, propertiesText, Settings } from '../common/properties-file.ts'
import { HOUR_MS } from '../common/units.ts'
import { decodeUtf8 } from '../common/utf8.ts'
import type { Host } from '../host/host.ts'
import { isOwnMachineOnly, ownHostName } from '../host/program-args.ts'
import { Refusal } from '../remoting/refusal.ts'
import { ResponseCode } from '../remoting/response-code.ts'
import { COMPACT_AFTER_LINES } from './raft/limits.ts'
import { type Peer, parsePeers } from './raft/peers.ts'
import { controllerNotFollowed } from './settings-not-followed.ts'

/** The settings of one controller. The table at the start of this file explains each setting. */
export interface ControllerConfig {
  readonly controllerDLegerGroup: string
  readonly controllerDLegerPeers: string
  readonly controllerDLegerSelfId: string
  readonly controllerStorePath: string
  readonly bindAddress: string
  scanNotActiveBrokerInterval: number
  scanInactiveMasterInterval: number
  enableElectUncleanMaster: boolean
  notifyBrokerRoleChanged: boolean
  processReadEvent: boolean
  readonly adminWriteEnable: boolean
  readonly glassmqCompactAfterLines: number
}

const INTERVAL_MS_MIN = 100
const COMPACT_AFTER_LINES_MIN = 10
const COMPACT_AFTER_LINES_MAX = 100_000

/** Returns the configuration in `settings`. Throws `ConfigError` with one sentence when a value is not valid. */
export function controllerConfig(host: Host, settings: Settings): ControllerConfig {
  return {
    controllerDLegerGroup: settings.text('controllerDLegerGroup', ''),
    controllerDLegerPeers: settings.text('controllerDLegerPeers', ''),
    controllerDLegerSelfId: settings.text('controllerDLegerSelfId', ''),
    controllerStorePath: settings.text('controllerStorePath', ''),
    bindAddress: settings.text('bindAddress', ownHostName(host)),
    scanNotActiveBrokerInterval: settings.whole('scanNotActiveBrokerInterval', 5_000, INTERVAL_MS_MIN, HOUR_MS),
    scanInactiveMasterInterval: settings.whole('scanInactiveMasterInterval', 5_000, INTERVAL_MS_MIN, HOUR_MS),
    enableElectUncleanMaster: settings.flag('enableElectUncleanMaster', false),
    notifyBrokerRoleChanged: settings.flag('notifyBrokerRoleChanged', true),
    processReadEvent: settings.flag('processReadEvent', false),
    adminWriteEnable: settings.flag('adminWriteEnable', isOwnMachineOnly(settings)),
    glassmqCompactAfterLines: settings.whole(
      'glassmqCompactAfterLines',
      COMPACT_AFTER_LINES,
      COMPACT_AFTER_LINES_MIN,
      COMPACT_AFTER_LINES_MAX,
    ),
  }
}

/**
 * Returns the controllers of the group, and the one that this configuration belongs to. Throws `ConfigError` with one
 * sentence when a name is missing, or when the own id is not in the group.
 */
export function groupOf(config: ControllerConfig): { readonly peers: readonly Peer[]; readonly own: Peer } {
  if (config.controllerDLegerGroup === '')
    throw new ConfigError('controllerDLegerGroup is not set; it must name the group of controllers, such as group1')
  const peers = parsePeers(config.controllerDLegerPeers)
  const own = peers.find(({ id }) => id === config.controllerDLegerSelfId)
  if (own !== undefined) return { peers, own }
  throw new ConfigError(
    `controllerDLegerSelfId is "${config.controllerDLegerSelfId}"; it must be one of ${peers.map(({ id }) => id).join(', ')}, as in controllerDLegerPeers`,
  )
}

/** The settings that a request may change. */
const UPDATABLE = [
  'scanNotActiveBrokerInterval',
  'scanInactiveMasterInterval',
  'enableElectUncleanMaster',
  'notifyBrokerRoleChanged',
  'processReadEvent',
] as const

/** The settings that no request may change, in RocketMQ too. RocketMQ: `ControllerConfig.configBlackList`. */
const BLACK_LIST = ['configBlackList', 'configStorePath', 'rocketmqHome']

/** Returns the settings as text in the format of a properties file. */
export function configText(config: ControllerConfig): string {
  return propertiesText(Object.entries(config).map(([name, value]) => [name, String(value)] as const))
}

/**
 * Changes `config` to the values in the body of a request. Either all values change, or no value changes. Throws `Refusal`
 * when a value is not valid, when a setting cannot be changed while the controller runs, or when a setting has no effect.
 */
export function updateConfig(host: Host, config: ControllerConfig, body: Uint8Array | undefined): void {
  if (body === undefined || body.length === 0 || body.length > SETTINGS_BODY_BYTES_MAX)
    throw new Refusal(
      ResponseCode.SYSTEM_ERROR,
      `UPDATE_CONTROLLER_CONFIG: the body has ${body?.length ?? 0} bytes; expected lines of name=value, at most ${SETTINGS_BODY_BYTES_MAX} bytes`,
    )
  // all values are checked before the first value changes
  try {
    const changes = parseProperties(decodeUtf8(body), 'UPDATE_CONTROLLER_CONFIG')
    const isFixed = (name: string) => Object.hasOwn(config, name) && !UPDATABLE.some((each) => each === name)
    const refused = [...changes.keys()].find((name) => BLACK_LIST.includes(name) || isFixed(name))
    if (refused !== undefined)
      throw new Refusal(
        ResponseCode.NO_PERMISSION,
        `Can not update config ${refused}: set it in the configuration of the controller and restart`,
      )
    const settings = new Settings(changes, 'UPDATE_CONTROLLER_CONFIG')
    const parsed: Record<string, unknown> & ControllerConfig = { ...controllerConfig(host, settings) }
    const notFollowed = controllerNotFollowed.refusal(settings, Object.keys(config))
    if (notFollowed !== '') throw new Refusal(ResponseCode.INVALID_PARAMETER, notFollowed)
    Object.assign(
      config,
      Object.fromEntries(UPDATABLE.filter((name) => changes.has(name)).map((name) => [name, parsed[name]])),
    )
  } catch (error) {
    if (error instanceof ConfigError) throw new Refusal(ResponseCode.SYSTEM_ERROR, error.message)
    throw error
  }
}
