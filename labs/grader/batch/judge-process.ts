/**
 * Starts one child process for one hand-in, watches its time and memory, and reads its results.
 *
 * The child runs with Node's permission model (no files but this repository's, no child processes, no workers), an empty
 * environment and pipes only. That is a second fence: learner code is inside QuickJS already.
 */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { RunResult } from '../../judge/run-check.ts'
import type { ChildJob, ChildLine } from '../child.ts'
import { CHILD_BYTES_MAX, WALL_MS_BASE, WALL_MS_PER_RUN } from '../limits.ts'
import { type Isolation, NO_BWRAP } from './isolation.ts'

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const CHILD = join(ROOT, 'labs/grader/child.ts')
const WATCH_EVERY_MS = 100
/** Of the last words of a child that died, this much is kept. */
const STDERR_CHARACTERS_MAX = 2_000
/** Where `bwrap` is found; it clears the environment itself. */
const PATH_ONLY = { PATH: '/usr/local/bin:/usr/bin:/bin' }
/** Looking for a shorter run takes as long as so many runs at most. */
const SHORTEN_RUNS = 10
const LINE_CHARACTERS_MAX = 64 * 1024

export interface ProcessLimits {
  readonly wallMs: number
  readonly memoryBytes: number
  /** The fence around the process; none of bubblewrap's when left out. */
  readonly isolation?: Isolation | undefined
}

/** The usual limits for so many runs. A run that may be shortened has time for the candidates, too. */
export function limitsFor(runs: ChildJob['runs']): ProcessLimits {
  const checks = new Set(runs.filter(({ shorten }) => shorten).map(({ check }) => check)).size
  return {
    wallMs: WALL_MS_BASE + (runs.length + checks * SHORTEN_RUNS) * WALL_MS_PER_RUN,
    memoryBytes: CHILD_BYTES_MAX,
  }
}

/** Results of the runs, in order, each handed to `onRun` as it comes, and again when a shorter run was found; those the child did not come to are could-not-judge with the reason. Never rejects. */
export async function judgeInProcess(
  job: ChildJob,
  onRun: (run: RunResult) => void = () => {},
  limits = limitsFor(job.runs),
): Promise<readonly RunResult[]> {
  const done: RunResult[] = []
  const end = await runChild(job, limits, ({ run, short }) => {
    if (run !== undefined) {
      done.push(run)
      onRun(run)
    }
    const i = done.findIndex(({ check, seed }) => check === short?.check && seed === short.seed)
    if (short === undefined || i < 0) return
    done[i] = { ...done[i]!, short: short.short }
    onRun(done[i])
  })
  if (end.reason === '' && done.length !== job.runs.length)
    Object.assign(end, { reason: 'host-exception', sentence: 'the judging process ended early' })
  const rest = job.runs.slice(done.length).map(({ check, seed }): RunResult => {
    const { reason, sentence } = end
    return { check, seed, verdict: 'could-not-judge', reason, sentence, atMs: 0, events: 0, trace: '' }
  })
  return [...done, ...rest]
}

function runChild(
  job: ChildJob,
  limits: ProcessLimits,
  onLine: (line: ChildLine) => void,
): Promise<{ reason: string; sentence: string }> {
  return new Promise((resolve) => {
    const flags = ['--permission', `--allow-fs-read=${ROOT}*`, '--stack-size=3900', '--no-warnings']
    const { wrap, user = {} } = limits.isolation ?? NO_BWRAP
    const [program, args] = wrap(process.execPath, [...flags, CHILD])
    const options = { env: limits.isolation === undefined ? {} : PATH_ONLY, cwd: ROOT, detached: true, ...user }
    const child = spawn(program, [...args], { ...options, stdio: 'pipe' })
    let end = { reason: '', sentence: '' }
    let said = ''
    let open = ''
    const stop = (reason: string, sentence: string) => {
      end = { reason, sentence }
      try {
        process.kill(-child.pid!, 'SIGKILL')
      } catch {
        child.kill('SIGKILL') // it is gone already, or never led a group
      }
    }
    const wall = setTimeout(
      () => stop('wall-clock', `judging took longer than ${limits.wallMs / 1_000} s`),
      limits.wallMs,
    )
    const watch = setInterval(() => {
      if (residentBytes(child.pid) > limits.memoryBytes)
        stop('killed', `judging took more than ${limits.memoryBytes / 2 ** 20} MiB of memory`)
    }, WATCH_EVERY_MS)
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      open += text
      const lines = open.split('\n')
      open = lines.pop()!
      if (open.length > LINE_CHARACTERS_MAX) return stop('host-exception', 'the judging process said too much')
      for (const line of lines) onLine(JSON.parse(line) as ChildLine)
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-STDERR_CHARACTERS_MAX)
    })
    child.on('error', (error) => stop('host-exception', `the judging process cannot start: ${error.message}`))
    child.on('close', (code) => {
      clearTimeout(wall)
      clearInterval(watch)
      if (end.reason === '' && code !== 0)
        end = {
          reason: 'host-exception',
          sentence: `the judging process failed: ${lastLine(said) || `exit code ${code}`}`,
        }
      resolve(end)
    })
    child.stdin.on('error', () => {}) // it ended before it read everything; `close` says why
    // not ended: a child whose input ends has lost its parent, and ends too
    child.stdin.write(`${JSON.stringify(job)}\n`)
  })
}

/** Resident memory of a process and of those it has started, where Linux tells it; 0 elsewhere. */
function residentBytes(pid: number | undefined): number {
  try {
    const own = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * 4096
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ')
    return children.filter((each) => each !== '').reduce((sum, each) => sum + residentBytes(Number(each)), own)
  } catch {
    return 0
  }
}

function lastLine(text: string): string {
  const error = text.split('\n').find((line) => /^\w*Error\b/.test(line))
  return error ?? text.trim().split('\n').at(-1) ?? ''
}
