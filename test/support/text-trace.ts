/**
 * Text traces: a file of commands, and below each command what the simulated cluster did, in words.
 *
 * ```
 * # a comment of the author
 * > send shop order-1
 *    1.204 s  broker-a appends order-1 to its log: 182 bytes at 0, not yet flushed.
 *             SEND_OK, broker-a queue 1 offset 0
 * ```
 *
 * Comments, blank lines and lines that begin with `>` belong to the author. Every other line is written by the simulator:
 * the run of a file is the file once more, with those lines replaced. A line with a time is an event of the log in the
 * words of the figures (`site/figures/kit/words/en.ts`); a line without one is what a command returned. The commands are
 * in `trace-commands.ts`.
 */
import { SimCluster } from '../../reference/host/sim/cluster.ts'
import type { EventKind, TraceEvent } from '../../reference/host/trace.ts'
import { EventLog } from '../../site/figures/kit/log.ts'
import { seconds, sentence, WORDED_KINDS } from '../../site/figures/kit/words/en.ts'
import { PROGRAMS } from './sim.ts'
import { ADMIN, runCommand, type TraceRun } from './trace-commands.ts'

/** Width of the column of times. */
const TIME_COLUMNS = 10
/** Lines a reader can still keep in mind. */
export const TRACE_LINES_MAX = 150

/** What is told: kinds of events; for frames the names of their requests; for events of a topic, which topics. */
interface Told {
  kinds: ReadonlySet<string>
  frames: ReadonlySet<string>
  topics: ReadonlySet<string>
}

/** One line of the source that stays, and where in the event log its part of the run ends. */
interface Part {
  readonly line: string
  readonly told: Told
  readonly result: readonly string[]
  readonly endsAtEvent: number
}

/**
 * Runs the commands of a trace file and returns the whole text as it should be. Throws an Error that names the line of a
 * command that cannot be run.
 */
export async function runTrace(source: string): Promise<string> {
  const lines = source.split('\n').filter((line) => line === '' || line.startsWith('#') || line.startsWith('>'))
  const cluster = new SimCluster({ seed: seedOf(lines), programs: PROGRAMS, record: true })
  const parts: Part[] = []
  try {
    await cluster.driver.run(async (driven) => {
      const run: TraceRun = { cluster: driven, answers: new Map(), heals: [] }
      let told: Told = { kinds: new Set(), frames: new Set(), topics: new Set() }
      for (const [index, line] of lines.entries()) {
        const words = line.startsWith('>') ? line.slice(1).trim().split(/\s+/) : []
        const choice = choose(told, words)
        if (choice !== undefined) told = choice
        const isCommand = words.length > 0 && choice === undefined && words[0] !== 'seed'
        const result = isCommand ? await atLine(index + 1, line, () => runCommand(run, words)) : []
        parts.push({ line, told, result, endsAtEvent: driven.events.length })
      }
    })
    return print(parts, cluster.events)
  } finally {
    await cluster.dispose()
  }
}

function seedOf(lines: readonly string[]): number {
  const line = lines.find((each) => each.startsWith('> seed '))
  return line === undefined ? 1 : Number(line.slice('> seed '.length))
}

/** The choice of what is told after a `tell`, `frames` or `topics` line; undefined for any other line. */
function choose(told: Told, [command, ...names]: readonly string[]): Told | undefined {
  if (command === 'frames') return { ...told, frames: new Set(names) }
  if (command === 'topics') return { ...told, topics: new Set(names) }
  if (command !== 'tell') return undefined
  const unknown = names.find((name) => !WORDED_KINDS.includes(name as EventKind))
  if (unknown !== undefined) throw new Error(`tell: there is no kind of event ${unknown}; see reference/host/trace.ts`)
  return { ...told, kinds: new Set(names) }
}

async function atLine(number: number, line: string, run: () => Promise<readonly string[]>): Promise<readonly string[]> {
  try {
    return await run()
  } catch (error) {
    throw new Error(`line ${number} "${line}": ${error instanceof Error ? error.message : String(error)}`)
  }
}

function print(parts: readonly Part[], events: readonly TraceEvent[]): string {
  const log = new EventLog({ seed: 0, actions: [], events, hash: '' })
  const text: string[] = []
  let next = 0
  for (const { line, told, result, endsAtEvent } of parts) {
    text.push(line)
    for (; next < endsAtEvent; next++) {
      const event = events[next]!
      if (isTold(event, told, log))
        text.push(`${seconds(event.atMs).padStart(TIME_COLUMNS)}  ${sentence(event, log).replaceAll(/\s+/g, ' ')}`)
    }
    for (const each of result) text.push(`${' '.repeat(TIME_COLUMNS)}  ${each}`)
  }
  return text.join('\n')
}

function isTold(event: TraceEvent, told: Told, log: EventLog): boolean {
  if (event.node === ADMIN) return false
  if (event.kind === 'net.sent') {
    const frame = log.frame(event.n)
    return frame !== undefined && told.frames.has(frame.name)
  }
  if (!told.kinds.has(event.kind)) return false
  return told.topics.size === 0 || !('topic' in event) || told.topics.has(event.topic)
}
