/** Runs an experiment on the command line and tells it: what was done, what came of it second by second, and the hash of the run. */

import { tell } from './experiment/commands.ts'
import { castAt, type Experiment } from './experiment/experiment.ts'
import { LINK_CHARS_MAX } from './experiment/limits.ts'
import { readFile, readText } from './experiment/text.ts'
import { Chronicle } from './page/chronicle.ts'
import { Recorded } from './run/session.ts'
import { emptyState, fold, waitingOf } from './run/state.ts'
import type { Row } from './run/tape.ts'
import { clock } from './views/numbers.ts'

/** Lines of the table: as many stretches is the run cut into. */
const TABLE_LINES = 20
/** A run goes on for so long after its last act, when nobody says how long. */
const TAIL_MS = 30_000

/** The experiment in a text: a file, or a link. Throws `ExperimentFault`. */
export function experimentIn(text: string): Experiment {
  const plain = text.trim()
  if (plain.startsWith('{')) return readFile(text)
  const fragment = plain.slice(plain.indexOf('#') + 1)
  return readText(plain.includes('#') && plain.length < 2 * LINK_CHARS_MAX ? fragment : plain)
}

/** When a replay ends, if nobody says so: after the last act, or at the moment of the experiment if that is later. */
export function usualEndMs({ acts, atMs }: Experiment): number {
  return Math.max(atMs, ...acts.map((act) => act.atMs)) + TAIL_MS
}

/** Runs to `untilMs` and prints. Returns the hash of the run. */
export async function replay(experiment: Experiment, untilMs: number, print: (line: string) => void): Promise<string> {
  const recorded = new Recorded(experiment)
  const chronicle = new Chronicle(experiment)
  const state = emptyState()
  const rows: Row[] = []
  print(`${experiment.title || 'An experiment'}, seed ${experiment.seed}, to ${clock(untilMs, true)}`)
  for (let atMs = 0; atMs < untilMs; ) {
    atMs = Math.min(untilMs, atMs + 5_000)
    const told = chronicle.lines.length
    const chunk = await recorded.advance(atMs)
    chronicle.add(chunk.items)
    for (const item of chunk.items) fold(state, item)
    rows.push(...chunk.rows)
    for (const line of chronicle.lines.slice(told)) {
      print(`${clock(line.atMs, true).padStart(12)}  ${line.text}.`)
      for (const command of line.command.split('\n').filter((one) => one !== ''))
        print(`${''.padStart(14)}$ ${command}`)
    }
  }
  print('')
  for (const line of table(rows)) print(line)
  const { asked, stored, done, refused, again, dead, lost } = state.totals
  const waiting = Object.keys(state.groups).map((group) => `${waitingOf(state, group)} wait for ${group}`)
  print('')
  print(
    `${asked} sent, ${stored} stored, ${done} done, ${refused} not confirmed, ${again} done twice, ${dead} dead letters, ${lost} lost`,
  )
  if (waiting.length > 0) print(waiting.join(', '))
  const hash = recorded.run.hash()
  print(`hash ${hash}`)
  await recorded.run.dispose()
  return hash
}

function table(rows: readonly Row[]): readonly string[] {
  const every = Math.max(1, Math.ceil(rows.length / TABLE_LINES))
  const heads = ['until', 'sent', 'done', 'failed', 'refused', 'waiting', 'p99 ms']
  const lines = [heads]
  for (let from = 0; from < rows.length; from += every) {
    const part = rows.slice(from, from + every)
    const sum = (of: (row: Row) => number) => String(part.reduce((all, row) => all + of(row), 0))
    const last = part.at(-1)!
    const waiting = Object.values(last.waiting).reduce((all, one) => all + one, 0)
    const p99 = Math.max(...part.map(({ p99Ms }) => p99Ms))
    lines.push([
      clock((last.second + 1) * 1_000),
      sum((row) => row.sent),
      sum((row) => row.done),
      sum((row) => row.failed),
      sum((row) => row.refused),
      String(waiting),
      p99 < 0 ? '-' : String(p99),
    ])
  }
  return lines.map((cells) => cells.map((cell) => cell.padStart(9)).join(''))
}

/** What is done in an experiment, with the commands for a real cluster: for a file that somebody reads. */
export function commandsOf(experiment: Experiment): readonly string[] {
  return experiment.acts.flatMap((act) => {
    const { words, command } = tell(act, castAt(experiment, act.atMs - 1))
    return [`# ${clock(act.atMs, true)} ${words}`, ...(command === '' ? [] : [command])]
  })
}
