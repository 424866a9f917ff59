/**
 * `npm run soak -- [--campaign NAME] [--seeds N] [--minutes M] [--seed S]`
 *
 * Random work under random faults, seed after seed, with checkers that know what was promised. The first broken promise
 * ends it: its seed, and the shortest script that still breaks it. Ctrl-C prints what was done so far.
 */
import { parseArgs } from 'node:util'
import type { Campaign } from './campaign.ts'
import { clusterCampaign } from './cluster/cluster-campaign.ts'
import { delivery } from './delivery/delivery-mechanism.ts'
import { flow } from './flow/flow-mechanism.ts'
import { decoderCampaign } from './fuzz/decoders.ts'
import { serverCampaign } from './fuzz/servers.ts'
import { onFailingDisks } from './mechanism/failing-disks.ts'
import { mechanismCampaign } from './mechanism/run-mechanism.ts'
import { order } from './order/order-mechanism.ts'
import { pops } from './pop/pop-mechanism.ts'
import { controllers } from './raft/raft-mechanism.ts'
import { rebalance } from './rebalance/rebalance-mechanism.ts'
import { failover } from './replicas/failover-mechanism.ts'
import { replicas, unplugged } from './replicas/replicas-mechanism.ts'
import { slaves } from './replicas/slaves-mechanism.ts'
import { stores } from './replicas/stores-mechanism.ts'
import { retry } from './retry/retry-mechanism.ts'
import { storeCampaign } from './store/store-campaign.ts'
import { Tally } from './tally.ts'
import { timers } from './timer/timer-mechanism.ts'
import { transactions } from './transaction/transaction-mechanism.ts'
import { INVARIANTS, type Violation } from './violation.ts'

const CAMPAIGNS: readonly Campaign[] = [
  storeCampaign(),
  clusterCampaign(),
  mechanismCampaign(transactions),
  mechanismCampaign(timers),
  mechanismCampaign(delivery),
  mechanismCampaign(retry),
  mechanismCampaign(order),
  mechanismCampaign(rebalance),
  mechanismCampaign(flow),
  mechanismCampaign(pops),
  mechanismCampaign(controllers),
  mechanismCampaign(replicas),
  mechanismCampaign(stores),
  mechanismCampaign(unplugged),
  mechanismCampaign(failover),
  mechanismCampaign(slaves),
  mechanismCampaign(onFailingDisks(transactions)),
  mechanismCampaign(onFailingDisks(timers)),
  mechanismCampaign(onFailingDisks(delivery)),
  mechanismCampaign(onFailingDisks(pops)),
  decoderCampaign(),
  serverCampaign(),
]
const HELP = `npm run soak -- [--campaign NAME] [--seeds N] [--minutes M] [--seed S]

${CAMPAIGNS.map(({ name, about }) => `  ${name.padEnd(16)} ${about}`).join('\n')}

Without --campaign all share the time. --seeds counts for each of them, --minutes for all together; without either it
is one minute. --seed is the first seed (1). A failing seed runs again with --campaign NAME --seed S --seeds 1.
Exit code: 0 nothing was broken, 1 something was, 2 the command line is wrong.`

interface Options {
  readonly campaigns: readonly Campaign[]
  readonly seeds: number
  readonly minutes: number
  readonly firstSeed: number
}

function parse(args: readonly string[]): Options | string {
  try {
    const options = {
      campaign: { type: 'string' },
      seeds: { type: 'string' },
      minutes: { type: 'string' },
      seed: { type: 'string' },
      help: { type: 'boolean' },
    } as const
    const { values } = parseArgs({ args: [...args], options })
    if (values.help === true) return ''
    const campaigns = CAMPAIGNS.filter(({ name }) => values.campaign === undefined || values.campaign === name)
    if (campaigns.length === 0)
      return `there is no campaign "${values.campaign}"; there are ${CAMPAIGNS.map(({ name }) => name).join(', ')}`
    const seeds = values.seeds === undefined ? Infinity : wholeNumber('--seeds', values.seeds, 1)
    const minutes = values.minutes === undefined ? (seeds === Infinity ? 1 : Infinity) : Number(values.minutes)
    if (!(minutes > 0)) return `--minutes ${values.minutes} is no positive number`
    return { campaigns, seeds, minutes, firstSeed: wholeNumber('--seed', values.seed ?? '1', 0) }
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
  return 0
}

async function tell(campaign: Campaign, seed: number, violation: Violation): Promise<void> {
  console.log(`\n${campaign.name}, seed ${seed} breaks ${INVARIANTS[violation.invariant]}\n  ${violation.message}`)
  console.log(`  again: npm run soak -- --campaign ${campaign.name} --seed ${seed} --seeds 1\n\nmaking it shorter …`)
  for (const line of await campaign.minimise(seed, violation)) console.log(`  ${line}`)
}

process.exitCode = await main(process.argv.slice(2))
