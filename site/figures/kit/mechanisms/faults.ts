/** Faults: what stands between the nodes and on them, what it changes in the picture, and what is said of it. */
import type { Fault } from '../../../../reference/host/cluster.ts'
import { mechanism, type Scene, type SceneFault } from '../state.ts'
import { list } from '../words/say.ts'

/** A fault as its event holds it; undefined when the text is not one. */
export function faultIn(text: string): Fault | undefined {
  try {
    return JSON.parse(text) as Fault
  } catch {
    return undefined
  }
}

export const faults = mechanism({
  on: {
    'fault.began': (scene, { id, text }) => {
      const fault = faultIn(text)
      if (fault === undefined) return
      scene.faults[id] = sceneFault(fault)
      if (fault.kind === 'link')
        scene.links[id] = {
          from: fault.from,
          to: fault.to,
          isOneWay: fault.oneWay === true,
          isHeld: fault.hold === true,
          delayMs: fault.delayMs ?? 0,
        }
      look(scene)
    },
    'fault.healed': (scene, { id }) => {
      delete scene.faults[id]
      delete scene.links[id]
      look(scene)
    },
  },
  words: {
    'fault.began': ({ fault, text }) => `${faultWords(fault, text)}.`,
    'fault.healed': ({ id, fault }, log) => {
      const began = log.events.find((event) => event.kind === 'fault.began' && event.id === id)
      return `${healedWords(fault, began?.kind === 'fault.began' ? faultIn(began.text) : undefined)}.`
    },
  },
})

/** What a fault does to which nodes. */
export function sceneFault(fault: Fault): SceneFault {
  switch (fault.kind) {
    case 'partition':
      return { kind: 'partition', nodes: fault.between[0], what: fault.held, ms: 0 }
    case 'link':
      return { kind: 'link', nodes: [], what: '', ms: fault.delayMs ?? 0 }
    case 'pause':
      return { kind: 'pause', nodes: [fault.node], what: '', ms: 0 }
    case 'clock':
      return { kind: 'clock', nodes: [fault.node], what: '', ms: fault.skewMs }
    case 'disk':
      return { kind: 'disk', nodes: [fault.node], what: fault.fails, ms: fault.delayMs ?? 0 }
  }
}

/** How each node is under the faults that stand now. */
function look(scene: Scene): void {
  const standing = Object.values(scene.faults)
  for (const node of Object.values(scene.nodes)) {
    const own = standing.filter((one) => one.nodes.includes(node.name))
    node.isCut = own.some(({ kind }) => kind === 'partition')
    node.isPaused = own.some(({ kind }) => kind === 'pause')
    node.clockMs = own.reduce((sum, { kind, ms }) => (kind === 'clock' ? sum + ms : sum), 0)
    node.disk = own
      .filter(({ kind }) => kind === 'disk')
      .map(({ what, ms }) => diskWords(what, ms))
      .join(', ')
  }
}

/** What a fault is called beside a node; '' for one that the nodes themselves do not show. */
export function faultLabel({ kind, what, ms }: SceneFault): string {
  if (kind === 'partition') return 'cut off'
  if (kind === 'pause') return 'paused'
  if (kind === 'clock') return clockWords(ms)
  return kind === 'disk' ? diskWords(what, ms) : ''
}

/** What is wrong with a disk, in a few words. */
function diskWords(fails: string, ms: number): string {
  if (fails === 'ENOSPC') return 'disk full'
  if (fails === 'slowSync') return `disk +${ms} ms`
  return fails === 'slowWrite' ? `writes +${ms} ms` : 'disk fails'
}

/** How far a clock is off: `clock +5 s`. */
export function clockWords(ms: number): string {
  return `clock ${ms < 0 ? '−' : '+'}${Math.abs(ms) / 1_000} s`
}

/** What is said when a fault ends; `began` is what it was. Bytes under way over a broken connection do not come later. */
function healedWords(kind: string, began: Fault | undefined): string {
  if (began?.kind === 'partition' && began.held !== 'keep')
    return `${list(began.between[0])} and ${list(began.between[1])} can connect again`
  if (began?.kind === 'link' && began.hold !== true) return 'The link is as it was'
  return HEALED[kind] ?? 'The fault is healed'
}

const HEALED: Readonly<Record<string, string>> = {
  partition: 'The cut is healed; what waited goes on its way',
  link: 'The link is as it was; what waited goes on its way',
  pause: 'The process goes on; what came meanwhile is handled now',
  clock: 'The clock is right again',
  disk: 'The disk is as it was',
}

function faultWords(kind: string, text: string): string {
  const fault = faultIn(text)
  if (fault === undefined) return `A fault begins: ${kind}`
  switch (fault.kind) {
    case 'partition': {
      const [one, others] = fault.between
      const whom = others.length > 2 ? 'everybody' : list(others)
      if (fault.held === 'keep') return `${list(one)} is cut off from ${whom}`
      return `The connections between ${list(one)} and ${whom} break; what is under way is lost`
    }
    case 'link':
      if (fault.hold === true) return `What ${fault.from} sends ${fault.to} waits; the other direction is open`
      if (fault.refuse === true) return `${fault.to} refuses new connections of ${fault.from}`
      return `The link between ${fault.from} and ${fault.to} is ${fault.delayMs ?? 0} ms slower`
    case 'pause':
      return `${fault.node} stands still: its process is there and does nothing`
    case 'clock':
      return `The clock of ${fault.node} jumps ${Math.abs(fault.skewMs) / 1_000} s ${fault.skewMs < 0 ? 'back' : 'ahead'}`
    case 'disk':
      if (fault.fails === 'ENOSPC') return `The disk of ${fault.node} is full`
      if (fault.fails === 'slowSync')
        return `Each sync of the disk of ${fault.node} takes ${fault.delayMs ?? 0} ms longer`
      return `The disk of ${fault.node} fails: ${fault.fails}`
  }
}
