/**
 * Boots a lab's cluster with its programs in this realm: for tests of our own files, for the page's worker, which is a
 * realm of its own, and for whoever evaluates the modules himself.
 */
import { SimCluster, type SimClusterOptions } from '../../reference/host/sim/cluster.ts'
import type { Lab } from '../lab.ts'
import { RUN_LIMITS } from '../program/limits.ts'
import type { ModuleFactory, ModuleMap } from '../program/link.ts'
import {
  linkProgram,
  overlay,
  PROGRAM_PATHS,
  type ProgramName,
  UnchangedPrograms,
  WITHOUT_PROMISES,
} from '../program/programs.ts'
import type { Boot } from './run-check.ts'

/** @param evaluate makes factories of a map, once for each boot */
export function bootHere(
  lab: Lab,
  base: ModuleMap,
  evaluate: (map: ModuleMap) => ReadonlyMap<string, ModuleFactory>,
): Boot {
  const unchanged = new UnchangedPrograms(base, evaluate(base))
  return async (files, seed) => {
    const overlaid = overlay(base, lab, files)
    if (overlaid.errors !== undefined) return { errors: overlaid.errors }
    const { map } = overlaid
    const factories = evaluate(map)
    const programOf = async (name: ProgramName) => unchanged.find(map, name) ?? linkProgram(factories, name)
    const programs: SimClusterOptions['programs'] = Object.fromEntries(
      (Object.keys(PROGRAM_PATHS) as ProgramName[]).map((name) => [
        name,
        { program: () => programOf(name), usesPromises: !WITHOUT_PROMISES.has(name) },
      ]),
    )
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
