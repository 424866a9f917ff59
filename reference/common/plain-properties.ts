/**
 * Reads the text of the properties of a plain message, without a copy of each property.
 *
 * The broker needs only four properties of a plain message, and stores the others as the producer has sent them. So the text
 * is neither split into a `Map` nor joined again. One walk over the text finds the four properties, and finds out whether the
 * message is plain at all. Names are compared by their hashes.
 *
 * | not plain                                  | because                                                          |
 * | ------------------------------------------ | ---------------------------------------------------------------- |
 * | a property that needs more work            | the caller lists these names: a delay, a transaction …            |
 * | two names with the same hash               | they may be equal, and then only the later property counts        |
 * | an entry without a name or without a value | it must be left out                                              |
 * | more than `PLAIN_PROPERTIES_MAX` entries   | each name is compared with the names before it                    |
 *
 * `decodeProperties` reads the text of a message that is not plain.
 */
import { javaHashCode } from './hash.ts'
import { PROPERTY } from './message.ts'

/** The max number of properties of a plain message. */
const PLAIN_PROPERTIES_MAX = 16

const NAME_VALUE_SEPARATOR = '\x01'
const PROPERTY_SEPARATOR = '\x02'
const NAME_VALUE_SEPARATOR_UNIT = 1
const PROPERTY_SEPARATOR_UNIT = 2

/** The properties of a plain message that the broker needs. */
export interface PlainProperties {
  /** All properties. Each one ends with \x02. */
  readonly text: string
  readonly uniqKey: string | undefined
  readonly keys: string | undefined
  readonly tags: string | undefined
  /** The property `WAIT`: whether the producer waits until the message is as safe as the settings require. */
  readonly waitStoreMsgOk: boolean
}

/** The hashes of some names. */
export type NameHashes = ReadonlySet<number>

/** Returns the hashes of `names`. */
export function hashesOf(names: readonly string[]): NameHashes {
  return new Set(names.map(javaHashCode))
}

const UNIQ_KEY = javaHashCode(PROPERTY.UNIQ_KEY)
const KEYS = javaHashCode(PROPERTY.KEYS)
const TAGS = javaHashCode(PROPERTY.TAGS)
const WAIT = javaHashCode(PROPERTY.WAIT_STORE_MSG_OK)

/** The hashes of the names of the text that is being read. */
const hashes = new Int32Array(PLAIN_PROPERTIES_MAX)

// #region plain-properties
/**
 * Returns the properties of a plain message, or undefined when the message is not plain. `notPlain` are the hashes of the
 * names that a plain message does not have.
 */
export function plainProperties(text: string, notPlain: NameHashes): PlainProperties | undefined {
  let uniqKey: string | undefined
  let keys: string | undefined
  let tags: string | undefined
  let waitStoreMsgOk = true
  let count = 0
  for (let start = 0; start < text.length; ) {
    // the name, up to the first separator
    let hash = 0
    let split = start
    let unit = text.charCodeAt(split)
    while (unit > PROPERTY_SEPARATOR_UNIT) {
      hash = (Math.imul(hash, 31) + unit) | 0
      unit = text.charCodeAt(++split)
    }
    if (split === start || unit !== NAME_VALUE_SEPARATOR_UNIT || notPlain.has(hash)) return undefined
    if (count === PLAIN_PROPERTIES_MAX || isRepeated(hash, count)) return undefined
    hashes[count++] = hash
    // the value, up to the end of the entry
    const found = text.indexOf(PROPERTY_SEPARATOR, split + 1)
    const end = found < 0 ? text.length : found
    if (end === split + 1) return undefined
    if (hash === UNIQ_KEY || hash === KEYS || hash === TAGS || hash === WAIT) {
      const name = text.slice(start, split)
      const value = text.slice(split + 1, end)
      if (name === PROPERTY.UNIQ_KEY) uniqKey = value
      else if (name === PROPERTY.KEYS) keys = value
      else if (name === PROPERTY.TAGS) tags = value
      else if (name === PROPERTY.WAIT_STORE_MSG_OK) waitStoreMsgOk = value !== 'false'
    }
    start = end + 1
  }
  const isClosed = text === '' || text.charCodeAt(text.length - 1) === PROPERTY_SEPARATOR_UNIT
  return { text: isClosed ? text : text + PROPERTY_SEPARATOR, uniqKey, keys, tags, waitStoreMsgOk }
}
// #endregion plain-properties

function isRepeated(hash: number, count: number): boolean {
  for (let i = 0; i < count; i++) if (hashes[i] === hash) return true
  return false
}

/** Returns the text of one property. */
export function propertyText(name: string, value: string): string {
  return name + NAME_VALUE_SEPARATOR + value + PROPERTY_SEPARATOR
}
