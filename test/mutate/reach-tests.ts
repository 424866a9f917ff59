/** Loaded by vitest before each test file: writes down what the file reached, when all its tests passed. */
import { appendFileSync } from 'node:fs'
import { relative } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import { Counter, countEveryCall, type Watcher } from '../support/reached.ts'

const root = process.env['GLASSMQ_REACH_ROOT']!
const kept = process.env['GLASSMQ_REACH_FILE']!
/** One for the process: test files share it. */
const shared = globalThis as { glassmqCounter?: Counter }

if (kept !== undefined) {
  let startedAt = 0
  beforeAll(() => {
    if (shared.glassmqCounter === undefined) countEveryCall()
    shared.glassmqCounter ??= new Counter(root)
    shared.glassmqCounter.take()
    startedAt = performance.now()
  })
  afterAll(() => {
    const watcher: Watcher = {
      kind: 'test',
      name: relative(root, expect.getState().testPath!),
      ms: Math.round(performance.now() - startedAt),
      reached: shared.glassmqCounter!.take(),
    }
    appendFileSync(kept, `${JSON.stringify(watcher)}\n`)
  })
}
