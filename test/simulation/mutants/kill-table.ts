/**
 * Which mistakes are noticed, after how many seeds, and by which invariant.
 *
 * A mistake counts as noticed by a seed only if the same seed finds nothing in the code as it is. `known-seeds.json` has the
 * first seed that noticed each mistake when it was last hunted for; that one is tried first, so a normal run is short, and a
 * mistake that it no longer notices is hunted for again. Hunt for all of them, and write the file:
 * `GLASSMQ_HUNT=1 npx vitest run --config test/vitest.config.ts --no-file-parallelism test/simulation`.
 *
 * `site/data/planted.json` has the shortest script that shows each mistake, as the minimiser of its campaign found it. With
 * `GLASSMQ_SHORTEST=1` instead, the same command finds those that are missing, about some seconds for each, and goes on
 * where it was stopped; take out of the file what is to be looked for again.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../../support/stages.ts'
import { INVARIANTS, type Invariant, type Violation } from '../soak/violation.ts'
import type { Mutant } from './mutants.ts'

/** What became of one mutant. */
export interface Kill {
  readonly mutant: Mutant
  /** Seeds, in their order, until it was noticed; 0 when it was not. */
  readonly seeds: number
  readonly invariant: Invariant | undefined
  readonly message: string
}

/** What a replacement that does not fit comes to; such a mutant proves nothing. */
const NO_PROGRAM = /TypeError|ReferenceError|SyntaxError/

const KNOWN_FILE = join(ROOT, 'test/simulation/mutants/known-seeds.json')
const SHORTEST_FILE = join(ROOT, 'site/data/planted.json')
const isHunting = process.env['GLASSMQ_HUNT'] === '1'
const isShortening = process.env['GLASSMQ_SHORTEST'] === '1'

const read = <T>(file: string): Record<string, T> => JSON.parse(readFileSync(file, 'utf8'))
const known = read<number>(KNOWN_FILE)

/** Writes down what was found about a mistake; the names stay in order. */
function keep(file: string, name: string, found: unknown): void {
  const all = Object.entries({ ...read(file), [name]: found }).sort(([a], [b]) => (a < b ? -1 : 1))
  writeFileSync(file, `${JSON.stringify(Object.fromEntries(all), undefined, 2)}\n`)
}

/** Gives the lines of the shortest script that shows a mistake, beginning with that of `seed`. */
type Minimise = (seed: number, violation: Violation) => readonly string[] | Promise<readonly string[]>

/**
 * Runs seeds against a mutant until one breaks a promise that the original keeps (`isSound`). `minimise` shortens the run of
 * that seed, when scripts are looked for.
 */
export async function hunt(
  mutant: Mutant,
  seeds: readonly number[],
  run: (seed: number) => Violation | undefined | Promise<Violation | undefined>,
  isSound: (seed: number) => boolean | Promise<boolean>,
  minimise?: Minimise,
): Promise<Kill> {
  const first = isHunting ? undefined : known[mutant.name]
  const inOrder = first !== undefined && seeds.includes(first) ? [first, ...seeds] : seeds
  for (const seed of inOrder) {
    const violation = await run(seed)
    if (violation === undefined || !(await isSound(seed))) continue
    if (NO_PROGRAM.test(violation.message))
      throw new Error(`the mutant "${mutant.name}" is no program: ${violation.message}`)
    if (isHunting) keep(KNOWN_FILE, mutant.name, seed)
    if (isShortening && minimise !== undefined && !(mutant.name in read(SHORTEST_FILE)))
      keep(SHORTEST_FILE, mutant.name, { seed, issue: mutant.after, script: await minimise(seed, violation) })
    return { mutant, seeds: seeds.indexOf(seed) + 1, invariant: violation.invariant, message: violation.message }
  }
  return { mutant, seeds: 0, invariant: undefined, message: '' }
}

/** Asks once for each seed. */
export function remembered<T>(ask: (seed: number) => T): (seed: number) => T {
  const known = new Map<number, T>()
  return (seed) => {
    if (!known.has(seed)) known.set(seed, ask(seed))
    return known.get(seed)!
  }
}

/** The table as Markdown. */
export function killTable(kills: readonly Kill[]): string {
  const counts = kills.filter(({ seeds }) => seeds > 0).map(({ seeds }) => seeds)
  const median = counts.sort((a, b) => a - b)[counts.length >> 1] ?? 0
  const rows = kills.map(
    ({ mutant, seeds, invariant }) =>
      `| ${mutant.name} | ${mutant.after ?? ''} | ${seeds > 0 ? seeds : 'not caught'} | ${invariant === undefined ? '' : INVARIANTS[invariant].split(':')[0]} |`,
  )
  return [
    `${counts.length} of ${kills.length} mistakes caught; median ${median} seeds`,
    '',
    '| mistake | after RocketMQ | seeds | caught by |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n')
}
