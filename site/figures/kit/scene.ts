/**
 * The reducer: what is true in the picture after the first n events. Plain data, so that two scenes can be compared.
 *
 * It never looks ahead: a frame under way has its planned arrival, and if it is lost an event of its own says so.
 */
import { decodeBase64 } from '../../../reference/common/base64.ts'
import { decodeUtf8 } from '../../../reference/common/utf8.ts'
import type { EventKind, TraceEvent, TraceEventOf } from '../../../reference/host/trace.ts'
import type { EventLog } from './log.ts'
import type { CastMember, Role } from './types.ts'

export interface SceneNode {
  readonly name: string
  readonly role: Role
  state: 'absent' | 'starting' | 'running' | 'stopped'
  /** How it ended: '' while it has not. */
  ended: string
  isCut: boolean
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
}

export interface SceneBroker {
  log: SceneRecord[]
  flushedTo: number
  queues: Record<string, SceneQueue>
  /** Committed offsets as they are on disk: what a restart finds. */
  onDisk: Record<string, Record<string, number>>
}

export interface SceneMessage {
  readonly key: string
  tag: string
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
  messages: Record<string, SceneMessage>
  cuts: Record<string, string>
  /** Text of the last named moment. */
  moment: string
}

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
    messages: {},
    cuts: {},
    moment: '',
  }
  for (const { name, role, queues = [] } of cast) {
    scene.nodes[name] = {
      name,
      role,
      state: 'absent',
      ended: '',
      isCut: false,
      routes: {},
      assigned: [],
      working: [],
      done: [],
      failed: [],
    }
    if (role !== 'broker' && role !== 'slave') continue
    const lanes = queues.map((queue): [string, SceneQueue] => [queue, emptyQueue()])
    scene.brokers[name] = { log: [], flushedTo: 0, queues: Object.fromEntries(lanes), onDisk: {} }
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

type Handlers = { [K in EventKind]?: (scene: Scene, event: TraceEventOf<K>, log: EventLog) => void }

const ON: Handlers = {
  'script.step': (scene, { text }) => {
    scene.moment = text
  },
  'node.started': (scene, { node }) => {
    const it = scene.nodes[node]
    if (it === undefined) return
    it.state = 'starting'
    it.ended = ''
    const broker = scene.brokers[node]
    if (broker !== undefined) recover(broker)
  },
  'node.ready': (scene, { node }) => {
    const it = scene.nodes[node]
    if (it !== undefined) it.state = 'running'
  },
  'node.stopped': (scene, { node, how }) => stop(scene, node, how),
  'net.connecting': (scene, { node, connection, to }) => {
    const peer = to.replace(/:\d+$/, '')
    if (scene.nodes[node] === undefined || scene.nodes[peer] === undefined) return
    scene.connections[connection] = { id: connection, from: node, to: peer, state: 'opening' }
  },
  'net.opened': (scene, { node, connection }) => {
    const it = scene.connections[connection]
    if (it?.from !== node) return
    it.state = 'open'
    delete scene.broken[pairOf(it.from, it.to)]
  },
  'net.closed': (scene, { connection, reason }) => sever(scene, String(connection), !reason.startsWith('closed')),
  'net.sent': (scene, event, log) => {
    const { n, node, connection, peer, sizeBytes, atMs, arrivesMs } = event
    if (scene.nodes[node] === undefined || scene.nodes[peer] === undefined) return
    const { name = '', type = '', code = 0, keys = [] } = log.frame(n) ?? {}
    scene.flights.push({
      n,
      connection,
      from: node,
      to: peer,
      name,
      type,
      code,
      keys,
      sentMs: atMs,
      arrivesMs,
      sizeBytes,
    })
  },
  'net.delivered': (scene, { cause }) => land(scene, cause),
  'net.lost': (scene, { cause }) => land(scene, cause),
  'fault.began': (scene, { id, fault, text }) => {
    if (fault !== 'partition') return
    const [side] = (JSON.parse(text) as { between: string[][] }).between
    const name = side?.[0] ?? ''
    scene.cuts[id] = name
    if (scene.nodes[name] !== undefined) scene.nodes[name].isCut = true
  },
  'fault.healed': (scene, { id }) => {
    const it = scene.nodes[scene.cuts[id] ?? '']
    delete scene.cuts[id]
    if (it !== undefined) it.isCut = Object.values(scene.cuts).includes(it.name)
  },
  'app.called': (scene, { node, text }) => {
    const it = scene.nodes[node]
    if (it?.role !== 'producer') return
    const { key = '', tag = '' } = JSON.parse(text) as { key?: string; tag?: string }
    if (key === '') return
    scene.messages[key] = { key, tag, state: 'called', place: node }
    it.working.push(key)
  },
  'message.sending': (scene, { key, brokerName, queueId }) =>
    move(scene, key, 'sending', `${brokerName}, queue ${queueId}`),
  'message.sent': (scene, { node, key, status }) => {
    const it = scene.nodes[node]
    const isGood = status === 'SEND_OK'
    if (it !== undefined) {
      it.working = it.working.filter((one) => one !== key)
      if (isGood) it.done.push(key)
      else it.failed.push(key)
    }
    const message = scene.messages[key]
    if (message === undefined || message.state === 'cached' || message.state === 'consumed') return
    message.state = isGood ? 'acknowledged' : 'failed'
  },
  'route.registered': (scene, { node, brokerName, address }) => {
    const it = scene.nodes[node]
    if (it !== undefined) it.routes[brokerName] = address
  },
  'route.removed': (scene, { node, brokerName }) => {
    delete scene.nodes[node]?.routes[brokerName]
  },
  'route.updated': (scene, { node, brokers }) => {
    const it = scene.nodes[node]
    if (it === undefined) return
    const pairs = brokers.split(' ').map((pair) => pair.split('='))
    it.routes = Object.fromEntries(
      pairs.filter(([name = '']) => name !== '').map(([name, address = '']) => [name, address]),
    )
  },
  'record.appended': (scene, event) => {
    const { n, node, topic, queueId, queueOffset, physicalOffset, sizeBytes, key } = event
    const queue = `${topic}/${queueId}`
    scene.brokers[node]?.log.push({ n, key, queue, queueOffset, physicalOffset, sizeBytes, isFlushed: false })
    move(scene, key, 'stored', `${node}, ${topic} queue ${queueId}, offset ${queueOffset}`)
  },
  'entry.dispatched': (scene, { node, topic, queueId, queueOffset, physicalOffset }) => {
    const broker = scene.brokers[node]
    const queue = broker?.queues[`${topic}/${queueId}`]
    if (queue === undefined || broker === undefined) return
    const record = broker.log.find((one) => one.physicalOffset === physicalOffset)
    queue.cells[queueOffset] = record?.key ?? ''
    queue.max = queueOffset + 1
  },
  'log.flushed': (scene, { node, physicalOffset }) => {
    const broker = scene.brokers[node]
    if (broker === undefined) return
    broker.flushedTo = physicalOffset
    for (const record of broker.log) record.isFlushed ||= record.physicalOffset + record.sizeBytes <= physicalOffset
  },
  'pull.held': (scene, { node, group, topic, queueId }) => {
    const queue = scene.brokers[node]?.queues[`${topic}/${queueId}`]
    if (queue !== undefined && !queue.held.includes(group)) queue.held.push(group)
  },
  'pull.woken': (scene, { node, group, topic, queueId }) => {
    const queue = scene.brokers[node]?.queues[`${topic}/${queueId}`]
    if (queue !== undefined) queue.held = queue.held.filter((one) => one !== group)
  },
  'offset.committed': (scene, { node, group, topic, queueId, queueOffset }) => {
    const queue = scene.brokers[node]?.queues[`${topic}/${queueId}`]
    if (queue !== undefined) queue.committed[group] = queueOffset
  },
  'consumer.left': (scene, { node, group }) => {
    for (const queue of Object.values(scene.brokers[node]?.queues ?? {}))
      queue.held = queue.held.filter((one) => one !== group)
  },
  'disk.written': (scene, { node, path, payload }) => {
    const broker = scene.brokers[node]
    if (broker !== undefined && /consumerOffset\.json(\.tmp)?$/.test(path))
      broker.onDisk = offsetsIn(payload) ?? broker.onDisk
  },
  'queue.assigned': (scene, { node, brokerName, topic, queueId }) => {
    const it = scene.nodes[node]
    const queue = `${brokerName}/${topic}/${queueId}`
    if (it !== undefined && !it.assigned.includes(queue)) it.assigned.push(queue)
  },
  'queue.released': (scene, { node, brokerName, topic, queueId }) => {
    const it = scene.nodes[node]
    if (it !== undefined) it.assigned = it.assigned.filter((one) => one !== `${brokerName}/${topic}/${queueId}`)
  },
  'message.cached': (scene, { node, key }) => {
    const it = scene.nodes[node]
    if (it !== undefined && !it.working.includes(key)) it.working.push(key)
    move(scene, key, 'cached', node)
  },
  'message.consumed': (scene, { node, key, status }) => {
    const it = scene.nodes[node]
    if (it === undefined || status !== 'CONSUME_SUCCESS') return
    it.working = it.working.filter((one) => one !== key)
    it.done.push(key)
    move(scene, key, 'consumed', node)
  },
}

function emptyQueue(): SceneQueue {
  return { cells: [], max: 0, committed: {}, held: [] }
}

function move(scene: Scene, key: string, state: SceneMessage['state'], place: string): void {
  const message = scene.messages[key]
  if (message === undefined) return
  message.state = state
  message.place = place
}

function land(scene: Scene, n: number): void {
  const at = scene.flights.findIndex((flight) => flight.n === n)
  if (at >= 0) scene.flights.splice(at, 1)
}

/** What was only in memory is gone; what is on disk stays. */
function stop(scene: Scene, node: string, how: string): void {
  const it = scene.nodes[node]
  if (it === undefined) return
  it.state = 'stopped'
  it.ended = how
  it.routes = {}
  it.assigned = []
  it.working = []
  for (const queue of Object.values(scene.brokers[node]?.queues ?? {})) queue.held = []
  for (const [id, { from, to }] of Object.entries(scene.connections))
    if (from === node || to === node) sever(scene, id, true)
}

/** Takes a connection away; one that broke leaves its two ends in the picture. */
function sever(scene: Scene, id: string, isBroken: boolean): void {
  const it = scene.connections[id]
  if (it === undefined) return
  delete scene.connections[id]
  const pair = pairOf(it.from, it.to)
  if (isBroken && it.state === 'open') scene.broken[pair] = { pair, from: it.from, to: it.to }
}

function pairOf(a: string, b: string): string {
  return a < b ? `${a}~${b}` : `${b}~${a}`
}

/** A broker that starts again knows the committed offsets that its disk knows. */
function recover(broker: SceneBroker): void {
  for (const [name, queue] of Object.entries(broker.queues)) {
    queue.held = []
    queue.committed = { ...broker.onDisk[name] }
  }
}

/** The committed offsets in `consumerOffset.json`, by queue and group. */
function offsetsIn(payload: string): Record<string, Record<string, number>> | undefined {
  try {
    const { offsetTable } = JSON.parse(decodeUtf8(decodeBase64(payload))) as {
      offsetTable?: Record<string, Record<string, number>>
    }
    const byQueue: Record<string, Record<string, number>> = {}
    for (const [name, offsets] of Object.entries(offsetTable ?? {})) {
      const [topic = '', group = ''] = name.split('@')
      for (const [queueId, offset] of Object.entries(offsets)) (byQueue[`${topic}/${queueId}`] ??= {})[group] = offset
    }
    return byQueue
  } catch {
    return undefined // the file came in pieces, or is not what we think: keep what we knew
  }
}
