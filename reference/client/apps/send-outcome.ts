/**
 * The fields with which a producer program says what is known of a message after its send.
 *
 * | `outcome` | what is known                                                                                  |
 * | --------- | ---------------------------------------------------------------------------------------------- |
 * | `stored`  | a broker has stored the message; `status` says how safely                                      |
 * | `refused` | no broker has stored the message                                                               |
 * | `unknown` | a broker may have stored the message: the send is oneway, or a try has ended without an answer |
 *
 * `code` is the response code of the broker that refused the message. It is 0 when the outcome does not come from the answer
 * of a broker.
 *
 * RocketMQ has no such field: an application there finds the outcome in the class and the code of the exception.
 */
import type { ClientError } from '../client-error.ts'

/** What a producer program says of a message after its send. */
export interface SendOutcome {
  readonly outcome: 'stored' | 'refused' | 'unknown'
  readonly code: number
}

/** The outcome of a send that a broker has answered with one of the send statuses. */
export const STORED: SendOutcome = { outcome: 'stored', code: 0 }

/** The outcome of a oneway send that has left. */
export const UNKNOWN: SendOutcome = { outcome: 'unknown', code: 0 }

/** Returns the outcome of a send that has ended with an error. */
export function outcomeOfError({ outcome, code }: ClientError): SendOutcome {
  return { outcome: outcome === 'definite' ? 'refused' : 'unknown', code }
}
