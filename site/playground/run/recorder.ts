/**
 * Makes the items of the tape, and the rows of the plots, of the events of a run.
 *
 * It keeps what is under way and nothing else: messages that a group has not finished, by queue and offset, and a bounded memory of
 * those that were finished lately, to know what comes twice.
 */
import type { TraceEvent, TraceEventOf } from '../../../reference/host/trace.ts'
import type { Member } from '../experiment/experiment.ts'
import { Masters } from './masters.ts'
import { numberOf, producerOf, TAGS, tagOf } from './messages.ts'
import { TOPIC } from './nodes.ts'
import { RowCounter } from './rows.ts'
import type { TapeItem, Told } from './tape.ts'

/** Messages whose end is awaited; beyond that, the latest are not timed. */
const AWAITED_MAX = 300_000
/** Messages that are remembered after their end: for a group that gets one twice, and for a reader who asks for the bytes. */
const REMEMBERED_MAX = 20_000
/** Records of one message that are remembered: a poison message is stored at every try. */
const PLACES_MAX = 24

/** A stored message that some group has not finished. */
interface Awaited {
  sinceMs: number
  broker: string
  queue: string
  offset: number
  physicalOffset: number
  sizeBytes: number
  isAcknowledged: boolean
  isDone: boolean
}

/** Where a record lies. */
export interface Place {
  readonly broker: string
  readonly queue: string
  readonly queueOffset: number
  readonly physicalOffset: number
  readonly sizeBytes: number
  /** When it was appended. */
  readonly atMs: number
}

export class Recorder {
  readonly rows: RowCounter
  #items: TapeItem[] = []
  readonly #member: (name: string) => Member | undefined
  readonly #masters = new Masters()
  readonly #groups = new Set<string>()
  /** Tags and places in the log by queue and offset, for a group that comes later. */
  readonly #stored = new Map<string, { readonly tags: number[]; readonly places: number[] }>()
  /** Offsets that a group has not finished, by `group|queue`. */
  readonly #open = new Map<string, Set<number>>()
  readonly #awaited = new Map<string, Awaited>()
  readonly #finished = new Map<string, Set<string>>()
  /** Where the records of the latest messages lie. */
  readonly #places = new Map<string, Place[]>()
  /** Keys of calls that are not answered. */
  readonly #calls = new Map<number, { readonly from: string; readonly keys: readonly string[] }>()

  /** Machines in the order of their first start, which is that of their addresses: 10.0.0.1, 10.0.0.2 … */
  readonly #machines: string[] = []

