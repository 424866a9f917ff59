/**
 * What programs leave behind when they have stopped as they were told: timers that would still fire, connections,
 * listeners and open files. Within a process that goes on, such as a page, they would stay for ever.
 */

import { NodeLife } from '../../reference/host/sim/node-life.ts'
import type { PortHost } from '../../reference/host/sim/port-host.ts'
import { Simulation } from '../../reference/host/sim/simulation.ts'

/** So long a program that has stopped lives on: its connections close meanwhile. */
const CLOSING_MS = 500

type Timers = Map<number, string>

/** Runs a script on simulated clusters. Returns one line for each thing that a stopped program left behind. */
export async function leftBehind(script: () => Promise<unknown>): Promise<readonly string[]> {
  const { setTimer, cancelTimer, openFile, closeFile } = NodeLife.prototype
  const files = new Map<NodeLife, Map<number, string>>()
  const { stopped } = Simulation.prototype
  const left: string[] = []
  const timers = new Map<NodeLife, Timers>()
  NodeLife.prototype.setTimer = function (delayMs) {
    const timer = setTimer.call(this, delayMs)
    timersOf(timers, this).set(timer, `a timer of ${delayMs} ms, set in ${callers()}`)
    return timer
  }
  NodeLife.prototype.cancelTimer = function (timer) {
    timers.get(this)?.delete(timer)
    cancelTimer.call(this, timer)
  }
  NodeLife.prototype.openFile = function (path) {
    const file = openFile.call(this, path)
    if (!files.has(this)) files.set(this, new Map())
    files.get(this)!.set(file, path)
    return file
  }
  NodeLife.prototype.closeFile = function (file) {
    files.get(this)?.delete(file)
    closeFile.call(this, file)
  }
  Simulation.prototype.stopped = function (life) {
    this.scheduler.at(this.scheduler.nowMs + CLOSING_MS, () => {
      for (const what of timers.get(life)?.values() ?? []) left.push(`${life.name}: ${what}`)
      for (const path of files.get(life)?.values() ?? []) left.push(`${life.name}: the open file ${path}`)
      for (const listener of life.listeners.values()) left.push(`${life.name}: it listens at ${listener.address}`)
      if (life.ends.size > 0) left.push(`${life.name}: open connections: ${life.ends.size}`)
      if (!life.hasEnded) stopped.call(this, life)
    })
  }
  try {
    await script()
  } finally {
    Object.assign(NodeLife.prototype, { setTimer, cancelTimer, openFile, closeFile })
    Object.assign(Simulation.prototype, { stopped })
  }
  return left
}

/** The timers of a life that are set. A timer that fires is taken out. */
function timersOf(all: Map<NodeLife, Timers>, life: NodeLife): Timers {
  const known = all.get(life)
  if (known !== undefined) return known
  const timers: Timers = new Map()
  const events = life.events as PortHost
  const fires = events.timer.bind(events)
  events.timer = (timer) => {
    timers.delete(timer)
    fires(timer)
  }
  all.set(life, timers)
  return timers
}

/** The lines of the reference that have set a timer. */
function callers(): string {
  const lines = (new Error().stack ?? '').split('\n').filter((line) => !line.includes('/host/sim/'))
  return lines
    .flatMap((line) => /reference\/[\w/-]+\.ts:\d+/.exec(line)?.[0] ?? [])
    .slice(0, 3)
    .join(' < ')
}
