import { run } from '/work/h-ch6/site/figures/kit/run.ts'
import { EventLog } from '/work/h-ch6/site/figures/kit/log.ts'
import { sentence } from '/work/h-ch6/site/figures/kit/words/en.ts'
import { ledgerAt, wordsOf } from '/work/h-ch6/site/figures/kit/ledger.ts'
export async function show(figure: any, kinds: string[], actions: any[] = [], seed = figure.seed) {
  const r = await run({ id: 'x', nodes: figure.cast.map((c: any) => c.name), ...figure }, seed, actions)
  const log = new EventLog(r)
  for (const e of r.events) if (kinds.includes(e.kind)) console.log(String(e.atMs).padStart(7), sentence(e, log))
  console.log(r.events.length, 'events', ledgerAt(log, r.events.length).map(wordsOf).join('\n'))
  return r
}
