/**
 * A hash of an event log. Two runs can be compared by the hashes of their logs, so the logs need not be kept.
 *
 * The hash consists of two 32-bit hashes, similar to FNV-1a, over the JSON text of each event. The hash finds accidental
 * differences, but does not protect against forged logs. The grader uses SHA-256 for graded results.
 */
import type { TraceEvent } from '../trace.ts'

/** The hash of the events so far. */
export class TraceHash {
  #first = 0x811c9dc5
  #second = 0x01234567

  add(event: TraceEvent): void {
    const text = JSON.stringify(event)
    let first = this.#first
    let second = this.#second
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i)
      first = Math.imul(first ^ unit, 0x01000193)
      second = Math.imul(second ^ unit, 0x85ebca6b) ^ (second >>> 15)
    }
    this.#first = Math.imul(first ^ 0x0a, 0x01000193) // mix in a line feed, which ends the text of each event
    this.#second = Math.imul(second ^ 0x0a, 0x85ebca6b)
  }

  /** Returns the hash as sixteen hexadecimal digits. */
  text(): string {
    return hex(this.#first) + hex(this.#second)
  }
}

function hex(lane: number): string {
  return (lane >>> 0).toString(16).padStart(8, '0')
}
