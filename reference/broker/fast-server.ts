/**
 * The second port of a broker, two below the first: for clients with `vipChannelEnabled`, and for RocketMQ's slaves, which
 * copy topics, groups and offsets over it. Requests that wait long are not served there: pulls and pops.
 *
 * When the port is taken, the log says so and the broker goes on without it: most clients do not use it.
 *
 * RocketMQ: `BrokerController.fastRemotingServer`, where a taken port stops the broker.
 */
import { parseAddress } from '../common/address.ts'
import type { Host } from '../host/host.ts'
import type { RequestHandler } from '../remoting/dispatch.ts'
import { RemotingServer, type RemotingServerEvents, type ServerShares } from '../remoting/remoting-server.ts'
import { RequestCode } from '../remoting/request-code.ts'

/** How far the port is below `listenPort`. */
const PORTS_BELOW = 2

const NOT_FAST: ReadonlySet<number> = new Set([RequestCode.PULL_MESSAGE, RequestCode.LITE_PULL_MESSAGE])
/** POP_MESSAGE and the requests that belong to it have codes from this one on. */
const POP_CODES_FROM = 200_000

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

  /** Listens two ports below the one on which the broker itself listens. */
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
