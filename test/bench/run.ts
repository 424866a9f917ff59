/**
 * `npm run bench -- [name…] [--rounds N] [--class 20x3] [--json FILE]`: measures, and says honestly what falls short.
 *
 * Medians of several rounds; against a peer, rounds alternate and the ratio is what counts, because the machine is shared.
 */
import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { brokerBench } from './broker.ts'
import { brokersBench } from './brokers.ts'
import { enginesBench } from './engines.ts'
import { failoverBench } from './failover.ts'
import type { Bench, Figure } from './figure.ts'
import { graderBench } from './grader.ts'
import { growthBench } from './growth.ts'
import { hostileBench } from './hostile.ts'
import { kindsBench } from './kinds.ts'
import { labBench } from './lab.ts'
import { pageBench } from './page.ts'
import { pagesBench } from './pages.ts'
import { pipelinedBench } from './pipelined.ts'
import { playgroundBench } from './playground.ts'
import { pullsBench } from './pulls.ts'
import { restartBench } from './restart.ts'
import { routesBench } from './routes.ts'
import { shortestBench } from './shortest.ts'
import { simulatorBench } from './simulator.ts'
import { siteBench } from './site.ts'
import { storeBench } from './store.ts'

const BENCHES: readonly Bench[] = [
  simulatorBench,
  graderBench,
  siteBench,
  pageBench,
  pagesBench,
  playgroundBench,
  labBench,
  storeBench,
  growthBench,
  brokerBench,
  pipelinedBench,
  kindsBench,
  routesBench,
  pullsBench,
  brokersBench,
  hostileBench,
  enginesBench,
  failoverBench,
  restartBench,
  shortestBench,
]
const HELP = `npm run bench -- [name…] [--rounds N] [--class 20x3] [--json FILE]

${BENCHES.map((bench) => `  ${bench.name.padEnd(10)} ${bench.about}`).join('\n')}

Without a name: all but failover, grader, pages, restart and shortest, some minutes. Figures are medians; compare ratios, not machines.`

async function main(): Promise<number> {
  let parsed: {
    values: {
      json?: string | undefined
      rounds?: string | undefined
      class?: string | undefined
      help?: boolean | undefined
    }
    positionals: string[]
  }
  try {
    const text = { type: 'string' } as const
    const options = { json: text, rounds: text, class: text, help: { type: 'boolean' } } as const
    parsed = parseArgs({ options, allowPositionals: true })
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${HELP}`)
    return 2
  }
  const { values, positionals } = parsed
  if (values.help === true) {
    console.log(HELP)
    return 0
  }
  const unknown = positionals.find((name) => !BENCHES.some((bench) => bench.name === name))
  if (unknown !== undefined) {
    console.error(`there is no benchmark "${unknown}"; there are ${BENCHES.map((bench) => bench.name).join(', ')}`)
    return 2
  }
  const rounds = values.rounds === undefined ? undefined : Number(values.rounds)
  if (rounds !== undefined && !(Number.isInteger(rounds) && rounds > 0)) {
    console.error(`--rounds is "${values.rounds}"; it must be a whole number from 1 on`)
    return 2
  }
  const isWanted = ({ name, isLong }: Bench) =>
    positionals.length === 0 ? isLong !== true : positionals.includes(name)
  const all: (Figure & { bench: string })[] = []
  for (const bench of BENCHES.filter(isWanted)) {
    const missing = await bench.missing()
    if (missing !== '') {
      console.log(`\n${bench.name}: skipped, ${missing}`)
      continue
    }
    console.log(`\n${bench.name}: ${bench.about}`)
    const figures = await bench.run((line) => console.log(`  … ${line}`), {
      rounds,
      size: values.class,
    })
    for (const figure of figures) console.log(line(figure))
    all.push(...figures.map((figure) => ({ bench: bench.name, ...figure })))
    if (values.json !== undefined) writeFigures(values.json, all) // a run that is ended later has what was measured
  }
  const short = all.filter((figure) => figure.met === false)
  console.log(`\n${all.length} figures, ${short.length} short of their goal${short.length > 0 ? ':' : ''}`)
  for (const figure of short) console.log(`  ${figure.bench}: ${figure.what} is ${figure.value}, goal ${figure.goal}`)
  return 0
}

function writeFigures(path: string, figures: readonly Figure[]): void {
  const machine = { node: process.version, cpus: cpus().length, model: cpus()[0]?.model ?? '' }
  writeFileSync(path, `${JSON.stringify({ machine, figures }, null, 2)}\n`)
}

function line({ what, value, goal, met, note }: Figure): string {
  const mark = met === undefined ? ' ' : met ? '✓' : '✗'
  return `  ${mark} ${what.padEnd(48)} ${value.padStart(14)}  ${(goal === '' ? '' : `goal ${goal}`).padEnd(22)} ${note}`
}

process.exit(await main())
