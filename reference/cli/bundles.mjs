/**
 * Finds the bundles of the servers: all files of one command in one file, in `node_modules/.cache/glassmq/`.
 *
 * The name of a bundle contains a hash over the names, sizes and times of all files of `reference/`. After a change of a file,
 * a server therefore looks for another bundle. Where esbuild is missing, no bundle is made, and the servers run from the
 * sources.
 *
 * This file is JavaScript for the same reason as `main.mjs`.
 */
import { hash } from 'node:crypto'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** The commands that have a bundle: the servers. Other commands end before a bundle would be made. */
const BUNDLED = ['namesrv', 'broker', 'controller', 'cluster']

/** The folder of the project. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

const PACKAGES = join(ROOT, 'node_modules')

/** The folder that contains the bundles. */
export const BUNDLES = join(PACKAGES, '.cache', 'glassmq')

/** The other files that a bundle depends on: the versions of the packages. */
const OTHER_FILES = ['package-lock.json']

/** A bundle is made this long after the start of a server, so that it does not slow down the start. */
const MAKE_AFTER_MS = 3_000

/** The length of the hash in the name of a bundle, in hexadecimal digits. */
const HASH_DIGITS = 20

/** Returns the path of the bundle of a command, or `undefined` when this command has no bundle. The bundle may be missing. */
export function bundleOf(command) {
  return BUNDLED.includes(command) ? join(BUNDLES, `${command}-${hashOfSources()}.mjs`) : undefined
}

/**
 * Loads a bundle. Resolves with the exports of `mq.ts`, or with `undefined` when the bundle is missing or broken. A stack trace
 * from a bundle names the files of the reference.
 */
export async function loadBundle(path) {
  if (!existsSync(path)) return undefined
  process.setSourceMapsEnabled(true)
  const loaded = await import(pathToFileURL(path).href).catch(() => undefined)
  if (typeof loaded?.run === 'function') return loaded
  process.setSourceMapsEnabled(false)
  return undefined
}

/** Starts a process that makes the bundle of a command, unless this process ends before. Does nothing without esbuild. */
export function makeBundleLater(command, path) {
  if (!existsSync(join(PACKAGES, 'esbuild'))) return
  const make = async () => {
    const { spawn } = await import('node:child_process')
    const script = join(import.meta.dirname, 'make-bundle.mjs')
    const maker = spawn(process.execPath, [script, command, path], { detached: true, stdio: 'ignore' })
    maker.on('error', () => {}) // the next start tries it again
    maker.unref()
  }
  setTimeout(make, MAKE_AFTER_MS).unref()
}

function hashOfSources() {
  const lines = []
  addFiles(join(ROOT, 'reference'), lines)
  for (const file of OTHER_FILES) if (existsSync(join(ROOT, file))) lines.push(lineOf(join(ROOT, file)))
  return hash('sha256', lines.join('\n')).slice(0, HASH_DIGITS)
}

function addFiles(folder, lines) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) addFiles(path, lines)
    else if (/\.m?[jt]s$/.test(entry.name)) lines.push(lineOf(path))
  }
}

function lineOf(path) {
  const { size, mtimeMs } = statSync(path)
  return `${path} ${size} ${mtimeMs}`
}
