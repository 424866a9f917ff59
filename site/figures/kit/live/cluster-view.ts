/**
 * The glass cluster at one moment: what the event log says, folded into nodes, connections and messages on their way.
 *
 * Pure: events in, picture out, the same for the running demo and for a check's run that is looked at afterwards. Nothing
 * here draws; `site/labs/GlassCluster.svelte` does.
 */
import type { TraceEvent } from '../../../../reference/host/trace.ts'
import { routeName } from '../mechanisms/routes.ts'

export interface ViewNode {
  readonly name: string
  readonly program: string
  state: 'starting' | 'running' | 'ended'
  /** How it ended, in a word or a sentence. */
  ended: string
  isCut: boolean
  /** Broker: records stored. Producer: messages taken. Consumer: messages consumed. */
  count: number
}

/** Bytes on their way: seen from `sent` until they arrive or are lost. */
export interface ViewFlight {
  readonly n: number
  readonly from: string
  readonly to: string
  /** Name of the request that is in them, or of the one they answer. */
  readonly name: string
  readonly isResponse: boolean
  /** Place in the log. */
  readonly sentAt: number
  /** Virtual milliseconds the way takes. */
  readonly takesMs: number
}

/** An address that somebody tried and nobody answers at. */
export interface ViewGhost {
  readonly address: string
  readonly by: string
  readonly reason: string
  readonly n: number
}

export interface ClusterView {
  /** Events that are in it. */
  count: number
  nowMs: number
  /** The last thing the story said. */
  step: string
  readonly nodes: Map<string, ViewNode>
  /** Open connections: number to its two ends. */
  readonly links: Map<number, { readonly a: string; readonly b: string }>
  readonly flights: Map<number, ViewFlight>
  readonly ghosts: Map<string, ViewGhost>
  /** What the NameServer tells: broker name to address. A slave of `north` stands as `north #1`. */
  readonly routes: Map<string, string>
  readonly connecting: Map<number, { readonly by: string; readonly to: string }>
  lastFrame: { readonly n: number; readonly name: string; readonly isResponse: boolean } | undefined
  readonly cuts: Map<number, readonly string[]>
}

/** The cluster before anything has happened. */
export function emptyView(): ClusterView {
  return {
    count: 0,
    nowMs: 0,
    step: '',
    nodes: new Map(),
    links: new Map(),
    flights: new Map(),
    ghosts: new Map(),
    routes: new Map(),
    connecting: new Map(),
    lastFrame: undefined,
    cuts: new Map(),
  }
}

/**
 * The cluster after the first `count` events.
 * @param from an earlier picture of the same log, which is changed; a later one is of no use and is not
 * @param base the cluster before the first event, when the log's beginning is gone
 */
export function viewAt(
  events: readonly TraceEvent[],
  count: number,
  from?: ClusterView,
  base?: ClusterView,
): ClusterView {
  const fresh = () => (base === undefined ? emptyView() : structuredClone(base))
  const view = from !== undefined && from.count <= count ? from : fresh()
  for (let i = view.count; i < count && i < events.length; i++) addEvent(view, events[i]!)
  return view
}

/** Adds the next event. */
export function addEvent(view: ClusterView, event: TraceEvent): void {
  view.count++
  view.nowMs = event.atMs
  const node = view.nodes.get(event.node)
  switch (event.kind) {
    case 'node.started':
      view.nodes.set(event.node, {
        name: event.node,
        program: event.program,
        state: 'starting',
        ended: '',
        isCut: node?.isCut ?? false,
        count: node?.count ?? 0,
      })
      return
    case 'node.ready':
      if (node !== undefined) node.state = 'running'
      return
    case 'node.stopped':
      return endNode(view, node, event.how, event.reason)
    case 'script.step':
      view.step = event.text
      return
    case 'route.registered':
      view.routes.set(routeName(event.brokerName, event.brokerId), event.address)
      return
    case 'route.removed':
      view.routes.delete(routeName(event.brokerName, event.brokerId))
      return
    case 'record.appended':
    case 'message.consumed':
      if (node !== undefined) node.count++
      return
    case 'message.sent':
      if (node !== undefined && event.status === 'SEND_OK') node.count++
      return
    case 'fault.began':
    case 'fault.healed':
      return changeCut(view, event)
    case 'frame.sent':
      view.lastFrame = { n: event.n, name: event.name, isResponse: event.type === 'response' }
      return
    default:
      if (event.kind.startsWith('net.')) changeNet(view, event)
  }
}

function endNode(view: ClusterView, node: ViewNode | undefined, how: string, reason: string): void {
  if (node === undefined) return
  node.state = 'ended'
  node.ended = reason === '' ? (ENDED[how] ?? how) : reason
  for (const [id, { a, b }] of view.links) if (a === node.name || b === node.name) view.links.delete(id)
}

const ENDED: Readonly<Record<string, string>> = {
  returned: 'stopped',
  failed: 'failed',
  killed: 'killed',
  powercut: 'without power',
  runaway: 'did not return',
  lost: 'lost',
}

function changeCut(view: ClusterView, event: TraceEvent & { kind: 'fault.began' | 'fault.healed' }): void {
  if (event.kind === 'fault.healed') view.cuts.delete(event.id)
  else if (event.fault === 'partition') {
    const { between } = JSON.parse(event.text) as { between?: string[][] }
    view.cuts.set(event.id, between?.[0] ?? [])
  }
  const cut = new Set([...view.cuts.values()].flat())
  for (const node of view.nodes.values()) node.isCut = cut.has(node.name)
}

function changeNet(view: ClusterView, event: TraceEvent): void {
  switch (event.kind) {
    case 'net.connecting':
      view.connecting.set(event.connection, { by: event.node, to: event.to })
      return
    case 'net.opened':
      view.links.set(event.connection, { a: event.node, b: event.peer })
      view.ghosts.delete(view.connecting.get(event.connection)?.to ?? '')
      return
    case 'net.closed': {
      const tried = view.connecting.get(event.connection)
      if (tried !== undefined && !view.links.has(event.connection))
        view.ghosts.set(tried.to, { address: tried.to, by: tried.by, reason: event.reason, n: event.n })
      view.connecting.delete(event.connection)
      view.links.delete(event.connection)
      return
    }
    case 'net.sent': {
      const frame = view.lastFrame?.n === event.cause ? view.lastFrame : undefined
      view.flights.set(event.n, {
        n: event.n,
        from: event.node,
        to: event.peer,
        name: frame?.name ?? '',
        isResponse: frame?.isResponse ?? false,
        sentAt: view.count,
        takesMs: Math.max(1, event.arrivesMs - event.atMs),
      })
      return
    }
    case 'net.delivered':
    case 'net.lost':
      // what arrives names what was sent as its cause; what is lost takes everything on that connection with it
      if (!view.flights.delete(event.cause))
        for (const [n, { from, to }] of view.flights)
          if (event.kind === 'net.lost' && from === event.peer && to === event.node) view.flights.delete(n)
  }
}

/** For each sending, the place in the log where it arrives: how far a message is when time stands. */
export function arrivals(events: readonly TraceEvent[]): ReadonlyMap<number, number> {
  const places = new Map<number, number>()
  events.forEach((event, i) => {
    if (event.kind === 'net.delivered') places.set(event.cause, i + 1)
  })
  return places
}