  /** `member`: the member of the run with a name, as it is now. */
  constructor(member: (name: string) => Member | undefined) {
    this.#member = member
    this.rows = new RowCounter(this.#open)
  }

  /** Where the records of a message lie, in every topic; none for a message of long ago. */
  placesOf(key: string): readonly Place[] {
    return this.#places.get(key) ?? []
  }

  /** The items since the last call. */
  take(): TapeItem[] {
    const items = this.#items
    this.#items = []
    return items
  }

  /** One event of the run. */
  hear(event: TraceEvent): void {
    this.rows.pass(event.atMs)
    switch (event.kind) {
      case 'node.started':
        return this.#node(event, 'starting', '')
      case 'node.ready':
        return this.#node(event, 'running', '')
      case 'node.stopped':
        return this.#node(event, 'stopped', event.how)
      case 'app.called':
        return this.#asked(event)
      case 'app.answered':
        return this.#told(event)
      case 'record.appended':
        return this.#appended(event)
      case 'message.cached':
        return this.#cached(event)
      case 'app.handed':
        if (event.name === 'message') this.#add({ k: 'handed', member: event.node, key: keyIn(event.text) }, event.atMs)
        return
      case 'message.consumed':
        return this.#consumed(event)
      case 'message.dead':
        if (this.#brokerOf(event.node) === '') return
        this.rows.dead++
        return this.#add(
          { k: 'dead', broker: this.#brokerOf(event.node), group: event.group, key: event.key },
          event.atMs,
        )
      case 'message.delayed':
      case 'message.due':
        return this.#delayed(event)
      case 'transaction.prepared':
      case 'transaction.ended': {
        const by = event.kind === 'transaction.prepared' ? 1 : -1
        const broker = this.#brokerOf(event.node)
        if (broker === '') return
        return this.#add({ k: 'shelf', broker, shelf: 'half', by, key: event.key }, event.atMs)
      }
      case 'queue.assigned':
      case 'queue.released':
        return this.#owns(event)
      case 'topic.created':
        if (event.topic === TOPIC && this.#brokerOf(event.node) !== '')
          this.#add({ k: 'queues', broker: this.#brokerOf(event.node), count: event.readQueueNums }, event.atMs)
        return
      case 'log.recovered':
        this.#masters.cut(event.node, event.physicalOffset)
        return this.#gone(this.#brokerOf(event.node), event.physicalOffset, event.atMs)
      case 'log.truncated':
        return this.#masters.cut(event.node, event.physicalOffset)
      case 'role.taken':
        return this.#role(event)
      case 'log.flushed':
        return this.#add({ k: 'flushed', broker: event.node }, event.atMs)
      case 'ha.appended':
        this.#masters.appended(event)
        return this.#add({ k: 'copied', broker: event.node, bytes: event.sizeBytes }, event.atMs)
      case 'route.registered':
      case 'route.removed': {
        if (event.brokerId !== 0) return
        const has = event.kind === 'route.registered'
        return this.#add({ k: 'route', namesrv: event.node, broker: event.brokerName, has }, event.atMs)
      }
      case 'fault.began':
        return this.#add({ k: 'fault', id: event.id, text: event.text }, event.atMs)
      case 'fault.healed':
        return this.#add({ k: 'healed', id: event.id }, event.atMs)
      case 'script.step':
        return this.#add({ k: 'step', text: event.text }, event.atMs)
    }
  }

  /** Groups count from the start of their first member: before, nothing waits for them. */
  #begin(group: string, atMs: number): void {
    if (this.#groups.has(group)) return
    this.#groups.add(group)
    const waiting: Record<string, string> = {}
    for (const [queue, { tags }] of this.#stored) {
      const open = this.#openOf(group, queue)
      for (const [offset, tag] of tags.entries()) if (this.#asks(group, tag)) open.add(offset)
      waiting[queue] = tags.filter((tag) => this.#asks(group, tag)).join('')
    }
    this.#add({ k: 'group', group, waiting }, atMs)
  }

  #asks(group: string, tag: number): boolean {
    const asked = TAGS.indexOf(String(this.#member(group)?.values['tag']))
    return asked < 0 || asked === tag
  }

  #node({ node, atMs }: TraceEvent, state: 'starting' | 'running' | 'stopped', how: string): void {
    if (state === 'starting' && !this.#machines.includes(node)) this.#machines.push(node)
    const group = groupOf(node)
    if (state === 'starting' && this.#member(group)?.kind === 'group') this.#begin(group, atMs)
    if (state === 'stopped') for (const [call, { from }] of this.#calls) if (from === node) this.#calls.delete(call)
    this.#add({ k: 'node', node, state, how }, atMs)
  }

  /** An error of a client, with the names of machines in the place of addresses and ports. */
  #named(text: string): string {
    return text
      .replace(/10\.0\.0\.(\d+)/g, (address, n) => this.#machines[Number(n) - 1] ?? address)
      .replace(/:\d{4,5}\b/g, '')
  }

  #asked({ node, text, atMs, name, call }: TraceEventOf<'app.called'>): void {
    if (!name.startsWith('send')) return
    const keys = keysIn(text)
    this.#calls.set(call, { from: node, keys })
    for (const key of keys) {
      this.rows.sent++
      this.#add({ k: 'asked', from: node, key, tag: this.#tagOf(key) }, atMs)
      if (this.#awaited.size < AWAITED_MAX)
        this.#awaited.set(key, {
          ...{ sinceMs: atMs, broker: '', queue: '', offset: 0, physicalOffset: 0, sizeBytes: 0 },
          ...{ isAcknowledged: false, isDone: false },
        })
    }
  }

  #told({ node, call, text, error, atMs }: TraceEventOf<'app.answered'>): void {
    const keys = this.#calls.get(call)?.keys ?? []
    this.#calls.delete(call)
    if (keys.length === 0) return
    const answer =
      error === '' ? (JSON.parse(text) as { status?: string; error?: string }) : { error, status: 'FAILED' }
    const status = String(answer.status)
    const how = TOLD[status] ?? 'unsafe'
    for (const key of keys) {
      const it = this.#awaited.get(key)
      if (it !== undefined) it.isAcknowledged = how === 'ok' || how === 'unsafe'
      if (how === 'failed' && it?.queue === '') this.#awaited.delete(key)
      if (how === 'failed') this.rows.refused++
      this.#add(
        { k: 'told', from: node, key, how, why: how === 'failed' ? this.#named(String(answer.error)) : status },
        atMs,
      )
    }
  }

  #appended(event: TraceEventOf<'record.appended'>): void {
    const { node, topic, queueId, queueOffset, physicalOffset, sizeBytes, key, atMs } = event
    this.#masters.appended(event)
    const broker = this.#brokerOf(node)
    if (broker === '') return // a slave's copy
    this.#note(key, { broker: node, queue: `${topic}/${queueId}`, queueOffset, physicalOffset, sizeBytes, atMs })
    if (topic !== TOPIC) return
    const queue = `${broker}/${queueId}`
    const tag = this.#tagOf(key)
    const stored = this.#stored.get(queue) ?? { tags: [], places: [] }
    this.#stored.set(queue, stored)
    if (stored.places[queueOffset] === physicalOffset) return // a new master tells what the old one has told
    stored.tags[queueOffset] = tag
    stored.places[queueOffset] = physicalOffset
    const groups = [...this.#groups].filter((group) => this.#asks(group, tag))
    for (const group of groups) this.#openOf(group, queue).add(queueOffset)
    const it = this.#awaited.get(key)
    const isLate = it !== undefined && atMs - it.sinceMs > 5_000
    if (it !== undefined) {
      Object.assign(it, { broker, queue, offset: queueOffset, physicalOffset, sizeBytes })
      if (isLate) it.sinceMs = atMs // it was kept back on purpose: its time begins when it can be read
    }
    this.rows.stored++
    this.#add({ k: 'stored', from: producerOf(key), key, tag, broker, queue, isLate, groups }, atMs)
  }

  #cached({ node, topic, brokerName, queueId, key, atMs }: TraceEventOf<'message.cached'>): void {
    const queue = topic === TOPIC ? `${brokerName}/${queueId}` : ''
    this.#add({ k: 'taken', member: node, broker: brokerName, queue, key, tag: this.#tagOf(key) }, atMs)
  }

  #consumed({
    node,
    topic,
    brokerName,
    queueId,
    queueOffset,
    key,
    status,
    atMs,
  }: TraceEventOf<'message.consumed'>): void {
    const group = groupOf(node)
    const queue = topic === TOPIC ? `${brokerName}/${queueId}` : ''
    const isOk = status === 'CONSUME_SUCCESS' || status === 'SUCCESS'
    // an orderly listener that fails keeps its queue waiting; a concurrent one gives the message back
    const isOut = isOk || this.#member(group)?.values['mode'] !== 'orderly'
    const isFirst = isOut && queue !== '' && this.#openOf(group, queue).delete(queueOffset)
    const finished = this.#finished.get(group) ?? new Set<string>()
    this.#finished.set(group, finished)
    const isAgain = isOk && finished.has(key)
    const it = this.#awaited.get(key)
    const tookMs = isOk && !isAgain && it !== undefined ? atMs - it.sinceMs : -1
    if (isOk) {
      finished.add(key)
      if (finished.size > REMEMBERED_MAX) finished.delete(finished.values().next().value!)
      if (it !== undefined) it.isDone = true
      if (it !== undefined && [...this.#groups].every((one) => this.#finished.get(one)?.has(key)))
        this.#awaited.delete(key)
    }
    this.rows.finished(isOk, isAgain, tookMs)
    this.#add(
      { k: 'done', member: node, group, queue, key, isOk, isAgain, isFirst, tag: this.#tagOf(key), tookMs },
      atMs,
    )
  }

  #delayed({ kind, node, topic, key, atMs }: TraceEventOf<'message.delayed'> | TraceEventOf<'message.due'>): void {
    const isRetry = topic.startsWith('%RETRY%')
    const broker = this.#brokerOf(node)
    if ((topic !== TOPIC && !isRetry) || broker === '') return
    const by = kind === 'message.delayed' ? 1 : -1
    this.#add({ k: 'shelf', broker, shelf: isRetry ? 'retry' : 'delayed', by, key }, atMs)
  }

  #owns({
    kind,
    node,
    topic,
    brokerName,
    queueId,
    atMs,
  }: TraceEventOf<'queue.assigned'> | TraceEventOf<'queue.released'>): void {
    if (topic !== TOPIC) return
    const group = groupOf(node)
    const queue = `${brokerName}/${queueId}`
    this.#add({ k: 'owns', member: node, group, queue, has: kind === 'queue.assigned' }, atMs)
  }

  /** A replica has accepted its role under a controller. */
  #role(event: TraceEventOf<'role.taken'>): void {
    const endBytes = this.#masters.taken(event)
    if (endBytes === undefined) return
    const { brokerName: broker, node, masterEpoch: epoch, atMs } = event
    this.#gone(broker, endBytes, atMs)
    this.#add({ k: 'master', broker, node, epoch }, atMs)
  }

