/**
 * Reports to the brokers whether popped messages were consumed. A report acknowledges a message, or hides the message for
 * another time.
 *
 * The consumer does not wait for the answer to a report. When a report is lost, the broker redelivers the message after its
 * invisible time.
 *
 * RocketMQ: `DefaultMQPushConsumerImpl.ackAsync`, `changePopInvisibleTimeAsync`.
 */
import { type MessageExt, PROPERTY } from '../../../common/message.ts'
import { markedTopic } from '../../../common/pop-names.ts'
import { decodeExtraInfo } from '../../../remoting/pop-extra-info.ts'
import type { RequestParts } from '../../../remoting/remoting-command.ts'
import { ackMessage, changeInvisibleTime } from '../../../remoting/requests/ack-message.ts'
import { ResponseCode, responseName } from '../../../remoting/response-code.ts'
import type { ClientInstance } from '../../client-instance.ts'
import { POP_ACK_TIMEOUT_MS } from '../../limits.ts'

/** Sends acknowledgements and changes of invisible times. */
export class PopAcks {
  readonly #instance: ClientInstance
  readonly #group: string

  constructor(instance: ClientInstance, group: string) {
    this.#instance = instance
    this.#group = group
  }

  // #region send-ack
  /** Acknowledges a message, so that the broker does not redeliver it. */
  ack(message: MessageExt): void {
    const { brokerName, receipt } = this.#receiptOf(message)
    this.#send('an acknowledgement', brokerName, { code: ackMessage.code, extFields: ackMessage.encode(receipt) })
  }

  /** Hides the message for `invisibleTimeMs`, counted from now. After this time, the broker redelivers the message. */
  hide(message: MessageExt, invisibleTimeMs: number): void {
    const { brokerName, receipt } = this.#receiptOf(message)
    const extFields = changeInvisibleTime.encode({ ...receipt, invisibleTime: invisibleTimeMs })
    this.#send('another invisible time', brokerName, { code: changeInvisibleTime.code, extFields })
  }
  // #endregion send-ack

  #receiptOf(message: MessageExt) {
    const extraInfo = message.properties.get(PROPERTY.POP_CK) ?? ''
    const { mark, brokerName, queueId, queueOffset } = decodeExtraInfo(extraInfo)
    const topic = markedTopic(mark, message.topic, this.#group)
    const receipt = { consumerGroup: this.#group, topic, queueId, offset: queueOffset, extraInfo, bname: brokerName }
    return { brokerName, receipt }
  }

  #send(what: string, brokerName: string, parts: RequestParts): void {
    const failed = (problem: string) =>
      this.#instance.host.trace.log('warn', `${brokerName} has not taken ${what}, the message comes again: ${problem}`)
    const address = this.#instance.masterAddress(brokerName)
    if (address === '') return failed('its address is not known')
    this.#instance.remoting.invoke(address, parts, POP_ACK_TIMEOUT_MS, ({ error, response }) => {
      if (error !== undefined) failed(error.message)
      else if (response.code !== ResponseCode.SUCCESS) failed(response.remark ?? responseName(response.code))
    })
  }
}
