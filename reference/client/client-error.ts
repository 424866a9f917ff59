/**
 * The error of a failed call of the client's API. `outcome` `unknown` means that a broker may have stored the message
 * nevertheless; `definite` means that no broker has stored it.
 *
 * RocketMQ: `MQClientException`, `MQBrokerException`.
 */
export class ClientError extends Error {
  readonly outcome: 'definite' | 'unknown'
  /** The broker's response code; 0 when no broker answered. */
  readonly code: number

  constructor(message: string, outcome: 'definite' | 'unknown', code = 0) {
    super(message)
    this.name = 'ClientError'
    this.outcome = outcome
    this.code = code
  }
}
