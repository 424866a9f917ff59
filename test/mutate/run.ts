/**
 * `npm run mutate -- [--sample N] [--seed S] [--in FOLDER] [--jobs N] [--record]`
 *
 * Plants mistakes at random in the reference, one at a time, and says which of them no test and no campaign notices. What was
 * judged is kept, so the same command with the same seed goes on where it was stopped.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { recordRun } from '../support/checked.ts'
import { ROOT } from '../support/stages.ts'
import { whyEquivalent } from './equivalent.ts'
import { Judge, type Verdict } from './judge.ts'
import type { Mutation } from './operators.ts'
import { drawMutations } from './sample.ts'

const SAMPLE = 60
const JOBS_MAX = 64
const HELP = `npm run mutate -- [--sample N] [--seed S] [--in FOLDER] [--jobs N] [--record]

Plants N mistakes (${SAMPLE}) at random in FOLDER (reference), one at a time, and says which of them nothing notices.
--seed chooses the mistakes; without it the clock does, and it is printed. The first run looks which tests reach which places,
some minutes; then a mistake that is noticed takes about five seconds, and one that is not up to three minutes. Ctrl-C stops;
the same command with the same seed goes on. --jobs judges so many mistakes at a time (1); each needs about a processor. --record
keeps what it came to for the page "How this is checked".
Exit code: 0 all were judged, 1 stopped before, 2 the command line is wrong.`

/** What stands for the test that noticed a mistake, when there is nothing to notice. */
const EQUIVALENT = '(equivalent)'

type Judged = Mutation & Verdict

