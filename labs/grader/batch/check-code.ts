/**
 * The code of one check: the declarations that its function and the variant of its lab use, directly or through others.
 *
 * A regrade repeats only the runs of checks whose code has changed, so a corrected check does not cost the runs of its
 * neighbours. The sources of the labs are laid out by the formatter: every declaration of a module begins at the left edge.
 * So a module is cut into its declarations there, and a declaration uses every name that stands anywhere in its text. A
 * comment may name too much, and then a run is repeated for nothing; no name is missed.
 *
 * ```
 * lab.checks[i].run ──name──► import in lab.ts ──► its declaration in checks.ts ──names──► other declarations, other modules
 * ```
 *
 * Not here: modules outside of the labs, which every run depends on (`engine-hash.ts`).
 */
import { posix } from 'node:path'
import type { Lab } from '../../lab.ts'

/** Returns the text of a source file by its path from the root of the project. Throws when there is none. */
export type ReadSource = (path: string) => string

/** Texts by `path name` of a declaration, and by `path` of a module of which everything counts. */
export type CheckCode = Readonly<Record<string, string>>

interface Module {
  /** Texts of declarations by the names they declare. */
  readonly declared: ReadonlyMap<string, string>
  /** Statements that declare nothing: they run whenever the module is loaded. */
  readonly always: readonly string[]
  /** What each imported name stands for. `name` is '*' for a whole module. */
  readonly imported: ReadonlyMap<string, { readonly from: string; readonly name: string }>
}

/**
 * Returns the code of a check; undefined when the check or the variant of the lab is not a function that `lab.ts` imports by
 * its name. Then every file of the lab counts. `isShared` says which modules are hashed for all runs anyway.
 */
export function checkCode(
  lab: Pick<Lab, 'id' | 'checks' | 'variant'>,
  checkId: string,
  read: ReadSource,
  isShared: (path: string) => boolean,
): CheckCode | undefined {
  const path = `labs/${lab.id}/lab.ts`
  const { imported } = moduleOf(read(path))
  const used = new Map<string, string>()
  const seen = new Set<string>()
  const use = (from: string, name: string): void => {
    const key = `${from} ${name}`
    if (isShared(from) || seen.has(key)) return
    seen.add(key)
    const text = read(from)
    const module = moduleOf(text)
    const declaration = module.declared.get(name)
    if (name === '*' || (declaration === undefined && !module.imported.has(name))) {
      used.set(from, text)
      for (const { from: next, name: other } of module.imported.values()) useFrom(from, next, other)
      return
    }
    if (declaration !== undefined) used.set(key, declaration)
    for (const [i, each] of module.always.entries()) used.set(`${from} statement ${i}`, each)
    for (const word of namesIn([declaration ?? name, ...module.always].join('\n'))) {
      if (word !== name && module.declared.has(word)) use(from, word)
      const other = module.imported.get(word)
      if (other !== undefined) useFrom(from, other.from, other.name)
    }
  }
  const useFrom = (from: string, specifier: string, name: string) => {
    if (specifier.startsWith('.')) use(posix.join(posix.dirname(from), specifier), name)
  }
  for (const start of [lab.checks.find(({ id }) => id === checkId)?.run.name, lab.variant.name]) {
    const first = start === undefined ? undefined : imported.get(start)
    if (first === undefined) return undefined
    useFrom(path, first.from, first.name)
  }
  return Object.fromEntries(used)
}

const modules = new Map<string, Module>()

/** Cuts the text of a module into its declarations. */
function moduleOf(text: string): Module {
  const known = modules.get(text)
  if (known !== undefined) return known
  const declared = new Map<string, string>()
  const always: string[] = []
  const imported = new Map<string, { from: string; name: string }>()
  for (const whole of text.split(/\n(?=[A-Za-z@$_(['"`])/)) {
    // what follows the declaration at the left edge is the comment of the next one
    const part = whole.replace(/\n(?:\/\*\*|\/\/)(?![\s\S]*\n[^\s/*])[\s\S]*$/, '')
    const from = /^(?:import|export)\b[\s\S]*?\bfrom '([^']+)'/.exec(part)?.[1]
    const names = declaredNames(part)
    if (part.startsWith('import ') && from !== undefined)
      for (const [local, name] of importedNames(part)) imported.set(local, { from, name })
    else if (names.length > 0) for (const name of names) declared.set(name, `${declared.get(name) ?? ''}${part}\n`)
    else if (from !== undefined) imported.set(`export from ${from}`, { from, name: '*' })
    else if (/^(?!\/\*\*|\/\/)\S/.test(part)) always.push(part)
  }
  const module = { declared, always, imported }
  modules.set(text, module)
  return module
}

/** The names that a statement at the left edge declares. */
function declaredNames(part: string): readonly string[] {
  const [, word, rest = ''] =
    /^(?:export )?(?:default )?(?:async )?(?:declare )?(?:abstract )?(function\*?|class|interface|type|const|let|var)\s+([\s\S]*)/.exec(
      part,
    ) ?? []
  if (word === undefined) return []
  const list = /^[{[]([^=]*?)[}\]]\s*(?::|=)/.exec(rest)?.[1]
  return list === undefined ? [...(/^[\w$]+/.exec(rest) ?? [])] : namesIn(list)
}

function importedNames(part: string): readonly (readonly [string, string])[] {
  const all = /^import (?:type )?\* as ([\w$]+)/.exec(part)?.[1]
  if (all !== undefined) return [[all, '*']]
  const list = /\{([\s\S]*?)\}/.exec(part)?.[1] ?? ''
  const byDefault = /^import (?:type )?([\w$]+)/.exec(part)?.[1]
  const names = list.split(',').flatMap((each): (readonly [string, string])[] => {
    const [, name, local] = /^\s*(?:type )?([\w$]+)(?:\s+as\s+([\w$]+))?/.exec(each) ?? []
    return name === undefined ? [] : [[local ?? name, name]]
  })
  return byDefault === undefined || byDefault === 'type' ? names : [[byDefault, 'default'], ...names]
}

function namesIn(text: string): readonly string[] {
  return [...new Set(text.match(/[A-Za-z_$][\w$]*/g) ?? [])]
}
