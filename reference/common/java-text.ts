/**
 * Removes blanks at both ends of a text like Java's `trim`, because both sides of a protocol must have the same result.
 * Java's `trim` removes all characters up to U+0020. JavaScript's `trim` removes only some of these, and also others, such
 * as U+00A0 and U+3000.
 *
 * RocketMQ: `String.trim`.
 */

/** Returns the text without characters up to U+0020 at both ends. */
export function javaTrim(text: string): string {
  let from = 0
  let to = text.length
  while (from < to && text.charCodeAt(from) <= 0x20) from++
  while (to > from && text.charCodeAt(to - 1) <= 0x20) to--
  return text.slice(from, to)
}
