/**
 * The error of a failed call of the client's API. `outcome` is `unknown` when a broker may have stored the message although
 * the call failed. `outcome` is `definite` when no broker has stored the message.
 *
 * RocketMQ: `MQClientException`, `MQBrokerException`.
 */
export class ClientError extends Error {
  readonly outcome: 'definite' | 'unknown'
  /** The broker's response code, or 0 when no broker answered. */
  readonly code: number

  constructor(message: string, outcome: 'definite' | 'unknown', code = 0) {
    super(message)
    this.name = 'ClientError'
    this.outcome = outcome
    this.code = code
  }
}
