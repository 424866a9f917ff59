/**
 * `npm run soak -- [--campaign NAME,NAME] [--seeds N] [--minutes M] [--seed S] [--marks] [--record]`
 *
 * Random work under random faults, seed after seed, with checkers that know what was promised. The first broken promise
 * ends it: its seed, and the shortest script that still breaks it. Ctrl-C prints what was done so far.
 */
import { parseArgs } from 'node:util'
import { recordRun } from '../../support/checked.ts'
import type { Campaign } from './campaign.ts'
import { CAMPAIGNS } from './campaigns.ts'
import { Marks } from './marks.ts'
import { Tally } from './tally.ts'
import { INVARIANTS, type Violation } from './violation.ts'

const HELP = `npm run soak -- [--campaign NAME,NAME] [--seeds N] [--minutes M] [--seed S] [--marks] [--record]

${CAMPAIGNS.map(({ name, about }) => `  ${name.padEnd(16)} ${about}`).join('\n')}

The campaigns share the time; without --campaign all run. --seeds counts for each of them, --minutes for all together;
without either it is one minute. --seed is the first seed (1). A failing seed runs again with --campaign NAME --seed S --seeds 1.
--marks says at the end which rare branches of the reference no seed reached; each seed takes twice as long.
--record keeps what it came to for the page "How this is checked".
Exit code: 0 nothing was broken, 1 something was, 2 the command line is wrong.`

interface Options {
  readonly campaigns: readonly Campaign[]
  readonly seeds: number
  readonly minutes: number
  readonly firstSeed: number
  readonly isMarking: boolean
  readonly isRecorded: boolean
}

function parse(args: readonly string[]): Options | string {
  try {
    const options = {
      campaign: { type: 'string' },
      seeds: { type: 'string' },
      minutes: { type: 'string' },
      seed: { type: 'string' },
      marks: { type: 'boolean' },
      record: { type: 'boolean' },
      help: { type: 'boolean' },
    } as const
    const { values } = parseArgs({ args: [...args], options })
    if (values.help === true) return ''
    const named = values.campaign?.split(',') ?? CAMPAIGNS.map(({ name }) => name)
    const unknown = named.find((one) => !CAMPAIGNS.some(({ name }) => name === one))
    if (unknown !== undefined)
      return `there is no campaign "${unknown}"; there are ${CAMPAIGNS.map(({ name }) => name).join(', ')}`
    const campaigns = CAMPAIGNS.filter(({ name }) => named.includes(name))
    const seeds = values.seeds === undefined ? Infinity : wholeNumber('--seeds', values.seeds, 1)
    const minutes = values.minutes === undefined ? (seeds === Infinity ? 1 : Infinity) : Number(values.minutes)
    if (!(minutes > 0)) return `--minutes ${values.minutes} is no positive number`
    return {
      campaigns,
      seeds,
      minutes,
      firstSeed: wholeNumber('--seed', values.seed ?? '1', 0),
      isMarking: values.marks === true,
      isRecorded: values.record === true,
    }
  } catch (error) {
    return (error as Error).message
  }
}

function wholeNumber(option: string, text: string, least: number): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < least)
    throw new Error(`${option} ${text} is no whole number from ${least} on`)
  return number
}

async function main(args: readonly string[]): Promise<number> {
  const options = parse(args)
  if (typeof options === 'string') {
    console[options === '' ? 'log' : 'error'](options === '' ? HELP : `${options}\n\n${HELP}`)
    return options === '' ? 0 : 2
  }
  let isInterrupted = false
  process.once('SIGINT', () => {
    isInterrupted = true
  })
  const marks = options.isMarking ? new Marks() : undefined
  const deadline = performance.now() + options.minutes * 60_000
  const tallies = options.campaigns.map((campaign) => new Tally(campaign, options.firstSeed, options.seeds))
  for (;;) {
    const open = tallies.filter((tally) => !tally.isDone)
    if (open.length === 0 || isInterrupted || performance.now() >= deadline) break
    const next = open.reduce((a, b) => (a.busyMs <= b.busyMs ? a : b)) // campaigns share the time, not the seeds
    const failure = await next.runOne()
    if (failure !== undefined) {
      for (const tally of tallies) tally.print()
      await tell(next.campaign, failure.seed, failure.violation)
      return 1
    }
    await next.tellNowAndThen()
  }
  if (isInterrupted) console.log('\nstopped by Ctrl-C; so far:')
  for (const tally of tallies) tally.print()
  const rare = marks?.count()
  if (rare !== undefined) {
    console.log(`marks: ${rare.all - rare.missed.length} of ${rare.all} rare branches were reached`)
    for (const line of rare.missed) console.log(`  not reached: ${line}`)
  }
  if (options.isRecorded)
    recordRun('soak', {
      campaigns: tallies.map(({ record }) => record),
      ...(rare === undefined ? {} : { marks: rare }),
    })
  return 0
}

async function tell(campaign: Campaign, seed: number, violation: Violation): Promise<void> {
  console.log(`\n${campaign.name}, seed ${seed} breaks ${INVARIANTS[violation.invariant]}\n  ${violation.message}`)
  console.log(`  again: npm run soak -- --campaign ${campaign.name} --seed ${seed} --seeds 1\n\nmaking it shorter …`)
  for (const line of await campaign.minimise(seed, violation)) console.log(`  ${line}`)
}

process.exitCode = await main(process.argv.slice(2))
