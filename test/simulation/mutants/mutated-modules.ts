/**
 * Modules of the reference with one text replaced, compiled and linked in memory: nothing on the disk changes.
 *
 * Only some folders are compiled anew; whatever it imports from elsewhere is the real module, so that a `DiskError` thrown by
 * the simulated disk is the class that the mutated store catches. Functions and classes of the copy are as real as the
 * original's: a campaign cannot tell them apart.
 */
import { compile } from '../../../labs/program/compile.ts'
import { evaluateHere } from '../../../labs/program/evaluate-here.ts'
import { link, type ModuleFactory, resolveImport } from '../../../labs/program/link.ts'
import { moduleSource } from '../../../labs/program/module-map.ts'

/** A mistake: one place in one file where `find` becomes `replace`. */
export interface Replacement {
  readonly file: string
  readonly find: string
  readonly replace: string
}

/** A part of the reference that can be compiled with a mistake in it. */
export class MutableModules {
  readonly #entry: string
  /** Sources of the folders' modules. */
  readonly #sources: ReadonlyMap<string, string>
  readonly #factories: ReadonlyMap<string, ModuleFactory>

  private constructor(
    entry: string,
    sources: ReadonlyMap<string, string>,
    factories: ReadonlyMap<string, ModuleFactory>,
  ) {
    this.#entry = entry
    this.#sources = sources
    this.#factories = factories
  }

  /** Everything `entry` is made of inside `folders`, compiled; the rest is imported as it is. */
  static async load(entry: string, folders: readonly string[]): Promise<MutableModules> {
    const sources = new Map<string, string>()
    const code: Record<string, string> = {}
    const outside = new Map<string, ModuleFactory>()
    const open = [entry]
    for (let path = open.pop(); path !== undefined; path = open.pop()) {
      if (sources.has(path) || outside.has(path)) continue
      if (!folders.some((folder) => path.startsWith(folder))) {
        const real: Record<string, unknown> = await import(
          /* @vite-ignore */ path.endsWith('.ts') ? `../../../${path}` : path
        )
        outside.set(path, (exports) => void Object.assign(exports, real))
        continue
      }
      const text = moduleSource(path)
      const compiled = compiledOrThrow(path, text)
      sources.set(path, text)
      code[path] = compiled.code
      for (const specifier of compiled.imports) open.push(resolveImport(path, specifier))
    }
    return new MutableModules(entry, sources, new Map([...outside, ...evaluateHere(code)]))
  }

  /**
   * The exports of the entry with the mistakes planted.
   * @throws when a text is not there, or there more than once: the mutant must follow the code
   */
  link(replacements: readonly Replacement[]): Record<string, unknown> {
    const changed = new Map<string, string>()
    for (const { file, find, replace } of replacements) {
      const text = changed.get(file) ?? this.#sources.get(file)
      if (text === undefined) throw new Error(`${file} is no part of ${this.#entry}`)
      const times = text.split(find).length - 1
      if (times !== 1)
        throw new Error(
          `${file} has the text ${JSON.stringify(find)} ${times} times, not once: bring the mutant up to date`,
        )
      changed.set(
        file,
        text.replace(find, () => replace),
      )
    }
    const code = Object.fromEntries([...changed].map(([path, text]) => [path, compiledOrThrow(path, text).code]))
    return link(new Map([...this.#factories, ...evaluateHere(code)]), this.#entry)
  }
}

function compiledOrThrow(path: string, text: string) {
  const compiled = compile(path, text)
  if (compiled.error !== undefined) throw new Error(`${path}:${compiled.error.line}: ${compiled.error.text}`)
  return compiled
}
