/** What is true after the first n items of a tape: plain data, the same however one got there. */
import { faultIn } from '../../figures/kit/mechanisms/faults.ts'
import { copyOf } from './copy.ts'
import { begin, giveBack, type Latest, meet } from './latest.ts'
import { endSend, newProducer, type ProducerState } from './producers.ts'
import type { Shelf, Shortened, Spots, TapeItem } from './tape.ts'

export interface NodeState {
  state: 'absent' | 'starting' | 'running' | 'stopped'
  /** Since when it is so. */
  sinceMs: number
  /** How it ended: `killed`, `powercut`, `returned` … */
  how: string
  isCut: boolean
  isFrozen: boolean
  /** What is wrong with its disk, in words. */
  disk: string
  clockMs: number
}

export interface QueueState {
  readonly broker: string
  readonly id: number
  /** Messages that were stored, without those that are lost. */
  stored: number
  /** Of these, the last ones, which are in the memory of the broker alone: its disk does not have them for certain. */
  unflushed: number
  /** Messages that each group has not finished. */
  waiting: Record<string, number>
  /** Of these, the ones that a group never asks for: its place in the queue is beyond them. */
  passed: Record<string, number>
  /** Their tags, one digit for each, in the order of the queue; under '' those of the first messages that were stored. */
  tags: Record<string, string>
  /** Members that read it, by group. */
  owners: Record<string, string[]>
}

export interface PlayState {
  atMs: number
  nodes: Record<string, NodeState>
  queues: Record<string, QueueState>
  /** Messages in hand of each member: taken and not finished, and those that its listener works on. */
  members: Record<string, { taken: Record<string, number>; working: number; done: number; failed: number }>
  producers: Record<string, ProducerState>
  groups: Record<string, { done: number; failed: number; again: number; dead: number }>
  shelves: Record<string, Record<Shelf, number>>
  /** Brokers that each NameServer lists. */
  routes: Record<string, string[]>
  /** The master of each broker as each client knows it; '' for a broker without one. */
  knows: Record<string, Readonly<Record<string, string>>>
  faults: Record<number, string>
  /** The elected master of each broker that is under a controller: a node. */
  masters: Record<string, string>
  /** The last log that has become shorter; undefined for none. */
  shortened: ({ readonly atMs: number } & Shortened) | undefined
  /** Where the messages are that were sent. */
  spots: Spots
  /** `done` counts each message once for each group. `copies` are records in the queues of messages that lie there already. */
  totals: {
    asked: number
    stored: number
    copies: number
    refused: number
    lost: number
    dead: number
    again: number
    done: number
  }
  /** The latest messages, oldest first. */
  latest: Latest[]
}

/** Messages of a queue whose tags are known while no group reads it: more are not drawn one by one. */
const STORED_TAGS = 64

/** For so long it is told what a start or an election has cost. */
export const NEWS_MS = 8_000

export function emptyState(): PlayState {
  return {
    ...{
      atMs: 0,
      nodes: {},
      queues: {},
      members: {},
      producers: {},
      groups: {},
      shelves: {},
      routes: {},
      knows: {},
      faults: {},
      masters: {},
      shortened: undefined,
    },
    spots: { way: 0, kept: 0, stored: 0, undone: 0, refused: 0, unsure: 0, gone: 0, lost: 0 },
    totals: { asked: 0, stored: 0, copies: 0, refused: 0, lost: 0, dead: 0, again: 0, done: 0 },
    latest: [],
  }
}

/** A state of its own that a fold may change. */
export function copyState(state: PlayState): PlayState {
  return copyOf(state)
}

