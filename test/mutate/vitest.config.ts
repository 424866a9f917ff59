/**
 * How tests look for a planted mistake: in one process, in the order they are given, loaded by Node itself, so that a place in
 * the running code is the same place in the file.
 */
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** The files in the order of the command line: the judge puts the fastest first. */
class AsGiven extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const given = process.argv.filter((word) => word.endsWith('.test.ts'))
    const rank = ({ moduleId }: TestSpecification) => given.findIndex((name) => moduleId.endsWith(`/${name}`))
    return files.toSorted((a, b) => rank(a) - rank(b))
  }
}

export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['test/{unit,hosts,scenarios,simulation}/**/*.test.ts'],
    // tests that plant mistakes of their own, or look at pages and figures: they read the code's text, or are not about it
    exclude: [
      'test/unit/{playground,figures,site,grader,labs}/**',
      'test/unit/mutate.test.ts',
      'test/simulation/mutants/**',
    ],
    setupFiles: ['test/mutate/reach-tests.ts', 'test/support/pin-runs.ts'],
    isolate: false,
    pool: 'forks',
    maxWorkers: 1,
    testTimeout: 300_000,
    hookTimeout: 300_000,
    sequence: { sequencer: AsGiven },
    experimental: { viteModuleRunner: false },
  },
})