  /** The log of a master ends here, after its start or its election: what lay behind that is gone. `broker` '': of a slave. */
  #gone(broker: string, physicalOffset: number, atMs: number): void {
    if (broker === '') return
    for (const [queue, { tags, places }] of this.#stored) {
      if (!queue.startsWith(`${broker}/`)) continue
      while (places.length > 0 && places.at(-1)! >= physicalOffset) places.pop()
      tags.length = places.length
    }
    for (const [key, it] of this.#awaited) {
      if (it.broker !== broker || it.physicalOffset < physicalOffset) continue
      const groups = [...this.#groups].filter((group) => this.#openOf(group, it.queue).delete(it.offset))
      this.#awaited.delete(key)
      const isLost = it.isAcknowledged && !it.isDone
      if (isLost) this.rows.lost++
      this.#add({ k: 'lost', broker, queue: it.queue, key, isLost, tag: this.#tagOf(key), groups }, atMs)
    }
  }

  /** The broker name of a node that is its master; '' for every other node. */
  #brokerOf(node: string): string {
    return this.#masters.brokerOf(node, (name) => this.#member(name)?.kind === 'broker')
  }

  #note(key: string, place: Place): void {
    const places = this.#places.get(key) ?? []
    if (places.length >= PLACES_MAX) return
    places.push(place)
    this.#places.set(key, places)
    if (this.#places.size > REMEMBERED_MAX) this.#places.delete(this.#places.keys().next().value!)
  }

  #openOf(group: string, queue: string): Set<number> {
    const name = `${group}|${queue}`
    let open = this.#open.get(name)
    if (open === undefined) {
      open = new Set()
      this.#open.set(name, open)
    }
    return open
  }

  #tagOf(key: string): number {
    return tagOf(numberOf(key), Number(this.#member(producerOf(key))?.values['tags'] ?? 1))
  }

  #add(item: DistributedOmit<TapeItem>, atMs: number): void {
    this.#items.push({ atMs, ...item } as TapeItem)
  }
}

type DistributedOmit<T> = T extends unknown ? Omit<T, 'atMs'> : never

const TOLD: Readonly<Record<string, Told>> = { SEND_OK: 'ok', ONEWAY: 'oneway', FAILED: 'failed' }

/** The group of a member's node. */
function groupOf(node: string): string {
  return node.replace(/-\d+$/, '')
}

/** The key in the text of a message, without parsing all of it: fifty times a second is often. */
function keyIn(text: string): string {
  return /"key":"([^"]{1,60})"/.exec(text)?.[1] ?? ''
}

function keysIn(text: string): readonly string[] {
  return [...text.matchAll(/"key":"([^"]{1,60})"/g)].map((match) => match[1]!)
}
