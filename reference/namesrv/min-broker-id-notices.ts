/**
 * Sends NOTIFY_MIN_BROKER_ID_CHANGE to brokers. A NameServer opens no connection for any other purpose.
 *
 * A notice only makes a change of roles faster. A notice has no answer and is not sent again, because each slave that may
 * act as the master also asks for its group every second. So a notice beyond a limit, or to a broker that cannot be reached,
 * is only a line in the log.
 *
 * RocketMQ: `RouteInfoManager.notifyMinBrokerIdChanged`, with `NamesrvController.remotingClient`. Unlike GlassMQ, RocketMQ
 * opens the connection while it holds the lock of its tables: an unreachable broker then stops all routes for 3 s.
 */
import type { Host } from '../host/host.ts'
import { RemotingClient } from '../remoting/remoting-client.ts'
import { notifyMinBrokerIdChange } from '../remoting/requests/min-broker-id.ts'
import type { MinBrokerIdChange } from './acting-master.ts'
import { NOTICES_MAX } from './limits.ts'

/** The connections of one NameServer to brokers that receive notices. An unused connection closes after two minutes. */
export class MinBrokerIdNotices {
  readonly #host: Host
  readonly #client: RemotingClient
  /** The addresses to which a connection is open or is being opened. */
  readonly #addresses = new Set<string>()
  /** The number of notices that wait for their connection. */
  #waiting = 0

  constructor(host: Host) {
    this.#host = host
    this.#client = new RemotingClient(host, new Map(), (address) => void this.#addresses.delete(address))
  }

  // #region min-broker-id-notice
  send({ notified, ...change }: MinBrokerIdChange): void {
    const request = { code: notifyMinBrokerIdChange.code, extFields: notifyMinBrokerIdChange.encode(change) }
    for (const address of notified) {
      if (this.#waiting >= NOTICES_MAX || (this.#addresses.size >= NOTICES_MAX && !this.#addresses.has(address))) {
        this.#host.trace.log(
          'warn',
          `${address} is not notified of its group: ${NOTICES_MAX} other notices are under way`,
        )
        continue
      }
      this.#waiting++
      this.#addresses.add(address)
      this.#client.invokeOneway(address, request, (error) => {
        this.#waiting--
        if (error === undefined) return
        this.#addresses.delete(address)
        this.#host.trace.log('warn', error.message)
      })
    }
  }
  // #endregion min-broker-id-notice

  close(): void {
    this.#client.close()
  }
}
