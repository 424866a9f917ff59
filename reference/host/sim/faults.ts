/**
 * Begins and ends the faults (`Fault` of `cluster.ts`) of a simulated cluster.
 *
 * Several faults may be active at the same time, even several faults of one kind on one node. Each fault ends separately, in
 * any order.
 */
import { checkFaultNodes, type Fault } from '../cluster.ts'
import { SLOW_SYNC_MS } from '../limits.ts'
import type { DiskFault } from './disk.ts'
import type { LinkFault } from './links.ts'
import type { Simulation } from './simulation.ts'

/**
 * Begins a fault. Returns a function that ends this fault. Throws an Error with one sentence when the fault names a node
 * that was never started.
 */
export function beginFault(simulation: Simulation, fault: Fault): () => void {
  checkFaultNodes(fault, (node) => simulation.nodes.has(node))
  if (fault.kind === 'partition') return beginPartition(simulation, fault)
  if (fault.kind === 'link') return beginLink(simulation, fault)
  const node = simulation.nodes.get(fault.node)!
  if (fault.kind === 'pause') {
    node.pause()
    return () => node.resume()
  }
  if (fault.kind === 'clock') {
    node.skewMs += fault.skewMs
    return () => {
      node.skewMs -= fault.skewMs
    }
  }
  const on: DiskFault = { fails: fault.fails, delayMs: fault.delayMs ?? SLOW_SYNC_MS }
  node.disk.faults.add(on)
  return () => void node.disk.faults.delete(on)
}

function beginPartition(simulation: Simulation, fault: Fault & { kind: 'partition' }): () => void {
  const on: LinkFault = {
    holds: fault.held === 'keep',
    cuts: fault.held === 'reset',
    refuses: false,
    delayMs: 0,
    bytesPerMs: Number.POSITIVE_INFINITY,
  }
  const pairs = fault.between[0].flatMap((a) => fault.between[1].filter((b) => a !== b).map((b) => [a, b] as const))
  for (const [a, b] of pairs) {
    simulation.links.add(a, b, on)
    simulation.links.add(b, a, on)
    if (on.cuts) simulation.network.breakBetween(a, b)
  }
  return () => {
    for (const [a, b] of pairs) {
      simulation.links.remove(a, b, on)
      simulation.links.remove(b, a, on)
    }
    simulation.network.release()
  }
}

function beginLink(simulation: Simulation, fault: Fault & { kind: 'link' }): () => void {
  const { hold: holds = false, refuse: refuses = false, delayMs = 0, bytesPerSecond = Number.POSITIVE_INFINITY } = fault
  const on: LinkFault = { holds, cuts: false, refuses, delayMs, bytesPerMs: bytesPerSecond / 1_000 }
  simulation.links.add(fault.from, fault.to, on)
  if (!fault.oneWay) simulation.links.add(fault.to, fault.from, on)
  return () => {
    simulation.links.remove(fault.from, fault.to, on)
    if (!fault.oneWay) simulation.links.remove(fault.to, fault.from, on)
    if (holds) simulation.network.release()
  }
}
