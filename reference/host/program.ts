/**
 * A program that can be started as a node: a module that exports `main(host, args)`.
 *
 * The NameServer, the broker and the client programs of the labs all have this shape, so one launcher starts any of them
 * in any runtime. `args` are strings, as on a command line. `main` returns at once; after that timers and callbacks run the
 * program until `stop`. It calls `ready` when others may use it (a broker: when it listens and has registered).
 *
 * Each start has fresh module state: a restarted node must not find variables of its former life.
 */
import type { Host } from './host.ts'

/** A started program. */
export interface RunningProgram {
  /** Stops in good order: flushes, unregisters, closes; then calls `done`. A kill never calls this. */
  stop(done: () => void): void
}

/** The signals of a program: it is ready, or it cannot start, with a sentence. */
export interface ProgramSignals {
  ready(): void
  failed(sentence: string): void
}

/** The function `main` of a program. */
export type Program = (host: Host, args: readonly string[], signals: ProgramSignals) => RunningProgram
