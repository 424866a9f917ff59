/** Runs mqadmin command lines and holds what they print against patterns. */
import { rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { expectThat } from './expect.ts'
import type { JavaClient } from './java-client.ts'
import type { Row } from './rows.ts'

/** One command line, and what it must print. */
export interface Step {
  readonly args: readonly string[]
  readonly prints: RegExp
  /** Some commands keep a client that they have closed: each works once in a JVM. This one gets a new JVM. */
  readonly inNewJvm?: boolean
  /** It goes on for ever, and is interrupted when it has printed this. */
  readonly isEndless?: boolean
}

/** On a busy machine the tools give up connecting now and then, also among official peers. */
const CONNECT_TRIES = 4
const CONNECT_PAUSE_MS = 1_000

/** mqadmin is tested against GlassMQ, not by its client. */
export const notOurClient: NonNullable<Row['without']> = ({ column }) =>
  column.client === 'glassmq' ? 'mqadmin is tested against GlassMQ, not by its client' : undefined

/** Runs the steps in order; how many there were. Throws with what was printed instead. */
export async function runSteps(admin: JavaClient['admin'], steps: readonly Step[]): Promise<number> {
  for (const { args, prints, inNewJvm = false, isEndless = false } of steps) {
    if (inNewJvm) await admin([args[0] ?? '', '--no-such-option']).catch(() => {}) // mqadmin ends its JVM on it
    let printed = ''
    for (let i = 0; i < CONNECT_TRIES && (i === 0 || /RemotingConnectException/.test(printed)); i++) {
      if (i > 0) await sleep(CONNECT_PAUSE_MS)
      printed = await admin(args, isEndless ? prints : undefined)
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
