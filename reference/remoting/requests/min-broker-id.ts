/**
 * A NameServer sends NOTIFY_MIN_BROKER_ID_CHANGE (905) to the brokers of a name, oneway, when the smallest id of this name
 * changes. After the loss of a broker, `offlineBrokerAddr` is set. For a new broker, `haBrokerAddr` is set: from this
 * address, slaves copy the log. RocketMQ's NameServer never sets `brokerName`.
 *
 * RocketMQ: `NotifyMinBrokerIdChangeRequestHeader`.
 */
import { defineRequest } from '../request.ts'
import { RequestCode } from '../request-code.ts'

export const notifyMinBrokerIdChange = defineRequest(
  RequestCode.NOTIFY_MIN_BROKER_ID_CHANGE,
  'NOTIFY_MIN_BROKER_ID_CHANGE',
  {
    minBrokerId: 'long',
    brokerName: 'string',
    minBrokerAddr: 'string',
    offlineBrokerAddr: 'string',
    haBrokerAddr: 'string',
  },
)
