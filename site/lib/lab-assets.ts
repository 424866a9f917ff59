/**
 * What the lab pages fetch, made at the build: the worker's script and the compiled modules of every program.
 *
 * `labs/` is read with Node's own loader and not through the site's bundler, because there a file's place is not where it
 * stands. Run it where the working directory is the project's root, as every build and test is.
 */
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build, type Plugin } from 'esbuild'

/** The worker gets its programs compiled: the compiler stays outside. */
const withoutCompiler: Plugin = {
  name: 'without-compiler',
  setup(builder) {
    builder.onResolve({ filter: /^sucrase$/ }, ({ path }) => ({ path, namespace: 'left-out' }))
    builder.onLoad({ filter: /.*/, namespace: 'left-out' }, () => ({
      contents: "export function transform() { throw new Error('the compiler is not here') }",
    }))
  },
}

/** `page-worker.ts` and all it needs as one classic script. */
export async function workerScript(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [resolve('labs/runtime/page/page-worker.ts')],
    bundle: true,
    format: 'iife',
    target: 'es2022',
    minify: true,
    charset: 'ascii',
    legalComments: 'none',
    write: false,
    logLevel: 'silent',
    plugins: [withoutCompiler],
  })
  return outputFiles[0]!.text
}

/** A module of `labs/`, loaded as it stands. */
export async function labModule<T>(path: string): Promise<T> {
  return (await import(/* @vite-ignore */ pathToFileURL(resolve(path)).href)) as T
}

/** The module map as JSON text. */
export async function modulesJson(): Promise<string> {
  const { moduleMap } = await labModule<typeof import('../../labs/program/module-map.ts')>('labs/program/module-map.ts')
  return JSON.stringify(moduleMap())
}
