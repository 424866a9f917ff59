/**
 * The committed part of a log: how far it reaches, and the state that its commands make ("volatile state on all servers" in
 * figure 2 of the paper).
 *
 * A controller does not write down how far its log is committed. After a start, it begins with its snapshot, and learns the
 * rest from a leader. So the commands after the snapshot are applied again, to a state that does not know them.
 *
 * RocketMQ: DLedger's `StateMachineCaller`.
 */
import type { Trace } from '../../host/trace.ts'
import type { DurableState } from './durable-state.ts'

/** The state that all controllers compute from the same commands. */
export interface StateMachine {
  /** Applies a committed command. The result depends only on the state and the command. */
  apply(command: string): void
  /** Returns the whole state as text. */
  snapshot(): string
  /** Replaces the whole state. */
  restore(state: string): void
}

/** The committed entries of one controller, and its state machine. */
export class Committed {
  readonly #trace: Trace
  readonly #state: DurableState
  readonly #machine: StateMachine
  readonly #compactAfterLines: number
  #commitIndex = 0
  #lastApplied = 0

  constructor(trace: Trace, state: DurableState, machine: StateMachine, compactAfterLines: number) {
    this.#trace = trace
    this.#state = state
    this.#machine = machine
    this.#compactAfterLines = compactAfterLines
  }

  /** The entries up to this index are known to be committed. */
  get index(): number {
    return this.#commitIndex
  }

  get lastApplied(): number {
    return this.#lastApplied
  }

  /** Begins with the snapshot that was read from the journal. */
  start(): void {
    const { log, snapshot } = this.#state
    if (log.snapshotIndex > 0) this.#machine.restore(snapshot)
    this.#commitIndex = this.#lastApplied = log.snapshotIndex
  }

  /**
   * Notes that the entries up to `index` are committed, and applies them in their order. Calls `applied` after each entry.
   * An index that is committed already changes nothing.
   */
  commitTo(index: number, applied: (index: number) => void): void {
    const { log } = this.#state
    if (index <= this.#commitIndex) return
    this.#commitIndex = index
    this.#trace.emit?.('raft.committed', { index, term: log.termAt(index) ?? 0 })
    while (this.#lastApplied < this.#commitIndex) {
      const entry = log.entryAt(this.#lastApplied + 1)!
      this.#lastApplied = entry.index
      if (entry.command !== '') this.#machine.apply(entry.command)
      applied(entry.index)
    }
    this.compactIfLong()
  }

  /** Replaces the applied entries by a snapshot when the journal has become long (section 7). */
  compactIfLong(): void {
    if (this.#state.linesAppended < this.#compactAfterLines) return
    this.#state.compact(this.#lastApplied, this.#state.log.termAt(this.#lastApplied)!, this.#machine.snapshot())
  }

  /** Uses the snapshot of a leader, unless this controller has already committed the entries of this snapshot. */
  install(index: number, term: number, state: string): void {
    if (index <= this.#commitIndex) return
    this.#machine.restore(state)
    this.#commitIndex = this.#lastApplied = index
    this.#state.compact(index, term, state)
  }
}
