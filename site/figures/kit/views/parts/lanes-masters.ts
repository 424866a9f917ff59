/**
 * Whom each node believes to be the master of a broker name, over time; which replicas have everything; and when a shop could sell.
 *
 * A row for each controller, NameServer, broker and producer of the cast. The fill is the master that this node knows of. In a row of
 * a broker, it is the broker itself while it is the master. With a controller, two more rows: the in-sync set, and the sends.
 */
import type { TraceEvent } from '../../../../../reference/host/trace.ts'
import type { EventLog } from '../../log.ts'
import type { CastMember } from '../../types.ts'
import type { ViewContext } from '../../view.ts'
import { shortTime } from './axis.ts'
import { type Fold, folded } from './fold.ts'
import { type Fill, fillsOf, type Row } from './lane-rows.ts'
import { become, type Dot, type Lane, lane, type Span } from './lane-state.ts'

/** A call of a shop, and when it was answered. */
interface Sale {
  readonly n: number
  readonly key: string
  readonly fromMs: number
  toMs?: number
  isGood: boolean
}

/** What a node believes that is not running. */
const DOWN = 'down'

interface Masters {
  /** By node: spans are `master|epoch`, with the name of the master's node; the epoch is '' where nobody told it. */
  readonly known: Map<string, Lane>
  /** By controller: spans are the ids of the in-sync set, with commas. */
  readonly sets: Map<string, Lane>
  /** The node that has each id, as the controllers have noted it. */
  readonly nodes: Map<number, string>
  /** The node that NameServers name as the master; '' for none. */
  registered: string
  /** Calls by node and number. */
  readonly sales: Map<string, Sale>
}

const MASTERS: Fold<Masters> = {
  empty: () => ({ known: new Map(), sets: new Map(), nodes: new Map(), registered: '', sales: new Map() }),
  apply,
}

const hostOf = (address: string) => address.replace(/:\d+$/, '')

function apply(state: Masters, event: TraceEvent, log: EventLog): void {
  const { node, atMs, n } = event
  const knows = (who: string, master: string, epoch: number | string = '') =>
    become(lane(state.known, who), master === '' ? '' : `${master}|${epoch}`, atMs)
  switch (event.kind) {
    case 'raft.appended': {
      const [, id, address = ''] =
        /"kind":"applyBrokerId".*"brokerId":(\d+),"brokerAddress":"([^"]*)"/.exec(event.command) ?? []
      if (id !== undefined) state.nodes.set(Number(id), hostOf(address))
      break
    }
    case 'master.elected':
      knows(node, state.nodes.get(event.brokerId) ?? '', event.masterEpoch)
      become(lane(state.sets, node), event.syncStateSet, atMs)
      break
    case 'syncset.changed':
      become(lane(state.sets, node), event.syncStateSet, atMs)
      break
    case 'role.taken':
      knows(node, hostOf(event.master), event.masterEpoch)
      break
    case 'route.registered':
      if (event.brokerId !== 0) break
      state.registered = hostOf(event.address)
      knows(node, hostOf(event.address))
      // without a controller, a broker that registers as the master believes that it is
      if (!epochIsKnown(state, hostOf(event.address))) knows(hostOf(event.address), hostOf(event.address))
      break
    case 'route.removed':
      if (event.brokerId !== 0) break
      state.registered = ''
      knows(node, '')
      break
    case 'route.updated': {
      // a route without a master names the slaves alone
      const named = /=(\S+)/.exec(event.brokers)?.[1]?.split(',').map(hostOf) ?? []
      knows(node, named.includes(state.registered) ? state.registered : '')
      break
    }
    case 'ha.connected':
      if (!epochIsKnown(state, node)) knows(node, hostOf(event.master))
      break
    case 'node.started':
      knows(node, '')
      break
    case 'node.stopped':
      become(lane(state.known, node), DOWN, atMs)
      if (state.sets.has(node)) become(lane(state.sets, node), '', atMs)
      break
    case 'app.called': {
      const key = event.name.startsWith('send') ? log.keys(event)[0] : undefined
      if (key !== undefined) state.sales.set(`${node} ${event.call}`, { n, key, fromMs: atMs, isGood: false })
      break
    }
    case 'app.answered': {
      const sale = state.sales.get(`${node} ${event.call}`)
      if (sale === undefined) break
      sale.toMs = atMs
      sale.isGood = event.text.includes('"status":"SEND_OK"')
      break
    }
  }
}

