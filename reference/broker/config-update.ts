/**
 * Shows an operator the settings of the broker. Also changes settings while the broker runs.
 *
 * The broker shows all settings except secrets, with the names that they have in `broker.conf`. An operator may change the
 * settings in `UPDATABLE`. The broker reads the values of these settings each time it needs them, so a change takes effect
 * at the next use. Paths, addresses and sizes of files are not in `UPDATABLE`, so a change cannot make the broker write
 * outside its store. A change lasts until the broker stops. The file `broker.conf` is not written.
 *
 * | setting in the request           | answer to the request                     |
 * | -------------------------------- | ----------------------------------------- |
 * | in `UPDATABLE`, with an allowed value | SUCCESS                              |
 * | in `UPDATABLE`, with another value | SYSTEM_ERROR with a sentence that says which values are allowed |
 * | another setting that the broker shows | SUCCESS when the setting already has the requested value, and otherwise NO_PERMISSION |
 * | a name in `BLACK_LIST`           | NO_PERMISSION                             |
 * | a setting that has no effect in this broker, or an unknown name | INVALID_PARAMETER with the reason (`settings-not-followed.ts`) |
 *
 * Either all changes of a request take effect, or none of them. Unlike GlassMQ, RocketMQ lets an operator change every
 * setting that is not in its black list, and also writes the file `broker.conf`.
 *
 * RocketMQ: `AdminBrokerProcessor.updateBrokerConfig`.
 */
import { SETTINGS_BODY_BYTES_MAX } from '../common/limits.ts'
import { ConfigError, parseProperties, propertiesText, Settings } from '../common/properties-file.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../common/units.ts'
import { decodeUtf8 } from '../common/utf8.ts'
import type { Host } from '../host/host.ts'
import { Refusal } from '../remoting/refusal.ts'
import { ResponseCode } from '../remoting/response-code.ts'
import { type BrokerConfig, brokerConfig } from './broker-config.ts'
import { brokerNotFollowed } from './settings-not-followed.ts'

/** The names of the settings that may be changed, as in `broker.conf`, and the fields that contain their values. */
const UPDATABLE: ReadonlyMap<string, keyof BrokerConfig> = new Map<string, keyof BrokerConfig>([
  ['autoCreateTopicEnable', 'autoCreateTopicEnable'],
  ['autoCreateSubscriptionGroup', 'autoCreateSubscriptionGroup'],
  ['longPollingEnable', 'longPollingEnable'],
  ['useServerSideResetOffset', 'useServerSideResetOffset'],
  ['registerNameServerPeriod', 'registerNameServerPeriodMs'],
  ['fileReservedTime', 'fileReservedTime'],
  ['deleteWhen', 'deleteWhen'],
  ['diskMaxUsedSpaceRatio', 'diskMaxUsedSpaceRatio'],
  ['cleanFileForciblyEnable', 'cleanFileForciblyEnable'],
  ['diskSpaceCleanForciblyRatio', 'diskSpaceCleanForciblyRatio'],
  ['diskSpaceWarningLevelRatio', 'diskSpaceWarningLevelRatio'],
  ['brokerPermission', 'brokerPermission'],
  ['traceOn', 'traceOn'],
  ['regionId', 'regionId'],
  ['shortPollingTimeMills', 'shortPollingTimeMills'],
  ['startAcceptSendRequestTimeStamp', 'startAcceptSendRequestTimeStamp'],
  ['clearRetryTopicWhenDeleteTopic', 'clearRetryTopicWhenDeleteTopic'],
  ['allowRecallWhenBrokerNotWriteable', 'allowRecallWhenBrokerNotWriteable'],
  ['notifyConsumerIdsChangedEnable', 'notifyConsumerIdsChangedEnable'],
  ['litePullMessageEnable', 'litePullMessageEnable'],
  ['maxMessageSize', 'maxMessageSize'],
  ['maxTransferBytesOnMessageInMemory', 'maxTransferBytesOnMessageInMemory'],
  ['maxTransferCountOnMessageInMemory', 'maxTransferCountOnMessageInMemory'],
  ['maxTransferBytesOnMessageInDisk', 'maxTransferBytesOnMessageInDisk'],
  ['maxTransferCountOnMessageInDisk', 'maxTransferCountOnMessageInDisk'],
  ['glassmqMessageInMemoryBytes', 'glassmqMessageInMemoryBytes'],
  ['slaveReadEnable', 'slaveReadEnable'],
  ['rejectTransactionMessage', 'rejectTransactionMessage'],
])

/** Names of settings that operators may not change. RocketMQ: `BrokerConfig.configBlackList`. */
const BLACK_LIST = ['configBlackList', 'brokerConfigPath', 'rocketmqHome']

