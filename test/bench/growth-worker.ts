/**
 * What a broker and a NameServer of one size cost, in a process of their own so that memory can be measured:
 *
 *   growth-worker.ts topics FOLDER COUNT      a broker that starts with COUNT topics in its file, and its NameServer
 *   growth-worker.ts members FOLDER COUNT     the same with ten topics, and COUNT consumers in groups of a hundred
 *
 * Prints one line of JSON. Servers, sockets and disk are real; the client is a `RemotingClient` in the same process, so each
 * figure is a whole round trip. Memory is the heap after a collection.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { main as brokerProgram } from '../../reference/broker/broker.ts'
import { makeTopicConfig } from '../../reference/broker/topic-config-manager.ts'
import { createNodeHost, type NodeHost } from '../../reference/host/node/node-host.ts'
import type { Program } from '../../reference/host/program.ts'
import { main as namesrvProgram } from '../../reference/namesrv/namesrv.ts'
import { encodeJsonBody } from '../../reference/remoting/bodies/json-body.ts'
import { registerBrokerBodyJson } from '../../reference/remoting/bodies/topic-config.ts'
import { RemotingClient } from '../../reference/remoting/remoting-client.ts'
import type { RequestParts } from '../../reference/remoting/remoting-command.ts'
import { heartBeat } from '../../reference/remoting/requests/client-manage.ts'
import { updateConsumerOffset } from '../../reference/remoting/requests/consumer-offset.ts'
import { registerBroker } from '../../reference/remoting/requests/register-broker.ts'
import { getRouteInfo } from '../../reference/remoting/requests/route.ts'
import { sendMessageV2 } from '../../reference/remoting/requests/send-message.ts'
import { updateAndCreateTopic } from '../../reference/remoting/requests/topic-config.ts'
import { median } from './figure.ts'

/** One line of the table. Times are milliseconds; a round trip is the median of many. */
export interface GrowthRow {
  readonly count: number
  readonly startMs: number
  readonly sendMs: number
  readonly createMs: number
  /** Processor time of one creation, with the writing of the whole table ten seconds later. */
  readonly createCpuMs: number
  readonly heartbeatMs: number
  readonly routeMs: number
  readonly commitMs: number
  /** The whole table, in registrations of 800 topics. */
  readonly registerMs: number
  readonly heapMiB: number
  /** The longest the event loop stood still while the table was written and registered. */
  readonly pauseMs: number
}

const CREATIONS = 200
const TRIPS = 600
const PART = 800
/** The whole table is written ten seconds after a change. */
const GATHERED_MS = 11_000

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

class Worker {
  readonly #folder: string
  readonly #hosts: NodeHost[] = []
  #client!: RemotingClient
  #namesrv = ''
  #broker = ''

  constructor(folder: string) {
    this.#folder = folder
  }

