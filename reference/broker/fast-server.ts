/**
 * The second port of a broker. Its number is two below that of the first port. Clients with `vipChannelEnabled` use the
 * second port. RocketMQ's slaves copy topics, groups and offsets through it. Pulls and pops are not served on this port,
 * because they may wait for a long time.
 *
 * When another program already uses the second port, the broker logs a warning and works without it, because few clients use
 * it. In RocketMQ, the broker then does not start.
 *
 * RocketMQ: `BrokerController.fastRemotingServer`.
 */
import { parseAddress } from '../common/address.ts'
import type { Host } from '../host/host.ts'
import type { RequestHandler } from '../remoting/dispatch.ts'
import { RemotingServer, type RemotingServerEvents, type ServerShares } from '../remoting/remoting-server.ts'
import { RequestCode } from '../remoting/request-code.ts'

/** The second port is `listenPort` minus this number. */
const PORTS_BELOW = 2

const NOT_FAST: ReadonlySet<number> = new Set([RequestCode.PULL_MESSAGE, RequestCode.LITE_PULL_MESSAGE])
/** POP_MESSAGE and the requests that belong to it have this code or a higher one. */
const POP_CODES_FROM = 200_000

/** The server that listens on the second port. */
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
