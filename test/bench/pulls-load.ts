/**
 * Pulls with a filter over plain sockets, in a process of its own: `pulls-load.ts ADDRESS PID KIND WARMUP_MS MEASURED_MS`. KIND
 * is `tag` or `sql`; both select one message in four. First it fills the topic, once for each broker. It prints its result as
 * JSON; the rate counts messages, because two brokers may answer a pull with different numbers of messages.
 */
import { decodeRecords } from '../../reference/common/message-codec.ts'
import { createNodeHost } from '../../reference/host/node/node-host.ts'
import { encodeFrame } from '../../reference/remoting/frame-codec.ts'
import { RemotingClient } from '../../reference/remoting/remoting-client.ts'
import { makeRequest, type RemotingCommand, type RequestParts } from '../../reference/remoting/remoting-command.ts'
import { pullMessage, pullMessageAnswer } from '../../reference/remoting/requests/pull-message.ts'
import { temporaryFolder } from '../support/temp.ts'
import { type PreparedFrame, sendLoad } from './send-load.ts'
import { preparedSend, propertiesWithId, sendRequest } from './send-request.ts'

const TOPIC = 'FilteredPulls'
const QUEUES = 4
const TAGS = ['A', 'B', 'C', 'D'] as const
const BODY_BYTES = 256
/** Pulls begin within so many messages of each queue. */
const SPAN = 8_000
/** So many more messages are in each queue, so that a pull from the end of the span is full, too. */
const TAIL = 1_000
const CONNECTIONS = 8
const UNDER_WAY = 2
const PULL_COUNT = 32
/** Bit of `sysFlag`: the request carries its subscription. */
const SUBSCRIPTION = 4
const FILL = { connections: 4, underWay: 64, warmupMs: 0, measuredMs: 500 } as const
const ASK_TIMEOUT_MS = 10_000

const [address = '', pid = '0', kind = 'tag', warmupMs = '0', measuredMs = '0'] = process.argv.slice(2)
const folder = temporaryFolder('pulls-load')
const client = new RemotingClient(createNodeHost({ name: 'pulls', directory: folder.path }))
let places = 0

const framed = (parts: RequestParts, opaque: number) => Buffer.from(encodeFrame(makeRequest(parts, opaque, false)))

function sendFrame(opaque: number): PreparedFrame {
  const tag = Math.floor(opaque / QUEUES) % TAGS.length
  const fields = {
    producerGroup: 'pulls',
    topic: TOPIC,
    defaultTopicQueueNums: QUEUES,
    queueId: opaque % QUEUES,
    properties: propertiesWithId(`TAGS\x01${TAGS[tag]}\x02a\x01${tag}\x02`),
  }
  return preparedSend(sendRequest(fields, new Uint8Array(BODY_BYTES).fill(0x61)), opaque)
}

function pullOf(queueId: number, queueOffset: number): RequestParts {
  const filter = kind === 'sql' ? { expressionType: 'SQL92', subscription: 'a = 1' } : { subscription: 'B' }
  const header = {
    consumerGroup: 'pulls',
    topic: TOPIC,
    queueId,
    queueOffset,
    maxMsgNums: PULL_COUNT,
    sysFlag: SUBSCRIPTION,
    commitOffset: 0,
    suspendTimeoutMillis: 0,
    subVersion: 1,
    ...filter,
  }
  return { code: pullMessage.code, extFields: pullMessage.encode(header) }
}

/** The pull of a place. All places together begin all over the span. */
function pullOfPlace(place: number): RequestParts {
  return pullOf(place % QUEUES, Math.floor((SPAN * place) / (CONNECTIONS * UNDER_WAY)))
}

function ask(parts: RequestParts): Promise<RemotingCommand> {
  return new Promise((resolve, reject) =>
    client.invoke(address, parts, ASK_TIMEOUT_MS, ({ response, error }) =>
      response === undefined ? reject(error) : resolve(response),
    ),
  )
}

async function isFilled(): Promise<boolean> {
  for (let queueId = 0; queueId < QUEUES; queueId++) {
    const answer = await ask(pullOf(queueId, 0))
    if (answer.code !== 0 || pullMessageAnswer.decode(answer.extFields).maxOffset < SPAN + TAIL) return false
  }
  return true
}

/** How many messages the answers to the pulls have, on average. */
async function messagesPerPull(): Promise<number> {
  let messages = 0
  for (let place = 0; place < CONNECTIONS * UNDER_WAY; place++) {
    const answer = await ask(pullOfPlace(place))
    if (answer.code !== 0) throw new Error(`a pull was refused with ${answer.code}: ${answer.remark}`)
    messages += decodeRecords(answer.body ?? new Uint8Array()).messages.length
  }
  return messages / (CONNECTIONS * UNDER_WAY)
}

while (!(await isFilled())) await sendLoad({ address, pid: Number(pid), ...FILL, frame: sendFrame })
const perPull = await messagesPerPull()
const load = await sendLoad({
  address,
  pid: Number(pid),
  connections: CONNECTIONS,
  underWay: UNDER_WAY,
  warmupMs: Number(warmupMs),
  measuredMs: Number(measuredMs),
  frame: (opaque) => ({ bytes: framed(pullOfPlace(places++), opaque), idAt: [] }),
})
folder.remove()
const { perSecond, p99Ms, cpuSeconds } = load
const result = { perSecond: perSecond * perPull, p99Ms, cpuSeconds: cpuSeconds / perPull, perPull }
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0))
