/** Runs some seeds of every campaign and writes down what each reached. */
import { appendFileSync } from 'node:fs'
import { CAMPAIGNS } from '../simulation/soak/campaigns.ts'
import { Counter, countEveryCall, type Watcher } from '../support/reached.ts'

/** Enough that rare branches are met, few enough that the map is there in two minutes. */
const SEEDS = 24
const MS_MAX = 6_000

countEveryCall()
const counter = new Counter(process.env['GLASSMQ_REACH_ROOT']!)
for (const campaign of CAMPAIGNS) {
  counter.take()
  const startedAt = performance.now()
  let seeds = 0
  while (seeds < SEEDS && performance.now() - startedAt < MS_MAX) await campaign.run(++seeds)
  const watcher: Watcher = {
    kind: 'campaign',
    name: campaign.name,
    ms: Math.round((performance.now() - startedAt) / seeds),
    reached: counter.take(),
  }
  appendFileSync(process.env['GLASSMQ_REACH_FILE']!, `${JSON.stringify(watcher)}\n`)
}
