/**
 * Shows and changes the broker's settings; what may be changed is decided in `config-update.ts`.
 *
 * RocketMQ: `AdminBrokerProcessor` (getBrokerConfig, updateBrokerConfig).
 */
import { encodeUtf8 } from '../../common/utf8.ts'
import type { RequestHandlers } from '../../remoting/dispatch.ts'
import { SUCCESS } from '../../remoting/remoting-command.ts'
import { getBrokerConfig, getBrokerConfigAnswer, updateBrokerConfig } from '../../remoting/requests/broker-config.ts'
import type { Broker } from '../broker.ts'
import { configText, updateConfig } from '../config-update.ts'

export function brokerConfigHandlers(broker: Broker): RequestHandlers {
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
