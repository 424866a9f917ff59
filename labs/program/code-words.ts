/**
 * Finds what is code in a TypeScript text: comments and texts become spaces, so that a word in them is not taken for one
 * in the code. One pass over the text, whatever it holds. Lines and columns stay.
 *
 * Not here: regular expressions are not told from divisions. A quote in one hides the rest of its line at most.
 */

/** The text with every comment and every text blanked; the code inside `${}` of a template stays. */
export function withoutWords(text: string): string {
  const parts: string[] = []
  /** Open braces of each template's `${` that the scan is inside of. */
  const templates: number[] = []
  let from = 0
  let at = 0
  const blankTo = (end: number) => {
    parts.push(text.slice(from, at), text.slice(at, end).replace(/[^\n]/g, ' '))
    from = at = end
  }
  while (at < text.length) {
    const character = text[at]!
    const next = text[at + 1]
    if (character === '/' && next === '/') blankTo(endOf(text.indexOf('\n', at), text.length))
    else if (character === '/' && next === '*') blankTo(endOf(text.indexOf('*/', at + 2), text.length, 2))
    else if (character === "'" || character === '"') blankTo(textEnd(text, at + 1, character))
    else if (character === '`') blankTo(templateEnd(text, at + 1, templates))
    else if (character === '}' && templates.length > 0 && templates[templates.length - 1] === 0) {
      templates.pop()
      blankTo(templateEnd(text, at + 1, templates))
    } else {
      const top = templates.length - 1
      if (top >= 0 && character === '{') templates[top]!++
      if (top >= 0 && character === '}') templates[top]!--
      at++
    }
  }
  parts.push(text.slice(from))
  return parts.join('')
}

function endOf(found: number, length: number, more = 0): number {
  return found < 0 ? length : found + more
}

/** After the closing quote, or at the end of the line. */
function textEnd(text: string, start: number, quote: string): number {
  for (let i = start; i < text.length; i++) {
    if (text[i] === '\\') i++
    else if (text[i] === quote) return i + 1
    else if (text[i] === '\n') return i
  }
  return text.length
}

/** After the closing backtick, or after the next `${`, which is then the innermost of `templates`. */
function templateEnd(text: string, start: number, templates: number[]): number {
  for (let i = start; i < text.length; i++) {
    if (text[i] === '\\') i++
    else if (text[i] === '`') return i + 1
    else if (text[i] === '$' && text[i + 1] === '{') {
      templates.push(0)
      return i + 2
    }
  }
  return text.length
}
