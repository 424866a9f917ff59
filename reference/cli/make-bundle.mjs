/**
 * Makes the bundle of one command: `node reference/cli/make-bundle.mjs broker PATH`. `bundles.mjs` starts this program.
 *
 * A bundle gets its name when it is complete, so a start never sees half a bundle. When two servers want the same bundle at the
 * same time, one of the two makes it.
 */
import { closeSync, mkdirSync, openSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { BUNDLES, bundleOf, ROOT } from './bundles.mjs'

/** The max number of bundles that are kept. The oldest bundles are removed. A bundle and its source map need 2 MiB. */
const BUNDLES_MAX = 8

/** A bundle that is not complete after this time belongs to a process that was killed. */
const MAKING_MS_MAX = 60_000

const [command, path] = process.argv.slice(2)
const lock = `${path}.lock`
mkdirSync(BUNDLES, { recursive: true })
removeOld()
closeSync(openSync(lock, 'wx')) // fails when another process makes this bundle
try {
  await makeBundle()
} finally {
  rmSync(lock)
}

async function makeBundle() {
  const { outputFiles } = await build({
    entryPoints: [join(ROOT, 'reference/cli/mq.ts')],
    outfile: path,
    write: false,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'esnext',
    minifyWhitespace: true,
    sourcemap: 'linked',
    sourcesContent: false,
    plugins: [{ name: 'one-command', setup: leaveOutOtherCommands }],
  })
  if (bundleOf(command) !== path) return // a file was changed meanwhile
  const textOf = (ending) => outputFiles.find((file) => file.path.endsWith(ending)).text
  const map = JSON.parse(textOf('.map'))
  // as URLs, because the folder of packages may be a link to another place
  map.sources = map.sources.map((source) => pathToFileURL(resolve(BUNDLES, source)).href)
  write(`${path}.map`, JSON.stringify(map)) // the map first: the bundle is complete when it has its name
  write(path, textOf('.mjs'))
}

function write(to, text) {
  writeFileSync(`${to}.part`, text)
  renameSync(`${to}.part`, to)
}

/** `mq.ts` imports only the file of the command that runs, so the other files are not in the bundle. */
function leaveOutOtherCommands(plugins) {
  plugins.onResolve({ filter: /^\.\/.*\.ts$/ }, ({ path: wanted, kind, importer }) => {
    const isOther = kind === 'dynamic-import' && basename(importer) === 'mq.ts' && wanted !== `./${command}.ts`
    return isOther ? { path: wanted, external: true } : undefined
  })
}

/** Removes what killed processes have left, and the oldest bundles, so that there is room for one more. */
function removeOld() {
  const files = readdirSync(BUNDLES).map((name) => ({ name, atMs: statSync(join(BUNDLES, name)).mtimeMs }))
  const oldest = files.filter(({ name }) => name.endsWith('.mjs')).sort((a, b) => a.atMs - b.atMs)
  const tooMany = new Set(oldest.slice(0, Math.max(0, oldest.length + 1 - BUNDLES_MAX)).map(({ name }) => name))
  for (const { name, atMs } of files) {
    const isLeft = !name.endsWith('.mjs') && !name.endsWith('.map') && Date.now() - atMs > MAKING_MS_MAX
    if (isLeft || tooMany.has(name.replace(/\.map$/, ''))) rmSync(join(BUNDLES, name), { force: true })
  }
}
