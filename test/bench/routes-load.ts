/**
 * Route queries over plain sockets, in a process of its own: `routes-load.ts ADDRESS PID TOPICS CONNECTIONS WARMUP_MS
 * MEASURED_MS`. First it registers a broker with so many topics of eight queues, and keeps it registered. It prints its
 * result as JSON.
 */
import { makeTopicConfig } from '../../reference/broker/topic-config-manager.ts'
import { createNodeHost } from '../../reference/host/node/node-host.ts'
import { encodeJsonBody } from '../../reference/remoting/bodies/json-body.ts'
import { registerBrokerBodyJson } from '../../reference/remoting/bodies/topic-config.ts'
import { encodeFrame } from '../../reference/remoting/frame-codec.ts'
import { RemotingClient } from '../../reference/remoting/remoting-client.ts'
import { makeRequest } from '../../reference/remoting/remoting-command.ts'
import { registerBroker } from '../../reference/remoting/requests/register-broker.ts'
import { getRouteInfo } from '../../reference/remoting/requests/route.ts'
import { temporaryFolder } from '../support/temp.ts'
import { sendLoad } from './send-load.ts'

const QUEUES = 8
const REGISTER_WITHIN_MS = 30_000
/** A prime number, so that the places ask for topics from the whole table. */
const STRIDE = 7_919

const [address = '', ...numbers] = process.argv.slice(2)
const [pid = 0, topics = 1, connections = 1, warmupMs = 0, measuredMs = 0] = numbers.map(Number)
let places = 0

const nameOf = (i: number) => `Topic${topics}-${i}`

function register(client: RemotingClient): Promise<void> {
  const names = Array.from({ length: topics }, (_, i) => nameOf(i))
  const topicConfigTable = new Map(names.map((name) => [name, makeTopicConfig(name, QUEUES)]))
  const dataVersion = { counter: topics, stateVersion: 0, timestamp: topics }
  const who = { brokerName: `of-${topics}`, brokerAddr: `127.0.0.1:${topics}`, clusterName: 'Routes', brokerId: 0 }
  const header = registerBroker.encode({ ...who, haServerAddr: '127.0.0.1:1', enableActingMaster: false })
  const body = encodeJsonBody(registerBrokerBodyJson({ dataVersion, topicConfigTable }))
  return new Promise((resolve, reject) => {
    const parts = { code: registerBroker.code, extFields: header, body }
    client.invoke(address, parts, REGISTER_WITHIN_MS, ({ response, error }) => {
      if (response?.code === 0) resolve()
      else reject(error ?? new Error(`the registration was refused with ${response?.code}: ${response?.remark}`))
    })
  })
}

function frame(opaque: number) {
  const topic = nameOf((places++ * STRIDE) % topics)
  const request = makeRequest(
    { code: getRouteInfo.code, extFields: getRouteInfo.encode({ topic, acceptStandardJsonOnly: true }) },
    opaque,
    false,
  )
  return { bytes: Buffer.from(encodeFrame(request)), idAt: [] }
}

const folder = temporaryFolder('routes-load')
await register(new RemotingClient(createNodeHost({ name: 'routes', directory: folder.path })))
const result = await sendLoad({ address, pid, connections, underWay: 1, warmupMs, measuredMs, frame })
folder.remove()
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0))
