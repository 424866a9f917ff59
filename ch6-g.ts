import { run } from './site/figures/kit/run.ts'
import { figure } from './site/chapters/06-durability/figures/plug.ts'
const t = Date.now()
for (const seed of process.argv.slice(2).map(Number)) {
  console.log('seed', seed)
  const sc: any = { id: 'x', nodes: figure.cast.map((c) => c.name), ...figure }
  const g: any = figure.grids!.plug
  for (let r = 0; r < g.rows.labels.length; r++) {
    const out = []
    for (let c = 0; c < g.columns.labels.length; c++) { const v = g.says(await run(sc, seed, g.actions(r, c), 0)); out.push((v.verdict[0] + ' ' + v.text).padEnd(10)) }
    console.log(g.rows.labels[r].padEnd(18), out.join(''))
  }
}
console.log(Date.now() - t, 'ms')
