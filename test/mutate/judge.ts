/**
 * Says whether the tests and campaigns notice a mistake. The mistake is planted in a copy of the project, and only what reaches
 * its place runs, in processes of its own, the fastest first: quick tests, some seeds of the campaigns, the other tests, more
 * seeds.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { filesBelow } from '../support/files-below.ts'
import type { Watcher } from '../support/reached.ts'
import { ROOT, toolEnv } from '../support/stages.ts'
import { type TemporaryFolder, temporaryFolder } from '../support/temp.ts'
import type { Mutation } from './operators.ts'
import { Watchers } from './watchers.ts'

const COPIED = ['reference', 'labs', 'test', 'site', 'package.json', 'tsconfig.json'] as const
/** Tests that plant mistakes of their own, or count places in the text of the code: they would notice any change. */
const NO_MISTAKES_OF_THEIR_OWN = '^(?!.*(?:mistake|mutant))'
/** Tests of the first round: as many of the fastest as take this long together. */
const QUICK_MS = 6_000
/** All rounds of tests: what would run after this long is left out. */
const TESTS_MS_MAX = 90_000
/** A run that takes this many times as long as without the mistake, and this much more, hangs. */
const HANG_TIMES = 6
const HANG_MS = 30_000
/** The two rounds of campaigns. */
const SOAK_MS = [8_000, 30_000] as const
const MAP_MS_MAX = 1_800_000

/** What became of a mistake. `by` is the campaign or the test that noticed it, and '' when nothing did. */
export interface Verdict {
  readonly by: string
  readonly seconds: number
  /** How many tests and campaigns reach its place. */
  readonly reachedBy: number
}

/** A copy of the project in which one mistake at a time is planted. */
export class Judge {
  readonly #tree: TemporaryFolder
  #watchers: Watchers | undefined
  #child: ChildProcess | undefined

  constructor() {
    this.#tree = temporaryFolder('mutate', join(ROOT, 'out'))
    for (const name of COPIED) cpSync(join(ROOT, name), join(this.#tree.path, name), { recursive: true })
  }

  /** Learns what reaches what. The map is kept for as long as no file of the reference or of the tests changes. */
  async prepare(say: (sentence: string) => void): Promise<void> {
    const kept = join(ROOT, 'out/mutate', `reach-${this.#fingerprint()}.jsonl`)
    if (!existsSync(kept)) {
      say('looking which tests and campaigns reach which places; some minutes …')
      const unfinished = `${kept}.unfinished`
      rmSync(unfinished, { force: true })
      // a cache of compiled modules could change what V8 counts
      const uncached = { NODE_DISABLE_COMPILE_CACHE: '1' }
      const env = { ...uncached, GLASSMQ_REACH_ROOT: this.#tree.path, GLASSMQ_REACH_FILE: unfinished }
      const tests = await this.#run('vitest', vitestArgs([]), MAP_MS_MAX, { env })
      if (tests.code !== 0) throw new Error(`without a mistake, a test fails:\n${tests.text.slice(-3_000)}`)
      const campaigns = await this.#run(process.execPath, ['test/mutate/reach-campaigns.ts'], MAP_MS_MAX, { env })
      if (campaigns.code !== 0) throw new Error(`the campaigns do not run:\n${campaigns.text.slice(-3_000)}`)
      renameSync(unfinished, kept)
    }
    const lines = readFileSync(kept, 'utf8').trim().split('\n')
    const all = lines.map((line) => JSON.parse(line) as Watcher).sort((a, b) => a.ms - b.ms)
    this.#watchers = new Watchers(this.#tree.path, all)
  }

  #fingerprint(): string {
    const hash = createHash('sha256')
    for (const folder of ['reference', 'test'])
      for (const path of filesBelow(join(this.#tree.path, folder)).toSorted())
        hash.update(relative(this.#tree.path, path)).update(readFileSync(path)) // each judge has a folder of its own
    return hash.digest('hex').slice(0, 16)
  }

  /** Plants the mistake, lets everything that reaches it look for it, and takes it out again. */
  async judge(mutation: Mutation): Promise<Verdict> {
    const { file, start, end, replacement } = mutation
    const path = join(this.#tree.path, file)
    const text = readFileSync(path, 'utf8')
    const watchers = this.#watchers!.of(mutation)
    const tests = watchers.filter(({ kind }) => kind === 'test')
    const campaigns = watchers.filter(({ kind }) => kind === 'campaign').map(({ name }) => name)
    const isQuick = within(QUICK_MS)
    const quick = tests.filter((one) => isQuick(one))
    const others = tests.slice(quick.length).filter(within(TESTS_MS_MAX))
    writeFileSync(path, text.slice(0, start) + replacement + text.slice(end))
    const startedAt = performance.now()
    try {
      const by =
        (await this.#test(quick)) ||
        (await this.#soak(campaigns, SOAK_MS[0])) ||
        (await this.#test(others)) ||
        (await this.#soak(campaigns, SOAK_MS[1]))
      return { by, seconds: Math.round((performance.now() - startedAt) / 1_000), reachedBy: watchers.length }
    } finally {
      writeFileSync(path, text)
    }
  }

  async #soak(campaigns: readonly string[], ms: number): Promise<string> {
    if (campaigns.length === 0) return ''
    const args = ['test/simulation/soak/run.ts', '--campaign', campaigns.join(','), '--minutes', `${ms / 60_000}`]
    const enough = /^(\S+), seed (\d+) breaks/m
    const { code, text } = await this.#run(process.execPath, args, ms * HANG_TIMES + HANG_MS, { enough })
    const [, campaign, seed] = enough.exec(text) ?? []
    if (campaign !== undefined) return `campaign ${campaign}, seed ${seed}`
    return code === 0 ? '' : code === undefined ? 'a campaign hangs' : 'no campaign runs'
  }

  async #test(tests: readonly Watcher[]): Promise<string> {
    if (tests.length === 0) return ''
    const ms = tests.reduce((sum, one) => sum + one.ms, 0)
    const args = vitestArgs(tests.map(({ name }) => name))
    const { code, text } = await this.#run('vitest', args, ms * HANG_TIMES + HANG_MS)
    if (code === 0) return ''
    const [, name = 'a test'] = /FAIL\s+(\S+)/.exec(text) ?? []
    return code === undefined ? 'the tests hang' : name
  }

  /** Resolves with the exit code, or with undefined when the command did not end in time. Ends it when `enough` is printed. */
  #run(
    command: string,
    args: readonly string[],
    msMax: number,
    { enough, env = {} }: { readonly enough?: RegExp; readonly env?: NodeJS.ProcessEnv } = {},
  ) {
    const compiled = join(this.#tree.path, 'compiled')
    const whole = { ...toolEnv(), VITEST: '', NO_COLOR: '1', FORCE_COLOR: '', NODE_COMPILE_CACHE: compiled, ...env }
    const stdio = ['ignore', 'pipe', 'pipe'] as ['ignore', 'pipe', 'pipe']
    const child = spawn(command, args, { cwd: this.#tree.path, env: whole, stdio, detached: true })
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

/** True for as many of the watchers it is asked about, one after the other, as take `ms` together. */
function within(ms: number): (watcher: Watcher) => boolean {
  let sum = 0
  return (watcher) => {
    sum += watcher.ms
    return sum <= ms
  }
}

function vitestArgs(files: readonly string[]): readonly string[] {
  const how = ['--config', 'test/mutate/vitest.config.ts', '--bail', '1', '-t', NO_MISTAKES_OF_THEIR_OWN]
  return ['run', ...how, ...files]
}
