/**
 * A call of the client's API that failed. `outcome` says whether a message may be in a broker all the same.
 *
 * RocketMQ: `MQClientException`, `MQBrokerException`.
 */
export class ClientError extends Error {
  readonly outcome: 'definite' | 'unknown'
  /** The broker's response code, or 0. */
  readonly code: number

  constructor(message: string, outcome: 'definite' | 'unknown', code = 0) {
    super(message)
    this.name = 'ClientError'
    this.outcome = outcome
    this.code = code
  }
}
