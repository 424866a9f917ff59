/**
 * Changes the attributes of a topic when an operator requests it. RocketMQ has attributes since 5.0. In a request,
 * `+key=value` sets the attribute `key`, and `-key` removes the attribute `key`.
 *
 * | attribute       | allowed values                                                |
 * | --------------- | ------------------------------------------------------------- |
 * | queue.type      | SimpleCQ (BatchCQ is not supported)                             |
 * | cleanup.policy  | DELETE (COMPACTION is not supported)                            |
 * | message.type    | UNSPECIFIED, NORMAL, FIFO, DELAY, TRANSACTION, MIXED             |
 * | reserve.time    | a whole number of ms, or -1                                    |
 *
 * The broker only stores and reports attributes. The attributes do not change how the broker works.
 *
 * RocketMQ: `TopicAttributes`, `AttributeParser`, `AttributeUtil`.
 */
import { Refusal } from '../remoting/refusal.ts'
import { ResponseCode } from '../remoting/response-code.ts'

const ATTRIBUTES: ReadonlyMap<string, RegExp> = new Map([
  ['queue.type', /^SimpleCQ$/],
  ['cleanup.policy', /^DELETE$/],
  ['message.type', /^(UNSPECIFIED|NORMAL|FIFO|DELAY|TRANSACTION|MIXED)$/],
  ['reserve.time', /^(-1|\d{1,18})$/],
])

/** The attributes of a topic: the value of each attribute, by the name of the attribute. */
export type Attributes = { readonly [name: string]: string }

/** Returns `current` with the changes of a request. Throws `Refusal` when one of the changes is not allowed. */
export function changeAttributes(current: Attributes, changes: string): Attributes {
  const refusal = (sentence: string) => new Refusal(ResponseCode.INVALID_PARAMETER, sentence)
  const attributes = { ...current }
  for (const change of changes.split(',').filter((text) => text !== '')) {
    const [, sign, name, value] = /^([+-])([^=]+)(?:=(.*))?$/.exec(change) ?? []
    const allowed = ATTRIBUTES.get(name ?? '')
    if (allowed === undefined)
      throw refusal(
        `the attribute "${change.slice(0, 80)}" is unknown: write +name=value or -name, the names are ${[...ATTRIBUTES.keys()].join(', ')}`,
      )
    if (sign === '-') delete attributes[name!]
    else if (value !== undefined && allowed.test(value)) attributes[name!] = value
    else throw refusal(`the attribute ${name} cannot be "${(value ?? '').slice(0, 80)}"`)
  }
  return attributes
}
