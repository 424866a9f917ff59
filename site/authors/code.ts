/** The code of a passage as an author writes it, read from the figure's file. */
import { readFileSync } from 'node:fs'

/** The lines of a member of the figure, such as `lanes` or `'space-time'`, and of the grid it shows. */
export function passageCode(file: string, name: string, grid?: string): string {
  const source = readFileSync(file, 'utf8').split('\n')
  const own = member(source, `    ${/^\w+$/.test(name) ? name : `'${name}'`}: {`)
  if (grid === undefined) return own
  return `passages: {\n${indented(own)}\n},\ngrids: {\n${indented(member(source, `    ${grid}: {`))}\n},`
}

/** From the line that begins a member to the one that ends it, moved to the left. Throws a sentence when there is none. */
function member(source: readonly string[], start: string): string {
  const at = source.findIndex((line) => line.startsWith(start))
  if (at < 0) throw new Error(`no line begins with "${start.trim()}"`)
  const isOneLine = /\},$/.test(source[at]!)
  const end = isOneLine ? at : source.findIndex((line, i) => i > at && line === '    },')
  return source
    .slice(at, end + 1)
    .map((line) => line.slice(4))
    .join('\n')
}

function indented(text: string): string {
  return text.replace(/^/gm, '  ')
}
