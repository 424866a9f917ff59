/**
 * The controls and records between a cluster and a real node. `lines.ts` defines the form of both.
 *
 * A cluster sends controls to a node. Each control has an `id`. The record that answers a control, except `stopped`, has
 * the same `id`:
 *
 * | kind    | fields                  | record that answers                                     |
 * | ------- | ----------------------- | ------------------------------------------------------- |
 * | `call`  | `name`, `text`          | `answer` with `text`, `error`                             |
 * | `reply` | `call`, `text`          | no record: `reply` is the answer to the record `handed`     |
 * | `fault` | `number`, `fault`       | `done`                                                  |
 * | `heal`  | `number`                | `done`                                                  |
 * | `ping`  |                         | `done`, which shows that the event loop runs              |
 * | `stop`  |                         | `stopped`, then the process ends                          |
 *
 * A node sends these records: `listening` (`wanted`, `address`), `ready`, `failed` (`sentence`), `stopped`, `answer`,
 * `done`, `handed` (`call`, `name`, `text`), `event` (`event`, only with a trace).
 */
import type { Fault } from './cluster.ts'
import type { Line } from './lines.ts'

/** A control line. */
export type Control =
  | { readonly kind: 'call'; readonly id: number; readonly name: string; readonly text: string }
  | { readonly kind: 'reply'; readonly id: number; readonly call: number; readonly text: string }
  | { readonly kind: 'fault'; readonly id: number; readonly number: number; readonly fault: Fault }
  | { readonly kind: 'heal'; readonly id: number; readonly number: number }
  | { readonly kind: 'ping'; readonly id: number }
  | { readonly kind: 'stop'; readonly id: number }

/** Returns a line as a control, or undefined when `kind` or `id` is not valid. The other fields are not checked here. */
export function asControl(line: Line): Control | undefined {
  const isKnown = ['call', 'reply', 'fault', 'heal', 'ping', 'stop'].includes(line.kind)
  return isKnown && Number.isSafeInteger(line['id']) ? (line as unknown as Control) : undefined
}

/** Returns a text field of a record, or '' when it is missing or not a text. */
export function textField(line: Line, name: string): string {
  const value = line[name]
  return typeof value === 'string' ? value : ''
}

/** Returns a number field of a record, or 0 when it is missing or not a number. */
export function numberField(line: Line, name: string): number {
  const value = line[name]
  return Number.isSafeInteger(value) ? (value as number) : 0
}
