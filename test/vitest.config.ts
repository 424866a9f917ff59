/**
 * How the tests are run. Projects are told apart by what they need: nothing, a browser, Java.
 *
 * `node test/all.ts` runs them all with progress and says what was skipped; `vitest --config test/vitest.config.ts` is for
 * working on one.
 */
import { defineConfig } from 'vitest/config'
import { LongestFirst } from './support/longest-first.ts'

const root = new URL('..', import.meta.url).pathname

/**
 * One project: its tests may take `testTimeoutMs` each. With `isolate: false` the files of a worker share its modules, which are
 * then loaded once and not once a file: right for tests whose modules keep no state, as the reference's must not.
 */
function project(
  name: string,
  folders: readonly string[],
  testTimeoutMs: number,
  {
    fileParallelism = true,
    isolate = true,
    retry = 0,
    exclude = [] as readonly string[],
    setupFiles = [] as string[],
  } = {},
) {
  return {
    test: {
      name,
      root,
      isolate,
      include: folders.map((folder) => (folder.endsWith('.ts') ? `test/${folder}` : `test/${folder}/**/*.test.ts`)),
      exclude: exclude.map((file) => `test/${file}`),
      testTimeout: testTimeoutMs,
      hookTimeout: testTimeoutMs,
      setupFiles,
      fileParallelism,
      retry,
      // the limits guard against a hang, not against a slow machine
      environment: 'node' as const,
    },
  }
}

/** Runtimes of labs that look at the clock of this machine: a node that is silent for too long is stopped. */
const PAGE_RUNTIME = 'labs/runtimes/page.test.ts'
const NODE_RUNTIME = 'labs/runtimes/node.test.ts'

export default defineConfig({
  test: {
    // browsers and real processes mostly wait; more than two at a time only slow each other down
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    reporters: ['default', './test/support/last-words.ts'],
    projects: [
      project('quick', ['unit', 'tidy', 'hosts', 'scenarios', 'simulation', 'chapters'], 300_000, {
        isolate: false,
        setupFiles: ['test/support/pin-runs.ts'],
      }),
      project('labs', ['labs'], 300_000, { exclude: [PAGE_RUNTIME, NODE_RUNTIME] }),
      project('process', ['process', NODE_RUNTIME], 300_000, { fileParallelism: false }),
      // a browser is not ours, and now and then one does not draw in time; what needed a second try is said at the end
      project('browser', ['site', PAGE_RUNTIME], 300_000, { retry: 1 }),
      project('interop', ['interop'], 600_000, { fileParallelism: false }),
    ],
  },
})
