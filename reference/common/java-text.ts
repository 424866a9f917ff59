/**
 * Texts as Java takes them, where both sides of a protocol must come to the same.
 *
 * RocketMQ: `String.trim`. JavaScript's `trim`, `\s` and `\d` know other blanks, such as U+00A0 and U+3000; Java's `trim`
 * cuts every control character, and none of those.
 */

/** Without what stands at both ends up to U+0020. */
export function javaTrim(text: string): string {
  let from = 0
  let to = text.length
  while (from < to && text.charCodeAt(from) <= 0x20) from++
  while (to > from && text.charCodeAt(to - 1) <= 0x20) to--
  return text.slice(from, to)
}
