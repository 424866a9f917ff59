/**
 * A TypeScript text as a list of tokens that renaming, comments and layout do not change: every name is one sign, every number
 * another, every text a third; keywords and punctuation stay what they are. One pass; nothing of the text is run or parsed.
 *
 * Not here: types are kept, as names and punctuation.
 */
import { withoutWords } from '../../program/code-words.ts'

/** Tokens as small numbers, equal for equal tokens, and the line (from 1) each stands on. */
export interface Tokens {
  readonly kinds: readonly number[]
  readonly lines: readonly number[]
}

const KEYWORDS = new Set(
  'as async await break case catch class const continue default delete do else export extends false finally for from function get if implements import in instanceof interface let new null of private public readonly return set static super switch this throw true try type typeof undefined var void while yield'.split(
    ' ',
  ),
)
const NAME = 1
const NUMBER = 2
const TEXT = 3
const FIRST_OWN = 4

/** Numbers of keywords and signs, the same for all texts of this process. */
const numbers = new Map<string, number>()

export function tokensOf(text: string): Tokens {
  const code = withoutWords(text)
  const kinds: number[] = []
  const lines: number[] = []
  let line = 1
  const TOKEN = /\n|[A-Za-z_$][\w$]*|\d[\w.]*|[^\s]/g
  let last = 0
  for (const match of code.matchAll(TOKEN)) {
    const [word] = match
    // where a text was there are spaces now: between two tokens of one line one TEXT stands for it
    if (holdsText(text, last, match.index)) push(TEXT)
    last = match.index + word.length
    if (word === '\n') line++
    else push(/^[A-Za-z_$]/.test(word) && !KEYWORDS.has(word) ? NAME : /^\d/.test(word) ? NUMBER : ownNumber(word))
  }
  return { kinds, lines }

  function push(kind: number): void {
    kinds.push(kind)
    lines.push(line)
  }
}

/** Whether a quote stands in the part that was blanked, before any comment. */
function holdsText(text: string, from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    const character = text[i]
    if (character === "'" || character === '"' || character === '`') return true
    if (character === '/') return false
  }
  return false
}

function ownNumber(word: string): number {
  const known = numbers.get(word)
  if (known !== undefined) return known
  const number = FIRST_OWN + numbers.size
  numbers.set(word, number)
  return number
}
