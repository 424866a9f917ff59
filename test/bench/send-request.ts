/** Single sends as Java's producer makes them, for everything here that measures with raw requests. */
import { encodeFrame } from '../../reference/remoting/frame-codec.ts'
import { makeRequest, type RequestParts } from '../../reference/remoting/remoting-command.ts'
import type { HeaderOf } from '../../reference/remoting/request.ts'
import { sendMessageV2 } from '../../reference/remoting/requests/send-message.ts'
import type { PreparedFrame } from './send-load.ts'

/** The digits that change in each unique id. */
const ID = '00000000'

type Fields = Partial<HeaderOf<typeof sendMessageV2.fields>> & {
  readonly producerGroup: string
  readonly topic: string
}

/** The request of one send: to queue 0 of a topic with one queue, without properties, where `fields` say nothing else. */
export function sendRequest(fields: Fields, body: Uint8Array): RequestParts {
  const extFields = sendMessageV2.encode({
    defaultTopic: 'TBW102',
    defaultTopicQueueNums: 1,
    queueId: 0,
    sysFlag: 0,
    bornTimestamp: Date.now(),
    flag: 0,
    properties: '',
    reconsumeTimes: 0,
    unitMode: false,
    batch: false,
    ...fields,
  })
  return { code: sendMessageV2.code, extFields, body }
}

/** Properties of a message with a unique id, whose last digits `preparedSend` finds. `more` follows the usual ones. */
export const propertiesWithId = (more: string): string =>
  `UNIQ_KEY\x017F000001B1F4251A69D72C7C${ID}\x02WAIT\x01true\x02${more}`

/** The frame of a send, and where its opaque's digits of the unique id stand. */
export function preparedSend(request: RequestParts, opaque: number): PreparedFrame {
  const bytes = Buffer.from(encodeFrame(makeRequest(request, opaque, false)))
  return { bytes, idAt: [bytes.indexOf(ID)] }
}
