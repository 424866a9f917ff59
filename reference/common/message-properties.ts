/**
 * Properties as text: `name \x01 value \x02`, repeated for each property.
 *
 * | rule                        | why                                                                   |
 * | --------------------------- | --------------------------------------------------------------------- |
 * | the last \x02 may be missing | 4.9 does not write it, 5.x does                                      |
 * | an empty value is dropped   | Java's reader ignores such entries, so no peer may rely on one         |
 * | the first \x01 splits       | a value may contain \x01, a name may not                               |
 * | order is kept               | Java's order is a hash map's, so no peer depends on it; GlassMQ's order is repeatable |
 *
 * A peer's text is measured (`isPropertiesTextTooLong`) before it is read. The reading time is linear.
 *
 * RocketMQ: `MessageDecoder.messageProperties2String`, `string2messageProperties`.
 */
import { PROPERTIES_BYTES_MAX } from './limits.ts'
import { utf8Length } from './utf8.ts'

const NAME_VALUE_SEPARATOR = '\x01'
const PROPERTY_SEPARATOR = '\x02'
const NAME_VALUE_SEPARATOR_UNIT = 1
const PROPERTY_SEPARATOR_UNIT = 2

/**
 * Returns '' when a property can be written as text, otherwise one sentence. A separator in a name or a value would change
 * the properties.
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

/** Returns properties as text. Each entry ends with \x02. */
export function encodeProperties(properties: ReadonlyMap<string, string>): string {
  let text = ''
  for (const [name, value] of properties) text += name + NAME_VALUE_SEPARATOR + value + PROPERTY_SEPARATOR
  return text
}

/** Returns true when `text` is too long for a record. Needs at most `PROPERTIES_BYTES_MAX` steps, even for a longer text. */
export function isPropertiesTextTooLong(text: string): boolean {
  return text.length > PROPERTIES_BYTES_MAX || utf8Length(text) > PROPERTIES_BYTES_MAX
}

/** Returns the number of separators in `text`. `text` has at most one property more than this number. */
export function propertyCountOf(text: string): number {
  let count = 0
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) === PROPERTY_SEPARATOR_UNIT) count++
  return count
}

/** Returns the properties in `text`. Malformed entries are skipped. Of equal names the last entry is used. */
export function decodeProperties(text: string): Map<string, string> {
  const properties = new Map<string, string>()
  let start = 0
  let split = -1
  for (let at = 0; at <= text.length; at++) {
    const unit = at === text.length ? PROPERTY_SEPARATOR_UNIT : text.charCodeAt(at)
    if (unit === NAME_VALUE_SEPARATOR_UNIT && split < 0) split = at
    if (unit !== PROPERTY_SEPARATOR_UNIT) continue
    if (split > start && split + 1 < at) properties.set(text.slice(start, split), text.slice(split + 1, at))
    start = at + 1
    split = -1
  }
  return properties
}

/** Returns one value without decoding the other properties. Returns undefined when the value is missing or empty. */
export function propertyOf(text: string, name: string): string | undefined {
  const needle = name + NAME_VALUE_SEPARATOR
  let at = text.startsWith(needle) ? 0 : text.indexOf(PROPERTY_SEPARATOR + needle) + 1
  if (at === 0 && !text.startsWith(needle)) return undefined
  at += needle.length
  const end = text.indexOf(PROPERTY_SEPARATOR, at)
  const value = end < 0 ? text.slice(at) : text.slice(at, end)
  return value === '' ? undefined : value
}
