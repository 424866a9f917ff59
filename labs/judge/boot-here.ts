/**
 * Boots a lab's cluster with its programs in this realm: for tests of our own files, for the page's worker, which is a
 * realm of its own, and for whoever evaluates the modules himself.
 */
import { SimCluster, type SimClusterOptions } from '../../reference/host/sim/cluster.ts'
import type { Lab } from '../lab.ts'
import { RUN_LIMITS } from '../program/limits.ts'
import type { ModuleFactory, ModuleMap } from '../program/link.ts'
import { linkProgram, overlay, PROGRAM_PATHS, type ProgramName, WITHOUT_PROMISES } from '../program/programs.ts'
import type { Boot } from './run-check.ts'

/** The programs of a lab over evaluated modules, each linked anew at every start. */
export function programsOf(factories: ReadonlyMap<string, ModuleFactory>): SimClusterOptions['programs'] {
  return Object.fromEntries(
    (Object.keys(PROGRAM_PATHS) as ProgramName[]).map((name) => [
      name,
      { program: async () => linkProgram(factories, name), usesPromises: !WITHOUT_PROMISES.has(name) },
    ]),
  )
}

/** @param evaluate makes factories of a map, once for each boot */
export function bootHere(
  lab: Lab,
  base: ModuleMap,
  evaluate: (map: ModuleMap) => ReadonlyMap<string, ModuleFactory>,
): Boot {
  return async (files, seed) => {
    const overlaid = overlay(base, lab, files)
    if (overlaid.errors !== undefined) return { errors: overlaid.errors }
    const programs = programsOf(evaluate(overlaid.map))
    return {
      cluster: new SimCluster({
        seed,
        programs,
        record: true,
        onThrow: 'end-node',
        limits: RUN_LIMITS,
      }),
    }
  }
}
