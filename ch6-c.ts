import { run } from './site/figures/kit/run.ts'
import { claims, values } from './site/chapters/06-durability/claims.ts'
const figs: any = {}
const runs = new Map()
async function get(name: string, seed?: number) {
  figs[name] ??= (await import(`./site/chapters/06-durability/figures/${name}.ts`)).figure
  const f = figs[name]; const s = seed ?? f.seed; const k = name + s
  if (!runs.has(k)) runs.set(k, (await run({ id: 'x', nodes: f.cast.map((c: any) => c.name), ...f }, s, [])).events)
  return runs.get(k)
}
for (const [id, c] of Object.entries(claims)) {
  const bad = []
  for (const seed of [undefined, ...(c.always ? Array.from({ length: 20 }, (_, i) => i + 1) : [])]) {
    try { if (c.shownBy(await get(c.figure ?? 'cut', seed)).length === 0) bad.push(seed ?? 'pinned') } catch (e: any) { bad.push(`${seed} ${e.message}`) }
  }
  console.log(bad.length ? 'XX' : 'ok', id, bad.join(' '))
}
for (const [id, v] of Object.entries(values)) console.log(id, v.of(await get(v.figure ?? 'cut')))