function epochIsKnown({ known }: Masters, node: string): boolean {
  return known.get(node)?.spans.some(({ what }) => /\|\d/.test(what)) ?? false
}

/** The rows at a cursor. */
export function masterRows({
  log,
  count,
  cast,
  atMs,
}: Pick<ViewContext, 'log' | 'count' | 'cast' | 'atMs'>): readonly Row[] {
  const state = folded(MASTERS, log, count)
  const brokers = cast.filter(({ role }) => role === 'broker' || role === 'slave').map(({ name }) => name)
  const rows = cast
    .filter(({ role }) => role !== 'consumer')
    .map((member) => knownRow(member, state.known.get(member.name)?.spans ?? [], brokers, atMs))
  const [controller] = cast.filter(({ role }) => role === 'controller')
  const sales = [...state.sales.values()]
  return [
    ...rows,
    ...(controller === undefined ? [] : [setRow(state, controller.name, brokers, atMs)]),
    ...(sales.length === 0 ? [] : [salesRow(sales, atMs)]),
  ]
}

function knownRow({ name }: CastMember, spans: readonly Span[], brokers: readonly string[], atMs: number): Row {
  const isBroker = brokers.includes(name)
  const look = (what: string) => {
    if (what === DOWN) return { text: DOWN, className: 'down', thing: `node:${name}` }
    const [master = '', epoch = ''] = what.split('|')
    const words = isBroker && master === name ? 'master' : isBroker ? `slave of ${master}` : master
    const index = Math.max(0, brokers.indexOf(master)) % 4
    return {
      text: epoch === '' ? words : `${words}, epoch ${epoch}`,
      short: isBroker && master === name ? 'master' : master,
      className: `state-broker owner-${index}${isBroker && master !== name ? ' follows' : ''}`,
      thing: `node:${name}`,
    }
  }
  const fills = fillsOf(
    spans.filter(({ what }) => what !== ''),
    atMs,
    look,
  )
  return { key: `knows:${name}`, label: name, thing: `node:${name}`, fills, dots: [], hole: 'nobody' }
}

function setRow(state: Masters, controller: string, brokers: readonly string[], atMs: number): Row {
  const spans = (state.sets.get(controller)?.spans ?? []).filter(({ what }) => what !== '')
  const look = (what: string) => {
    const names = what.split(',').map((id) => state.nodes.get(Number(id)) ?? id)
    const text = names.join(', ')
    const isWhole = names.length === brokers.length
    return { text, className: `set ${isWhole ? 'whole' : 'part'}`, thing: `node:${controller}` }
  }
  const fills = fillsOf(spans, atMs, look)
  return { key: 'set', label: 'in-sync set', thing: `node:${controller}`, fills, dots: [], hole: '' }
}

/** A dot for each answer; a fill from the first call that failed to the next answer that did not. */
function salesRow(sales: readonly Sale[], atMs: number): Row {
  const dots = sales.flatMap(({ n, key, toMs, isGood }): Dot[] =>
    toMs === undefined ? [] : [{ n, atMs: toMs, key, kind: isGood ? 'done' : 'failed', node: '', group: '' }],
  )
  const fills: Fill[] = []
  const good = sales.filter(({ isGood }) => isGood)
  let fromMs: number | undefined
  const byEnd = [...sales].sort((a, b) => a.fromMs - b.fromMs)
  for (const sale of byEnd) {
    const isBad =
      sale.toMs === undefined ? atMs - sale.fromMs > SLOW_MS : !sale.isGood || sale.toMs - sale.fromMs > SLOW_MS
    if (!isBad || (fromMs !== undefined && sale.fromMs < fromMs)) continue
    const toMs = Math.min(
      ...good
        .filter(({ fromMs: at, toMs: end = 0 }) => end > sale.fromMs && at >= sale.fromMs)
        .map(({ toMs: end = 0 }) => end),
      atMs,
    )
    if (toMs - sale.fromMs >= SLOW_MS) fills.push({ fromMs: sale.fromMs, toMs, layers: [outage(toMs - sale.fromMs)] })
    fromMs = toMs
  }
  return { key: 'sales', label: 'sends', thing: '', fills, dots, hole: '' }
}

/** A send that takes longer has been waiting for something. */
const SLOW_MS = 400

function outage(ms: number): Fill['layers'][number] {
  const time = shortTime(Math.round(ms / 100) * 100)
  return { text: `no sale for ${time}`, short: time, className: 'order-state dead', thing: '' }
}