async function main(): Promise<number> {
  let values: { sample?: string; seed?: string; in?: string; jobs?: string; record?: boolean; help?: boolean }
  try {
    const options = {
      sample: { type: 'string' },
      seed: { type: 'string' },
      in: { type: 'string' },
      jobs: { type: 'string' },
      record: { type: 'boolean' },
      help: { type: 'boolean' },
    }
    values = parseArgs({ options: options as { sample: { type: 'string' } } }).values as typeof values
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${HELP}`)
    return 2
  }
  if (values.help === true) {
    console.log(HELP)
    return 0
  }
  const sample = Number(values.sample ?? SAMPLE)
  const seed = Number(values.seed ?? Date.now() % 1_000_000)
  const jobs = Number(values.jobs ?? 1)
  const folder = (values.in ?? 'reference').replace(/\/$/, '')
  if (!(Number.isSafeInteger(sample) && sample > 0)) return refuse(`--sample ${values.sample} is no number from 1 on`)
  if (!(Number.isSafeInteger(seed) && seed >= 0)) return refuse(`--seed ${values.seed} is no whole number from 0 on`)
  if (!(Number.isSafeInteger(jobs) && jobs > 0 && jobs <= JOBS_MAX))
    return refuse(`--jobs ${values.jobs} is no number from 1 to ${JOBS_MAX}`)
  if (!/^reference(?:\/|$)/.test(folder) || !existsSync(join(ROOT, folder)))
    return refuse(`--in ${values.in} is no folder of the reference`)
  return judgeAll(drawMutations(ROOT, folder, sample, seed), folder, seed, jobs, values.record === true)
}

function refuse(sentence: string): number {
  console.error(`${sentence}\n\n${HELP}`)
  return 2
}

async function judgeAll(
  mutations: readonly Mutation[],
  folder: string,
  seed: number,
  jobs: number,
  isRecorded: boolean,
): Promise<number> {
  const kept = join(ROOT, 'out/mutate', `${folder.replaceAll('/', '-')}-${seed}.jsonl`)
  mkdirSync(join(ROOT, 'out/mutate'), { recursive: true })
  const judged = existsSync(kept) ? readFileSync(kept, 'utf8').trim().split('\n').filter(Boolean).map(parseLine) : []
  console.log(`seed ${seed}: ${mutations.length} mistakes in ${folder}, ${judged.length} of them judged before`)
  const before = new Set(judged.map(nameOf))
  const left = mutations.filter((mutation) => !before.has(nameOf(mutation)))
  const judges = Array.from({ length: Math.max(1, Math.min(jobs, left.length)) }, () => new Judge())
  let isStopped = false
  process.once('SIGINT', () => {
    isStopped = true
    for (const judge of judges) judge.stop()
  })
  /** Judges what is left, one mistake after the other, beside the other judges. */
  const work = async (judge: Judge) => {
    for (let mutation = left.shift(); mutation !== undefined; mutation = left.shift()) {
      const why = whyEquivalent(mutation)
      const verdict = why === undefined ? await judge.judge(mutation) : { by: EQUIVALENT, seconds: 0, reachedBy: 0 }
      if (isStopped) return
      judged.push({ ...mutation, ...verdict })
      appendFileSync(kept, `${JSON.stringify(judged.at(-1))}\n`)
      console.log(`${String(judged.length).padStart(4)}/${mutations.length}  ${sentenceOf(mutation, verdict)}`)
    }
  }
  try {
    for (const judge of judges) await judge.prepare((sentence) => console.log(sentence)) // the first makes the map
    await Promise.all(judges.map(work))
  } catch (error) {
    if (!isStopped) throw error // what was stopped in the middle fails, and is no mistake
  } finally {
    for (const judge of judges) judge.remove()
  }
  console.log(`\n${table(judged)}`)
  if (isRecorded) recordRun('mutation', { seed, ...figures(judged) })
  return isStopped ? 1 : 0
}

/** What a mistake is known by in the list of those that were judged before. */
const nameOf = ({ file, start, operator }: Mutation) => `${file} ${start} ${operator}`

function sentenceOf({ file, line, operator, replacement }: Mutation, { by, seconds, reachedBy }: Verdict): string {
  const what = by === '' ? `NOT NOTICED by the ${reachedBy} that reach it` : `noticed by ${by}`
  return `${String(seconds).padStart(3)} s  ${file}:${line}  ${operator}: ${short(replacement)}  ${what}`
}

const parseLine = (line: string) => JSON.parse(line) as Judged

const short = (text: string) => (text.length > 48 ? `${text.slice(0, 47)}…` : text).replaceAll('\n', ' ')

/** How many mistakes were planted that change something, and how many of them were noticed: in all, and by folder. */
function figures(judged: readonly Judged[]) {
  const real = judged.filter(({ by }) => by !== EQUIVALENT)
  const folders = new Map<string, Judged[]>()
  for (const one of real) {
    const name = one.file.split('/').slice(0, 2).join('/')
    folders.set(name, [...(folders.get(name) ?? []), one])
  }
  const noticed = (all: readonly Judged[]) => all.filter(({ by }) => by !== '').length
  const named = [...folders].sort(([a], [b]) => (a < b ? -1 : 1))
  return {
    planted: real.length,
    equivalent: judged.length - real.length,
    noticed: noticed(real),
    folders: named.map(([name, all]) => ({ name, planted: all.length, noticed: noticed(all) })),
    survivors: real.filter(({ by }) => by === '').map(({ file, line, code }) => `${file}:${line} ${code}`),
  }
}

function table(judged: readonly Judged[]): string {
  const { planted, noticed, equivalent, folders } = figures(judged)
  const rows = [...folders, { name: 'all', planted, noticed }].map(
    (one) =>
      `| ${one.name} | ${one.planted} | ${one.noticed} | ${Math.round((100 * one.noticed) / Math.max(one.planted, 1))} % |`,
  )
  return [
    '| folder | planted | noticed | |',
    '| --- | --- | --- | --- |',
    ...rows,
    `and ${equivalent} that change nothing, each with its reason in test/mutate/equivalent.json`,
  ].join('\n')
}

process.exitCode = await main()
