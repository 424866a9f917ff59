/**
 * A call to another node that did not succeed.
 *
 * `outcome` says whether the request may have taken effect nevertheless. After a connection that never opened it has not
 * (`definite`); after a lost connection or a timeout it may have (`unknown`).
 *
 * RocketMQ: `RemotingConnectException`, `RemotingSendRequestException`, `RemotingTimeoutException`, `MQBrokerException`.
 */
export type RemotingFailureKind = 'connect' | 'closed' | 'timeout' | 'limit' | 'answer'

/** The failure of one call. */
export class RemotingError extends Error {
  readonly kind: RemotingFailureKind
  /** The peer's `host:port`. */
  readonly address: string
  readonly outcome: 'definite' | 'unknown'
  /** The response code when the peer answered (`kind` is `answer`), otherwise 0. */
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
