/**
 * Mistakes that change nothing anybody could notice, each with the reason. They are known by the text of their line, so that
 * they are found again when other lines change, and no longer when the line itself does.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../support/stages.ts'
import type { Mutation } from './operators.ts'

/** One of them, as `equivalent.json` has it. */
interface Equivalent extends Pick<Mutation, 'file' | 'code' | 'operator' | 'replacement'> {
  readonly why: string
}

const all = JSON.parse(readFileSync(join(ROOT, 'test/mutate/equivalent.json'), 'utf8')) as readonly Equivalent[]

/** Why a mistake changes nothing, or undefined. */
export function whyEquivalent({ file, code, operator, replacement }: Mutation): string | undefined {
  return all.find(
    (one) => one.file === file && one.code === code && one.operator === operator && one.replacement === replacement,
  )?.why
}

/** Those that no line of the code has any more. */
export function outdated(): readonly string[] {
  return all
    .filter(
      ({ file, code }) =>
        !readFileSync(join(ROOT, file), 'utf8')
          .split('\n')
          .some((line) => line.trim() === code),
    )
    .map(({ file, code }) => `${file}: ${code}`)
}
