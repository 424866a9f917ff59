/**
 * The messages of a playground: keys, tags and bodies, and what a listener makes of them.
 *
 * All of it is a function of the seed and the message, and of nothing that happens: a fork has the same messages, and what differs
 * between two runs is what the reader has done.
 */
import { numbersIn, type Values } from '../experiment/fields.ts'

/** The tags, in the order in which the page numbers their colours. */
export const TAGS: readonly string[] = ['coffee', 'tea', 'cocoa', 'cake']

/** The key of a producer's message: `shop-17`. */
export function keyOf(producer: string, number: number): string {
  return `${producer}-${number}`
}

/** The number of a message, from its key; 0 when the key is not one of ours. */
export function numberOf(key: string): number {
  return Number(/-(\d{1,9})$/.exec(key)?.[1] ?? 0)
}

/** Who sent the message with a key. */
export function producerOf(key: string): string {
  return key.replace(/-\d+$/, '')
}

/** The tag of a message, by its number in `TAGS`. */
export function tagOf(number: number, tags: number): number {
  return (number - 1) % Math.max(1, tags)
}

/** The customer of a message, such as `customer-3`; undefined when the messages have none. */
export function customerOf(seed: number, key: string, { keys, hot }: Values): string | undefined {
  const customers = Number(keys)
  if (customers === 0) return undefined
  if (share(seed, `hot ${key}`) * 100 < Number(hot)) return 'customer-1'
  return `customer-${1 + Math.floor(share(seed, `who ${key}`) * customers)}`
}

/** The body of a message: an order, filled up with points. */
export function bodyOf(tag: number, bytes: number): string {
  return `one ${TAGS[tag]}, please`.padEnd(bytes, '.').slice(0, Math.max(bytes, 1))
}

/** Whether the listener of a group fails at a message, at this try. */
export function doesFail(seed: number, group: string, values: Values, key: string, tries: number): boolean {
  if (numbersIn(values['poison'])?.includes(numberOf(key)) === true) return true
  const percent = Number(values['fails'])
  return percent > 0 && share(seed, `${group} ${key} ${tries}`) * 100 < percent
}

/** Whether the local transaction of a message ends with a rollback. */
export function isRolledBack(seed: number, key: string, { rollback }: Values): boolean {
  return share(seed, `rollback ${key}`) * 100 < Number(rollback)
}

/** A number from 0 to below 1 that hangs on the seed and a text alone; 32-bit arithmetic, the same everywhere. */
function share(seed: number, text: string): number {
  let hash = 0x811c9dc5 ^ seed
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) / 0x1_0000_0000
}
