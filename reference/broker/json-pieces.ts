/**
 * A large table as JSON, in pieces: the text of `JSON.stringify(content, undefined, '\t')`, made some entries at a time.
 *
 * `Map`s are written as objects: the tables of the content, and their entries. A table is read entry by entry while the pieces
 * are taken: an entry that changes before its piece is made is written as it is then. RocketMQ:
 * `ConfigManager.encode(prettyFormat)`, in one piece.
 */
import { toObject } from '../common/shape.ts'
import { encodeUtf8 } from '../common/utf8.ts'

/** Yields the content's text in pieces of at most `entriesMax` entries, each as UTF-8. */
export function* jsonPieces(content: object, entriesMax: number): Generator<Uint8Array> {
  let text = '{'
  let separator = '\n'
  let left = entriesMax
  for (const [name, value] of Object.entries(content)) {
    text += `${separator}\t${JSON.stringify(name)}: `
    separator = ',\n'
    // A part that is not a table is written as one.
    if (!(value instanceof Map)) {
      text += indented(value, '\t')
      continue
    }
    text += '{'
    // A table is written entry by entry, and yielded when a piece is full.
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
 * JSON whose lines after the first begin with `margin`. Line feeds inside texts are escaped, so every line feed is layout.
 */
function indented(value: unknown, margin: string): string {
  const plain = value instanceof Map ? toObject(value as ReadonlyMap<string, unknown>) : value
  return JSON.stringify(plain, undefined, '\t').replaceAll('\n', `\n${margin}`)
}
