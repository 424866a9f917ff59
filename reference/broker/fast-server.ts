/**
 * The second port of a broker, two below the first. Clients with `vipChannelEnabled` use this port, and RocketMQ's slaves
 * copy topics, groups and offsets over this port. Pulls and pops are not served there, because they wait long.
 *
 * If the port is taken, the broker logs a warning and works without it, because few clients use it.
 *
 * RocketMQ: `BrokerController.fastRemotingServer`. Unlike this broker, RocketMQ does not start when the port is taken.
 */
import { parseAddress } from '../common/address.ts'
import type { Host } from '../host/host.ts'
import type { RequestHandler } from '../remoting/dispatch.ts'
import { RemotingServer, type RemotingServerEvents, type ServerShares } from '../remoting/remoting-server.ts'
import { RequestCode } from '../remoting/request-code.ts'

/** Distance of the port below `listenPort`. */
const PORTS_BELOW = 2

const NOT_FAST: ReadonlySet<number> = new Set([RequestCode.PULL_MESSAGE, RequestCode.LITE_PULL_MESSAGE])
/** POP_MESSAGE and the requests that belong to it have codes from this one on. */
const POP_CODES_FROM = 200_000

/** The server on the second port. */
export class FastServer {
  readonly #server: RemotingServer

  constructor(
    host: Host,
    handlers: ReadonlyMap<number, RequestHandler>,
    events: Pick<RemotingServerEvents, 'onChannelClosed' | 'guard'>,
    shares: ServerShares,
  ) {
    const fast = [...handlers].filter(([code]) => !NOT_FAST.has(code) && code < POP_CODES_FROM)
    const own = {
      ...events,
      onListening() {},
      onFailed: (sentence: string) => host.trace.log('warn', `no port for clients with vipChannelEnabled: ${sentence}`),
    }
    this.#server = new RemotingServer(host, new Map(fast), own, shares)
  }

  /** Listens two ports below the port on which the broker itself listens. */
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
