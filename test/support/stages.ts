/**
 * Runs a list of commands one after the other, and another list beside it; says what is going on, and ends with a table and
 * with what failed.
 *
 * Every stage runs even when one before it failed: a failing formatter should not hide a failing test. The exit code is 1
 * when any failed. What failed is said last, since a long run's output is often read from its end, or has only its end.
 */
import { spawn } from 'node:child_process'
import { createWriteStream, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { setPriority } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface Stage {
  readonly name: string
  readonly command: readonly string[]
  /** Why it is not run, or '' when it is. */
  readonly skip?: string
  /** It has the machine for itself: it begins when all stages beside the others have ended. */
  readonly alone?: boolean
}

/** The environment variable that names the file for a stage's last words. */
export const LAST_WORDS = 'GLASSMQ_LAST_WORDS'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** The environment of every command: the pinned Node first. */
export function toolEnv(): NodeJS.ProcessEnv {
  return {
    ...process.env,
    PATH: `${join(ROOT, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}`,
    FORCE_COLOR: process.stdout.isTTY ? '1' : '0',
    ASTRO_TELEMETRY_DISABLED: '1',
  }
}

/** Where stages keep their output, and their last words. */
const KEPT = join(ROOT, 'out/stages')

/** Priority of a stage that runs beside another one (nice value). */
const BESIDE_PRIORITY = 5

/** Lines of last words that are printed for each stage. */
const LAST_LINES_MAX = 60

interface Ending {
  readonly name: string
  readonly result: string
  readonly seconds: string
  readonly lastWords: string
}

/** Runs one command with our output, or with its output in a file; resolves with its exit code. */
export function run(
  command: readonly string[],
  { env = {}, path, priority }: { env?: NodeJS.ProcessEnv; path?: string; priority?: number } = {},
): Promise<number> {
  const [file, ...args] = command
  return new Promise((resolve) => {
    const child = spawn(file!, args, {
      cwd: ROOT,
      stdio: path === undefined ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
      env: { ...toolEnv(), ...env },
    })
    if (path !== undefined) {
      const kept = createWriteStream(path)
      child.stdout?.pipe(kept, { end: false })
      child.stderr?.pipe(kept, { end: false })
      child.on('close', () => kept.end())
    }
    if (priority !== undefined && child.pid !== undefined) setPriority(child.pid, priority)
    child.on('error', (error) => {
      console.error(`cannot start ${file}: ${error.message}`)
      resolve(1)
    })
    child.on('close', (code, signal) => resolve(code ?? (signal === null ? 1 : 128)))
  })
}

/**
 * Runs the stages one after the other and prints the table and what failed; returns the exit code.
 *
 * The stages of `beside` run at the same time, also one after the other: what mostly waits, beside what mostly computes and
 * whose results do not depend on how fast. They have the right of way: the others run with less priority. The output of a
 * stage beside is shown whole, between two others.
 */
export async function runStages(stages: readonly Stage[], beside: readonly Stage[] = []): Promise<number> {
  mkdirSync(KEPT, { recursive: true })
  const all = [...beside, ...stages]
  const place = (one: Stage): string => `[${all.indexOf(one) + 1}/${all.length}] ${one.name}`
  const endings: Ending[] = []
  const unsaid: Stage[] = []
  const sayOutputs = (): void => {
    for (const stage of unsaid.splice(0)) console.log(`\n${place(stage)}\n${readFileSync(outputOf(stage), 'utf8')}`)
  }
  let isBeside = beside.length > 0
  const others = (async () => {
    for (const stage of beside) {
      endings.push(await runStage(stage, { path: outputOf(stage) }))
      unsaid.push(stage)
    }
    isBeside = false
  })()
  if (isBeside)
    console.log(`beside what follows, each with its output when it has ended:\n${beside.map(place).join('\n')}`)
  for (const stage of stages) {
    if (stage.alone === true) await others
    sayOutputs()
    console.log(`\n${place(stage)}`)
    endings.push(await runStage(stage, isBeside ? { priority: BESIDE_PRIORITY } : {}))
  }
  await others
  sayOutputs()
  for (const { name, lastWords } of endings) if (lastWords !== '') console.log(`\n${name}:\n${firstLines(lastWords)}`)
  const count = (what: string): number => endings.filter(({ result }) => result.startsWith(what)).length
  console.log(`\n${table(endings)}`)
  const [failed, skipped] = [count('FAILED'), count('skipped')]
  console.log(
    `\n${endings.length - failed - skipped} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`,
  )
  return failed === 0 ? 0 : 1
}

async function runStage(stage: Stage, how: { path?: string; priority?: number }): Promise<Ending> {
  if (isSkipped(stage)) {
    if (how.path === undefined) console.log(`skipped: ${stage.skip}`)
    else writeFileSync(how.path, `skipped: ${stage.skip}\n`)
    return { name: stage.name, result: `skipped: ${stage.skip}`, seconds: '', lastWords: '' }
  }
  const words = join(KEPT, `${fileName(stage)}.last.txt`)
  rmSync(words, { force: true })
  const startMs = Date.now()
  const code = await run(stage.command, { ...how, env: { [LAST_WORDS]: words } })
  return {
    name: stage.name,
    result: code === 0 ? 'passed' : `FAILED (exit ${code})`,
    seconds: ((Date.now() - startMs) / 1000).toFixed(1),
    lastWords: existsSync(words) ? readFileSync(words, 'utf8') : '',
  }
}

function isSkipped({ skip }: Stage): boolean {
  return skip !== undefined && skip !== ''
}

/** Where the output of a stage beside is kept until it is shown. */
function outputOf(stage: Stage): string {
  return join(KEPT, `${fileName(stage)}.txt`)
}

function fileName({ name }: Stage): string {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, '-')
}

/** Keeps what a stage's process says last, in the file that its environment names; does nothing elsewhere. */
export function sayLast(text: string): void {
  const path = process.env[LAST_WORDS]
  if (path === undefined || text === '') return
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

function firstLines(text: string): string {
  const lines = text.split('\n')
  const more = lines.length - LAST_LINES_MAX
  return [...lines.slice(0, LAST_LINES_MAX), ...(more > 0 ? [`… ${more} lines more`] : [])].join('\n')
}

function table(endings: readonly Ending[]): string {
  const width = Math.max(...endings.map(({ name }) => name.length))
  return endings
    .map(
      ({ name, result, seconds }) =>
        `${name.padEnd(width)}  ${seconds.padStart(7)}${seconds === '' ? ' ' : 's'}  ${result}`,
    )
    .join('\n')
}
