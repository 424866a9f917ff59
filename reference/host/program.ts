/**
 * A program that can be started as a node. A program is a module that exports `main(host, args, signals)`.
 *
 * The NameServer, the broker and the client programs of the labs all have this form, so one launcher can start each of them
 * in any runtime. `args` are strings, as on a command line. `main` returns at once. After that, timers and callbacks run the
 * program until `stop` is called. The program calls `ready` when other nodes may use the program. A broker, for example, is
 * ready when it listens and has registered.
 *
 * A restarted node must not see variables of its earlier run. So each start loads the module again, or the module has no
 * variables that change.
 */
import type { Host } from './host.ts'

/** A started program. */
export interface RunningProgram {
  /**
   * Stops the program. The program makes its data durable, unregisters, closes its files, and then calls `done`. When a node
   * is killed, `stop` is not called.
   */
  stop(done: () => void): void
}

/**
 * The signals of a program. The program calls `ready` when other nodes may use the program, and `failed` with a sentence
 * when the program cannot run.
 */
export interface ProgramSignals {
  ready(): void
  failed(sentence: string): void
}

/** The function `main` of a program. `main` starts the program and returns its `stop`. */
export type Program = (host: Host, args: readonly string[], signals: ProgramSignals) => RunningProgram
