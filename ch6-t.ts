import { run } from './site/figures/kit/run.ts'
import { claims } from './site/chapters/06-durability/claims.ts'
import { figure } from './site/chapters/06-durability/figures/cut.ts'
for (let s = 1; s <= 120; s++) {
  const r = await run({ id: 'x', nodes: figure.cast.map((c) => c.name), ...figure } as any, s, [])
  const rec: any = r.events.filter((e) => e.kind === 'log.recovered').at(-1)
  if (claims['sold-and-lost']!.shownBy(r.events).length && rec.removedBytes > 0) console.log(s, rec.physicalOffset, rec.removedBytes)
}
