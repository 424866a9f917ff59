/**
 * Encodes and decodes properties. The text form is `name \x01 value \x02`, repeated for each property.
 *
 * | rule                        | reason                                                                |
 * | --------------------------- | --------------------------------------------------------------------- |
 * | the last \x02 may be missing | 4.9 does not write the last \x02, but 5.x does                        |
 * | an empty value is dropped   | Java's reader ignores an entry with an empty value                      |
 * | the first \x01 ends the name | so a value that a peer has sent may contain \x01 |
 * | the order is kept           | in Java, properties have the order of a hash map, so no peer depends on the order; in GlassMQ, a run can be repeated with the same bytes |
 *
 * The length of a peer's text is checked (`isPropertiesTextTooLong`) before the text is read. The time for reading is
 * proportional to this length.
 *
 * RocketMQ: `MessageDecoder.messageProperties2String`, `string2messageProperties`.
 */
import { PROPERTIES_BYTES_MAX } from './limits.ts'
import { utf8Length } from './utf8.ts'

const NAME_VALUE_SEPARATOR = '\x01'
const PROPERTY_SEPARATOR = '\x02'
const PROPERTY_SEPARATOR_UNIT = 2

/**
 * Returns '' when a property can be written as text, and otherwise one sentence with the reason. A name or value that
 * contains a separator is refused, because a reader might find other properties.
 */
export function propertyFault(name: string, value: string): string {
  for (const [what, text] of [
    ['name', name],
    ['value', value],
  ] as const)
    if (text.includes(NAME_VALUE_SEPARATOR) || text.includes(PROPERTY_SEPARATOR))
      return `the ${what} of the property "${name.slice(0, 40)}" holds U+0001 or U+0002, which separate properties from each other`
  return ''
}

/** Returns the text form of properties. Each entry ends with \x02. */
export function encodeProperties(properties: ReadonlyMap<string, string>): string {
  let text = ''
  for (const [name, value] of properties) text += name + NAME_VALUE_SEPARATOR + value + PROPERTY_SEPARATOR
  return text
}

/** Returns true when `text` is too long for a record. Takes at most `PROPERTIES_BYTES_MAX` steps, even for a longer text. */
export function isPropertiesTextTooLong(text: string): boolean {
  if (3 * text.length <= PROPERTIES_BYTES_MAX) return false // each UTF-16 unit has at most three bytes
  return text.length > PROPERTIES_BYTES_MAX || utf8Length(text) > PROPERTIES_BYTES_MAX
}

/** Returns the number of \x02 in `text`. The number of properties is at most one higher than this number. */
export function propertyCountOf(text: string): number {
  let count = 0
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) === PROPERTY_SEPARATOR_UNIT) count++
  return count
}

/**
 * Returns the properties in `text`. Skips entries without a name or without a value. When two entries have the same name,
 * the later entry counts.
 */
export function decodeProperties(text: string): Map<string, string> {
  const properties = new Map<string, string>()
  let split = -1
  for (let start = 0; start < text.length; ) {
    const found = text.indexOf(PROPERTY_SEPARATOR, start)
    const end = found < 0 ? text.length : found
    // a separator that lies in a later entry is kept, so no part of the text is searched twice
    if (split < start) split = text.indexOf(NAME_VALUE_SEPARATOR, start)
    if (split < 0) break // no further entry has a value
    if (split > start && split + 1 < end) properties.set(text.slice(start, split), text.slice(split + 1, end))
    start = end + 1
  }
  return properties
}

/**
 * Returns the value of one property without decoding the other properties. As in `decodeProperties`, the last entry counts
 * that has this name and a value. Returns undefined when there is no such entry.
 */
export function propertyOf(text: string, name: string): string | undefined {
  const entryStart = name + NAME_VALUE_SEPARATOR
  let last = ''
  // the engine searches forwards much faster than backwards
  for (let at = text.indexOf(entryStart); at >= 0; at = text.indexOf(entryStart, at + 1)) {
    const isStart = at === 0 || text.charCodeAt(at - 1) === PROPERTY_SEPARATOR_UNIT
    const value = isStart ? valueAt(text, at + entryStart.length) : ''
    if (value !== '') last = value
  }
  return last === '' ? undefined : last
}

/** Returns the text from `at` to the end of the entry in which `at` lies. */
function valueAt(text: string, at: number): string {
  const end = text.indexOf(PROPERTY_SEPARATOR, at)
  return end < 0 ? text.slice(at) : text.slice(at, end)
}
