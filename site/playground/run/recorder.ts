/**
 * Makes the items of the tape, and the rows of the plots, of the events of a run.
 *
 * It keeps what is under way and nothing else: messages that a group has not finished, by queue and offset, and a bounded memory of
 * those that were finished lately, to know what comes twice.
 */
import type { TraceEvent, TraceEventOf } from '../../../reference/host/trace.ts'
import type { Member } from '../experiment/experiment.ts'
import { keyIn, keysIn, type SendAnswer, TOLD } from './answers.ts'
import { Finished } from './finished.ts'
import { Masters } from './masters.ts'
import { numberOf, producerOf, TAGS, tagOf } from './messages.ts'
import { TOPIC } from './nodes.ts'
import { Queues } from './queues.ts'
import { isAt, isOrder, type Place, type Remembered, RememberedMessages, shelfOf } from './remembered.ts'
import { Routes } from './routes.ts'
import { RowCounter } from './rows.ts'
import type { Spot, TapeItem } from './tape.ts'

/** Messages whose end is awaited; beyond that, the latest are not timed. */
const AWAITED_MAX = 300_000

export class Recorder {
  readonly rows: RowCounter
  #items: TapeItem[] = []
  readonly #member: (name: string) => Member | undefined
  readonly #masters = new Masters()
  readonly #queues = new Queues((group, tag) => this.#asks(group, tag))
  readonly #messages = new RememberedMessages()
  readonly #routes = new Routes()
  /** Since when the end of each message is awaited. */
  readonly #awaited = new Map<string, number>()
  readonly #finished = new Finished()
  /** Keys of calls that are not answered. */
  readonly #calls = new Map<number, { readonly from: string; readonly keys: readonly string[] }>()

  /** How each process has ended last. */
  readonly #ended = new Map<string, string>()
  /** The broker that may have the message of a failed send, by key. */
  readonly #unsure = new Map<string, string>()

  /** Machines in the order of their first start, which is that of their addresses: 10.0.0.1, 10.0.0.2 … */
  readonly #machines: string[] = []

  /** `member`: the member of the run with a name, as it is now. */
  constructor(member: (name: string) => Member | undefined) {
    this.#member = member
    this.rows = new RowCounter(this.#queues)
  }

  /** Where the records of a message lie, in every topic; none for a message of long ago. */
  placesOf(key: string): readonly Place[] {
    return this.#messages.placesOf(key)
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
        const moves = by > 0 ? this.#move(event.key, 'kept') : this.#move(event.key, 'undone', 'kept')
        return this.#add({ k: 'shelf', broker, shelf: 'half', by, key: event.key, ...moves }, event.atMs)
      }
      case 'queue.assigned':
      case 'queue.released':
        return this.#owns(event)
      case 'topic.created':
        if (event.topic === TOPIC && this.#brokerOf(event.node) !== '')
          this.#add({ k: 'queues', broker: this.#brokerOf(event.node), count: event.readQueueNums }, event.atMs)
        return
      case 'log.recovered':
      case 'log.truncated':
        this.#masters.cut(event.node, event.physicalOffset)
        this.#messages.cut(event.node, event.physicalOffset, event.atMs)
        if (event.kind === 'log.truncated') return
        return this.#gone(this.#brokerOf(event.node), event.physicalOffset, 'start', event.atMs)
      case 'role.taken':
        return this.#role(event)
      case 'log.flushed':
        this.#messages.flushed(event.node, event.physicalOffset, event.atMs)
        return this.#flushed(event.node, event.atMs)
      case 'pull.held':
        return this.#pulled(event)
      case 'pull.answered':
        return event.status === 'FOUND' ? this.#pulled(event) : undefined
      case 'ha.appended':
        this.#masters.appended(event)
        return this.#add({ k: 'copied', broker: event.node, bytes: event.sizeBytes }, event.atMs)
      case 'route.registered':
      case 'route.removed': {
        this.#routes.told(event)
        if (event.brokerId !== 0) return
        const has = event.kind === 'route.registered'
        return this.#add({ k: 'route', namesrv: event.node, broker: event.brokerName, has }, event.atMs)
      }
      case 'route.updated':
        if (event.topic !== TOPIC) return
        return this.#add({ k: 'knows', node: event.node, masters: this.#routes.mastersIn(event.brokers) }, event.atMs)
      case 'fault.began':
        return this.#add({ k: 'fault', id: event.id, text: event.text }, event.atMs)
      case 'fault.healed':
        return this.#add({ k: 'healed', id: event.id }, event.atMs)
      case 'script.step':
        this.#removed(event)
        return this.#add({ k: 'step', text: event.text }, event.atMs)
    }
  }

