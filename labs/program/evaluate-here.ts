/**
 * Evaluates modules in this very realm: for tests, figures' builds and the command line, where the files are ours.
 *
 * A learner's files go elsewhere: in the page to a worker without origin, in the grader to a guest.
 */
import { factoryText, type ModuleFactory, type ModuleMap } from './link.ts'

// biome-ignore lint/security/noGlobalEval: this is the loader; called by another name it sees no local one
const indirectEval: (text: string) => unknown = eval

/** The last code of each path, evaluated: runs of one lab differ in a file or two. A factory keeps no state. */
const evaluated = new Map<string, { readonly code: string; readonly factory: ModuleFactory }>()

/** The factories of a map. Each `path` shows up in stack traces. */
export function evaluateHere(map: ModuleMap): ReadonlyMap<string, ModuleFactory> {
  return new Map(Object.entries(map).map(([path, code]) => [path, factoryOf(path, code)]))
}

function factoryOf(path: string, code: string): ModuleFactory {
  const known = evaluated.get(path)
  if (known?.code === code) return known.factory
  const factory = indirectEval(`${factoryText(code)}\n//# sourceURL=${path}`) as ModuleFactory
  evaluated.set(path, { code, factory })
  return factory
}
