/**
 * The forms in which a simulated cluster accepts its programs.
 *
 * | form of the program                    | new module variables at each start | used for                       |
 * | -------------------------------------- | ---------------------------------- | ------------------------------ |
 * | a `Program` (a function taking a host) | no, so the program must have no module variables that change | the programs of the reference |
 * | a loader (a function taking nothing)   | yes, if the loader evaluates the module again | labs, edited programs      |
 * | `{ program, usesPromises }`            | as for `program` alone              | a program or a loader with this option |
 * | `{ port }`                             | yes                                 | a node inside a QuickJS guest    |
 *
 * Set `usesPromises: false` for a program that uses no promises, such as a server of the reference. With this option, the
 * simulation does not wait for promises after each event. This wait takes 1 to 3 µs in Node and 10 µs in a page, and an
 * event of an idle server takes 8 µs. If you are not sure, do not set `usesPromises`.
 */
import type { Program } from '../program.ts'
import type { NodePort } from './node-port.ts'
import { realmPort } from './port-host.ts'

/** Evaluates the module of a program again, so that a restarted node does not see variables of its earlier life. */
export type ProgramLoader = () => Promise<Program>

/** A program in one of the forms of the table above. */
export type ProgramSource =
  | Program
  | ProgramLoader
  | { readonly program: Program | ProgramLoader; readonly usesPromises?: boolean }
  | { readonly port: NodePort; readonly usesPromises?: boolean }

/** Returns false only when the source has `usesPromises: false`. */
export function mayUsePromises(source: ProgramSource): boolean {
  return typeof source === 'function' || source.usesPromises !== false
}

/** Returns the port for a new life of the program. Returns a promise when the program must be loaded first. */
export function portOf(source: ProgramSource): NodePort | Promise<NodePort> {
  if (typeof source === 'object' && 'port' in source) return source.port
  const program = typeof source === 'object' ? source.program : source
  return isLoader(program) ? program().then(realmPort) : realmPort(program)
}

/**
 * Returns true for a loader. A loader is a function without parameters. A program has at least the parameter for its host.
 */
function isLoader(program: Program | ProgramLoader): program is ProgramLoader {
  return program.length === 0
}
