/**
 * A process of a broker name, as a NameServer sees it: it sends what a test wants over one connection to the NameServer, and
 * keeps the notices that arrive on its own port. What a broker does with a notice is not its business.
 */
import { decodeUtf8, encodeUtf8 } from '../../reference/common/utf8.ts'
import type { Cluster } from '../../reference/host/cluster.ts'
import type { Program } from '../../reference/host/program.ts'
import { RemotingClient } from '../../reference/remoting/remoting-client.ts'
import { SUCCESS } from '../../reference/remoting/remoting-command.ts'
import { RemotingServer } from '../../reference/remoting/remoting-server.ts'
import { RequestCode } from '../../reference/remoting/request-code.ts'
import type { RawAnswer } from './raw-client.ts'

const NAMESRV_ADDRESS = 'namesrv:9876'

type Fields = Readonly<Record<string, string>>

/** A request to the NameServer. Nothing answers a oneway one. */
interface Sent {
  readonly code: number
  readonly fields: Readonly<Record<string, string | number | boolean>>
  readonly body?: string
  readonly oneway?: boolean
}

/** Listens on port 10911 of its node. */
export const groupBroker: Program = (host, _args, signals) => {
  const notices: Fields[] = []
  const client = new RemotingClient(host)
  const server = new RemotingServer(
    host,
    new Map([
      [
        RequestCode.NOTIFY_MIN_BROKER_ID_CHANGE,
        ({ extFields = {} }: { readonly extFields?: Fields | undefined }) => {
          notices.push(extFields)
          return SUCCESS
        },
      ],
    ]) as never,
    { onListening: () => signals.ready(), onFailed: (sentence) => signals.failed(sentence) },
  )
  host.application.serve((name, text, answer) => {
    if (name === 'notices') return answer(JSON.stringify(notices.splice(0)))
    const { code, fields, body, oneway } = JSON.parse(text) as Sent
    const extFields = Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, String(value)]))
    const parts = { code, extFields, body: body === undefined ? undefined : encodeUtf8(body) }
    if (oneway === true) return client.invokeOneway(NAMESRV_ADDRESS, parts, () => answer('{}'))
    client.invoke(NAMESRV_ADDRESS, parts, 5_000, ({ response, error }) =>
      answer(
        JSON.stringify({
          code: response?.code ?? -1,
          remark: response?.remark ?? error?.message ?? '',
          extFields: response?.extFields ?? {},
          body: decodeUtf8(response?.body ?? new Uint8Array()),
        }),
      ),
    )
  })
  server.listen(`${host.name}:10911`)
  return {
    stop(done) {
      client.close()
      server.close()
      host.clock.after(0, done)
    },
  }
}

/** What a process registers. A missing field is not sent, as brokers of 4.9 do not send it. */
export interface Registration {
  readonly brokerId: number
  readonly brokerName?: string
  readonly topics?: readonly string[]
  readonly perm?: number
  readonly stateVersion?: number
  readonly counter?: number
  readonly enableActingMaster?: boolean
  readonly heartbeatTimeoutMillis?: number
}

/** The processes of a test and the NameServer they register at. */
export class BrokerGroup {
  readonly #cluster: Cluster

  constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  /** Starts a NameServer, a node that asks it, and one process for each name. */
  static async start(
    cluster: Cluster,
    names: readonly string[],
    settings: readonly string[] = [],
  ): Promise<BrokerGroup> {
    await cluster.start({ name: 'namesrv', program: 'namesrv', args: ['listenPort=9876', ...settings] })
    for (const name of ['asker', ...names]) await cluster.start({ name, program: 'group-broker', args: [] })
    return new BrokerGroup(cluster)
  }

