/**
 * Says whether the tests and campaigns notice a mistake. The mistake is planted in a copy of the project, and what runs there
 * runs in processes of its own, fastest first: some seeds of all campaigns, the tests that import the file, more seeds.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT, toolEnv } from '../support/stages.ts'
import { type TemporaryFolder, temporaryFolder } from '../support/temp.ts'
import type { Mutation } from './operators.ts'

const COPIED = ['reference', 'labs', 'test', 'site', 'package.json', 'tsconfig.json'] as const

/** Tests that read the text of the code, or plant mistakes of their own: they would notice any change. */
const NO_JUDGES = [
  'test/tidy/**',
  'test/chapters/**',
  'test/unit/playground/**',
  'test/unit/figures/**',
  'test/mutate/**',
]
const NO_MISTAKES_OF_THEIR_OWN = '^(?!.*(?:mistake|mutant))'

const SOAK_MINUTES = [0.2, 0.8] as const
const TESTS_MS_MAX = 240_000
/** After its minutes, a soak ends within this time, or it hangs. */
const SOAK_OVER_MS = 45_000

/** What became of a mistake. `by` is the campaign or the test that noticed it, and '' when nothing did. */
export interface Verdict {
  readonly by: string
  readonly seconds: number
}

/** A copy of the project in which one mistake at a time is planted. */
export class Judge {
  readonly #tree: TemporaryFolder
  #child: ChildProcess | undefined

  constructor() {
    this.#tree = temporaryFolder('mutate', join(ROOT, 'out'))
    for (const name of COPIED) cpSync(join(ROOT, name), join(this.#tree.path, name), { recursive: true })
  }

  /** Plants the mistake, lets everything look for it, and takes it out again. */
  async judge({ file, start, end, replacement }: Mutation): Promise<Verdict> {
    const path = join(this.#tree.path, file)
    const text = readFileSync(path, 'utf8')
    writeFileSync(path, text.slice(0, start) + replacement + text.slice(end))
    const startedMs = performance.now()
    try {
      const by = (await this.#soak(SOAK_MINUTES[0])) || (await this.#tests(file)) || (await this.#soak(SOAK_MINUTES[1]))
      return { by, seconds: Math.round((performance.now() - startedMs) / 1_000) }
    } finally {
      writeFileSync(path, text)
    }
  }

  async #soak(minutes: number): Promise<string> {
    const args = ['test/simulation/soak/run.ts', '--minutes', `${minutes}`]
    const broken = /^(\S+), seed (\d+) breaks/m
    const { code, text } = await this.#run(process.execPath, args, minutes * 60_000 + SOAK_OVER_MS, broken)
    const [, campaign, seed] = broken.exec(text) ?? []
    if (campaign !== undefined) return `campaign ${campaign}, seed ${seed}`
    return code === 0 ? '' : code === undefined ? 'a campaign hangs' : 'no campaign runs'
  }

  async #tests(file: string): Promise<string> {
    const excluded = NO_JUDGES.flatMap((glob) => ['--exclude', glob])
    const how = [
      '--config',
      'test/vitest.config.ts',
      '--project',
      'quick',
      '--bail',
      '1',
      '-t',
      NO_MISTAKES_OF_THEIR_OWN,
    ]
    const args = ['related', file, '--run', ...how, ...excluded]
    const { code, text } = await this.#run('vitest', args, TESTS_MS_MAX)
    if (code === 0) return ''
    const [, name = 'a test'] = /FAIL\s+\|?\s*quick\s*\|?\s+(\S+)/.exec(text) ?? []
    return code === undefined ? 'the tests hang' : name
  }

  /** Resolves with the exit code, or with undefined when the command did not end in time. Ends it when `enough` is printed. */
  #run(command: string, args: readonly string[], msMax: number, enough?: RegExp) {
    const env = { ...toolEnv(), VITEST: '', NO_COLOR: '1', FORCE_COLOR: '' }
    const child = spawn(command, args, { cwd: this.#tree.path, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    this.#child = child
    let text = ''
    let isLate = false
    const timer = setTimeout(() => {
      isLate = true
      this.stop()
    }, msMax)
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        text = (text + chunk.toString()).slice(-200_000)
        if (enough?.test(text)) this.stop()
      })
    return new Promise<{ readonly code: number | undefined; readonly text: string }>((resolve, reject) => {
      child.on('error', reject)
      child.on('close', (code) => {
        clearTimeout(timer)
        resolve({ code: isLate ? undefined : (code ?? 1), text })
      })
    })
  }

  /** Ends what runs now, with its children. */
  stop(): void {
    const pid = this.#child?.pid
    if (pid === undefined) return
    try {
      process.kill(-pid, 'SIGKILL')
    } catch {
      // it has ended by itself
    }
  }

  remove(): void {
    this.stop()
    this.#tree.remove()
  }
}
