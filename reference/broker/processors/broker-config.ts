/**
 * Shows and changes the broker's settings. `config-update.ts` decides which settings may be changed.
 *
 * RocketMQ: `AdminBrokerProcessor` (getBrokerConfig, updateBrokerConfig).
 */
import { encodeUtf8 } from '../../common/utf8.ts'
import type { Host } from '../../host/host.ts'
import type { RequestHandlers } from '../../remoting/dispatch.ts'
import { SUCCESS } from '../../remoting/remoting-command.ts'
import { getBrokerConfig, getBrokerConfigAnswer, updateBrokerConfig } from '../../remoting/requests/broker-config.ts'
import type { BrokerConfig } from '../broker-config.ts'
import { configText, updateConfig } from '../config-update.ts'
import type { TopicConfigManager } from '../topic-config-manager.ts'

/** The parts of the broker that the handlers need. */
export interface ConfigParts {
  readonly host: Host
  readonly config: BrokerConfig
  readonly topics: TopicConfigManager
}

/** Returns the handlers of the two requests about settings, by code. */
export function brokerConfigHandlers(broker: ConfigParts): RequestHandlers {
  return [
    [
      getBrokerConfig.code,
      () => ({
        ...SUCCESS,
        extFields: getBrokerConfigAnswer.encode({ version: JSON.stringify(broker.topics.registration().dataVersion) }),
        body: encodeUtf8(configText(broker.config)),
      }),
    ],
    [
      updateBrokerConfig.code,
      (request) => {
        const { brokerPermission } = broker.config
        updateConfig(broker.host, broker.config, request.body)
        if (broker.config.brokerPermission !== brokerPermission) broker.topics.permissionChanged()
        return SUCCESS
      },
    ],
  ]
}
