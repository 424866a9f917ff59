/**
 * Trimming as Java does it, because both sides of a protocol must have the same result.
 *
 * RocketMQ: `String.trim`. JavaScript's `trim`, `\s` and `\d` know other blanks, such as U+00A0 and U+3000; Java's `trim`
 * cuts every control character, and none of those.
 */

/** Returns a text without the characters up to U+0020 at both its ends. */
export function javaTrim(text: string): string {
  let from = 0
  let to = text.length
  while (from < to && text.charCodeAt(from) <= 0x20) from++
  while (to > from && text.charCodeAt(to - 1) <= 0x20) to--
  return text.slice(from, to)
}
