/**
 * The NameServer: route queries at 16 connections, with 100 and with 10,000 topics, against the official one. With
 * `--rounds 1`, one short round.
 */
import { javaMissing } from '../interop/java-toolchain.ts'
import type { Bench, Figure } from './figure.ts'
import { runLoad } from './load-process.ts'
import { alternate, figuresOf, LINE, type Measured, SIDES, textOf, withBoth } from './versus.ts'

const ROUNDS = 3
const CONNECTIONS = 16
const TOPICS = [100, 10_000] as const
const FIRST_WARMUP_MS = 5_000
const WARMUP_MS = 500
const MEASURED_MS = 3_000
const GOAL = 1.5

export const routesBench: Bench = {
  name: 'routes',
  about: `NameServer: route queries over ${CONNECTIONS} connections; against the official ${LINE}`,
  missing: javaMissing,
  run(say, { rounds = ROUNDS } = {}) {
    return withBoth({}, async (servers) => {
      const figures: Figure[] = []
      for (const topics of TOPICS) {
        const load = (side: (typeof SIDES)[number], warmupMs: number) => {
          const { address, pid } = servers[side].nameServer
          return runLoad<Measured>('./routes-load.ts', address, pid, topics, CONNECTIONS, warmupMs, MEASURED_MS)
        }
        for (const side of SIDES) await load(side, FIRST_WARMUP_MS)
        const name = `routes of ${topics.toLocaleString('en')} topics`
        const seen = await alternate(rounds, async (side, round) => {
          const measured = await load(side, WARMUP_MS)
          say(`${name}, round ${round} of ${rounds}, ${side}: ${textOf(measured)}`)
          return measured
        })
        figures.push(...figuresOf(name, seen, GOAL, 'queries'))
      }
      return figures
    })
  },
}
