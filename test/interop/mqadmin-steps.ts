/** Runs mqadmin command lines and holds what they print against patterns. */
import { rmSync } from 'node:fs'
import { expectThat } from './expect.ts'
import type { Row } from './rows.ts'

/** One command line, and what it must print. */
export interface Step {
  readonly args: readonly string[]
  readonly prints: RegExp
  /** How often it may be tried: one command of mqadmin closes a client that it still uses, also among official peers. */
  readonly tries?: number
}

/** mqadmin is tested against GlassMQ, not by its client. */
export const notOurClient: NonNullable<Row['without']> = ({ column }) =>
  column.client === 'glassmq' ? 'mqadmin is tested against GlassMQ, not by its client' : undefined

/** Runs the steps in order; how many there were. Throws with what was printed instead. */
export async function runSteps(
  admin: (args: readonly string[]) => Promise<string>,
  steps: readonly Step[],
): Promise<number> {
  for (const { args, prints, tries = 1 } of steps) {
    let printed = ''
    for (let i = 0; i < tries && (i === 0 || !prints.test(printed)); i++) {
      printed = await admin(args)
      removeBodyFiles(printed)
    }
    expectThat(
      prints.test(printed),
      `mqadmin ${args.join(' ')} should print ${prints}, it printed:\n${printed.slice(0, 2_000)}`,
    )
  }
  return steps.length
}

/** The query commands write the body to a file in a folder of their own choice, and print its path. */
function removeBodyFiles(printed: string): void {
  for (const [, path] of printed.matchAll(/Message Body Path:\s+(\S+)/g)) rmSync(path ?? '', { force: true })
}

export function escaped(text: string): string {
  return text.replaceAll('.', '\\.')
}