/** Applies one item, in place. */
export function fold(state: PlayState, item: TapeItem): void {
  state.atMs = item.atMs
  if (item.moves !== undefined) {
    state.spots[item.moves[0]]--
    state.spots[item.moves[1]]++
    state.totals.lost = state.spots.lost
  }
  switch (item.k) {
    case 'node':
      return foldNode(state, item)
    case 'asked': {
      const producer = producerOf(state, item.from)
      producer.asked++
      producer.open++
      state.totals.asked++
      state.spots.way++
      return begin(state.latest, item.key, item.tag)
    }
    case 'told':
      return foldTold(state, item)
    case 'stored': {
      const queue = queueOf(state, item.queue)
      queue.stored++
      queue.unflushed++
      for (const group of item.groups) more(queue, group, item.tag)
      if (queue.stored <= STORED_TAGS) queue.tags[''] = `${queue.tags[''] ?? ''}${item.tag}`
      state.totals.stored++
      if (item.moves === undefined) state.totals.copies++
      return meet(state.latest, item.key, 'stored')
    }
    case 'taken':
      addTo(memberOf(state, item.member).taken, item.queue, 1)
      return meet(state.latest, item.key, 'taken', `${item.member} ${item.queue}`)
    case 'refused':
      return meet(state.latest, item.key, 'refused')
    case 'handed':
      memberOf(state, item.member).working++
      return
    case 'done':
      return foldDone(state, item)
    case 'dead':
      groupOf(state, item.group).dead++
      state.totals.dead++
      return meet(state.latest, item.key, 'dead')
    case 'shelf': {
      const shelf = shelfOf(state, item.broker)
      shelf[item.shelf] = Math.max(0, shelf[item.shelf] + item.by)
      return
    }
    case 'owns':
      return foldOwner(state, item)
    case 'queues':
      for (let id = 0; id < item.count; id++) queueOf(state, `${item.broker}/${id}`)
      return
    case 'lost':
      for (const group of item.groups) less(queueOf(state, item.queue), group, item.tag)
      if (item.queue !== '') queueOf(state, item.queue).stored--
      if (item.moves === undefined) return void state.totals.copies--
      if (!item.isDone) meet(state.latest, item.key, item.isLost ? 'lost' : 'gone')
      return
    case 'shortened': {
      const { k: _, ...it } = item
      // that nothing is gone does not take the place of a loss
      const isNews = it.gone > 0 || (state.shortened?.gone ?? 0) === 0 || it.atMs - state.shortened!.atMs > NEWS_MS
      if (isNews) state.shortened = it
      return
    }
    case 'passed':
      queueOf(state, item.queue).passed[item.group] = item.count
      return
    case 'flushed':
      for (const [name, queue] of Object.entries(state.queues))
        if (queue.broker === item.broker) queue.unflushed = item.unflushed[name] ?? 0
      return
    case 'knows':
      state.knows[item.node] = item.masters
      return
    case 'group':
      groupOf(state, item.group)
      for (const [queue, tags] of Object.entries(item.waiting)) {
        queueOf(state, queue).waiting[item.group] = tags.length
        queueOf(state, queue).tags[item.group] = tags
      }
      return
    case 'route': {
      const listed = (state.routes[item.namesrv] ??= [])
      const has = listed.includes(item.broker)
      if (item.has && !has) listed.push(item.broker)
      if (!item.has && has) listed.splice(listed.indexOf(item.broker), 1)
      return
    }
    case 'master':
      state.masters[item.broker] = item.node
      return
    case 'removed':
      delete state.groups[item.name]
      delete state.producers[item.name]
      for (const { waiting, passed, tags, owners } of Object.values(state.queues))
        for (const table of [waiting, passed, tags, owners]) delete table[item.name]
      return
    case 'fault':
      state.faults[item.id] = item.text
      return look(state)
    case 'healed':
      delete state.faults[item.id]
      return look(state)
  }
}

/** The node that is the master of a broker: the elected one, or the one that has its name. */
export function masterOf(state: PlayState, broker: string): string {
  return state.masters[broker] ?? broker
}

/** Messages that a member has taken and not finished. */
export function takenBy(state: PlayState, member: string): number {
  return Object.values(state.members[member]?.taken ?? {}).reduce((sum, one) => sum + one, 0)
}

/** Messages that a group has not finished, in all queues. */
export function waitingOf(state: PlayState, group: string): number {
  return Object.values(state.queues).reduce((sum, { waiting }) => sum + (waiting[group] ?? 0), 0)
}

/** Messages of a group that it never asks for, in all queues. */
export function passedBy(state: PlayState, group: string): number {
  return Object.values(state.queues).reduce((sum, { passed }) => sum + (passed[group] ?? 0), 0)
}

/** Messages of a broker that are in its memory alone. */
export function unflushedOf(state: PlayState, broker: string): number {
  return Object.values(state.queues).reduce((sum, one) => sum + (one.broker === broker ? one.unflushed : 0), 0)
}

/** Messages in the queues of a broker. */
export function storedOn(state: PlayState, broker: string): number {
  return Object.values(state.queues).reduce((sum, one) => sum + (one.broker === broker ? one.stored : 0), 0)
}

function foldTold(state: PlayState, item: Extract<TapeItem, { k: 'told' }>): void {
  const { from, key, how, outcome } = item
  endSend(producerOf(state, from), item)
  if (how !== 'failed') return
  state.totals.refused++
  if (state.latest.findLast((one) => one.key === key)?.fate === 'asked')
    meet(state.latest, key, outcome === 'unknown' ? 'unsure' : 'refused')
}

