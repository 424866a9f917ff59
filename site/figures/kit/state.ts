/**
 * What a scene is made of, and what several mechanisms do to one. Plain data, so that two scenes can be compared.
 */
import type { Fault } from '../../../reference/host/cluster.ts'
import type { EventKind, TraceEventOf } from '../../../reference/host/trace.ts'
import type { EventLog } from './log.ts'
import type { Role } from './types.ts'

export interface SceneNode {
  readonly name: string
  /** Of a broker under a controller: the role that it has now. */
  role: Role
  state: 'absent' | 'starting' | 'running' | 'stopped'
  /** How it ended: '' while it has not. */
  ended: string
  isCut: boolean
  isPaused: boolean
  /** What is wrong with its disk, in words; '' for nothing. */
  disk: string
  /** How far its wall clock is off, in ms. */
  clockMs: number
  /** Brokers a NameServer has in its route table; what a client knows of the topic. */
  routes: Record<string, string>
  /** Clients: queues it owns, as `broker-a/Orders/0`. */
  assigned: string[]
  /** Producers: keys under way, in the order of `send()`. Consumers: keys handed to the application. */
  working: string[]
  /** Producers: keys acknowledged. Consumers: keys consumed, in order. */
  done: string[]
  failed: string[]
}

export interface SceneConnection {
  readonly id: number
  readonly from: string
  readonly to: string
  state: 'opening' | 'open'
}

/** A connection that broke, until a new one is opened between the two. */
export interface SceneBreak {
  readonly pair: string
  readonly from: string
  readonly to: string
}

/** A link between two nodes that is slow, or lets bytes wait. */
export interface SceneLink {
  readonly from: string
  readonly to: string
  /** Only what `from` sends is concerned. */
  readonly isOneWay: boolean
  readonly isHeld: boolean
  readonly delayMs: number
}

/** A fault that has begun and is not healed. */
export interface SceneFault {
  readonly kind: Fault['kind']
  /** The nodes that it strikes; of a cut, those that are alone; none for a link. */
  readonly nodes: readonly string[]
  readonly what: string
  readonly ms: number
}

/** Bytes under way. */
export interface SceneFlight {
  /** Number of its `net.sent`. */
  readonly n: number
  readonly connection: number
  readonly from: string
  readonly to: string
  readonly name: string
  readonly type: string
  readonly code: number
  readonly keys: readonly string[]
  readonly sentMs: number
  readonly arrivesMs: number
  readonly sizeBytes: number
}

export interface SceneRecord {
  readonly n: number
  readonly key: string
  readonly queue: string
  readonly queueOffset: number
  readonly physicalOffset: number
  readonly sizeBytes: number
  isFlushed: boolean
}

export interface SceneQueue {
  /** Keys by queue offset; entries that the consume queue has, not merely the log. */
  cells: string[]
  /** Next offset to be given: the open end. */
  max: number
  /** Group → committed offset. */
  committed: Record<string, number>
  /** Groups whose pull waits here. */
  held: string[]
  /** Group → the member that has locked the queue. */
  lockedBy: Record<string, string>
}

/** Why a broker keeps a message that it has stored from the consumers, or from all but one. */
export type KeptWhy = 'delay' | 'timer' | 'half' | 'popped' | 'dead'

/** A message that a broker keeps back. */
export interface SceneKept {
  readonly why: KeptWhy
  /** Where it lies, as `Orders/0/17`, for events that name no key; '' when that is not told. */
  readonly at: string
  /** Until when, on the broker's clock in milliseconds since 1970; -1: not by time. */
  readonly untilMs: number
  /** What else there is to say, such as how often a producer was asked. */
  readonly note: string
}

export interface SceneBroker {
  log: SceneRecord[]
  flushedTo: number
  /** Of a master: up to where it knows that a slave has its log. */
  copiedTo: number
  /** Under a controller: up to where it knows that every member of the in-sync set has its log. */
  confirmedTo: number
  /** The master epoch of its role; 0 without a controller. */
  masterEpoch: number
  /** A slave that does the work of its missing master. */
  isActing: boolean
  queues: Record<string, SceneQueue>
  /** Messages that it keeps back, by key. */
  kept: Record<string, SceneKept>
  /** Committed offsets as they are on disk: what a restart finds. */
  onDisk: Record<string, Record<string, number>>
}

/** An entry of a controller's log. */
export interface SceneEntry {
  readonly index: number
  readonly term: number
  readonly command: string
}

/** A controller: its part in the group, and what it knows of broker names. */
export interface SceneController {
  term: number
  /** For whom it has voted in this term, by the name of that controller in the group; '' for nobody. */
  votedFor: string
  isLeader: boolean
  log: SceneEntry[]
  /** It knows that a majority has the entries up to this one. */
  committed: number
  /** By broker name: the id of the master (0: none), its epoch, and the in-sync set with commas. */
  masters: Record<string, { readonly brokerId: number; readonly masterEpoch: number; readonly syncStateSet: string }>
  /** By broker name and id, as `pair/2`: the node of each replica. */
  replicas: Record<string, string>
}

export interface SceneMessage {
  readonly key: string
  tag: string
  /** How often a group has given it back. */
  retries: number
  state: 'called' | 'sending' | 'stored' | 'acknowledged' | 'cached' | 'consumed' | 'failed'
  place: string
}

export interface Scene {
  /** Number of the last event in it; 0 before the first. */
  n: number
  atMs: number
  nodes: Record<string, SceneNode>
  connections: Record<string, SceneConnection>
  broken: Record<string, SceneBreak>
  flights: SceneFlight[]
  brokers: Record<string, SceneBroker>
  controllers: Record<string, SceneController>
  messages: Record<string, SceneMessage>
  /** Faults that stand, by id. */
  faults: Record<string, SceneFault>
  /** Links that are slow or held, by the id of the fault. */
  links: Record<string, SceneLink>
  /** Text of the last named moment. */
  moment: string
}

/** Applies one kind of event to a scene, in place. */
export type Handler<K extends EventKind> = (scene: Scene, event: TraceEventOf<K>, log: EventLog) => void

/** Says one kind of event in one sentence. */
export type Word<K extends EventKind> = (event: TraceEventOf<K>, log: EventLog) => string

/**
 * One mechanism of the message queue as the figures show it: how its events change the scene, and what each of them says. A
 * chapter that draws a mechanism for the first time adds one such file.
 */
export interface Mechanism<K extends EventKind> {
  readonly on: { readonly [P in K]?: Handler<P> }
  readonly words: { readonly [P in K]: Word<P> }
}

/** A mechanism whose kinds are those that it has words for. */
export function mechanism<K extends EventKind>(it: Mechanism<K>): Mechanism<K> {
  return it
}

/** Notes how far a message has come, and where it is. */
export function move(scene: Scene, key: string, state: SceneMessage['state'], place: string): void {
  const message = scene.messages[key]
  if (message === undefined) return
  message.state = state
  message.place = place
}

/** Notes that a broker keeps a message back; `what` replaces what was known of it. */
export function keep(scene: Scene, node: string, key: string, what: Partial<SceneKept> & Pick<SceneKept, 'why'>): void {
  const broker = scene.brokers[node]
  if (broker !== undefined) broker.kept[key] = { at: '', untilMs: -1, note: '', ...what }
}

/** Notes that a broker keeps a message back no longer. */
export function release(scene: Scene, node: string, key: string): void {
  delete scene.brokers[node]?.kept[key]
}
