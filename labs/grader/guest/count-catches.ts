/**
 * Lets the host count what a guest catches.
 *
 * An error costs QuickJS the writing of its whole stack, hundreds of times the work of one turn of a loop, and fuel counts
 * turns. Code that calls itself until the stack is full, catches that, and does so again, would so take hours for the fuel of
 * seconds. So each `catch` and each `finally` of the learner's text begins with a call that the host counts, on every machine
 * alike. Lines stay as they are.
 */
import { withoutWords } from '../../program/code-words.ts'

/** The name of the call; a learner's text that holds it is refused. */
export const CAUGHT = '__caught'

/** The code with the call at the start of every `catch` and `finally` block. Linear. */
export function countCatches(code: string): string {
  const plain = withoutWords(code)
  const parts: string[] = []
  let from = 0
  for (const { index, 0: word } of plain.matchAll(/(?<![.\w$])(?:catch|finally)(?![\w$])/g)) {
    const brace = blockAfter(plain, index + word.length)
    if (brace < from) continue
    parts.push(code.slice(from, brace + 1), `${CAUGHT}();`)
    from = brace + 1
  }
  parts.push(code.slice(from))
  return parts.join('')
}

/** Where the block behind a `catch` or `finally` opens; -1 when none does: it is a name then. */
function blockAfter(plain: string, at: number): number {
  let i = skipSpaces(plain, at)
  if (plain[i] === '(') {
    for (let depth = 0; i < plain.length; i++) {
      if (plain[i] === '(') depth++
      else if (plain[i] === ')' && --depth === 0) break
    }
    i = skipSpaces(plain, i + 1)
  }
  return plain[i] === '{' ? i : -1
}

function skipSpaces(text: string, at: number): number {
  let i = at
  while (i < text.length && /\s/.test(text[i]!)) i++
  return i
}
