/**
 * What the lab pages fetch, made at the build: the worker's script and the compiled modules of every program.
 *
 * `labs/` is read with Node's own loader and not through the site's bundler, because there a file's place is not where it
 * stands. Run it where the working directory is the project's root, as every build and test is.
 */
import { resolve } from 'node:path'
import { build, type Plugin } from 'esbuild'
import type { Lab, LabFacts } from '../../labs/lab.ts'
import { loadModule } from './rooms.ts'

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

/** Where there is no file system, the labs are those of the build: `labs/find.ts` becomes a list. */
const labsAsList: Plugin = {
  name: 'labs-as-list',
  setup(builder) {
    builder.onLoad({ filter: /labs[\\/]find\.ts$/ }, async () => {
      const { labIds } = await loadModule<typeof import('../../labs/find.ts')>('labs/find.ts')
      const imports = labIds().map((id, i) => `import { lab as lab${i} } from './${id}/lab.ts'`)
      const list = `export const LABS = [${labIds().map((_, i) => `lab${i}`)}]`
      const find = 'export const labById = (id) => LABS.find((lab) => lab.id === id)'
      return { contents: [...imports, list, find].join('\n'), resolveDir: resolve('labs') }
    })
  },
}

/** `labs/runtime/page/page-worker.ts` and all it needs as one classic script. */
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
    plugins: [withoutCompiler, labsAsList],
  })
  return outputFiles[0]!.text
}

/** What the page of a lab says of it, without its scripts. */
export function factsOf({ id, version, chapter, title, story, task, files, checks, hints }: Lab): LabFacts {
  const said = checks.map(({ id, title, promise, points }) => ({ id, title, promise, points }))
  return { id, version, chapter, title, story, task, files, checks: said, hints }
}

/** The topic of a lab's demo, or '' when it has none. */
export async function demoTopic(lab: Pick<Lab, 'id' | 'variant'>): Promise<string> {
  const { demoSeed, drawFor } = await loadModule<typeof import('../../labs/judge/seeds.ts')>('labs/judge/seeds.ts')
  return String(lab.variant(drawFor(demoSeed(lab.id)))['topic'] ?? '')
}

/** The code of the starter's modules, by path. Throws a sentence when one does not compile. */
export async function starterCode(lab: Pick<Lab, 'id' | 'files'>): Promise<Record<string, string>> {
  const { compile } = await loadModule<typeof import('../../labs/program/compile.ts')>('labs/program/compile.ts')
  const { answerFiles } =
    await loadModule<typeof import('../../labs/runtime/lab-files.ts')>('labs/runtime/lab-files.ts')
  const texts = answerFiles(lab, 'starter')
  const modules = lab.files.filter(({ kind }) => kind === 'module')
  return Object.fromEntries(
    modules.map(({ path }) => {
      const compiled = compile(path, texts.get(path) ?? '')
      if (compiled.error === undefined) return [path, compiled.code]
      const { line, text } = compiled.error
      throw new Error(`${lab.id}/starter/${path} line ${line}: ${text}`)
    }),
  )
}

/** The module map as JSON text. */
export async function modulesJson(): Promise<string> {
  const { moduleMap } =
    await loadModule<typeof import('../../labs/program/module-map.ts')>('labs/program/module-map.ts')
  return JSON.stringify(moduleMap())
}
