/**
 * Marks: comments `// rare: …` in the reference, each at a branch that runs seldom and must be right when it does. A soak with
 * `--marks` says which of them no seed reached: there, nothing was checked.
 *
 * A mark stands at the end of a statement, or inside of a block before its first statement. It costs the reference nothing: V8
 * counts what ran (twice the time for each seed).
 */
import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { filesBelow } from '../../support/files-below.ts'
import { Counter, isReached } from '../../support/reached.ts'
import { ROOT } from '../../support/stages.ts'

const MARK = /[^\S\n]*\/\/ rare: (.+)$/gm

/** One mark. */
export interface Mark {
  /** Path from the top of the project. */
  readonly file: string
  readonly line: number
  /** What happens in the branch. */
  readonly words: string
  /** The last character of code before the mark: it lies in the branch. */
  readonly offset: number
}

/** The marks in one file's text. */
export function marksIn(file: string, text: string): readonly Mark[] {
  return [...text.matchAll(MARK)].map((found) => {
    const before = text.slice(0, found.index)
    return { file, line: before.split('\n').length, words: found[1]!, offset: before.trimEnd().length - 1 }
  })
}

/** All marks of the reference. */
export function allMarks(): readonly Mark[] {
  return filesBelow(join(ROOT, 'reference'))
    .filter((path) => path.endsWith('.ts'))
    .toSorted()
    .flatMap((path) => marksIn(relative(ROOT, path), readFileSync(path, 'utf8')))
}

/** Counts which marks are reached from now on. */
export class Marks {
  readonly #counter = new Counter(ROOT)

  /** How many there are, and those that were not reached, as `file:line words`. */
  count(): { readonly all: number; readonly missed: readonly string[] } {
    const reached = this.#counter.take()
    const marks = allMarks()
    const missed = marks.filter(({ file, offset }) => !isReached(reached[file], offset))
    return { all: marks.length, missed: missed.map(({ file, line, words }) => `${file}:${line} ${words}`) }
  }
}
