/**
 * `npm test`: everything a fresh clone can show, in order of cost, with a table at the end.
 *
 * What a machine lacks (a browser, Java) is skipped under its name, never silently. Speed is not judged here: that is
 * `npm run bench`.
 */
import { CHECK_BESIDE, CHECK_STAGES } from './check.ts'
import { javaMissing } from './interop/java-toolchain.ts'
import { browserMissing } from './support/browser.ts'
import { runStages, type Stage } from './support/stages.ts'

const vitest = (project: string) => ['vitest', 'run', '--config', 'test/vitest.config.ts', '--project', project]

export const ALL_STAGES: readonly Stage[] = [
  ...CHECK_STAGES,
  // three at a time: those over a WebContainer mostly wait for real processes
  { name: 'browser', command: [...vitest('browser'), '--maxWorkers', '3'], skip: browserMissing(), alone: true },
]

/**
 * Real processes and JVMs mostly wait (for retries, leases, a server that ends), so they run beside what computes; and the
 * build of the site, which keeps one core busy and is asked for by the browser only.
 */
export const ALL_BESIDE: readonly Stage[] = [
  ...CHECK_BESIDE,
  { name: 'processes: kill -9, bad input, labs in processes', command: vitest('process') },
  { name: 'official Java peers', command: ['node', 'test/interop/run.ts'], skip: await javaMissing() },
  { name: 'the site builds', command: ['astro', 'build'] },
]

if (import.meta.main) process.exit(await runStages(ALL_STAGES, ALL_BESIDE))
