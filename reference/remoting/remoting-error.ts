/**
 * The error of a failed call to another node.
 *
 * `outcome` says whether it is possible that the request had an effect, although the call has failed. `definite` means that
 * the request had no effect, for example because the connection was never opened. `unknown` means that this is not known,
 * for example after a lost connection or a timeout.
 *
 * RocketMQ: `RemotingConnectException`, `RemotingSendRequestException`, `RemotingTimeoutException`, `MQBrokerException`.
 */
export type RemotingFailureKind = 'connect' | 'closed' | 'timeout' | 'limit' | 'answer'

/** The failure of one call. */
export class RemotingError extends Error {
  readonly kind: RemotingFailureKind
  /** The `host:port` of the peer. */
  readonly address: string
  readonly outcome: 'definite' | 'unknown'
  /** The response code of the peer when `kind` is `answer`, and otherwise 0. */
  readonly code: number

  constructor(kind: RemotingFailureKind, address: string, message: string, code = 0) {
    super(message)
    this.name = 'RemotingError'
    this.kind = kind
    this.address = address
    this.code = code
    this.outcome = kind === 'connect' || kind === 'limit' || kind === 'answer' ? 'definite' : 'unknown'
  }
}
