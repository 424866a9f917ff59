/**
 * One load of single sends, in a process of its own, so that it does not share a core with the server:
 * `pipelined-sender.ts ADDRESS PID CONNECTIONS UNDER_WAY BODY_BYTES WARMUP_MS MEASURED_MS`. It prints its result as JSON.
 */
import { type PreparedFrame, sendLoad } from './send-load.ts'
import { preparedSend, propertiesWithId, sendRequest } from './send-request.ts'

const TOPIC = 'Pipelined'
const QUEUES = 8

const [address = '', ...numbers] = process.argv.slice(2)
const [pid = 0, connections = 1, underWay = 1, bodyBytes = 0, warmupMs = 0, measuredMs = 0] = numbers.map(Number)

/** A send as Java's producer makes it. */
function frame(opaque: number): PreparedFrame {
  const fields = {
    producerGroup: 'pipelined-producers',
    topic: TOPIC,
    defaultTopicQueueNums: QUEUES,
    queueId: opaque % QUEUES,
    properties: propertiesWithId('TAGS\x01TagA\x02'),
    brokerName: 'interop-broker',
  }
  return preparedSend(sendRequest(fields, new Uint8Array(bodyBytes).fill(0x61)), opaque)
}

const result = await sendLoad({ address, pid, connections, underWay, warmupMs, measuredMs, frame })
console.log(JSON.stringify(result))
process.exit(0)
