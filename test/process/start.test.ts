/** A server starts from its bundle, and never from one that is stale or broken. */
import { spawnSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type TemporaryFolder, temporaryFolder } from '../support/temp.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const SAID = 'start a NameServer'

describe('the bundle of a server', () => {
  let folder: TemporaryFolder
  const at = (path: string) => join(folder.path, path)
  const bundles = () => readdirSync(at('node_modules/.cache/glassmq'))
  /** The path of the bundle of the sources as they are now. */
  const bundle = () =>
    node(
      '-e',
      `import(${JSON.stringify(at('reference/cli/bundles.mjs'))}).then((it) => console.log(it.bundleOf('namesrv')))`,
    ).trim()

  /** A copy of the reference, whose files may be changed. Its packages are those of the project, without what is cached there. */
  beforeAll(() => {
    folder = temporaryFolder('start')
    cpSync(join(ROOT, 'reference'), at('reference'), { recursive: true })
    for (const file of ['package.json', 'package-lock.json']) cpSync(join(ROOT, file), at(file))
    mkdirSync(at('node_modules'))
    for (const name of ['commander', 'esbuild', 'fflate', '@noble'])
      symlinkSync(join(ROOT, 'node_modules', name), at(`node_modules/${name}`))
  })
  afterAll(() => folder.remove())

  beforeEach(make)

  const node = (...args: string[]) => {
    const { stdout, stderr } = spawnSync(process.execPath, args, {
      cwd: folder.path,
      encoding: 'utf8',
      timeout: 60_000,
    })
    return `${stdout}${stderr}`
  }
  const help = () => node(at('reference/cli/main.mjs'), 'namesrv', '--help')

  /** What a server does after its start. */
  function make(): void {
    expect(node(at('reference/cli/make-bundle.mjs'), 'namesrv', bundle())).toBe('')
  }

  function change(path: string, from: string, to: string): void {
    const text = readFileSync(path, 'utf8')
    expect(text).toContain(from)
    writeFileSync(path, text.replace(from, to))
  }

  it('is what the server starts from, and a changed source is seen at the next start', () => {
    change(bundle(), SAID, 'from the bundle')
    expect(help()).toContain('from the bundle')
    change(at('reference/cli/namesrv.ts'), SAID, 'changed')
    expect(help()).toContain('changed')
    make()
    expect(help()).toContain('changed')
    change(at('reference/cli/namesrv.ts'), 'changed', SAID)
  })

  it.each([
    ['cut in the middle', (path: string) => truncateSync(path, readFileSync(path).length >> 1)],
    ['empty', (path: string) => truncateSync(path, 0)],
    ['of zeros', (path: string) => writeFileSync(path, new Uint8Array(100_000))],
    ['of something else', (path: string) => writeFileSync(path, 'export const other = 1\n')],
  ])('that is %s is not used', (_name, spoil) => {
    spoil(bundle())
    expect(help()).toContain(SAID)
  })

  it('names the files of the reference in a stack trace', () => {
    const source = at('reference/cli/namesrv.ts')
    change(
      source,
      'const settings = readConfig(',
      "if (words.length === 0) throw new Error('here')\n      const settings = readConfig(",
    )
    make()
    const line =
      readFileSync(source, 'utf8')
        .split('\n')
        .findIndex((text) => text.includes("'here'")) + 1
    expect(node(at('reference/cli/main.mjs'), 'namesrv')).toMatch(new RegExp(`reference/cli/namesrv\\.ts:${line}:`))
  })

  it('takes the place of the oldest one when there are too many', () => {
    for (let i = 0; i < 12; i++) {
      const path = at(`node_modules/.cache/glassmq/broker-old${i}.mjs`)
      writeFileSync(path, '')
      writeFileSync(`${path}.map`, '')
      utimesSync(path, i, i)
    }
    change(at('reference/cli/namesrv.ts'), SAID, `${SAID} `)
    make()
    const kept = bundles().filter((name) => name.endsWith('.mjs'))
    expect(kept).toHaveLength(8)
    expect(kept).toContain('broker-old11.mjs')
    expect(kept).not.toContain('broker-old0.mjs')
    expect(bundles()).not.toContain('broker-old0.mjs.map')
  })
})