  async run(topics: number, members: number): Promise<GrowthRow> {
    this.#fill(topics)
    this.#namesrv = await this.#start('namesrv', namesrvProgram, ['bindAddress=127.0.0.1', 'listenPort=0'])
    const startedAt = performance.now()
    this.#broker = await this.#start('broker', brokerProgram, [
      ...['bindAddress=127.0.0.1', 'brokerIP1=127.0.0.1', 'listenPort=0', 'adminWriteEnable=true'],
      `namesrvAddr=${this.#namesrv}`,
    ])
    const startMs = performance.now() - startedAt
    this.#client = this.#newClient('client')
    for (let i = 0; i < members; i++) await this.#join(i)
    await this.#trips(100, () => this.#send('T0')) // warm
    const sendMs = await this.#trips(TRIPS, () => this.#send('T0'))
    const heartbeatMs = await this.#trips(TRIPS, () => this.#heartbeat(this.#client, 'G0', 'client'))
    const routeMs = await this.#trips(TRIPS, (i) => this.#route(`T${i % topics}`))
    const commitMs = await this.#trips(TRIPS, (i) => this.#commit(i))
    const delay = monitorEventLoopDelay({ resolution: 1 })
    delay.enable()
    const before = process.cpuUsage()
    const createMs = await this.#trips(CREATIONS, (i) => this.#create(`New${i}`))
    await new Promise((resolve) => setTimeout(resolve, GATHERED_MS))
    const { user, system } = process.cpuUsage(before)
    const registerAt = performance.now()
    for (let from = 0; from < topics; from += PART) await this.#register(from, Math.min(PART, topics - from))
    const registerMs = performance.now() - registerAt
    delay.disable()
    collect()
    const heapMiB = process.memoryUsage().heapUsed / 2 ** 20
    const count = members > 0 ? members : topics
    const createCpuMs = (user + system) / 1_000 / CREATIONS
    const pauseMs = delay.max / 1e6
    return {
      count,
      startMs,
      sendMs,
      createMs,
      createCpuMs,
      heartbeatMs,
      routeMs,
      commitMs,
      registerMs,
      heapMiB,
      pauseMs,
    }
  }

  #fill(topics: number): void {
    const config = join(this.#folder, 'broker/store/config')
    mkdirSync(config, { recursive: true })
    const table = Object.fromEntries(Array.from({ length: topics }, (_, i) => [`T${i}`, makeTopicConfig(`T${i}`, 4)]))
    const dataVersion = { counter: 1, stateVersion: 0, timestamp: 1 }
    writeFileSync(join(config, 'topics.json'), JSON.stringify({ dataVersion, topicConfigTable: table }))
  }

  #start(name: string, program: Program, args: readonly string[]): Promise<string> {
    let address = ''
    const host = createNodeHost({
      name,
      directory: join(this.#folder, name),
      onLog: (_level, text) => console.error(text),
      onListening: (_wanted, real) => {
        if (address === '') address = real
      },
    })
    this.#hosts.push(host)
    return new Promise((resolve, reject) => {
      program(host, args, { ready: () => resolve(address), failed: (sentence) => reject(new Error(sentence)) })
    })
  }

  #newClient(name: string): RemotingClient {
    const host = createNodeHost({ name, directory: join(this.#folder, name) })
    this.#hosts.push(host)
    return new RemotingClient(host)
  }

  #ask(client: RemotingClient, to: string, parts: RequestParts): Promise<void> {
    return new Promise((resolve, reject) => {
      client.invoke(to, parts, 30_000, ({ response, error }) => {
        if (response?.code === 0) resolve()
        else reject(error ?? new Error(`${parts.code}: ${response?.code} ${response?.remark}`))
      })
    })
  }

  /** Milliseconds of the median round trip. */
  async #trips(count: number, trip: (i: number) => Promise<void>): Promise<number> {
    const times: number[] = []
    for (let i = 0; i < count; i++) {
      const startedAt = performance.now()
      await trip(i)
      times.push(performance.now() - startedAt)
    }
    return median(times)
  }

  #send(topic: string): Promise<void> {
    const header = { producerGroup: 'P', topic, defaultTopic: 'TBW102', defaultTopicQueueNums: 4, queueId: 0 }
    const rest = { sysFlag: 0, bornTimestamp: Date.now(), flag: 0 }
    const extFields = sendMessageV2.encode({ ...header, ...rest })
    return this.#ask(this.#client, this.#broker, { code: sendMessageV2.code, extFields, body: new Uint8Array(1024) })
  }

  #create(topic: string): Promise<void> {
    const queues = { readQueueNums: 4, writeQueueNums: 4, perm: 6 }
    const header = { topic, defaultTopic: 'TBW102', ...queues, topicFilterType: 'SINGLE_TAG', order: false }
    const { code } = updateAndCreateTopic
    return this.#ask(this.#client, this.#broker, { code, extFields: updateAndCreateTopic.encode(header) })
  }

  #heartbeat(client: RemotingClient, groupName: string, clientID: string): Promise<void> {
    const consumer = { groupName, subscriptionDataSet: [{ topic: 'T0', subString: '*', subVersion: 1 }] }
    const body = encodeJsonBody({ clientID, producerDataSet: [], consumerDataSet: [consumer] })
    return this.#ask(client, this.#broker, { code: heartBeat.code, body })
  }

  #join(i: number): Promise<void> {
    return this.#heartbeat(this.#newClient(`member-${i}`), `G${Math.floor(i / 100)}`, `member-${i}`)
  }

  #route(topic: string): Promise<void> {
    return this.#ask(this.#client, this.#namesrv, {
      code: getRouteInfo.code,
      extFields: getRouteInfo.encode({ topic }),
    })
  }

  #commit(i: number): Promise<void> {
    const extFields = updateConsumerOffset.encode({ consumerGroup: 'G0', topic: 'T0', queueId: 0, commitOffset: i })
    return this.#ask(this.#client, this.#broker, { code: updateConsumerOffset.code, extFields })
  }

  /** What a second broker of this size costs the NameServer. */
  #register(from: number, count: number): Promise<void> {
    const names = Array.from({ length: count }, (_, i) => `T${from + i}`)
    const topicConfigTable = new Map(names.map((name) => [name, makeTopicConfig(name, 4)]))
    const dataVersion = { counter: from + 1, stateVersion: 0, timestamp: 1 }
    const who = { brokerName: 'second', brokerAddr: '127.0.0.1:1', clusterName: 'DefaultCluster', brokerId: 0 }
    const body = encodeJsonBody(registerBrokerBodyJson({ dataVersion, topicConfigTable }))
    const { code } = registerBroker
    return this.#ask(this.#client, this.#namesrv, { code, extFields: registerBroker.encode(who), body })
  }
}

const [what = '', folder = '', count = '0'] = process.argv.slice(2)
const worker = new Worker(folder)
const row = what === 'topics' ? await worker.run(Number(count), 0) : await worker.run(10, Number(count))
process.stdout.write(`${JSON.stringify(row)}\n`, () => process.exit(0))
