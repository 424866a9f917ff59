/** What is read of the calls and answers of applications. */
import type { SendOutcome } from '../../../reference/client/apps/send-outcome.ts'
import type { Told } from './tape.ts'

/** What a producer program answers to a send, as far as it is read here. */
export interface SendAnswer {
  readonly status: string
  readonly outcome?: SendOutcome
  readonly error?: string
}

/** How a send ended, by the status of its answer; any other status is `unsafe`. */
export const TOLD: Readonly<Record<string, Told>> = { SEND_OK: 'ok', ONEWAY: 'oneway', FAILED: 'failed' }

/** The key in the text of a message, without parsing all of it: fifty times a second is often. '' when it has none. */
export function keyIn(text: string): string {
  return /"key":"([^"]{1,60})"/.exec(text)?.[1] ?? ''
}

/** All keys in a text, in its order. */
export function keysIn(text: string): readonly string[] {
  return [...text.matchAll(/"key":"([^"]{1,60})"/g)].map((match) => match[1]!)
}
