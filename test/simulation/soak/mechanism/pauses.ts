/** How long each node stood still, by the log of faults. */
import type { TraceEvent } from '../../../../reference/host/trace.ts'

interface Pause {
  readonly id: number
  readonly node: string
  readonly fromMs: number
  toMs: number
}

export class Pauses {
  readonly #pauses: Pause[] = []

  hear(event: TraceEvent): void {
    if (event.kind === 'fault.began' && event.fault === 'pause') {
      const { node } = JSON.parse(event.text) as { node: string }
      this.#pauses.push({ id: event.id, node, fromMs: event.atMs, toMs: Infinity })
    } else if (event.kind === 'fault.healed') {
      for (const pause of this.#pauses) if (pause.id === event.id) pause.toMs = event.atMs
    }
  }

  /** Of the time between two moments: how much of it the node stood still, ms. Pauses that overlap count once. */
  stoodStillMs(node: string, fromMs: number, toMs: number): number {
    let untilMs = fromMs
    let stillMs = 0
    for (const pause of this.#pauses) {
      if (pause.node !== node) continue
      const beganMs = Math.max(pause.fromMs, untilMs)
      const endedMs = Math.min(pause.toMs, toMs)
      if (endedMs <= beganMs) continue
      stillMs += endedMs - beganMs
      untilMs = endedMs
    }
    return stillMs
  }
}
