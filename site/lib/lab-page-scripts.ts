/** Which scripts of the build a lab's page needs first, and which at its first touch: found by the names that the bundler gives them. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The page's own script, which prepares the sandbox (`site/pages/labs/[lab].astro`). */
export const FIRST = ['_lab_'] as const

/** The modules that the workbench imports at the first touch (`site/labs/EditorPane.svelte`, `site/labs/Workbench.svelte`). */
export const LATER = ['CodeEditor', 'Ending', 'SolutionView', 'VersionsView', 'compile', 'hand-in', 'run-link'] as const

/**
 * The names of the scripts of modules, and of all that they import, in `_astro/` of a built site. Throws a sentence when one is
 * missing.
 */
export async function scriptsOf(site: string, modules: readonly string[]): Promise<readonly string[]> {
  const folder = join(site, '_astro')
  const scripts = (await readdir(folder)).filter((name) => name.endsWith('.js'))
  const open = modules.flatMap((module) => {
    const found = scripts.filter((name) => name.startsWith(`${module}.`))
    if (found.length === 0) throw new Error(`the build has no script of ${module}, which the page of a lab fetches`)
    return found
  })
  const needed = new Set<string>()
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (needed.has(name)) continue
    needed.add(name)
    const text = await readFile(join(folder, name), 'utf8')
    for (const [, imported] of text.matchAll(/(?:from|import)\s*["']\.\/([^"']+\.js)["']/g)) open.push(imported!)
  }
  return [...needed].sort()
}
