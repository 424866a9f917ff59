/**
 * Decides which request of which connection is handled next. Requests that cannot be handled at once are handled in short
 * turns. Each turn serves the connections one after the other.
 *
 * ```
 * a request of a connection that still has allowance, ──► handled at once
 *   whose line is empty, while the requests that were
 *   handled at once since the last turn cost less than
 *   TURN_BYTES
 * any other request ──► the line of its connection ──► handled in a later turn
 * ```
 *
 * A line is a queue of the waiting requests of one connection. A turn serves the lines in rounds (deficit round robin). In
 * each round, the allowance of each line grows by `QUANTUM_BYTES`, the quantum, up to `LINE_ALLOWANCE_BYTES`. Each handled
 * request subtracts its cost from the allowance. A line without allowance waits for the next round. Between two turns, the
 * event loop reads the sockets. So a connection with few requests does not wait for all requests of the other connections.
 *
 * | what costs                           | cost in bytes                                    |
 * | ------------------------------------ | ------------------------------------------------ |
 * | a request                            | `REQUEST_COST_BYTES` plus its length              |
 * | an answer, any other frame that is sent, or a received part of an incomplete frame | its length |
 * | a millisecond of work                | `MS_COST_BYTES`; in a simulation 0, because no time passes during work |
 *
 * When a peer sends requests but does not read the answers, the line of its connection is held. The requests in a held line
 * wait until the peer has read the answers. When too many requests wait, the socket is no longer read, so the peer must
 * wait, too.
 *
 * Invariants: The requests of one connection are handled in the order of their arrival. A line that is not empty and not
 * held receives a quantum in each round. So each request in this line is handled at some time.
 *
 * RocketMQ: a thread pool for each kind of request (`sendMessageExecutor` …), with one queue for all connections.
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

/** The waiting requests of one connection. */
export class TurnLine {
  /**
   * The remaining allowance of the connection. When the allowance is 0 or less, requests must wait. The allowance is
   * negative after an expensive request.
   */
  balanceBytes = LINE_ALLOWANCE_BYTES
  /** The bytes of all waiting requests. Each request counts with the length of its frame plus `WAITING_REQUEST_BYTES`. */
  waitingBytes = 0
  /** True while the requests of this line wait because the peer has too many unread bytes. */
  isHeld = false
  /** True while the line waits for a turn. */
  isQueued = false
  #jobs: Job[] = []
  #next = 0
  /** Called each time when a request that has waited in the line was handled. */
  readonly onServed: () => void

  constructor(onServed: () => void = () => {}) {
    this.onServed = onServed
  }

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

  /** Removes all waiting requests from the line. Also called when the last request was taken from the line. */
  clear(): void {
    this.#jobs = []
    this.#next = 0
    this.waitingBytes = 0
  }
}

/** Decides the order of the turns of all connections of one server. */
export class FairTurns {
  readonly #host: Host
  /** The lines that wait for a turn. The first line is served next. */
  #lines: TurnLine[] = []
  #spentAtOnce = 0
  #isTurnComing = false
  /** The time at which the present job has begun. */
  #atMs = 0

  constructor(host: Host) {
    this.#host = host
  }

  // #region fair-turns
  /**
   * Calls `run` at once, or in a turn of `line`. `costBytes` is the length of the request that `run` handles, or 0 without
   * a request.
   */
  run(line: TurnLine, costBytes: number, run: () => void): void {
    if (line.isEmpty && !line.isHeld && line.balanceBytes > 0 && this.#spentAtOnce < TURN_BYTES) {
      this.#atMs = this.#host.clock.monotonicMs()
      this.#spentAtOnce += this.#work(line, costBytes, run)
      return
    }
    line.push({ costBytes, run })
    this.#enqueue(line)
    if (!line.isHeld) this.#turnSoon()
  }

  /** Makes the requests of `line` wait, because the peer of this line does not read its answers. */
  hold(line: TurnLine): void {
    line.isHeld = true
  }

  /** Ends `hold`. The requests of `line` are handled again. */
  release(line: TurnLine): void {
    if (!line.isHeld) return
    line.isHeld = false
    this.#enqueue(line)
    if (!line.isEmpty) this.#turnSoon()
  }

  /** Subtracts bytes that were sent or received from the allowance of `line`. */
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
    this.#atMs = this.#host.clock.monotonicMs()
    let spent = 0
    // repeat rounds until the requests of this turn have cost `TURN_BYTES`, or no line is left
    while (spent < TURN_BYTES && this.#lines.length > 0) {
      const round = this.#lines
      this.#lines = []
      for (const [i, line] of round.entries()) {
        if (spent >= TURN_BYTES) {
          this.#lines = [...round.slice(i), ...this.#lines] // these lines receive their quantum in the next turn
          break
        }
        line.isQueued = false
        line.balanceBytes = Math.min(line.balanceBytes + QUANTUM_BYTES, LINE_ALLOWANCE_BYTES)
        while (!line.isEmpty && !line.isHeld && line.balanceBytes > 0 && spent < TURN_BYTES) {
          const { costBytes, run } = line.shift()
          spent += this.#work(line, costBytes, run)
          line.onServed()
        }
        this.#enqueue(line)
      }
    }
    if (this.#lines.length > 0) this.#turnSoon()
  }
  // #endregion fair-turns

  /** Runs one job and returns its cost. The job has begun at `#atMs`: when the job before it has ended, or the turn began. */
  #work(line: TurnLine, costBytes: number, run: () => void): number {
    const before = line.balanceBytes
    const startMs = this.#atMs
    run()
    this.#atMs = this.#host.clock.monotonicMs()
    line.balanceBytes -= REQUEST_COST_BYTES + costBytes + (this.#atMs - startMs) * MS_COST_BYTES
    return before - line.balanceBytes
  }
}
