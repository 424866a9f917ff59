/**
 * The error of a failed call to another node.
 *
 * `outcome` says whether the failed request may still have had an effect. `definite` means that
 * the request had no effect, for example because the connection was never opened. `unknown` means that the request may
 * have had an effect, for example after a lost connection or a timeout.
 *
 * | kind      | what has happened                                                        |
 * | --------- | ------------------------------------------------------------------------ |
 * | `connect` | there was no open connection, so nothing was sent                        |
 * | `limit`   | a limit of this node was reached, so nothing was sent                    |
 * | `closed`  | the connection ended before the answer                                   |
 * | `timeout` | no answer came in time                                                   |
 *
 * RocketMQ: `RemotingConnectException`, `RemotingSendRequestException`, `RemotingTimeoutException`.
 */
export type RemotingFailureKind = 'connect' | 'closed' | 'timeout' | 'limit'

/** The failure of one call. */
export class RemotingError extends Error {
  readonly kind: RemotingFailureKind
  /** The `host:port` of the peer. */
  readonly address: string
  readonly outcome: 'definite' | 'unknown'

  constructor(kind: RemotingFailureKind, address: string, message: string) {
    super(message)
    this.name = 'RemotingError'
    this.kind = kind
    this.address = address
    this.outcome = kind === 'connect' || kind === 'limit' ? 'definite' : 'unknown'
  }
}
