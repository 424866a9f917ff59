/**
 * Waiting consumers over plain sockets, in a process of its own: `fan-out-load.ts ADDRESS PID CONSUMERS MESSAGES`. Each consumer
 * has a connection, and its pull waits at the end of the same queue. It prints, as JSON, the times from the answer to a send
 * until the last consumer has the message, in ms, and the CPU time of the server for one message.
 */
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { createNodeHost } from '../../reference/host/node/node-host.ts'
import { encodeFrame } from '../../reference/remoting/frame-codec.ts'
import { RemotingClient } from '../../reference/remoting/remoting-client.ts'
import { makeRequest } from '../../reference/remoting/remoting-command.ts'
import { pullMessage } from '../../reference/remoting/requests/pull-message.ts'
import { sendMessageAnswer } from '../../reference/remoting/requests/send-message.ts'
import { temporaryFolder } from '../support/temp.ts'
import { cpuTicks, TICKS_PER_SECOND } from './send-load.ts'
import { sendRequest } from './send-request.ts'

const TOPIC = 'FanOut'
/** Bits of `sysFlag`: the broker may hold the pull, and the pull carries its subscription. */
const SUSPEND_AND_SUBSCRIPTION = 2 + 4
const HELD_MS = 30_000
/** After so long, all pulls of a round are held. */
const SETTLE_MS = 500
const WITHIN_MS = 20_000

const [address = '', ...numbers] = process.argv.slice(2)
const [pid = 0, consumers = 1, messages = 1] = numbers.map(Number)
const folder = temporaryFolder('fan-out-load')
const client = new RemotingClient(createNodeHost({ name: 'fan-out', directory: folder.path }))

/** Stores one message. Resolves with its queue offset when the answer is here. */
function send(): Promise<number> {
  const parts = sendRequest({ producerGroup: 'fan-out', topic: TOPIC }, new Uint8Array(100))
  return new Promise((resolve, reject) =>
    client.invoke(address, parts, WITHIN_MS, ({ response, error }) => {
      if (response?.code === 0) resolve(sendMessageAnswer.decode(response.extFields).queueOffset)
      else reject(error ?? new Error(`the send was refused with ${response?.code}: ${response?.remark}`))
    }),
  )
}

function pull(queueOffset: number): Buffer {
  const header = {
    consumerGroup: 'fan-out',
    topic: TOPIC,
    queueId: 0,
    queueOffset,
    maxMsgNums: 32,
    sysFlag: SUSPEND_AND_SUBSCRIPTION,
    commitOffset: 0,
    suspendTimeoutMillis: HELD_MS,
    subscription: '*',
    subVersion: 1,
    expressionType: 'TAG',
  }
  const parts = { code: pullMessage.code, extFields: pullMessage.encode(header) }
  return Buffer.from(encodeFrame(makeRequest(parts, 1, false)))
}

async function opened(): Promise<Socket> {
  const [host, port] = address.split(':')
  const socket = connect({ host: host!, port: Number(port), noDelay: true })
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  return socket
}

let answered = 0
let onAll: () => void = () => {}
let next = (await send()) + 1
const sockets: Socket[] = []
for (let i = 0; i < consumers; i++) {
  const socket = await opened()
  // an answer is smaller than a segment of loopback, so it arrives in one piece
  socket.on('data', () => {
    if (++answered === consumers) onAll()
  })
  sockets.push(socket)
}

const timesMs: number[] = []
const ticksBefore = cpuTicks(pid)
for (let i = 0; i < messages; i++) {
  answered = 0
  const bytes = pull(next)
  for (const socket of sockets) socket.write(bytes)
  await sleep(SETTLE_MS)
  if (answered > 0) throw new Error(`${answered} pulls were answered before there was a message`)
  const all = new Promise<void>((resolve, reject) => {
    onAll = resolve
    setTimeout(() => reject(new Error(`${answered} of ${consumers} consumers have the message`)), WITHIN_MS).unref()
  })
  next = (await send()) + 1
  const storedMs = performance.now()
  await all
  timesMs.push(performance.now() - storedMs)
}
const cpuSeconds = (cpuTicks(pid) - ticksBefore) / TICKS_PER_SECOND / messages
folder.remove()
process.stdout.write(`${JSON.stringify({ timesMs, cpuSeconds })}\n`, () => process.exit(0))
