/** From when to when a node was cut off, paused, or wrong in its disk or its clock: for the views with a time axis. */
import type { TraceEvent } from '../../../../../reference/host/trace.ts'
import { faultIn, faultLabel, sceneFault } from '../../mechanisms/faults.ts'
import type { Fold } from './fold.ts'

/** A fault at a node; `toMs` is missing while it stands. */
export interface FaultSpan {
  readonly id: number
  readonly node: string
  readonly text: string
  readonly fromMs: number
  toMs?: number
}

/** The spans of every node, in the order of their beginnings. */
export const FAULT_SPANS: Fold<FaultSpan[]> = { empty: () => [], apply }

function apply(spans: FaultSpan[], event: TraceEvent): void {
  if (event.kind === 'fault.healed') {
    for (const span of spans) if (span.id === event.id && span.toMs === undefined) span.toMs = event.atMs
    return
  }
  if (event.kind !== 'fault.began') return
  const fault = faultIn(event.text)
  if (fault === undefined) return
  const it = sceneFault(fault)
  const text = faultLabel(it)
  if (text === '') return
  for (const node of it.nodes) {
    const isSame = spans.some((one) => one.node === node && one.text === text && one.toMs === undefined)
    if (!isSame) spans.push({ id: event.id, node, text, fromMs: event.atMs })
  }
}
