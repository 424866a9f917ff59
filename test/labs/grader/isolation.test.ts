/** The fence around judging processes: what is behind it reaches nothing, and judges the same. */
import { execFile } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { labById } from '../../../labs/find.ts'
import { isolationOf } from '../../../labs/grader/batch/isolation.ts'
import { ROOT } from '../../../labs/grader/batch/judge-process.ts'
import { gradeFolder } from '../../../labs/grader/grade-folder.ts'
import { newAssignment } from '../../../labs/grader/new-assignment.ts'
import { writeResult } from '../../../labs/grader/schema/result.ts'
import { writeSubmission } from '../../../labs/grader/schema/submission.ts'
import { answerFiles } from '../../../labs/runtime/lab-files.ts'
import { temporaryFolder } from '../../support/temp.ts'

const run = promisify(execFile)
const here = isolationOf('auto', ROOT)
const isThere = here.words.startsWith('inside')

describe.skipIf(!isThere)(`inside of bubblewrap${isThere ? '' : ` (skipped: ${here.words})`}`, () => {
  it('a process reaches no network, no file of others, and writes nothing', async () => {
    const folder = temporaryFolder('fence')
    const server = createServer().listen(0, '127.0.0.1')
    try {
      await new Promise((done) => server.once('listening', done))
      const { port } = server.address() as { port: number }
      writeFileSync(join(folder.path, 'salt'), 'secret')
      const attempts = {
        other: `fs.readFileSync(${JSON.stringify(join(folder.path, 'salt'))})`,
        write: `fs.writeFileSync(${JSON.stringify(join(ROOT, 'x'))}, 'x')`,
        temporary: `fs.writeFileSync('/tmp/glassmq-x', 'x')`,
        processes: `process.kill(${process.pid}, 0)`,
        network: `await new Promise((ok, no) => require('net').connect(${port}, '127.0.0.1', ok).on('error', no))`,
        environment: `process.env.HOME.length`,
      }
      const lines = Object.entries(attempts).map(([name, code]) => `try { ${code}; said.push('${name}') } catch {}`)
      const code = `const fs = require('fs'); (async () => { const said = []; ${lines.join('\n')}; console.log('reached', said.join(' ')); process.exit() })()`
      const [program, args] = here.wrap(process.execPath, ['-e', code])
      const bare = await run(process.execPath, [
        '-e',
        code.replace(JSON.stringify(join(ROOT, 'x')), "'/tmp/glassmq-bare'"),
      ])
      expect(bare.stdout, 'the attempts work without a fence').toContain(
        'other write temporary processes network environment',
      )
      expect((await run(program, [...args])).stdout.trim()).toBe('reached')
    } finally {
      for (const path of ['/tmp/glassmq-x', '/tmp/glassmq-bare']) rmSync(path, { force: true })
      server.close()
      folder.remove()
    }
  })

  it('a hand-in is judged to the same bytes, and the report says how', async () => {
    const folder = temporaryFolder('isolated')
    try {
      const lab = labById('twin-keys')!
      const files = [...answerFiles(lab, 'starter')].map(([path, content]) => ({ path, content }))
      writeFileSync(
        join(folder.path, 'ada.json'),
        writeSubmission({ lab: { id: lab.id, version: lab.version }, files }),
      )
      const { assignmentText } = newAssignment({ lab: lab.id, publicSeeds: 1, hiddenSeeds: 0 })
      const value = JSON.parse(assignmentText) as { checks: object[] }
      const grade = async (isolate: 'bwrap' | 'none') => {
        const out = join(folder.path, `out-${isolate}`)
        const { results } = await gradeFolder({
          folder: folder.path,
          assignmentText: JSON.stringify({ ...value, checks: value.checks.slice(0, 1) }),
          secretText: undefined,
          rosterText: undefined,
          out,
          inputs: [join(folder.path, 'out-bwrap'), join(folder.path, 'out-none')],
          jobs: 1,
          isolate,
          progress: () => {},
        })
        return { result: writeResult(results[0]!), run: readFileSync(join(out, 'run.json'), 'utf8') }
      }
      const [inside, outside] = [await grade('bwrap'), await grade('none')]
      expect(inside.result).toBe(outside.result)
      expect(inside.result).toContain('"short":')
      expect(inside.run).toContain('"isolation": "inside bubblewrap: no network')
      expect(outside.run).toContain('"isolation": "without bubblewrap: --isolate none"')
    } finally {
      folder.remove()
    }
  })
})

describe('where bubblewrap is missing', () => {
  it('it is said, and refused only when it was asked for', () => {
    // a fence around a folder that is not there does not work anywhere
    const nowhere = '/nowhere-at-all'
    expect(isolationOf('auto', nowhere).words).toMatch(
      /^without bubblewrap: bwrap (is not installed|does not work here)/,
    )
    expect(() => isolationOf('bwrap', nowhere)).toThrow(
      /^--isolate bwrap: bwrap .*; install bubblewrap, or use --isolate auto$/,
    )
    expect(isolationOf('none', ROOT).words).toBe('without bubblewrap: --isolate none')
  })
})
