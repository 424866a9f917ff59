/**
 * Pulls with a filter by tag and by SQL, and a message for 1,000 waiting consumers; against the official broker. With
 * `--rounds 1`, one short round.
 */
import { javaMissing } from '../interop/java-toolchain.ts'
import { type Bench, type Figure, median, short } from './figure.ts'
import { runLoad } from './load-process.ts'
import {
  alternate,
  figuresOf,
  LINE,
  type Measured,
  type OfSides,
  SIDES,
  type Side,
  textOf,
  withBoth,
} from './versus.ts'

const ROUNDS = 3
const FIRST_WARMUP_MS = 5_000
const WARMUP_MS = 500
const MEASURED_MS = 3_000
const FILTERS = [
  { kind: 'tag', name: 'pulls by tag, one message in four' },
  { kind: 'sql', name: 'pulls by SQL, one message in four' },
] as const
const FILTER_GOAL = 1
const CONSUMERS = 1_000
const MESSAGES = 5

interface FanOut {
  readonly timesMs: readonly number[]
  readonly cpuSeconds: number
}

export const pullsBench: Bench = {
  name: 'pulls',
  about: `pulls with filters, and ${CONSUMERS.toLocaleString('en')} waiting consumers; against the official ${LINE}`,
  missing: javaMissing,
  run(say, { rounds = ROUNDS } = {}) {
    return withBoth({}, async (servers) => {
      const figures: Figure[] = []
      for (const { kind, name } of FILTERS) {
        const load = (side: Side, warmupMs: number) => {
          const { address, pid } = servers[side].broker
          return runLoad<Measured & { perPull: number }>('./pulls-load.ts', address, pid, kind, warmupMs, MEASURED_MS)
        }
        for (const side of SIDES) await load(side, FIRST_WARMUP_MS)
        const seen = await alternate(rounds, async (side, round) => {
          const measured = await load(side, WARMUP_MS)
          say(`${name}, round ${round} of ${rounds}, ${side}: ${textOf(measured)}, ${measured.perPull} messages a pull`)
          return measured
        })
        figures.push(...figuresOf(name, seen, FILTER_GOAL, 'messages'))
      }
      const seen = await alternate(rounds, async (side, round) => {
        const { address, pid } = servers[side].broker
        const one = await runLoad<FanOut>('./fan-out-load.ts', address, pid, CONSUMERS, MESSAGES)
        say(`fan-out, round ${round} of ${rounds}, ${side}: ${one.timesMs.map(short).join(', ')} ms`)
        return one
      })
      return [...figures, ...fanOutFigures(seen)]
    })
  },
}

function fanOutFigures(seen: OfSides<FanOut[]>): Figure[] {
  const lastMs = (side: Side) => median(seen[side].flatMap(({ timesMs }) => timesMs))
  const cpuMs = (side: Side) => short(median(seen[side].map(({ cpuSeconds }) => cpuSeconds * 1_000)))
  return [
    {
      what: `${CONSUMERS} waiting consumers: until the last has the message`,
      value: `${short(lastMs('glassmq'))} ms`,
      goal: 'no worse',
      met: lastMs('glassmq') <= lastMs(LINE),
      note: `official ${short(lastMs(LINE))} ms`,
    },
    {
      what: `${CONSUMERS} waiting consumers: CPU of the server for a message`,
      value: `${cpuMs('glassmq')} ms`,
      goal: '',
      note: `official ${cpuMs(LINE)} ms; ${CONSUMERS} pulls and ${CONSUMERS} answers`,
    },
  ]
}
