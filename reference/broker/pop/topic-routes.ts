/**
 * The queues of a topic on all brokers: a broker that assigns queues must know them as the members would.
 *
 * A route is asked for when it is needed, and used for a while; if no NameServer answers, the last known route counts.
 *
 * RocketMQ: `TopicRouteInfoManager`, which asks for all of them every 30 s.
 */
import type { MessageQueue } from '../../common/message.ts'
import { PERM } from '../../common/sys-flag.ts'
import type { Host } from '../../host/host.ts'
import { BodyError, decodeJsonBody } from '../../remoting/bodies/json-body.ts'
import { topicRouteDataShape } from '../../remoting/bodies/route.ts'
import type { CallResult } from '../../remoting/channel.ts'
import { RemotingClient } from '../../remoting/remoting-client.ts'
import { getRouteInfo } from '../../remoting/requests/route.ts'
import { ResponseCode } from '../../remoting/response-code.ts'
import { ROUTE_BELIEVED_MS, ROUTE_TIMEOUT_MS, ROUTES_KEPT_MAX } from '../limits.ts'

type Told = (queues: readonly MessageQueue[] | undefined) => void

export class TopicRoutes {
  readonly #host: Host
  readonly #namesrvAddr: readonly string[]
  readonly #client: RemotingClient
  readonly #known = new Map<string, { readonly queues: readonly MessageQueue[]; readonly atMs: number }>()
  readonly #asking = new Map<string, Told[]>()

  constructor(host: Host, namesrvAddr: readonly string[]) {
    this.#host = host
    this.#namesrvAddr = namesrvAddr
    this.#client = new RemotingClient(host)
  }

  // #region readable-queues
  /** Reports the queues that may be read; undefined when no NameServer knows the topic, or none answers. */
  queuesOf(topic: string, told: Told): void {
    const known = this.#known.get(topic)
    if (known !== undefined && this.#host.clock.monotonicMs() - known.atMs < ROUTE_BELIEVED_MS)
      return told(known.queues)
    const asking = this.#asking.get(topic)
    if (asking !== undefined) {
      asking.push(told)
      return
    }
    this.#asking.set(topic, [told])
    this.#ask(topic, [...this.#namesrvAddr])
  }

  /** Asks one NameServer after the other, until one answers. */
  #ask(topic: string, namesrvs: readonly string[]): void {
    const [namesrv, ...others] = namesrvs
    if (namesrv === undefined) return this.#tell(topic, this.#known.get(topic)?.queues)
    const extFields = getRouteInfo.encode({ topic, acceptStandardJsonOnly: true })
    this.#client.invoke(namesrv, { code: getRouteInfo.code, extFields }, ROUTE_TIMEOUT_MS, (answer) => {
      const queues = this.#queuesIn(topic, answer)
      if (queues === 'unknown') return this.#ask(topic, others)
      if (queues !== undefined) this.#keep(topic, queues)
      this.#tell(topic, queues)
    })
  }
  // #endregion readable-queues

  #queuesIn(topic: string, { response }: CallResult): readonly MessageQueue[] | undefined | 'unknown' {
    if (response?.code === ResponseCode.TOPIC_NOT_EXIST) return undefined
    if (response?.code !== ResponseCode.SUCCESS) return 'unknown'
    try {
      const { queueDatas } = decodeJsonBody('GET_ROUTEINFO_BY_TOPIC', response.body, topicRouteDataShape)
      return queueDatas.flatMap(({ brokerName, perm, readQueueNums }) =>
        (perm & PERM.READ) === 0
          ? []
          : Array.from({ length: readQueueNums }, (_, queueId) => ({ topic, brokerName, queueId })),
      )
    } catch (error) {
      if (!(error instanceof BodyError)) throw error
      return 'unknown'
    }
  }

  #keep(topic: string, queues: readonly MessageQueue[]): void {
    this.#known.delete(topic)
    if (this.#known.size >= ROUTES_KEPT_MAX) this.#known.delete(this.#known.keys().next().value!)
    this.#known.set(topic, { queues, atMs: this.#host.clock.monotonicMs() })
  }

  #tell(topic: string, queues: readonly MessageQueue[] | undefined): void {
    const waiting = this.#asking.get(topic) ?? []
    this.#asking.delete(topic)
    for (const told of waiting) told(queues)
  }

  close(): void {
    this.#client.close()
  }
}
