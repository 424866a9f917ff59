/**
 * The second port of a broker. The number of the second port is the number of the first port minus two. Clients with
 * `vipChannelEnabled` use the second port. RocketMQ's slaves copy the topics through the second port, and since 5.0 the
 * state of the timer, too. As in RocketMQ, the requests that read messages or that the broker may hold are not served on
 * this port: pulls, pops, peeks, notifications, and the number of held requests.
 *
 * When another program already uses the second port, the broker logs a warning and continues without this port, because few
 * clients use it. Unlike GlassMQ, a RocketMQ broker does not start in this case.
 *
 * RocketMQ: `BrokerController.fastRemotingServer`.
 */
import { parseAddress } from '../common/address.ts'
import type { Host } from '../host/host.ts'
import type { RequestHandler } from '../remoting/dispatch.ts'
import { RemotingServer, type RemotingServerEvents, type ServerShares } from '../remoting/remoting-server.ts'
import { RequestCode } from '../remoting/request-code.ts'

/** The second port is the port on which the broker listens minus this number. */
const PORTS_BELOW = 2

/** The codes that only the first port serves. */
const NOT_FAST: ReadonlySet<number> = new Set([
  RequestCode.PULL_MESSAGE,
  RequestCode.LITE_PULL_MESSAGE,
  RequestCode.POP_MESSAGE,
  RequestCode.PEEK_MESSAGE,
  RequestCode.NOTIFICATION,
  RequestCode.POLLING_INFO,
])

/** The server that listens on the second port. */
export class FastServer {
  readonly #server: RemotingServer

  constructor(
    host: Host,
    handlers: ReadonlyMap<number, RequestHandler>,
    events: Pick<RemotingServerEvents, 'onChannelClosed' | 'guard'>,
    shares: ServerShares,
  ) {
    const fast = [...handlers].filter(([code]) => !NOT_FAST.has(code))
    const own = {
      ...events,
      onListening() {},
      onFailed: (sentence: string) => host.trace.log('warn', `no port for clients with vipChannelEnabled: ${sentence}`),
    }
    this.#server = new RemotingServer(host, new Map(fast), own, shares)
  }

  /**
   * Listens on the second port. `brokerAddress` is the `host:port` on which the broker listens. Does nothing when the port
   * of the broker is 2 or less, because the number of the second port would not be valid.
   */
  listen(brokerAddress: string): void {
    const own = parseAddress(brokerAddress)
    if (own === undefined || own.port <= PORTS_BELOW) return
    const host = brokerAddress.slice(0, brokerAddress.lastIndexOf(':'))
    this.#server.listen(`${host}:${own.port - PORTS_BELOW}`)
  }

  close(): void {
    this.#server.close()
  }
}
