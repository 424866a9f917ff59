/**
 * The same seed gives the same bytes in another JavaScript engine: QuickJS, where graded nodes live.
 *
 * The whole simulation is bundled and run inside it; the hop is "run the pending jobs".
 */
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { getQuickJS } from 'quickjs-emscripten'
import { expect, test } from 'vitest'
import { SimCluster } from '../../reference/host/sim/cluster.ts'
import * as toy from '../hosts/toy-program.ts'
import { chaos } from './chaos.ts'

const SEEDS = [1, 2, 3, 4, 5]

/** The script inside: a run begins by `begin(seed)`, goes on by `hop()`, and is over when `result` is set. */
const INSIDE = `
  import { SimCluster } from './reference/host/sim/cluster.ts'
  import * as toy from './test/hosts/toy-program.ts'
  import { chaos } from './test/simulation/chaos.ts'
  let waiting = []
  const hop = () => new Promise((resolve) => waiting.push(resolve))
  globalThis.hop = () => { const hops = waiting; waiting = []; for (const go of hops) go() }
  globalThis.begin = (seed) => {
    globalThis.result = ''
    const programs = { server: toy.server, client: toy.client, consumer: toy.consumer }
    const cluster = new SimCluster({ seed, programs, record: true, cutOneIn: seed % 3, hop })
    cluster.driver.run(chaos).then(
      () => { globalThis.result = cluster.events.length + ' ' + cluster.hash() },
      (error) => { globalThis.result = String(error) },
    )
  }
`

test('the same seed gives the same log in QuickJS', async () => {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const stdin = { contents: INSIDE, resolveDir: root, loader: 'ts' as const }
  const bundle = await build({
    stdin,
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    logLevel: 'silent',
  })
  const context = (await getQuickJS()).newContext()
  const evaluate = (code: string) => {
    const handle = context.unwrapResult(context.evalCode(code))
    const value: unknown = context.dump(handle)
    handle.dispose()
    return value
  }
  try {
    evaluate(bundle.outputFiles[0]!.text)
    for (const seed of SEEDS) {
      evaluate(`begin(${seed})`)
      for (;;) {
        context.runtime.executePendingJobs()
        const result = evaluate('hop(); result')
        if (result === '') continue
        const cluster = new SimCluster({
          seed,
          record: true,
          cutOneIn: seed % 3,
          programs: { server: toy.server, client: toy.client, consumer: toy.consumer },
        })
        await cluster.driver.run(chaos)
        expect(result).toBe(`${cluster.events.length} ${cluster.hash()}`)
        break
      }
    }
  } finally {
    context.dispose()
  }
})
