/**
 * The queues of a topic on all brokers. A broker that assigns queues must know the same queues as the members of the group.
 *
 * The broker requests a route when it needs this route, and then uses the route for some time. When no NameServer answers,
 * the last known route is used.
 *
 * RocketMQ: `TopicRouteInfoManager`. Unlike GlassMQ, RocketMQ requests all known routes every 30 s.
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

type RoutesDone = (queues: readonly MessageQueue[] | undefined) => void

/** The routes that this broker knows, and the requests for routes. */
export class TopicRoutes {
  readonly #host: Host
  readonly #namesrvAddr: readonly string[]
  readonly #client: RemotingClient
  readonly #known = new Map<string, { readonly queues: readonly MessageQueue[]; readonly atMs: number }>()
  readonly #asking = new Map<string, RoutesDone[]>()

  constructor(host: Host, namesrvAddr: readonly string[]) {
    this.#host = host
    this.#namesrvAddr = namesrvAddr
    this.#client = new RemotingClient(host)
  }

  // #region readable-queues
  /**
   * Calls `done` with the queues that may be read. Calls `done` with undefined when a NameServer answers that the topic does
   * not exist, or when no NameServer answers and no earlier route is known.
   */
  queuesOf(topic: string, done: RoutesDone): void {
    const known = this.#known.get(topic)
    if (known !== undefined && this.#host.clock.monotonicMs() - known.atMs < ROUTE_BELIEVED_MS)
      return done(known.queues)
    const asking = this.#asking.get(topic)
    if (asking !== undefined) {
      asking.push(done)
      return
    }
    this.#asking.set(topic, [done])
    this.#ask(topic, [...this.#namesrvAddr])
  }

  /** Requests the route from the NameServers, one after the other, until one of them answers. */
  #ask(topic: string, namesrvs: readonly string[]): void {
    const [namesrv, ...others] = namesrvs
    if (namesrv === undefined) return this.#report(topic, this.#known.get(topic)?.queues)
    const extFields = getRouteInfo.encode({ topic, acceptStandardJsonOnly: true })
    this.#client.invoke(namesrv, { code: getRouteInfo.code, extFields }, ROUTE_TIMEOUT_MS, (answer) => {
      const route = this.#routeIn(topic, answer)
      if (route === undefined) return this.#ask(topic, others)
      if (route.queues !== undefined) this.#keep(topic, route.queues)
      this.#report(topic, route.queues)
    })
  }
  // #endregion readable-queues

  /**
   * Returns the route in the answer of a NameServer. Returns undefined when the request has failed or the answer cannot be
   * read. Returns an object without `queues` when the NameServer does not know the topic.
   */
  #routeIn(topic: string, { response }: CallResult): { readonly queues?: readonly MessageQueue[] } | undefined {
    if (response?.code === ResponseCode.TOPIC_NOT_EXIST) return {}
    if (response?.code !== ResponseCode.SUCCESS) return undefined
    try {
      const { queueDatas } = decodeJsonBody('GET_ROUTEINFO_BY_TOPIC', response.body, topicRouteDataShape)
      const queues = queueDatas.flatMap(({ brokerName, perm, readQueueNums }) =>
        (perm & PERM.READ) === 0
          ? []
          : Array.from({ length: readQueueNums }, (_, queueId) => ({ topic, brokerName, queueId })),
      )
      return { queues }
    } catch (error) {
      if (!(error instanceof BodyError)) throw error
      return undefined
    }
  }

  #keep(topic: string, queues: readonly MessageQueue[]): void {
    this.#known.delete(topic)
    if (this.#known.size >= ROUTES_KEPT_MAX) this.#known.delete(this.#known.keys().next().value!)
    this.#known.set(topic, { queues, atMs: this.#host.clock.monotonicMs() })
  }

  #report(topic: string, queues: readonly MessageQueue[] | undefined): void {
    const waiting = this.#asking.get(topic) ?? []
    this.#asking.delete(topic)
    for (const done of waiting) done(queues)
  }

  close(): void {
    this.#client.close()
  }
}
