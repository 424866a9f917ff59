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
import type { SessionCredentials } from '../../remoting/acl-signature.ts'
import { BodyError, decodeJsonBody } from '../../remoting/bodies/json-body.ts'
import { type TopicRouteData, topicRouteDataShape } from '../../remoting/bodies/route.ts'
import type { CallResult } from '../../remoting/channel.ts'
import { RemotingClient } from '../../remoting/remoting-client.ts'
import { getRouteInfo } from '../../remoting/requests/route.ts'
import { ResponseCode } from '../../remoting/response-code.ts'
import { ROUTE_BELIEVED_MS, ROUTE_TIMEOUT_MS, ROUTES_KEPT_MAX } from '../limits.ts'

type RouteDone = (route: TopicRouteData | undefined) => void

/** The answer of a NameServer: a route, or nothing when the NameServer does not know the topic. */
interface RouteAnswer {
  readonly route?: TopicRouteData
}

/** The routes that this broker knows, and the requests for routes. */
export class TopicRoutes {
  readonly #host: Host
  readonly #namesrvAddr: readonly string[]
  readonly #client: RemotingClient
  readonly #known = new Map<string, { readonly route: TopicRouteData; readonly atMs: number }>()
  readonly #asking = new Map<string, RouteDone[]>()

  /** `credentials` sign the requests for NameServers that check signatures. */
  constructor(host: Host, namesrvAddr: readonly string[], credentials?: SessionCredentials) {
    this.#host = host
    this.#namesrvAddr = namesrvAddr
    this.#client = new RemotingClient(host, undefined, () => {}, credentials)
  }

  // #region readable-queues
  /**
   * Calls `done` with the queues that may be read. Calls `done` with undefined when a NameServer answers that the topic does
   * not exist, or when no NameServer answers and no earlier route is known.
   */
  queuesOf(topic: string, done: (queues: readonly MessageQueue[] | undefined) => void): void {
    this.routeOf(topic, (route) => done(route && readableQueues(topic, route)))
  }

  /** Calls `done` with the route of a topic, or with undefined in the same cases as `queuesOf`. */
  routeOf(topic: string, done: RouteDone): void {
    const known = this.#known.get(topic)
    if (known !== undefined && this.#host.clock.monotonicMs() - known.atMs < ROUTE_BELIEVED_MS) return done(known.route)
    const asking = this.#asking.get(topic)
    if (asking !== undefined) {
      asking.push(done)
      return
    }
    this.#asking.set(topic, [done])
    askRoute(this.#client, this.#namesrvAddr, topic, (answer) => {
      const route = answer === undefined ? this.#known.get(topic)?.route : answer.route
      if (answer?.route !== undefined) this.#keep(topic, answer.route)
      else if (answer !== undefined) this.forget(topic)
      const waiting = this.#asking.get(topic) ?? []
      this.#asking.delete(topic)
      for (const waits of waiting) waits(route)
    })
  }
  // #endregion readable-queues

  /**
   * Forgets the route of a topic, because the route may be wrong. The next request for this route goes to a NameServer.
   */
  forget(topic: string): void {
    this.#known.delete(topic)
  }

  #keep(topic: string, route: TopicRouteData): void {
    this.#known.delete(topic)
    if (this.#known.size >= ROUTES_KEPT_MAX) this.#known.delete(this.#known.keys().next().value!)
    this.#known.set(topic, { route, atMs: this.#host.clock.monotonicMs() })
  }

  close(): void {
    this.#client.close()
  }
}

/**
 * Requests a route from NameServers, one after the other, until one of them answers with the route, or answers that the
 * topic does not exist. Calls `done` with undefined when none does.
 */
export function askRoute(
  client: RemotingClient,
  namesrvs: readonly string[],
  topic: string,
  done: (answer: RouteAnswer | undefined) => void,
): void {
  const [namesrv, ...others] = namesrvs
  if (namesrv === undefined) return done(undefined)
  const extFields = getRouteInfo.encode({ topic, acceptStandardJsonOnly: true })
  client.invoke(namesrv, { code: getRouteInfo.code, extFields }, ROUTE_TIMEOUT_MS, (answer) => {
    const found = routeIn(answer)
    if (found === undefined) askRoute(client, others, topic, done)
    else done(found)
  })
}

/** Returns the answer of a NameServer. Returns undefined when the request has failed or the answer cannot be read. */
function routeIn({ response }: CallResult): RouteAnswer | undefined {
  if (response?.code === ResponseCode.TOPIC_NOT_EXIST) return {}
  if (response?.code !== ResponseCode.SUCCESS) return undefined
  try {
    return { route: decodeJsonBody('GET_ROUTEINFO_BY_TOPIC', response.body, topicRouteDataShape) }
  } catch (error) {
    if (!(error instanceof BodyError)) throw error
    return undefined
  }
}

function readableQueues(topic: string, { queueDatas }: TopicRouteData): readonly MessageQueue[] {
  return queueDatas.flatMap(({ brokerName, perm, readQueueNums }) =>
    (perm & PERM.READ) === 0
      ? []
      : Array.from({ length: readQueueNums }, (_, queueId) => ({ topic, brokerName, queueId })),
  )
}
