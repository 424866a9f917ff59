/**
 * `npm test`: everything a fresh clone can show, in order of cost, with a table at the end.
 *
 * What a machine lacks (a browser, Java) is skipped under its name, never silently. Speed is not judged here: that is
 * `npm run bench`.
 */
import { CHECK_STAGES, COMPUTING_STAGE } from './check.ts'
import { javaMissing } from './interop/java-toolchain.ts'
import { browserMissing } from './support/browser.ts'
import { runStages, type Stage } from './support/stages.ts'

const vitest = (project: string) => ['vitest', 'run', '--config', 'test/vitest.config.ts', '--project', project]

/** They mostly wait (for retries, leases, a server that ends), so they run beside the tests that mostly compute. */
const JAVA_PEERS: Stage = {
  name: 'official Java peers',
  command: ['node', 'test/interop/run.ts'],
  skip: await javaMissing(),
}

/** They wait for real processes, one after the other, and leave the processor to a build. */
const PROCESSES: Stage = { name: 'processes: kill -9, bad input, labs in processes', command: vitest('process') }

export const ALL_STAGES: readonly Stage[] = [
  ...CHECK_STAGES.map((stage) => (stage === COMPUTING_STAGE ? { ...stage, beside: JAVA_PEERS } : stage)),
  { name: 'the site builds', command: ['astro', 'build'], beside: PROCESSES },
  // three at a time: those over a WebContainer mostly wait for real processes
  { name: 'browser', command: [...vitest('browser'), '--maxWorkers', '3'], skip: browserMissing() },
]

if (import.meta.main) process.exit(await runStages(ALL_STAGES))
