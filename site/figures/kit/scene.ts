/**
 * The reducer: what is true in the picture after the first n events. Plain data, so that two scenes can be compared.
 *
 * It never looks ahead: a frame under way has its planned arrival, and if it is lost an event of its own says so. How each kind
 * of event changes the scene stands with its mechanism (`mechanisms/`).
 */
import type { TraceEvent } from '../../../reference/host/trace.ts'
import type { EventLog } from './log.ts'
import { ON } from './mechanisms/known.ts'
import type { Scene, SceneQueue } from './state.ts'
import type { CastMember } from './types.ts'

export type * from './state.ts'

/** The scene before anything has happened. */
export function emptyScene(cast: readonly CastMember[]): Scene {
  const scene: Scene = {
    n: 0,
    atMs: 0,
    nodes: {},
    connections: {},
    broken: {},
    flights: [],
    brokers: {},
    controllers: {},
    messages: {},
    faults: {},
    links: {},
    moment: '',
  }
  for (const { name, role, queues = [] } of cast) {
    scene.nodes[name] = {
      name,
      role,
      state: 'absent',
      ended: '',
      isCut: false,
      isPaused: false,
      disk: '',
      clockMs: 0,
      routes: {},
      assigned: [],
      working: [],
      done: [],
      failed: [],
    }
    if (role === 'controller')
      scene.controllers[name] = {
        term: 0,
        votedFor: '',
        isLeader: false,
        log: [],
        committed: 0,
        masters: {},
        replicas: {},
      }
    if (role !== 'broker' && role !== 'slave') continue
    const lanes = queues.map((queue): [string, SceneQueue] => [queue, emptyQueue()])
    scene.brokers[name] = {
      log: [],
      flushedTo: 0,
      copiedTo: 0,
      confirmedTo: 0,
      masterEpoch: 0,
      isActing: false,
      queues: Object.fromEntries(lanes),
      kept: {},
      onDisk: {},
    }
  }
  return scene
}

/** Applies one event to a scene, in place. */
export function apply(scene: Scene, event: TraceEvent, log: EventLog): void {
  scene.n = event.n
  scene.atMs = event.atMs
  const handle = ON[event.kind] as ((scene: Scene, event: TraceEvent, log: EventLog) => void) | undefined
  handle?.(scene, event, log)
}

/** The scene after the first `count` events, from nothing. */
export function reduce(log: EventLog, cast: readonly CastMember[], count: number): Scene {
  const scene = emptyScene(cast)
  for (let i = 0; i < count; i++) apply(scene, log.events[i]!, log)
  return scene
}

function emptyQueue(): SceneQueue {
  return { cells: [], max: 0, committed: {}, held: [], lockedBy: {} }
}