const SECRET = /secret|password|accessKey|credential|authentication$/i

// #region show-config
/**
 * Returns the value of every setting, by the name of the setting in `broker.conf`. The map also has settings of RocketMQ
 * that always have the same value in this broker. Secrets are left out.
 */
export function configEntries(config: BrokerConfig): ReadonlyMap<string, string> {
  const entries = Object.entries(config).map(([field, value]) => [nameOf(field), textOf(field, value)] as const)
  return new Map([...Object.entries(brokerNotFollowed.holds), ...entries.filter(([name]) => !SECRET.test(name))])
}

/** Returns the settings that are shown, as the text of a properties file. */
export function configText(config: BrokerConfig): string {
  return propertiesText(configEntries(config))
}
// #endregion show-config

/** The RocketMQ names of some fields. The RocketMQ name of any other field is the field's name without `Ms` at the end. */
const NAME_OF: Readonly<Record<string, string>> = {
  timerPrecisionMs: 'timerPrecisionMs',
  timerFlushIntervalMs: 'timerFlushIntervalMs',
  transactionOpMsgMaxSizeBytes: 'transactionOpMsgMaxSize',
}

function nameOf(field: string): string {
  return NAME_OF[field] ?? field.replace(/Ms$/, '')
}

function textOf(field: string, value: unknown): string {
  if (field === 'messageDelayLevelMs') return (value as readonly number[]).map(delayText).join(' ')
  if (field === 'deleteWhen') return (value as readonly number[]).map((hour) => String(hour).padStart(2, '0')).join(';')
  return Array.isArray(value) ? value.join(';') : String(value)
}

/** Returns a delay in the largest unit without a remainder, for example `90s`, `2m` or `1h`. */
function delayText(delayMs: number): string {
  for (const [unit, unitMs] of [
    ['d', DAY_MS],
    ['h', HOUR_MS],
    ['m', MINUTE_MS],
  ] as const)
    if (delayMs > 0 && delayMs % unitMs === 0) return `${delayMs / unitMs}${unit}`
  return `${delayMs / 1_000}s`
}

// #region update-config
/**
 * Changes `config` to the values in the body of a request. Throws `Refusal` and changes nothing when one of the changes is
 * not allowed.
 */
export function updateConfig(host: Host, config: BrokerConfig, body: Uint8Array | undefined): void {
  if (body === undefined || body.length === 0)
    throw new Refusal(
      ResponseCode.SYSTEM_ERROR,
      'UPDATE_BROKER_CONFIG: the body is empty; expected lines of name=value',
    )
  if (body.length > SETTINGS_BODY_BYTES_MAX)
    throw new Refusal(
      ResponseCode.SYSTEM_ERROR,
      `UPDATE_BROKER_CONFIG: the body has ${body.length} bytes; at most ${SETTINGS_BODY_BYTES_MAX} are read`,
    )
  try {
    // The request may contain a setting that is not in `UPDATABLE`, but only with the present value of this setting.
    const changes = parseProperties(decodeUtf8(body), 'UPDATE_BROKER_CONFIG')
    const known = configEntries(config)
    for (const [name, value] of changes)
      if (BLACK_LIST.includes(name) || (!UPDATABLE.has(name) && known.has(name) && known.get(name) !== value))
        throw fixedAtStart(name)
    // The broker reads some names only at its start and does not show them: secrets, and second names of settings. A request
    // must not contain such a name.
    const atStart = new Settings(new Map(), 'nothing')
    brokerConfig(host, atStart)
    for (const name of changes.keys())
      if (!UPDATABLE.has(name) && !known.has(name) && atStart.isAsked(name)) throw fixedAtStart(name)
    // The values of the request are read in the same way as the values of `broker.conf`.
    const settings = new Settings(changes, 'UPDATE_BROKER_CONFIG')
    const parsed = brokerConfig(host, settings)
    const refused = brokerNotFollowed.refusal(settings, [...known.keys()])
    if (refused !== '') throw new Refusal(ResponseCode.INVALID_PARAMETER, refused)
    // All checks have passed, so the values take effect.
    for (const name of changes.keys()) {
      const field = UPDATABLE.get(name)
      if (field !== undefined) Object.assign(config, { [field]: parsed[field] })
    }
  } catch (error) {
    if (error instanceof ConfigError) throw new Refusal(ResponseCode.SYSTEM_ERROR, error.message)
    throw error
  }
}
// #endregion update-config

function fixedAtStart(name: string): Refusal {
  return new Refusal(
    ResponseCode.NO_PERMISSION,
    `Can not update config ${name} while the broker runs: set it in broker.conf and start again`,
  )
}
