/** Who looks for a mistake: the tests and campaigns that reach its place. */
import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { filesBelow } from '../support/files-below.ts'
import { isReached, type Watcher } from '../support/reached.ts'
import type { Mutation } from './operators.ts'

/** Names that stand for constants are followed through so many others. */
const DEPTH_MAX = 3
/** This test reads each constant of the files of limits, in no function of the reference. */
const LIST_OF_LIMITS = 'test/unit/limits.test.ts'

/** A place in a file. */
interface Place {
  readonly file: string
  readonly at: number
}

/** The map of who reaches what, and the text of the reference, in `root`. */
export class Watchers {
  readonly #all: readonly Watcher[]
  readonly #texts: ReadonlyMap<string, string>

  /** `all`: the fastest first. */
  constructor(root: string, all: readonly Watcher[]) {
    this.#all = all
    const paths = filesBelow(join(root, 'reference')).filter((path) => path.endsWith('.ts'))
    this.#texts = new Map(paths.map((path) => [relative(root, path), readFileSync(path, 'utf8')]))
  }

  /** Those that reach a mistake, the fastest first. A constant is reached where its name is read. */
  of({ file, start, declares }: Mutation): readonly Watcher[] {
    const places = declares === undefined ? [{ file, at: start }] : this.#readersOf(declares, DEPTH_MAX)
    const isListed = declares !== undefined && file.endsWith('/limits.ts')
    return this.#all.filter(
      ({ name, reached }) =>
        (isListed && name === LIST_OF_LIMITS) || places.some((place) => isReached(reached[place.file], place.at)),
    )
  }

  /** Where a name is read, in functions and, through other constants, beyond. */
  #readersOf(name: string, depth: number): readonly Place[] {
    if (name === '') return []
    const word = new RegExp(`(?<![\\w$.])(?:limits\\.)?${name.replaceAll('$', '\\$')}(?![\\w$])`, 'g')
    const places: Place[] = []
    for (const [file, text] of this.#texts)
      for (const { index: at } of text.matchAll(word)) {
        places.push({ file, at })
        const line = text.slice(text.lastIndexOf('\n', at) + 1, at)
        const [, other = ''] = /^(?:export )?const (\w+)\b/.exec(line) ?? []
        if (other !== '' && other !== name && depth > 0) places.push(...this.#readersOf(other, depth - 1))
      }
    return places
  }
}
