import { run } from './site/figures/kit/run.ts'
import { partsOf } from './site/figures/kit/views/parts/plot-against.ts'
import { figure } from './site/chapters/06-durability/figures/senders.ts'
import { gzipSync } from 'node:zlib'
for (const seed of [figure.seed, 1,2,3,4]) {
  const r = await run({ id: 'x', nodes: figure.cast.map((c) => c.name), ...figure } as any, seed, [], 0)
  console.log(seed, r.events.length, gzipSync(JSON.stringify(r)).length, partsOf(r.events, r.events.length, 8000).map((p) => `${p.senders}:${p.orders}/${p.syncs}`).join(' '))
}
