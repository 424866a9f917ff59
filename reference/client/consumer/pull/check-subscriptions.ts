/**
 * Before a consumer starts, asks the brokers whether they accept the SQL92 filters of the consumer. When a filter is wrong,
 * the start fails with a sentence. Without this check, the consumer would start but would receive no messages.
 *
 * RocketMQ: `MQClientInstance.checkClientInBroker`.
 */
import type { SubscriptionData } from '../../../remoting/bodies/heartbeat.ts'
import { encodeJsonBody } from '../../../remoting/bodies/json-body.ts'
import type { CallResult } from '../../../remoting/channel.ts'
import { RequestCode } from '../../../remoting/request-code.ts'
import { ResponseCode, responseName } from '../../../remoting/response-code.ts'
import type { ClientInstance } from '../../client-instance.ts'
import { MQ_CLIENT_API_TIMEOUT_MS } from '../../limits.ts'

/**
 * Asks one broker of each topic with an SQL92 subscription. A topic without a known broker is not checked. Calls `checked`
 * once. The argument of `checked` is '' when every asked broker accepts its filter, and otherwise one sentence about the
 * first failure.
 */
export function checkSubscriptions(
  instance: ClientInstance,
  group: string,
  subscriptions: readonly SubscriptionData[],
  checked: (fault: string) => void,
): void {
  const asked = subscriptions.flatMap((subscriptionData) => {
    const brokers = instance.route(subscriptionData.topic)?.brokerDatas ?? []
    const address = brokers.map(({ brokerName }) => instance.masterAddress(brokerName)).find((each) => each !== '')
    return subscriptionData.expressionType === 'TAG' || address === undefined ? [] : [{ subscriptionData, address }]
  })
  let left = asked.length
  let fault = ''
  if (left === 0) return checked('')
  for (const { subscriptionData, address } of asked) {
    const body = encodeJsonBody({ clientId: instance.clientId, group, namespace: '', subscriptionData })
    const request = { code: RequestCode.CHECK_CLIENT_CONFIG, body }
    instance.remoting.invoke(address, request, MQ_CLIENT_API_TIMEOUT_MS, (answer) => {
      const problem = problemOf(answer)
      if (problem !== '' && fault === '')
        fault = `the subscription to ${subscriptionData.topic} by "${subscriptionData.subString}" is refused: ${problem}`
      if (--left === 0) checked(fault)
    })
  }
}

function problemOf(answer: CallResult): string {
  if (answer.error !== undefined) return answer.error.message
  const { code, remark } = answer.response
  return code === ResponseCode.SUCCESS ? '' : (remark ?? responseName(code))
}
