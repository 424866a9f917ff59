/**
 * Properties as text: `name \x01 value \x02`, repeated.
 *
 * | rule                        | why                                                                   |
 * | --------------------------- | --------------------------------------------------------------------- |
 * | a missing last \x02 is fine | 4.9 writes none, 5.x does                                              |
 * | an empty value vanishes     | Java's reader ignores such entries, so a peer must not count on one    |
 * | the first \x01 splits       | a value may hold \x01, a name may not                                  |
 * | order is kept               | Java's is a hash map's: nobody may depend on it, but ours is repeatable |
 *
 * RocketMQ: `MessageDecoder.messageProperties2String`, `string2messageProperties`.
 */

const NAME_VALUE_SEPARATOR = '\x01'
const PROPERTY_SEPARATOR = '\x02'

/** '' when a property can be written as text, otherwise the sentence: a separator in it would make other properties of it. */
export function propertyFault(name: string, value: string): string {
  for (const [what, text] of [
    ['name', name],
    ['value', value],
  ] as const)
    if (text.includes(NAME_VALUE_SEPARATOR) || text.includes(PROPERTY_SEPARATOR))
      return `the ${what} of the property "${name.slice(0, 40)}" holds U+0001 or U+0002, which separate properties from each other`
  return ''
}

/** The text of properties, each entry ended by \x02. */
export function encodeProperties(properties: ReadonlyMap<string, string>): string {
  let text = ''
  for (const [name, value] of properties) text += name + NAME_VALUE_SEPARATOR + value + PROPERTY_SEPARATOR
  return text
}

/** The entries of `text`; malformed ones are skipped, later duplicates win. */
export function decodeProperties(text: string): Map<string, string> {
  const properties = new Map<string, string>()
  let start = 0
  while (start < text.length) {
    const found = text.indexOf(PROPERTY_SEPARATOR, start)
    const end = found < 0 ? text.length : found
    const split = text.indexOf(NAME_VALUE_SEPARATOR, start)
    if (split > start && split + 1 < end) properties.set(text.slice(start, split), text.slice(split + 1, end))
    start = end + 1
  }
  return properties
}

/** One value without decoding the rest; undefined when absent or empty. */
export function propertyOf(text: string, name: string): string | undefined {
  const needle = name + NAME_VALUE_SEPARATOR
  let at = text.startsWith(needle) ? 0 : text.indexOf(PROPERTY_SEPARATOR + needle) + 1
  if (at === 0 && !text.startsWith(needle)) return undefined
  at += needle.length
  const end = text.indexOf(PROPERTY_SEPARATOR, at)
  const value = end < 0 ? text.slice(at) : text.slice(at, end)
  return value === '' ? undefined : value
}
