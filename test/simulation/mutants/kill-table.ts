/**
 * Which mistakes are noticed, after how many seeds, and by which invariant.
 *
 * A mistake counts as noticed by a seed only if the same seed finds nothing in the code as it is.
 */
import { INVARIANTS, type Invariant, type Violation } from '../soak/violation.ts'
import type { Mutant } from './mutants.ts'

/** What became of one mutant. */
export interface Kill {
  readonly mutant: Mutant
  /** Seeds run until it was noticed; 0 when it was not. */
  readonly seeds: number
  readonly invariant: Invariant | undefined
  readonly message: string
}

/** What a replacement that does not fit comes to; such a mutant proves nothing. */
const NO_PROGRAM = /TypeError|ReferenceError|SyntaxError/

/** Runs seeds against a mutant until one breaks a promise that the original keeps (`isSound`). */
export async function hunt(
  mutant: Mutant,
  seeds: readonly number[],
  run: (seed: number) => Violation | undefined | Promise<Violation | undefined>,
  isSound: (seed: number) => boolean | Promise<boolean>,
): Promise<Kill> {
  for (const [i, seed] of seeds.entries()) {
    const violation = await run(seed)
    if (violation === undefined || !(await isSound(seed))) continue
    if (NO_PROGRAM.test(violation.message))
      throw new Error(`the mutant "${mutant.name}" is no program: ${violation.message}`)
    return { mutant, seeds: i + 1, invariant: violation.invariant, message: violation.message }
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
