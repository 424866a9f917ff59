/**
 * Files of a room do not import each other in circles, types included: a reader can begin at the bottom and never meets a name
 * that is explained only further up.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ROOT } from '../support/stages.ts'

/** How many files the largest circle of a room may have, where that is more than one, and why. */
const ALLOWED: Readonly<Record<string, { readonly files: number; readonly why: string }>> = {
  client: { files: 2, why: 'a pull loop and the listener that it feeds' },
  common: { files: 5, why: 'the four rate limiters and the function that chooses one of them' },
  host: { files: 5, why: 'a simulated node and the network between such nodes' },
}

const ROOMS = readdirSync(join(ROOT, 'reference'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== 'decisions')
  .map((entry) => entry.name)

/** The imports between the files of a room, by file; paths from the root. */
function importsIn(room: string): ReadonlyMap<string, readonly string[]> {
  const files = readdirSync(join(ROOT, 'reference', room), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
  const known = new Set(files)
  return new Map(
    files.map((path) => {
      const text = readFileSync(join(ROOT, path), 'utf8')
      const targets = [
        ...text.matchAll(/^(?:import|export)[^'\n]*(?:\n[^'\n]*)*? from '(\.[^']+)'|import\('(\.[^']+)'\)/gm),
      ]
      return [
        path,
        targets
          .map((match) => normalize(join(dirname(path), (match[1] ?? match[2])!)))
          .filter((target) => known.has(target)),
      ]
    }),
  )
}

/** Groups of files that reach each other: the strongly connected components of more than one file (Tarjan). */
function circlesOf(imports: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const circles: string[][] = []
  const indexOf = new Map<string, number>()
  const lowOf = new Map<string, number>()
  const open: string[] = []
  const visit = (file: string): number => {
    const index = indexOf.size
    indexOf.set(file, index)
    lowOf.set(file, index)
    open.push(file)
    for (const target of imports.get(file) ?? []) {
      const reached = indexOf.has(target) ? (open.includes(target) ? indexOf.get(target)! : index) : visit(target)
      lowOf.set(file, Math.min(lowOf.get(file)!, reached))
    }
    const low = lowOf.get(file)!
    if (low === index) {
      const circle = open.splice(open.indexOf(file))
      if (circle.length > 1) circles.push(circle.sort())
    }
    return low
  }
  for (const file of imports.keys()) if (!indexOf.has(file)) visit(file)
  return circles.sort((a, b) => b.length - a.length)
}

describe('circles of imports, types included', () => {
  it.each(ROOMS)('%s', (room) => {
    const [largest = []] = circlesOf(importsIn(room))
    const { files, why } = ALLOWED[room] ?? { files: 1, why: 'no file needs what needs it' }
    expect(
      largest.length <= files,
      `reference/${room}/ has a circle of ${largest.length} files, allowed ${files} (${why}): let a part declare the slice that it uses, as TransactionParts does\n${largest.join('\n')}`,
    ).toBe(true)
  })

  it('are found, and said with their files', () => {
    const imports = new Map([
      ['a', ['b']],
      ['b', ['c', 'd']],
      ['c', ['a']],
      ['d', ['e']],
      ['e', ['d']],
      ['f', ['a']],
    ])
    expect(circlesOf(imports)).toEqual([
      ['a', 'b', 'c'],
      ['d', 'e'],
    ])
  })
})
