/**
 * Decides whose request is worked on next: each connection in turn, and no turn is long.
 *
 * ```
 * a connection with allowance left ──► at once
 * any other ──► its own line ──► one turn of the event loop ──► one turn ──► …
 * ```
 *
 * A turn works on the lines one after the other (deficit round robin). Each line receives a quantum, and its requests cost what
 * they use; a line that used too much has less in the next round. Between two turns the sockets are read, so a connection that
 * asks for little waits for one turn of the others, not for all their requests.
 *
 * | costs                                | bytes                                            |
 * | ------------------------------------ | ------------------------------------------------ |
 * | a request                            | `REQUEST_COST_BYTES` and its own length           |
 * | an answer, or any frame sent meanwhile | its length                                      |
 * | a millisecond of work                | `MS_COST_BYTES`; nothing in a simulation, where no time passes |
 *
 * A connection whose peer asks and does not read its answers is held: its requests wait until it has read, and then, because
 * nothing more is read from its socket, the peer waits, too.
 *
 * Invariants: the requests of one connection are worked on in their order; a line that is not empty receives a quantum in each
 * round, so every request is worked on in the end.
 * RocketMQ: thread pools for each kind of request (`sendMessageExecutor` …) with one queue for all connections.
 */
import type { Host } from '../host/host.ts'
import {
  LINE_ALLOWANCE_BYTES,
  MS_COST_BYTES,
  QUANTUM_BYTES,
  REQUEST_COST_BYTES,
  TURN_BYTES,
  WAITING_REQUEST_BYTES,
} from './limits.ts'

interface Job {
  readonly costBytes: number
  readonly run: () => void
}

/** The requests of one connection that wait. */
export class TurnLine {
  /** What the connection may still cost before it must wait; negative after a costly request. */
  balanceBytes = LINE_ALLOWANCE_BYTES
  /** The length of all frames that wait, in bytes. */
  waitingBytes = 0
  /** True while the peer leaves too much unread: none of its requests is worked on. */
  isHeld = false
  /** True while the line is among those that wait for a turn. */
  isQueued = false
  #jobs: Job[] = []
  #next = 0

  get isEmpty(): boolean {
    return this.#next === this.#jobs.length
  }

  push(job: Job): void {
    this.#jobs.push(job)
    this.waitingBytes += job.costBytes + WAITING_REQUEST_BYTES
  }

  shift(): Job {
    const job = this.#jobs[this.#next++]!
    this.waitingBytes -= job.costBytes + WAITING_REQUEST_BYTES
    if (this.isEmpty) this.clear()
    return job
  }

  /** Drops all requests that wait: the connection was cut. */
  clear(): void {
    this.#jobs = []
    this.#next = 0
    this.waitingBytes = 0
  }
}

/** The turns of one server's connections. */
export class FairTurns {
  readonly #host: Host
  /** Lines that are not empty, the next one first. */
  #lines: TurnLine[] = []
  #spentAtOnce = 0
  #isTurnComing = false

  constructor(host: Host) {
    this.#host = host
  }

  // #region fair-turns
  /** Calls `run` now, or in the turn of `line`. `costBytes` is the length of the request. */
  run(line: TurnLine, costBytes: number, run: () => void): void {
    if (line.isEmpty && !line.isHeld && line.balanceBytes > 0 && this.#spentAtOnce < TURN_BYTES) {
      this.#spentAtOnce += this.#work(line, { costBytes, run })
      return
    }
    line.push({ costBytes, run })
    this.#enqueue(line)
    if (!line.isHeld) this.#turnSoon()
  }

  /** Lets the requests of `line` wait: its peer asks, and does not read the answers. */
  hold(line: TurnLine): void {
    line.isHeld = true
  }

  /** Ends `hold`. */
  release(line: TurnLine): void {
    if (!line.isHeld) return
    line.isHeld = false
    this.#enqueue(line)
    if (!line.isEmpty) this.#turnSoon()
  }

  /** Charges the connection of `line` for bytes that were sent to it, or for work that was done for it. */
  spent(line: TurnLine, costBytes: number): void {
    line.balanceBytes -= costBytes
  }

  #enqueue(line: TurnLine): void {
    if (line.isEmpty || line.isHeld || line.isQueued) return
    line.isQueued = true
    this.#lines.push(line)
  }

  #turnSoon(): void {
    if (this.#isTurnComing) return
    this.#isTurnComing = true
    this.#host.clock.after(0, () => this.#turn())
  }

  #turn(): void {
    this.#isTurnComing = false
    this.#spentAtOnce = 0
    let spent = 0
    // rounds over all lines, until the turn is used up or no request waits
    while (spent < TURN_BYTES && this.#lines.length > 0) {
      const round = this.#lines
      this.#lines = []
      for (const [i, line] of round.entries()) {
        if (spent >= TURN_BYTES) {
          this.#lines = [...round.slice(i), ...this.#lines] // these lines have not had their quantum in this round
          break
        }
        line.isQueued = false
        line.balanceBytes = Math.min(line.balanceBytes + QUANTUM_BYTES, LINE_ALLOWANCE_BYTES)
        while (!line.isEmpty && !line.isHeld && line.balanceBytes > 0 && spent < TURN_BYTES)
          spent += this.#work(line, line.shift())
        this.#enqueue(line)
      }
    }
    if (this.#lines.length > 0) this.#turnSoon()
  }
  // #endregion fair-turns

  /** Does one job and returns its cost. */
  #work(line: TurnLine, { costBytes, run }: Job): number {
    const before = line.balanceBytes
    const startMs = this.#host.clock.monotonicMs()
    run()
    line.balanceBytes -= REQUEST_COST_BYTES + costBytes + (this.#host.clock.monotonicMs() - startMs) * MS_COST_BYTES
    return before - line.balanceBytes
  }
}
