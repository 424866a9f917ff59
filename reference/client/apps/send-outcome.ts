/**
 * The field with which a producer program reports the outcome of a send.
 *
 * | `outcome` | what is known                                                                                  |
 * | --------- | ---------------------------------------------------------------------------------------------- |
 * | `stored`  | a broker has stored the message; `status` says how safely                                      |
 * | `refused` | no broker has stored the message                                                               |
 * | `unknown` | a broker may have stored the message: the send is oneway, or a try has ended without an answer |
 *
 * RocketMQ has no such field. In RocketMQ, an application finds the outcome in the class of the exception.
 */
import type { ClientError } from '../client-error.ts'

/** The outcome of a send. */
export type SendOutcome = 'stored' | 'refused' | 'unknown'

/** Returns the outcome of a send that has ended with an error. */
export function outcomeOfError({ outcome }: ClientError): SendOutcome {
  return outcome === 'definite' ? 'refused' : 'unknown'
}
