/**
 * What a learner's own code threw, with the line where it did.
 *
 * Compiling keeps lines, and each module has its path as its source URL, so the line of a stack is the line of the file:
 * in V8 (`at f (path:3:7)`), SpiderMonkey (`f@path:3:7`) and JavaScriptCore alike. For the learner's eyes only: a verdict
 * stores no text that an engine worded.
 */

/** One throw. `path` is the module's (`reference/…`), or the file's where the page has translated it. */
export interface Thrown {
  readonly node: string
  readonly atMs: number
  readonly path: string
  /** From 1. */
  readonly line: number
  /** Such as `TypeError: x is undefined`. */
  readonly text: string
}

/** Where the error was thrown in one of the modules; undefined when none of them took part. */
export function placeIn(error: unknown, paths: readonly string[]): Pick<Thrown, 'path' | 'line' | 'text'> | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  const { stack, name, message } = error as Partial<Error>
  for (const frame of String(stack ?? '').split('\n')) {
    for (const path of paths) {
      const line = lineAfter(frame, `${path}:`)
      if (line !== undefined) return { path, line, text: `${name ?? 'Error'}: ${message ?? ''}` }
    }
  }
  return undefined
}

/** The number that follows the mark in one line of a stack. */
function lineAfter(frame: string, mark: string): number | undefined {
  const at = frame.indexOf(mark)
  const digits = at < 0 ? null : /^\d+/.exec(frame.slice(at + mark.length))
  return digits === null ? undefined : Number(digits[0])
}
