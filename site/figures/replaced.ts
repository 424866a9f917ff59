/**
 * Programs in which other modules stand in place of some of the reference's, for figures that show what a naive design does.
 *
 * The programs are bundled anew around the other modules, as one script without imports. The build imports that script in Node
 * for stills, claims and grids; the page's worker imports the same script from its address, so both run the same bytes. A page
 * whose figures replace nothing fetches nothing of it.
 *
 * Runs where there is a file system, with the project's root as the working directory.
 */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import { build, type Plugin } from 'esbuild'
import type { Programs, Replacement } from './kit/types.ts'

/** The table of programs that a simulation starts; the modules are replaced under it. */
const ENTRY = 'reference/programs.ts'

const texts = new Map<string, Promise<string>>()
const loaded = new Map<string, Promise<Programs>>()

/** The script that exports the programs, as one text. Throws a sentence for a path that is not as it must be. */
export function programsText(instead: readonly Replacement[]): Promise<string> {
  const key = JSON.stringify(instead)
  let text = texts.get(key)
  if (text === undefined) {
    text = bundle(instead)
    texts.set(key, text)
  }
  return text
}

/** The file name of the script of a figure, below `/figures/programs/`, without its ending. */
export async function programsFile(id: string, instead: readonly Replacement[]): Promise<string> {
  const hash = createHash('sha256')
    .update(await programsText(instead))
    .digest('hex')
  return `${id}.${hash.slice(0, 8)}`
}

/** The programs, loaded in this process; the same for every run, as the reference's own are. */
export function programsHere(instead: readonly Replacement[]): Promise<Programs> {
  const key = JSON.stringify(instead)
  let programs = loaded.get(key)
  if (programs === undefined) {
    programs = programsText(instead).then(load)
    loaded.set(key, programs)
  }
  return programs
}

async function load(text: string): Promise<Programs> {
  const url = `data:text/javascript;base64,${Buffer.from(text).toString('base64')}`
  const { ROLE_PROGRAMS } = (await import(/* @vite-ignore */ url)) as { readonly ROLE_PROGRAMS: Programs }
  return ROLE_PROGRAMS
}

async function bundle(instead: readonly Replacement[]): Promise<string> {
  for (const { replaces, by } of instead) {
    if (!/^reference\/.*\.ts$/.test(replaces) || !existsSync(replaces))
      throw new Error(
        `instead.replaces is "${replaces}"; it must be the path of a module, such as reference/store/….ts`,
      )
    if (!existsSync(by))
      throw new Error(`instead.by is "${by}", and there is no such file; write its path from the top of the project`)
  }
  const replaced = new Set<string>()
  const { outputFiles } = await build({
    entryPoints: [resolve(ENTRY)],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    minify: true,
    charset: 'ascii',
    legalComments: 'none',
    write: false,
    logLevel: 'silent',
    plugins: [inPlace(instead, replaced)],
  })
  const unused = instead.find(({ replaces }) => !replaced.has(replaces))
  if (unused !== undefined)
    throw new Error(`instead.replaces names ${unused.replaces}, which no program of ${ENTRY} imports`)
  return outputFiles[0]!.text
}

/** Leads each import of a replaced module to the other one; only the other one itself still gets what it replaces. */
function inPlace(instead: readonly Replacement[], replaced: Set<string>): Plugin {
  return {
    name: 'in-place',
    setup(builder) {
      builder.onResolve({ filter: /^(\.|#reference\/)/ }, ({ path, importer, resolveDir }) => {
        const file = path.startsWith('#') ? resolve(path.slice(1)) : resolve(resolveDir, path)
        const found = instead.find(({ replaces }) => resolve(replaces) === file)
        if (found === undefined || importer === resolve(found.by)) return undefined
        replaced.add(found.replaces)
        return { path: resolve(found.by) }
      })
      builder.onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const found = instead.find(({ by }) => resolve(by) === path)
        if (found === undefined) return undefined
        return { contents: readFileSync(path, 'utf8'), loader: 'ts', resolveDir: dirname(resolve(placeOf(found))) }
      })
    },
  }
}

/**
 * Where the imports of the other module are read from. A lab's answer is written as if it stood in the place of what it
 * replaces; every other file stands where it is.
 */
export function placeOf({ replaces, by }: Replacement): string {
  return isLabAnswer(by) ? replaces : by
}

/** True for a file that a learner could have written: an answer of a lab, with its imports as in the reference. */
export function isLabAnswer(path: string): boolean {
  return /^labs\/[^/]+\/(starter|solution|accepted|wrong)\//.test(path)
}

/** How a path is called in a sentence: `broker/advertised-address.ts`. */
export function shortName(path: string): string {
  return relative('.', path)
    .replace(/^reference\//, '')
    .replace(/^site\/chapters\/\d\d-[^/]+\//, '')
}
