/** Nodes, connections, bytes under way, disks, and what applications call: what every run is made of. */

import { mechanism, type Scene, type SceneBroker } from '../state.ts'
import { databaseAsked, databaseSays } from '../words/database.ts'
import { carried, list, verb } from '../words/say.ts'

export const world = mechanism({
  on: {
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
    'node.stopped': (scene, { node, how, reason }) => stop(scene, node, how === 'powercut' ? reason || how : how),
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
    'app.called': (scene, { node, name, text }) => {
      const it = scene.nodes[node]
      if (it?.role !== 'producer' || name === 'query') return // who asks for a message does not make one
      const { key = '', tag = '' } = JSON.parse(text) as { key?: string; tag?: string }
      if (key === '') return
      scene.messages[key] = { key, tag, retries: 0, state: 'called', place: node }
      it.working.push(key)
    },
    'disk.removed': (scene, { node, path }) => {
      const name = /consumequeue\/([^/]+\/\d+)\//.exec(path)?.[1] ?? ''
      const queue = scene.brokers[node]?.queues[name]
      if (queue === undefined || scene.nodes[node]?.state !== 'stopped') return // a running broker removes what is too old
      queue.cells = []
      queue.max = 0
    },
    'disk.written': (scene, { node, path, payload }) => {
      const broker = scene.brokers[node]
      if (broker !== undefined && /consumerOffset\.json(\.tmp)?$/.test(path))
        broker.onDisk = offsetsIn(payload) ?? broker.onDisk
    },
  },
  words: {
    'node.started': ({ node }) => `${node} starts.`,
    'node.ready': ({ node }) => `${node} is ready.`,
    'node.stopped': ({ node, how, reason }) => `${node} ${endWords(how, reason)}${reason === '' ? '' : `: ${reason}`}.`,
    'net.listening': ({ node, address }) => `${node} listens on ${address}.`,
    'net.connecting': ({ node, to }) => `${node} opens a connection to ${to}.`,
    'net.opened': ({ node, peer }) => `${node} is connected with ${peer}.`,
    'net.sent': (event, log) => `${event.node} ${verb(event, log)} ${event.peer} ${carried(event, log)}.`,
    'net.delivered': (event, log) =>
      `${event.node} gets ${event.sizeBytes} bytes from ${event.peer}: ${carried(event, log)}.`,
    'net.lost': (event, log) => `What ${event.node} sent ${event.peer} is lost: ${carried(event, log)}.`,
    'net.closed': ({ node, peer, reason }) =>
      `${node} sees its connection with ${peer} end${reason === '' ? '' : ` (${reason})`}.`,
    'disk.written': ({ node, path, sizeBytes, atBytes }) =>
      `${node} writes ${sizeBytes} bytes at ${atBytes} of ${path}.`,
    'disk.resized': ({ node, path, sizeBytes }) => `${node} makes ${path} ${sizeBytes} bytes long.`,
    'disk.synced': ({ node, path, error }) =>
      error === '' ? `${path} of ${node} is on the disk.` : `${node} cannot sync ${path}: ${error}.`,
    'disk.removed': ({ node, path }) => `${node} removes ${path}.`,
    'disk.renamed': ({ node, path, to }) => `${node} renames ${path} to ${to}.`,
    'disk.lost': ({ node, path, sizeBytes }) => `${node} loses ${sizeBytes} unsynced bytes of ${path}.`,
    'app.called': (event, log) =>
      `The application calls ${event.name}(${log.keys(event).join(', ')}) of ${event.node}.`,
    'app.answered': ({ node, name, error }) => `${name}() of ${node} ${error === '' ? 'returns' : `fails: ${error}`}.`,
    'app.handed': (event, log) =>
      databaseAsked(event.node, event.name, list(log.keys(event))) ??
      `${event.node} hands ${list(log.keys(event)) || event.name} to its listener.`,
    'app.replied': ({ node, name, text }) =>
      databaseSays(node, name, text) ??
      `The listener of ${node} answers ${/"status":"(\w+)"/.exec(text)?.[1] ?? text}.`,
    'script.step': ({ text }) => `${text}.`,
    'frame.sent': (event, log) => `${event.node} writes a frame: ${carried(event, log)}.`,
    'frame.received': (event, log) => `${event.node} reads a frame: ${carried(event, log)}.`,
    'frame.refused': ({ node, reason }) => `${node} refuses a frame: ${reason}.`,
    'log.line': ({ node, level, text }) => `${node} logs (${level}): ${text}`,
  },
})

/** How a node has ended, as a verb. A power cut for a reason, such as a fire, is one after which the machine is gone. */
function endWords(how: string, reason: string): string {
  if (how === 'killed') return 'is killed'
  if (how === 'powercut') return reason === '' ? 'loses power' : 'is gone'
  return how === 'returned' ? 'ends' : 'fails'
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
  const [broker, controller] = [scene.brokers[node], scene.controllers[node]]
  if (broker !== undefined) broker.isActing = false
  if (controller !== undefined) Object.assign(controller, { isLeader: false, committed: 0, masters: {} })
  for (const queue of Object.values(scene.brokers[node]?.queues ?? {})) {
    queue.held = []
    queue.lockedBy = {} // locks are kept in memory alone
  }
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

/** The text in a payload. With what every platform has: a decoder of the reference would cost a kilobyte of a page's script. */
function textOf(payload: string): string {
  return new TextDecoder().decode(Uint8Array.from(atob(payload), (one) => one.charCodeAt(0)))
}

/** The committed offsets in `consumerOffset.json`, by queue and group. */
function offsetsIn(payload: string): Record<string, Record<string, number>> | undefined {
  try {
    const { offsetTable } = JSON.parse(textOf(payload)) as {
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
