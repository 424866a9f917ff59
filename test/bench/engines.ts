/**
 * `npm run bench -- engines`: every lab judged by the oldest Node that is supported, by the pinned one and by the newest, and in
 * a worker of each browser that is installed, with one hash over all results from each. The other versions of Node come from
 * npm, into `out/`.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ROOT } from '../support/stages.ts'
import { judgeInBrowsers } from './engines-browsers.ts'
import type { Bench, Figure } from './figure.ts'

const WORKER = fileURLToPath(new URL('engines-worker.ts', import.meta.url))
const OTHERS = ['22', 'latest'] as const
const INSTALL_MS_MAX = 120_000
const JUDGE_MS_MAX = 30 * 60_000

export const enginesBench: Bench = {
  name: 'engines',
  about: 'the results of all labs under Node 22, the pinned Node, the newest, and in browsers: the same bytes',
  isLong: true,
  missing: async () =>
    OTHERS.every((version) => nodeOf(version) !== undefined) ? '' : 'npm does not give other versions of Node',
  run: async (say) => {
    const said = [process.execPath, ...OTHERS.map((version) => nodeOf(version)!)].map((node) => {
      const { stdout, stderr } = spawnSync(node, ['--stack-size=3900', '--no-warnings', WORKER], {
        encoding: 'utf8',
        timeout: JUDGE_MS_MAX,
      })
      const last = stdout.trim().split('\n').at(-1) ?? ''
      say(last === '' ? stderr.slice(-500) : last)
      return last
    })
    const browsers = await judgeInBrowsers(say)
    const absent = browsers.filter(({ missing }) => missing !== '').map(({ name }) => name)
    const asked = browsers.filter(({ missing }) => missing === '')
    return figuresOf([...said, ...asked.map(({ name, runs, sha256 }) => `${name} ${runs} ${sha256}`)], absent)
  },
}

function figuresOf(said: readonly string[], absent: readonly string[]): readonly Figure[] {
  const hashes = said.map((line) => line.split(' ')[2])
  const different = new Set(hashes).size
  const runs = Number(said[0]?.split(' ')[1] ?? 0)
  const versions = said.map((line) => line.split(' ')[0]).join(', ')
  const met = different === 1 && hashes[0] !== undefined && runs > 0
  return [
    {
      what: `different results of ${runs} runs under ${versions}`,
      value: `${different}`,
      goal: '1',
      met,
      note: `hash over all results${absent.length === 0 ? '' : `; not installed: ${absent.join(', ')}`}`,
    },
  ]
}

/** The binary of a version, fetched once; undefined when npm does not give it. */
function nodeOf(version: string): string | undefined {
  const folder = join(ROOT, 'out', `node-${version}`)
  const binary = join(folder, 'node_modules/.bin/node')
  if (!existsSync(binary)) {
    mkdirSync(folder, { recursive: true })
    const how = { timeout: INSTALL_MS_MAX, stdio: 'ignore' } as const
    spawnSync('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', `node@${version}`], how)
  }
  return existsSync(binary) ? binary : undefined
}
