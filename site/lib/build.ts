/**
 * Builds the book when it has to be: for `npm start` and for the browser tests.
 *
 * Two callers at once are no harm: the second waits for the first one's lock and then finds the build fresh. A lock whose
 * owner is gone is taken over.
 */
import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { basePath } from '../config.ts'
import { isFresh } from './build-stamp.ts'
import { lockFile } from './lock.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const LOCK = resolve(ROOT, 'node_modules/.cache/glassmq-build.lock')
/** A line now and then where no terminal shows Astro's own progress. */
const STILL_BUILDING_MS = 10_000

/** Where the build lies. */
export const DIST = resolve(ROOT, process.env['GLASSMQ_DIST'] ?? 'dist')

/**
 * Makes sure `dist/` is what the sources give.
 * @param say gets progress lines
 * @param always build even when nothing has changed
 * @throws {Error} with the end of the build's own output when it fails
 */
export async function ensureBuilt(say: (line: string) => void, always = false): Promise<void> {
  process.chdir(ROOT)
  const base = basePath(process.env)
  if (!always && isFresh(DIST, base)) return
  const unlock = await lockFile(LOCK, () => say('Another build is under way; waiting for it …'))
  try {
    if (always || !isFresh(DIST, base)) await build(say)
  } finally {
    unlock()
  }
}

async function build(say: (line: string) => void): Promise<void> {
  const startedMs = performance.now()
  const seconds = (): string => `${((performance.now() - startedMs) / 1000).toFixed(0)} s`
  say('Building the book …')
  const child = spawn(process.execPath, [resolve(ROOT, 'node_modules/astro/bin/astro.mjs'), 'build'], {
    cwd: ROOT,
    env: { ...process.env, NODE_ENV: 'production', ASTRO_TELEMETRY_DISABLED: '1', FORCE_COLOR: '0', NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  let pages = 0
  const take = (chunk: Buffer): void => {
    const text = chunk.toString()
    output = (output + text).slice(-20_000)
    for (const line of text.split('\n')) {
      if (/[├└]─ \//.test(line)) pages++
      const step = /\] (Building search index|✓ built|Collecting|Syncing|generating)/.exec(line)
      if (step !== null) say(`  ${line.replace(/^[\d:]+ /, '').trim()}`)
    }
  }
  child.stdout.on('data', take)
  child.stderr.on('data', take)
  const still = setInterval(() => say(`  still building, ${seconds()}, ${pages} pages`), STILL_BUILDING_MS)
  const code = await new Promise<number>((done) => child.on('close', (exit) => done(exit ?? 1)))
  clearInterval(still)
  if (code !== 0) throw new Error(`The book could not be built.\n${output.split('\n').slice(-30).join('\n')}`)
  say(`Built ${pages} pages in ${seconds()}.`)
}
