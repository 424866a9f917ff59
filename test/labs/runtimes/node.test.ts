/** The `node` runtime: the suite of all runtimes, and that nothing is left behind. */
import { readdirSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { lab } from '../../../labs/lost-address/lab.ts'
import { answerFiles } from '../../../labs/runtime/lab-files.ts'
import { NodeRuntime } from '../../../labs/runtime/processes/node.ts'
import { type TemporaryFolder, temporaryFolder } from '../../support/temp.ts'
import { CONFORMANCE, SEED } from './conformance.ts'

const starter = answerFiles(lab, 'starter')
const solution = answerFiles(lab, 'solution')
const never = new AbortController().signal

describe('labs in processes of this machine', () => {
  let folder: TemporaryFolder
  let runtime: NodeRuntime

  beforeAll(async () => {
    folder = temporaryFolder('runtime')
    runtime = new NodeRuntime(lab, { temporary: folder.path })
    await runtime.start({ signal: never, onStep() {} })
  })

  afterAll(async () => {
    await runtime.dispose()
    const left = readdirSync(folder.path)
    folder.remove()
    expect(left, 'folders left behind').toEqual([])
  })

  for (const { title, run } of CONFORMANCE) it(title, () => run({ runtime, lab, starter, solution }))

  it('stops a broker whose code never returns, and says so', async () => {
    const endless = 'export function advertisedAddress(): string {\n  for (;;) {}\n}\n'
    await runtime.load(new Map([...starter, ['advertised-address.ts', endless]]))
    const failure = await runtime.demo(SEED).then(
      () => undefined,
      (error: Error) => error,
    )
    expect(failure).toMatchObject({ code: 'node-not-ready', next: ['run-again', 'log'] })
    expect(failure?.message).toMatch(/[a-z]+-\d\d did not start: it was not ready within/)
    await runtime.load(solution)
    expect((await runtime.check('route.reachable', SEED)).result.verdict).toBe('passed')
  })
})

describe('a lab that is closed', () => {
  it('ends a check that is under way, and leaves no folder', async () => {
    const folder = temporaryFolder('runtime')
    const runtime = new NodeRuntime(lab, { temporary: folder.path })
    await runtime.start({ signal: never, onStep() {} })
    await runtime.load(solution)
    const checked = runtime.check('both.serve', SEED).catch((error: Error) => error)
    await runtime.dispose()
    expect(await checked).toMatchObject({ name: 'RuntimeFailure', code: 'aborted' })
    expect(readdirSync(folder.path)).toEqual([])
    folder.remove()
  })
})
