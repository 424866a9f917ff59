/**
 * Looks for a shorter run that breaks the same promise: leaves out faults, then nodes, then messages, then shortens waits, and
 * keeps what still fails.
 *
 * A candidate counts only if the learner's code fails the check in it for the same reason and the lab's own solution passes:
 * otherwise the script itself would have been broken by what was left out. The order of candidates depends on nothing but the
 * run, so the result is the same on every machine. The code is never changed.
 */
import type { RunResult } from './run-check.ts'
import { LEFT_OUT, type Schedule, type ScriptCall, WHOLE } from './schedule.ts'

/** Candidates of one run; the events of all in which the learner's code ran, and of all with the solution, as times of the run's own. */
const CANDIDATES_MAX = 200
const EVENTS_TIMES_MAX = 5
const CONTROL_TIMES_MAX = 10
/** What is told of a run: lines, and characters of a line. */
const STEPS_MAX = 40
const STEP_CHARACTERS_MAX = 200

/** A failing run that is as short as was found. */
export interface ShortRun extends Schedule {
  readonly sentence: string
  readonly atMs: number
  readonly events: number
  readonly trace: string
  /** Runs that were tried. */
  readonly tried: number
  /** What the script did up to the failure, with times. */
  readonly steps: readonly string[]
}

/** A run under a schedule, and what its script did. */
export interface JudgedSchedule {
  readonly result: RunResult
  readonly calls: readonly ScriptCall[]
}

export interface ShortenOptions {
  /** The failing run, with nothing left out. */
  readonly failed: JudgedSchedule
  /** Judges the learner's code, and the lab's solution. */
  judge(schedule: Schedule): Promise<JudgedSchedule>
  control(schedule: Schedule): Promise<RunResult>
}

/** Whether a shorter run is looked for: what ran out of something else than promises costs too much to repeat. */
export function canBeShortened({ verdict, reason }: RunResult): boolean {
  return verdict === 'failed' && (reason === 'promise' || reason === 'threw')
}

export async function shortenRun({ failed, judge, control }: ShortenOptions): Promise<ShortRun> {
  const { reason, events: eventsOfAll } = failed.result
  let best = { schedule: WHOLE, ...failed }
  let tried = 0
  let [spent, spentByControl] = [0, 0]
  const attempt = async (schedule: Schedule): Promise<boolean> => {
    const isOver = spent >= EVENTS_TIMES_MAX * eventsOfAll || spentByControl >= CONTROL_TIMES_MAX * eventsOfAll
    if (tried >= CANDIDATES_MAX || isOver) return false
    tried++
    // the solution first: it runs outside of the guest, where a run costs a sixth
    const { verdict: ofSolution, events: eventsOfSolution } = await control(schedule)
    spentByControl += eventsOfSolution
    if (ofSolution !== 'passed') return false
    const now = await judge(schedule)
    const { verdict, events, atMs, sentence } = now.result
    spent += events
    const was = best.result
    const isShorter = events < was.events || (events === was.events && atMs < was.atMs)
    const isAlike = verdict === 'failed' && now.result.reason === reason && !sentence.includes(LEFT_OUT)
    if (!isAlike || !isShorter) return false
    best = { schedule, ...now }
    return true
  }
  const without = (parts: readonly string[]): Schedule => ({
    ...best.schedule,
    without: [...best.schedule.without, ...parts],
  })
  const drop = async (kinds: RegExp): Promise<void> => {
    const parts = partsOf(best.calls, kinds)
    for (let size = parts.length; size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2))
      for (let end = parts.length; end > 0; end -= size) {
        const made = new Set(best.calls.map(({ part }) => part))
        const some = parts.slice(Math.max(0, end - size), end).filter((part) => made.has(part))
        if (some.length > 0) await attempt(without(some))
      }
  }
  await drop(/^(inject|kill|stop|powerCut|restart|writeFile) /)
  await drop(/^node /)
  await drop(/^produce /)
  const sleeps = () => best.calls.filter(({ sleepMs = 0 }) => sleepMs > 1)
  const shorter = (calls: readonly ScriptCall[], by: number): Schedule => ({
    ...best.schedule,
    sleepsMs: {
      ...best.schedule.sleepsMs,
      ...Object.fromEntries(calls.map(({ part, sleepMs }) => [part.slice('sleep '.length), Math.floor(sleepMs! / by)])),
    },
  })
  for (const by of [8, 2]) if (await attempt(shorter(sleeps(), by))) break
  const longestFirst = sleeps().toSorted((a, b) => b.sleepMs! - a.sleepMs! || a.atMs - b.atMs)
  for (const call of longestFirst) for (const by of [8, 2]) if (await attempt(shorter([call], by))) break
  const { sentence, atMs, events, trace } = best.result
  return { ...best.schedule, sentence, atMs, events, trace, tried, steps: stepsOf(best.calls) }
}

const SENDS = / sends (.*) to /

/** One line for many messages: `shop sends order-1 … order-13 to Payments`. */
function manyWords(first: string, last: string): string {
  const [from, to] = [first, last].map((words) => SENDS.exec(words)?.[1] ?? '')
  return from === to ? first : first.replace(SENDS, () => ` sends ${from} … ${to} to `)
}

function partsOf(calls: readonly ScriptCall[], kinds: RegExp): readonly string[] {
  return [...new Set(calls.map(({ part }) => part).filter((part) => kinds.test(part)))]
}

function stepsOf(calls: readonly ScriptCall[]): readonly string[] {
  const lines: string[] = []
  // what nodes told comes last in `calls`; at one time the script was first
  const told = calls.filter(({ words }) => words !== '').toSorted((a, b) => a.atMs - b.atMs)
  for (let i = 0; i < told.length; ) {
    const { atMs, words } = told[i]!
    const many = sentTogether(told.slice(i))
    const last = told[i + many - 1]!
    const all = many < 4 ? words : `${manyWords(words, last.words)}: ${many} messages up to ${last.atMs} ms`
    lines.push(`${atMs} ms: ${all}`.slice(0, STEP_CHARACTERS_MAX))
    i += many < 4 ? 1 : many
  }
  if (lines.length <= STEPS_MAX) return lines
  // the end is what matters
  return [...lines.slice(0, 8), `… ${lines.length - STEPS_MAX + 1} steps more …`, ...lines.slice(8 - STEPS_MAX + 1)]
}

/**
 * How many of the first calls send to one topic, one after the other, with one key, or with keys that are numbered on. A
 * message with another key may be what the failure is about, and gets a line of its own.
 */
function sentTogether(calls: readonly ScriptCall[]): number {
  const way = ({ part, words }: ScriptCall) =>
    part.startsWith('produce ') ? words.replace(SENDS, (_, key: string) => ` sends ${key.replace(/\d+$/, '')} to `) : ''
  const first = way(calls[0]!)
  const other = calls.findIndex((call) => way(call) !== first)
  return first === '' ? 1 : other < 0 ? calls.length : other
}
