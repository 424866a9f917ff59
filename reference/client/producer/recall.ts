/**
 * Takes back a message that waits for its delivery time. Sends the request to the broker that stores the message.
 *
 * RocketMQ: `DefaultMQProducerImpl.recallMessage`.
 */
import { decodeRecallHandle } from '../../common/recall-handle.ts'
import { HeaderError } from '../../remoting/request.ts'
import { recallMessage, recallMessageAnswer } from '../../remoting/requests/recall-message.ts'
import { ResponseCode, responseName } from '../../remoting/response-code.ts'
import { ClientError } from '../client-error.ts'
import type { ClientInstance } from '../client-instance.ts'
import { SEND_MSG_TIMEOUT_MS } from '../limits.ts'

/**
 * Resolves with the unique id of the message. Rejects with a `ClientError` when `recallHandle` cannot be read. Also rejects
 * when the broker is unknown, does not answer, or refuses the request, or when its answer cannot be read.
 */
export function recall(
  instance: ClientInstance,
  producerGroup: string,
  topic: string,
  recallHandle: string,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const handle = decodeRecallHandle(recallHandle)
    if (handle === undefined) return reject(new ClientError('the recall handle is none', 'definite'))
    const { brokerName } = handle
    const ask = () => {
      const address = instance.masterAddress(brokerName)
      if (address === '') return reject(new ClientError(`the broker ${brokerName} is not known`, 'definite'))
      const extFields = recallMessage.encode({ producerGroup, topic, recallHandle, bname: brokerName })
      instance.remoting.invoke(address, { code: recallMessage.code, extFields }, SEND_MSG_TIMEOUT_MS, (answer) => {
        if (answer.error !== undefined) return reject(new ClientError(answer.error.message, answer.error.outcome))
        const { code, remark, extFields: fields } = answer.response
        if (code !== ResponseCode.SUCCESS)
          return reject(new ClientError(`${brokerName} refused: ${remark ?? responseName(code)}`, 'definite', code))
        try {
          resolve(recallMessageAnswer.decode(fields).msgId)
        } catch (error) {
          if (!(error instanceof HeaderError)) throw error
          reject(
            new ClientError(
              `${brokerName} recalled the message, and its answer cannot be read: ${error.message}`,
              'definite',
            ),
          )
        }
      })
    }
    if (instance.masterAddress(brokerName) !== '') ask()
    else instance.askRoute(topic, ask)
  })
}