function foldNode(state: PlayState, { node: name, state: to, how, atMs }: Extract<TapeItem, { k: 'node' }>): void {
  const node = nodeOf(state, name)
  node.state = to
  node.how = how
  node.sinceMs = atMs
  if (to !== 'stopped') return
  const member = state.members[name]
  if (member !== undefined) {
    member.taken = {}
    member.working = 0
    giveBack(state.latest, name, '')
  }
  const producer = state.producers[name]
  if (producer !== undefined) producer.open = 0
  for (const queue of Object.values(state.queues))
    for (const owners of Object.values(queue.owners)) if (owners.includes(name)) owners.splice(owners.indexOf(name), 1)
  delete state.routes[name]
  delete state.knows[name]
}

function foldDone(state: PlayState, item: Extract<TapeItem, { k: 'done' }>): void {
  const { member, group, queue, key, isOk, isAgain, isFirst, tag } = item
  const who = memberOf(state, member)
  addTo(who.taken, queue, -1)
  who.working = Math.max(0, who.working - 1)
  if (isOk) who.done++
  else who.failed++
  const all = groupOf(state, group)
  if (isOk && !isAgain) all.done++
  if (!isOk) all.failed++
  if (isAgain) all.again++
  if (isAgain) state.totals.again++
  if (isOk && !isAgain) state.totals.done++
  if (isFirst) less(queueOf(state, queue), group, tag)
  meet(state.latest, key, isAgain ? 'again' : isOk ? 'done' : 'failing')
}

function foldOwner(state: PlayState, { member, group, queue, has }: Extract<TapeItem, { k: 'owns' }>): void {
  const [broker = '', id] = queue.split('/')
  const names =
    id === '-1' ? Object.keys(state.queues).filter((name) => state.queues[name]!.broker === broker) : [queue]
  for (const name of names) {
    const owners = (queueOf(state, name).owners[group] ??= [])
    if (has && !owners.includes(member)) owners.push(member)
    if (!has && owners.includes(member)) owners.splice(owners.indexOf(member), 1)
    if (has) continue
    delete state.members[member]?.taken[name] // what it had in its cache goes to the next owner
    giveBack(state.latest, member, name)
  }
}

function more({ waiting, tags }: QueueState, group: string, tag: number): void {
  waiting[group] = (waiting[group] ?? 0) + 1
  tags[group] = `${tags[group] ?? ''}${tag}`
}

/** One message less waits: of those with its tag, which look alike, the first. */
function less({ waiting, tags }: QueueState, group: string, tag: number): void {
  waiting[group] = Math.max(0, (waiting[group] ?? 0) - 1)
  const all = tags[group] ?? ''
  const at = all.indexOf(String(tag))
  if (at >= 0) tags[group] = all.slice(0, at) + all.slice(at + 1)
}

function addTo(counts: Record<string, number>, name: string, by: number): void {
  const count = (counts[name] ?? 0) + by
  if (count > 0) counts[name] = count
  else delete counts[name]
}

/** How each node is under the faults that stand. */
function look(state: PlayState): void {
  const faults = Object.values(state.faults).flatMap((text) => faultIn(text) ?? [])
  for (const [name, node] of Object.entries(state.nodes)) {
    node.isCut = faults.some((one) => one.kind === 'partition' && one.between[0].includes(name))
    node.isFrozen = faults.some((one) => one.kind === 'pause' && one.node === name)
    node.clockMs = faults.reduce((sum, one) => sum + (one.kind === 'clock' && one.node === name ? one.skewMs : 0), 0)
    const disk = faults.find((one) => one.kind === 'disk' && one.node === name)
    node.disk = disk?.kind !== 'disk' ? '' : disk.fails === 'ENOSPC' ? 'disk full' : `disk +${disk.delayMs ?? 0} ms`
  }
}

function nodeOf(state: PlayState, name: string): NodeState {
  return (state.nodes[name] ??= {
    state: 'absent',
    sinceMs: 0,
    how: '',
    isCut: false,
    isFrozen: false,
    disk: '',
    clockMs: 0,
  })
}

function queueOf(state: PlayState, name: string): QueueState {
  const at = name.lastIndexOf('/')
  return (state.queues[name] ??= {
    ...{ broker: name.slice(0, at), id: Number(name.slice(at + 1)), stored: 0, unflushed: 0 },
    ...{ waiting: {}, passed: {}, tags: {}, owners: {} },
  })
}

function memberOf(state: PlayState, name: string) {
  return (state.members[name] ??= { taken: {}, working: 0, done: 0, failed: 0 })
}

function producerOf(state: PlayState, name: string) {
  return (state.producers[name] ??= newProducer())
}

function groupOf(state: PlayState, name: string) {
  return (state.groups[name] ??= { done: 0, failed: 0, again: 0, dead: 0 })
}

function shelfOf(state: PlayState, broker: string) {
  return (state.shelves[broker] ??= { delayed: 0, half: 0, retry: 0 })
}
