/**
 * What a simulated cluster can start, by name.
 *
 * | given as                               | fresh module state per start       | for                            |
 * | -------------------------------------- | ---------------------------------- | ------------------------------ |
 * | a `Program` (a function taking a host) | no: it must have no module state    | the reference's own programs    |
 * | a loader (a function taking nothing)   | yes, if it evaluates the module again | labs, edited programs            |
 * | `{ program, usesPromises }`            | as above                            | either, with the option          |
 * | `{ port }`                             | yes                                 | a node inside a QuickJS guest    |
 *
 * `usesPromises: false` says that the program never awaits, as servers do not. The simulation then runs about
 * three times faster, because it need not wait for promises after each event. Leave it out when in doubt.
 */
import type { Program } from '../program.ts'
import type { NodePort } from './node-port.ts'
import { realmPort } from './port-host.ts'

/** Evaluates a program once more, so that a restarted node finds no variables of its former life. */
export type ProgramLoader = () => Promise<Program>

/** A program in one of the forms of the table above. */
export type ProgramSource =
  | Program
  | ProgramLoader
  | { readonly program: Program | ProgramLoader; readonly usesPromises?: boolean }
  | { readonly port: NodePort; readonly usesPromises?: boolean }

/** True unless the source says that the program leaves no promises behind. */
export function mayUsePromises(source: ProgramSource): boolean {
  return typeof source === 'function' || source.usesPromises !== false
}

/** Returns the port for one more life of the program; a promise when the program must be loaded first. */
export function portOf(source: ProgramSource): NodePort | Promise<NodePort> {
  if (typeof source === 'object' && 'port' in source) return source.port
  const program = typeof source === 'object' ? source.program : source
  return isLoader(program) ? program().then(realmPort) : realmPort(program)
}

/** True for a loader. A program takes its host, so it declares a parameter; a function that declares none is a loader. */
function isLoader(program: Program | ProgramLoader): program is ProgramLoader {
  return program.length === 0
}
