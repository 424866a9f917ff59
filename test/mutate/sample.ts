/** Draws mistakes at random over the files of the reference. */
import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { RandomStream } from '../../reference/host/sim/random.ts'
import { filesBelow } from '../support/files-below.ts'
import { type Mutation, mutationsOf } from './operators.ts'

/** Programs of nodes and tools, whose mistakes tests of the command line notice, and no simulation. */
const LEFT_OUT = /^reference\/(?:cli|tools|host\/node)\//

/** Returns `count` different mistakes, each place as likely as any other. `folder` is the part of the reference to draw from. */
export function drawMutations(root: string, folder: string, count: number, seed: number): readonly Mutation[] {
  const files = filesBelow(join(root, folder))
    .map((path) => relative(root, path))
    .filter((path) => path.endsWith('.ts') && !LEFT_OUT.test(path))
    .sort()
  const places = files.flatMap((file) => mutationsOf(file, readFileSync(join(root, file), 'utf8')))
  const chance = new RandomStream(seed, `mutate: ${folder}`)
  const drawn = new Set<number>()
  while (drawn.size < Math.min(count, places.length)) drawn.add(chance.int(places.length))
  return [...drawn].map((at) => places[at]!)
}