  async send(name: string, sent: Sent): Promise<RawAnswer> {
    return JSON.parse(await this.#cluster.call(name, 'send', JSON.stringify(sent)))
  }

  register(name: string, registration: Registration): Promise<RawAnswer> {
    const { topics = ['Orders', 'rmq_sys_SYNC_BROKER_MEMBER_shop'], perm = 6, counter = 1, stateVersion } = registration
    const { enableActingMaster, heartbeatTimeoutMillis } = registration
    const table = topics.map((topicName) => [topicName, { topicName, readQueueNums: 4, writeQueueNums: 4, perm }])
    const dataVersion = { counter, timestamp: 1, ...(stateVersion === undefined ? {} : { stateVersion }) }
    const wrapper = { dataVersion, topicConfigTable: Object.fromEntries(table) }
    return this.send(name, {
      code: RequestCode.REGISTER_BROKER,
      fields: {
        ...this.#who(name, registration),
        haServerAddr: `${name}:10912`,
        ...(enableActingMaster === undefined ? {} : { enableActingMaster }),
        ...(heartbeatTimeoutMillis === undefined ? {} : { heartbeatTimeoutMillis }),
      },
      body: JSON.stringify({ filterServerList: [], topicConfigSerializeWrapper: wrapper }),
    })
  }

  unregister(name: string, who: Pick<Registration, 'brokerId' | 'brokerName'>): Promise<RawAnswer> {
    return this.send(name, { code: RequestCode.UNREGISTER_BROKER, fields: this.#who(name, who) })
  }

  /** The heartbeat of a broker with an acting master: QUERY_DATA_VERSION, or BROKER_HEARTBEAT, oneway. */
  async heartbeat(name: string, brokerId: number, code: number): Promise<void> {
    const isVersion = code === RequestCode.QUERY_DATA_VERSION
    const body = isVersion ? { body: '{"counter":1,"stateVersion":0,"timestamp":1}' } : {}
    await this.send(name, { code, fields: this.#who(name, { brokerId }), ...body, oneway: true })
  }

  #who(name: string, { brokerId, brokerName = 'shop' }: Pick<Registration, 'brokerId' | 'brokerName'>) {
    return { brokerName, brokerAddr: `${name}:10911`, clusterName: 'DefaultCluster', brokerId }
  }

  /** Ends a process at once, and waits until the NameServer has seen the end of its connection. */
  async kill(name: string): Promise<void> {
    await this.#cluster.kill(name)
    await this.#cluster.sleep(100)
  }

  /** The notices that a process has received since the last call. */
  async notices(name: string): Promise<readonly Fields[]> {
    await this.#cluster.sleep(100)
    return JSON.parse(await this.#cluster.call(name, 'notices', ''))
  }

  /** Who has a topic, as a client sees it: node names by id, and the permissions of the broker `shop`. */
  async route(topic = 'Orders'): Promise<{ ids: Readonly<Record<string, string>>; perm: number } | undefined> {
    const { code, body } = await this.send('asker', { code: RequestCode.GET_ROUTEINFO_BY_TOPIC, fields: { topic } })
    if (code !== 0) return undefined
    const { brokerDatas, queueDatas } = JSON.parse(body)
    return { ids: nodesOf(brokerDatas[0].brokerAddrs), perm: queueDatas[0].perm }
  }

  async members(brokerName = 'shop'): Promise<Readonly<Record<string, string>>> {
    const fields = { clusterName: 'DefaultCluster', brokerName }
    const { body } = await this.send('asker', { code: RequestCode.GET_BROKER_MEMBER_GROUP, fields })
    const { brokerMemberGroup } = JSON.parse(body)
    if (brokerMemberGroup.brokerName !== brokerName) throw new Error(`the group of ${brokerMemberGroup.brokerName}`)
    return nodesOf(brokerMemberGroup.brokerAddrs)
  }

  async setting(line: string): Promise<number> {
    return (await this.send('asker', { code: RequestCode.UPDATE_NAMESRV_CONFIG, fields: {}, body: line })).code
  }
}

function nodesOf(addrs: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(addrs).map(([id, addr]) => [id, addr.replace(':10911', '')]))
}
