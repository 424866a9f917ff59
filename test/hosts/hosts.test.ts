/**
 * One suite, every host: whatever a program may rely on in `reference/host/host.ts` holds on the simulation and on real sockets and files.
 */
import { describe, test } from 'vitest'
import { guardedHost } from '../../reference/host/guard.ts'
import { type BenchRunner, nodeBench, simBench } from './bench.ts'
import { CLOCK_CASES, DISK_CASES } from './disk-cases.ts'
import { NETWORK_CASES } from './network-cases.ts'

/** The same hosts as a server sees them: with a guard around each call. */
const guarded =
  (runner: BenchRunner): BenchRunner =>
  (run) =>
    runner((bench) =>
      run({ ...bench, start: async (name) => guardedHost({ ...(await bench.start(name)), goesOn: true }) }),
    )

const HOSTS: readonly [string, BenchRunner][] = [
  ['simulated host', simBench(1, 0)],
  ['simulated host, frames arrive in pieces', simBench(2, 2)],
  ['simulated host with a guard', guarded(simBench(3, 0))],
  ['real host', nodeBench()],
]

for (const [name, bench] of HOSTS) {
  describe(name, () => {
    for (const { title, run } of [...NETWORK_CASES, ...DISK_CASES, ...CLOCK_CASES]) {
      test(title, () => bench(run), 120_000)
    }
  })
}