  /** A member has left the cast: what waits for a group that is gone waits for nobody. */
  #removed({ text, atMs }: TraceEventOf<'script.step'>): void {
    const name = /^You: remove ([a-z0-9-]+)$/.exec(text)?.[1]
    if (name === undefined) return
    this.#queues.end(name)
    this.#add({ k: 'removed', name }, atMs)
  }

  /** Groups count from the start of their first member: before, nothing waits for them. */
  #begin(group: string, atMs: number): void {
    const waiting = this.#queues.begin(group)
    if (waiting !== undefined) this.#add({ k: 'group', group, waiting }, atMs)
  }

  #asks(group: string, tag: number): boolean {
    const asked = TAGS.indexOf(String(this.#member(group)?.values['tag']))
    return asked < 0 || asked === tag
  }

  #node({ node, atMs }: TraceEvent, state: 'starting' | 'running' | 'stopped', how: string): void {
    if (state === 'starting' && !this.#machines.includes(node)) this.#machines.push(node)
    const group = groupOf(node)
    if (state === 'starting' && this.#member(group)?.kind === 'group') this.#begin(group, atMs)
    if (state === 'stopped') this.#ended.set(node, how)
    if (state === 'running') this.#settle(node, atMs)
    if (state === 'stopped') for (const [call, { from }] of this.#calls) if (from === node) this.#calls.delete(call)
    this.#add({ k: 'node', node, state, how }, atMs)
  }

  /** An error of a client, with the names of machines in the place of addresses and ports, and without the name of the request. */
  #named(text: string): string {
    return text
      .replace(/^[A-Z0-9_]+ to (?=[a-z0-9.:-]+: )/, '')
      .replace(/10\.0\.0\.(\d+)/g, (address, n) => this.#machines[Number(n) - 1] ?? address)
      .replace(/:\d{4,5}\b/g, '')
  }

  #asked({ node, text, atMs, name, call }: TraceEventOf<'app.called'>): void {
    if (!name.startsWith('send')) return
    const keys = keysIn(text)
    this.#calls.set(call, { from: node, keys })
    for (const key of keys) {
      this.rows.sent++
      this.#messages.of(key)
      this.#add({ k: 'asked', from: node, key, tag: this.#tagOf(key) }, atMs)
      if (this.#awaited.size < AWAITED_MAX) this.#awaited.set(key, atMs)
    }
  }

  #told({ node, call, text, error, atMs }: TraceEventOf<'app.answered'>): void {
    const keys = this.#calls.get(call)?.keys ?? []
    this.#calls.delete(call)
    if (keys.length === 0) return
    const answer = error === '' ? (JSON.parse(text) as SendAnswer) : { error, status: 'FAILED' }
    // a call without an answer of the program: its process has ended
    const { status, outcome = 'unknown' } = answer
    const how = TOLD[status] ?? 'unsafe'
    const why = how === 'failed' ? this.#named(String(answer.error)) : status
    for (const key of keys) {
      const it = this.#messages.known(key)
      if (it !== undefined) it.isAcknowledged = how === 'ok' || how === 'unsafe'
      if (how === 'failed' && it?.spot === 'way') this.#awaited.delete(key)
      if (how === 'failed') this.rows.refused++
      const isUnsure = how === 'failed' && outcome === 'unknown'
      const moves = how === 'failed' ? this.#move(key, isUnsure ? 'unsure' : 'refused', 'way') : {}
      if (isUnsure && moves.moves !== undefined) this.#unsure.set(key, /^[a-z0-9-]+(?=: )/.exec(why)?.[0] ?? '')
      this.#add({ k: 'told', from: node, key, how, outcome, why, ...moves }, atMs)
    }
  }

  /** A broker runs again: what it has not stored of the sends before, it never will. */
  #settle(node: string, atMs: number): void {
    for (const [key, broker] of this.#unsure) {
      if (broker !== node) continue
      this.#unsure.delete(key)
      const moves = this.#move(key, 'refused', 'unsure')
      if (moves.moves !== undefined) this.#add({ k: 'refused', key, ...moves }, atMs)
    }
  }

  #appended(event: TraceEventOf<'record.appended'>): void {
    const { node, topic, queueId, queueOffset, physicalOffset, sizeBytes, key, atMs } = event
    this.#masters.appended(event)
    const broker = this.#brokerOf(node)
    if (broker === '') return // a slave's copy
    const place = { broker: node, queue: `${topic}/${queueId}`, queueOffset, physicalOffset, sizeBytes, atMs }
    this.#messages.note(key, place)
    if (topic !== TOPIC) return
    const queue = `${broker}/${queueId}`
    const tag = this.#tagOf(key)
    const groups = this.#queues.append(queue, queueOffset, physicalOffset, tag, atMs)
    if (groups === undefined) return
    const sinceMs = this.#awaited.get(key)
    const isLate = sinceMs !== undefined && atMs - sinceMs > LATE_MS
    if (isLate) this.#awaited.set(key, atMs) // it was kept back on purpose: its time begins when it can be read
    this.rows.stored++
    const moves = this.#move(key, 'stored')
    const from = producerOf(key)
    this.#add({ k: 'stored', node, from, key, tag, broker, queue, isLate, groups, ...moves }, atMs)
  }

  /** A group has asked for messages of a queue, and the master has them or waits for them. */
  #pulled({ node, group, topic, queueId, queueOffset, atMs }: TraceEventOf<'pull.held' | 'pull.answered'>): void {
    const broker = this.#brokerOf(node)
    if (topic !== TOPIC || broker === '') return
    const queue = `${broker}/${queueId}`
    const count = this.#queues.asked(group, queue, queueOffset)
    if (count !== undefined) this.#add({ k: 'passed', group, queue, count }, atMs)
  }

  #cached({ node, topic, brokerName, queueId, queueOffset, key, atMs }: TraceEventOf<'message.cached'>): void {
    const queue = topic === TOPIC ? `${brokerName}/${queueId}` : ''
    const group = groupOf(node)
    const passed = queue === '' ? undefined : this.#queues.taken(group, queue, queueOffset)
    if (passed !== undefined) this.#add({ k: 'passed', group, queue, count: passed }, atMs)
    this.#add({ k: 'taken', member: node, broker: brokerName, queue, key, tag: this.#tagOf(key) }, atMs)
  }

  #consumed(event: TraceEventOf<'message.consumed'>): void {
    const { node, topic, brokerName, queueId, queueOffset, key, status, atMs } = event
    const group = groupOf(node)
    const queue = topic === TOPIC ? `${brokerName}/${queueId}` : ''
    const isOk = status === 'CONSUME_SUCCESS' || status === 'SUCCESS'
    // an orderly listener that fails keeps its queue waiting; a concurrent one gives the message back
    const isOut = isOk || this.#member(group)?.values['mode'] !== 'orderly'
    const isFirst = isOut && queue !== '' && this.#queues.finish(group, queue, queueOffset)
    // in a group that broadcasts, each member gets every message once
    const who = this.#member(group)?.values['mode'] === 'broadcast' ? node : group
    const isAgain = isOk && this.#finished.has(who, key)
    const sinceMs = this.#awaited.get(key)
    const tookMs = isOk && !isAgain && sinceMs !== undefined ? atMs - sinceMs : -1
    if (isOk) {
      for (const one of new Set([who, group])) this.#finished.add(one, key)
      const it = this.#messages.known(key)
      if (it !== undefined) it.isDone = true
      if (this.#queues.groups.every((one) => this.#finished.has(one, key))) this.#awaited.delete(key)
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
    const moves = isRetry ? {} : by > 0 ? this.#move(key, 'kept') : this.#move(key, 'undone', 'kept')
    this.#add({ k: 'shelf', broker, shelf: isRetry ? 'retry' : 'delayed', by, key, ...moves }, atMs)
  }

  #owns(event: TraceEventOf<'queue.assigned'> | TraceEventOf<'queue.released'>): void {
    const { kind, node, topic, brokerName, queueId, atMs } = event
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
    this.#gone(broker, endBytes, 'master', atMs)
    this.#add({ k: 'master', broker, node, epoch }, atMs)
  }

  /** The log of a master ends here, after its start or its election: what lay behind that is gone. `broker` '': of a slave. */
  #gone(broker: string, physicalOffset: number, how: 'start' | 'master', atMs: number): void {
    if (broker === '') return
    const memory = this.#queues.beyond(broker, this.#messages.flushedAt(this.#masters.of(broker)))
    const unflushed = how === 'start' ? Object.values(memory).reduce((sum, one) => sum + one, 0) : 0
    const after = how === 'start' ? (this.#ended.get(this.#masters.of(broker)) ?? '') : ''
    const counts = { after, unflushed, gone: 0, acknowledged: 0, done: 0 }
    for (const [key, it] of this.#messages.all()) {
      const gone = it.places.filter((one) => isAt(one, broker, physicalOffset))
      for (const one of gone) one.isOut = true
      const place = gone.find(isOrder) ?? (it.spot === 'kept' ? gone[0] : undefined)
      if (place === undefined) continue
      const isKept = !isOrder(place)
      if (isKept) this.#add({ k: 'shelf', broker, shelf: shelfOf(place), by: -1, key }, atMs)
      const queue = isKept ? '' : `${broker}/${place.queue.split('/')[1]}`
      const isLost = it.isAcknowledged && !it.isDone
      counts.gone++
      if (it.isAcknowledged) counts.acknowledged++
      if (it.isAcknowledged && it.isDone) counts.done++
      if (isLost) this.rows.lost++
      const groups = isKept ? [] : this.#queues.waitFor(queue, place.queueOffset)
      const [tag, isDone] = [this.#tagOf(key), it.isDone]
      const isElsewhere = it.places.some((one) => one.isOut !== true && isOrder(one))
      const moves = isElsewhere ? {} : this.#move(key, isLost ? 'lost' : 'gone')
      this.#add({ k: 'lost', broker, queue, key, isLost, isDone, tag, groups, ...moves }, atMs)
    }
    this.#queues.cut(broker, physicalOffset)
    if (counts.gone + unflushed > 0) this.#add({ k: 'shortened', broker, how, ...counts }, atMs)
    this.#flushed(this.#masters.of(broker), atMs)
  }

  /** What the disk of a master has not got yet. */
  #flushed(node: string, atMs: number): void {
    const broker = this.#brokerOf(node)
    if (broker === '') return
    this.#add({ k: 'flushed', broker, unflushed: this.#queues.beyond(broker, this.#messages.flushedAt(node)) }, atMs)
  }

  /** A message is somewhere else now, if it is at `from`; without it, wherever it is. */
  #move(key: string, to: Spot, from?: Spot): { readonly moves?: readonly [Spot, Spot] } {
    const it: Remembered | undefined = this.#messages.known(key)
    if (it === undefined || it.spot === to || (from !== undefined && it.spot !== from)) return {}
    const was = it.spot
    it.spot = to
    return { moves: [was, to] }
  }

  /** The broker name of a node that is its master; '' for every other node. */
  #brokerOf(node: string): string {
    return this.#masters.brokerOf(node, (name) => this.#member(name)?.kind === 'broker')
  }

  #tagOf(key: string): number {
    return tagOf(numberOf(key), Number(this.#member(producerOf(key))?.values['tags'] ?? 1))
  }

  #add(item: DistributedOmit<TapeItem>, atMs: number): void {
    this.#items.push({ atMs, ...item } as TapeItem)
  }
}

/** A message that is stored so long after its send was kept back on purpose, or waited for a broker. */
const LATE_MS = 5_000

type DistributedOmit<T> = T extends unknown ? Omit<T, 'atMs'> : never

/** The group of a member's node. */
function groupOf(node: string): string {
  return node.replace(/-\d+$/, '')
}
