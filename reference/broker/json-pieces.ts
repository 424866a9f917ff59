/**
 * Writes a large table as JSON, in pieces. When nothing changes meanwhile, the whole text equals `JSON.stringify(content,
 * undefined, '\t')`, but only a few entries of a table are converted at a time.
 *
 * A `Map` is written as an object. Both the tables in the content and the entries of a table may be `Map`s. A table is read
 * entry by entry while the pieces are taken. When an entry changes before the piece with this entry is taken, the new value
 * is written.
 *
 * RocketMQ: `ConfigManager.encode(prettyFormat)`, which writes the text in one piece.
 */
import { toObject } from '../common/shape.ts'
import { encodeUtf8 } from '../common/utf8.ts'

/** Yields the text of the content in pieces of at most `entriesMax` entries. Each piece is in UTF-8. */
export function* jsonPieces(content: object, entriesMax: number): Generator<Uint8Array> {
  let text = '{'
  let separator = '\n'
  let left = entriesMax
  for (const [name, value] of Object.entries(content)) {
    text += `${separator}\t${JSON.stringify(name)}: `
    separator = ',\n'
    // A part that is not a table is converted as a whole.
    if (!(value instanceof Map)) {
      text += indented(value, '\t')
      continue
    }
    text += '{'
    // A table is converted entry by entry. A piece is yielded when it has `entriesMax` entries.
    let within = '\n'
    for (const [key, entry] of value as ReadonlyMap<string, unknown>) {
      text += `${within}\t\t${JSON.stringify(key)}: ${indented(entry, '\t\t')}`
      within = ',\n'
      if (--left > 0) continue
      yield encodeUtf8(text)
      text = ''
      left = entriesMax
    }
    text += within === '\n' ? '}' : '\n\t}'
  }
  yield encodeUtf8(`${text}${separator === '\n' ? '}' : '\n}'}`)
}

/**
 * Returns a value as JSON. Every line after the first line begins with `margin`. JSON escapes a line feed inside a string,
 * so every line feed of the text separates two lines.
 */
function indented(value: unknown, margin: string): string {
  const plain = value instanceof Map ? toObject(value as ReadonlyMap<string, unknown>) : value
  return JSON.stringify(plain, undefined, '\t').replaceAll('\n', `\n${margin}`)
}
