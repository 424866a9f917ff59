/**
 * Turns one TypeScript file into code that can be linked, without changing its lines.
 *
 * Types are erased, `import` and `export` become calls (function form), so that the same text runs where there are no
 * modules: in a worker without an origin, in the grader's guest. Pure: path and text in, code or one sentence out.
 *
 * Only erasable TypeScript: no enum, no namespace, no parameter properties. Not here: bundling, source maps (not needed,
 * lines stay).
 */
import { transform } from 'sucrase'
import { withoutWords } from './code-words.ts'
import { FILE_BYTES_MAX, SOURCE_NESTING_MAX } from './limits.ts'

export interface CompileError {
  readonly path: string
  /** From 1. */
  readonly line: number
  readonly column: number
  readonly text: string
}

export type Compiled =
  | { readonly code: string; readonly imports: readonly string[]; readonly error?: never }
  | { readonly error: CompileError }

/** The function form of a module. `imports` are its specifiers as written. */
export function compile(path: string, text: string): Compiled {
  const refused = refuse(path, text)
  if (refused !== undefined) return { error: refused }
  try {
    const { code } = transform(text, {
      transforms: ['typescript', 'imports'],
      disableESTransforms: true,
      filePath: path,
      production: true,
    })
    return { code, imports: importsOf(code) }
  } catch (error) {
    return { error: syntaxError(path, error) }
  }
}

function refuse(path: string, text: string): CompileError | undefined {
  const at = (index: number, sentence: string): CompileError => ({ path, ...position(text, index), text: sentence })
  if (text.length > FILE_BYTES_MAX)
    return at(0, `the file has ${text.length} characters; at most ${FILE_BYTES_MAX} are compiled`)
  const code = withoutWords(text)
  let depth = 0
  for (let i = 0; i < code.length; i++) {
    const character = code[i]!
    if ('([{'.includes(character) && ++depth > SOURCE_NESTING_MAX)
      return at(i, `more than ${SOURCE_NESTING_MAX} brackets are open here`)
    if (')]}'.includes(character)) depth--
  }
  // Only spaces of the same line before the word: a run of empty lines is looked at once.
  const notErasable =
    /^[ \t]*(?:export[ \t]+)?(?:declare[ \t]+)?(?:const[ \t]+)?(enum|namespace)[ \t]+[\w$.]+\s*\{/m.exec(code)
  if (notErasable !== null)
    return at(
      notErasable.index + notErasable[0].indexOf(notErasable[1]!),
      `"${notErasable[1]}" is not erasable TypeScript: use a plain object or a module`,
    )
  return undefined
}

function position(text: string, index: number): { line: number; column: number } {
  const before = text.slice(0, index).split('\n')
  return { line: before.length, column: before.at(-1)!.length + 1 }
}

/** sucrase says `Error transforming x.ts: Unexpected token (3:7)`. */
function syntaxError(path: string, error: unknown): CompileError {
  const message = error instanceof Error ? error.message : String(error)
  const found = /^(?:SyntaxError: )?(?:Error transforming [^:]*: )?(.*?) \((\d+):(\d+)\)$/s.exec(message)
  if (found === null) return { path, line: 1, column: 1, text: message }
  return { path, line: Number(found[2]), column: Number(found[3]), text: found[1]! }
}

function importsOf(code: string): readonly string[] {
  return [...new Set([...code.matchAll(/\brequire\('([^']+)'\)/g)].map((match) => match[1]!))]
}
