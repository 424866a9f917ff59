/**
 * The second port of a broker. The number of the second port is the number of the first port minus two. Clients with
 * `vipChannelEnabled` use the second port. RocketMQ's slaves copy topics, groups and offsets through the second port. Pulls
 * and pops are not served on this port, because they may wait for a long time.
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

/** The second port is `listenPort` minus this number. */
const PORTS_BELOW = 2

const NOT_FAST: ReadonlySet<number> = new Set([RequestCode.PULL_MESSAGE, RequestCode.LITE_PULL_MESSAGE])
/** POP_MESSAGE and the requests about popped messages have this code or a higher code. */
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
