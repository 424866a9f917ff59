/**
 * What a simulated cluster can start, by name.
 *
 * | given as                               | fresh module state per start       | for                            |
 * | -------------------------------------- | ---------------------------------- | ------------------------------ |
 * | a `Program` (a function taking a host) | no: it must keep none               | the reference's own programs    |
 * | a loader (a function taking nothing)   | yes, if it evaluates the module anew | labs, edited programs            |
 * | `{ program, usesPromises }`            | as above                            | either, with the option          |
 * | `{ port }`                             | yes                                 | a node inside a QuickJS guest    |
 *
 * `usesPromises: false` says that the program never awaits: servers are like that, and the simulation then runs some
 * three times faster, because it need not wait for promises after each event. Leave it out when in doubt.
 */
import type { Program } from '../program.ts'
import type { NodePort } from './node-port.ts'
import { realmPort } from './port-host.ts'

/** Evaluates a program anew, so that a restarted node finds no variables of its former life. */
export type ProgramLoader = () => Promise<Program>

export type ProgramSource =
  | Program
  | ProgramLoader
  | { readonly program: Program | ProgramLoader; readonly usesPromises?: boolean }
  | { readonly port: NodePort; readonly usesPromises?: boolean }

/** True unless the program said that it leaves no promises behind. */
export function mayUsePromises(source: ProgramSource): boolean {
  return typeof source === 'function' || source.usesPromises !== false
}

/** Where one more life of the program comes from; a promise when it must be loaded first. */
export function portOf(source: ProgramSource): NodePort | Promise<NodePort> {
  if (typeof source === 'object' && 'port' in source) return source.port
  const program = typeof source === 'object' ? source.program : source
  return isLoader(program) ? program().then(realmPort) : realmPort(program)
}

/** A program takes its host, so it declares a parameter; a function that declares none is a loader. */
function isLoader(program: Program | ProgramLoader): program is ProgramLoader {
  return program.length === 0
}
