/**
 * The error with which a call of the client fails. `outcome` is `unknown` when a broker may have stored the message although
 * the call has failed. `outcome` is `definite` when no broker has stored the message.
 *
 * RocketMQ: `MQClientException`, `MQBrokerException`.
 */
export class ClientError extends Error {
  readonly outcome: 'definite' | 'unknown'
  /** The response code. The value is 0 when the error does not come from the answer of a broker or NameServer. */
  readonly code: number

  constructor(message: string, outcome: 'definite' | 'unknown', code = 0) {
    super(message)
    this.name = 'ClientError'
    this.outcome = outcome
    this.code = code
  }
}
