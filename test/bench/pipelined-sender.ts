/**
 * One load of single sends, in a process of its own, so that it does not share a core with the server:
 * `pipelined-sender.ts ADDRESS PID CONNECTIONS UNDER_WAY BODY_BYTES WARMUP_MS MEASURED_MS`. It prints its result as JSON.
 */
import { encodeFrame } from '../../reference/remoting/frame-codec.ts'
import { makeRequest } from '../../reference/remoting/remoting-command.ts'
import { sendMessageV2 } from '../../reference/remoting/requests/send-message.ts'
import { type PreparedFrame, sendLoad } from './send-load.ts'

const TOPIC = 'Pipelined'
const QUEUES = 8
/** The digits that change in each unique id. */
const ID = '00000000'

const [address = '', ...numbers] = process.argv.slice(2)
const [pid = 0, connections = 1, underWay = 1, bodyBytes = 0, warmupMs = 0, measuredMs = 0] = numbers.map(Number)

/** A send as Java's producer makes it. */
function frame(opaque: number): PreparedFrame {
  const header = {
    producerGroup: 'pipelined-producers',
    topic: TOPIC,
    defaultTopic: 'TBW102',
    defaultTopicQueueNums: QUEUES,
    queueId: opaque % QUEUES,
    sysFlag: 0,
    bornTimestamp: Date.now(),
    flag: 0,
    properties: `UNIQ_KEY\x017F000001B1F4251A69D72C7C${ID}\x02WAIT\x01true\x02TAGS\x01TagA\x02`,
    reconsumeTimes: 0,
    unitMode: false,
    batch: false,
    brokerName: 'interop-broker',
  }
  const extFields = sendMessageV2.encode(header)
  const request = makeRequest(
    { code: sendMessageV2.code, extFields, body: new Uint8Array(bodyBytes).fill(0x61) },
    opaque,
    false,
  )
  const bytes = Buffer.from(encodeFrame(request))
  return { bytes, idAt: [bytes.indexOf(ID)] }
}

const result = await sendLoad({ address, pid, connections, underWay, warmupMs, measuredMs, frame })
console.log(JSON.stringify(result))
process.exit(0)
