/** The list of what happened, and who read which queue when: made of the tape as it comes, and bounded. */
import { faultIn, faults } from '../../figures/kit/mechanisms/faults.ts'
import { tell } from '../experiment/commands.ts'
import { type Act, castAt, type Experiment } from '../experiment/experiment.ts'
import { brokerNameOf } from '../run/masters.ts'
import type { TapeItem } from '../run/tape.ts'
import { passedWords } from '../views/backlog.ts'
import { goneWords } from '../views/narrator.ts'
import { duration } from '../views/numbers.ts'

/** One line of the list. */
export interface Line {
  readonly atMs: number
  readonly text: string
  /** The command for a real cluster; '' for something that happens by itself. */
  readonly command: string
  readonly tone: 'you' | 'bad' | 'good' | 'plain'
  /** What was done: it can be taken back. */
  readonly act?: Act
  /** The message it is about. */
  readonly key?: string
}

/** A stretch in which a member read a queue. `toMs` is Infinity while it does. */
export interface Stint {
  readonly queue: string
  readonly group: string
  readonly member: string
  readonly fromMs: number
  toMs: number
}

/** A stretch in which the master of a broker did not run. `toMs` is Infinity while it does not. */
export interface Down {
  readonly broker: string
  readonly fromMs: number
  toMs: number
}

const LINES_MAX = 600
const STINTS_MAX = 3_000
const DOWNS_MAX = 200
/** Lines of one kind come at most so often. */
const QUIET_MS = 5_000
/** Messages that are done twice have a line each, up to so many in that time. */
const AGAIN_MAX = 5
/** A group that reads a broker so soon after its start has not missed it. */
const NOTICED_MS = 500

export class Chronicle {
  readonly lines: Line[] = []
  readonly stints: Stint[] = []
  readonly downs: Down[] = []
  /** Elected masters, by broker. */
  readonly #masters = new Map<string, string>()
  readonly #lastMs = new Map<string, number>()
  #experiment: Experiment
  /** Who has begun or given up queues at the last moment, told together. */
  #turn = { atMs: -1, groups: new Map<string, number>() }

  constructor(experiment: Experiment) {
    this.#experiment = experiment
  }

  /** The experiment has one more act. */
  set experiment(experiment: Experiment) {
    this.#experiment = experiment
  }

  add(items: readonly TapeItem[]): void {
    for (const item of items) {
      if (item.k !== 'owns' && this.#turn.atMs >= 0 && item.atMs > this.#turn.atMs) this.#tellTurn()
      this.#take(item)
    }
  }

  #take(item: TapeItem): void {
    const { atMs } = item
    switch (item.k) {
      case 'step':
        return this.#step(atMs, item.text)
      case 'node':
        this.#down(item.node, item.state !== 'running', atMs)
        if (item.state === 'stopped') this.#ways.set(item.node, item.how)
        else this.#ways.delete(item.node)
        if (item.state === 'stopped') this.#ended(item.node, atMs)
        if (item.state === 'stopped')
          return this.#lastYouMs === atMs
            ? undefined
            : this.#say(atMs, `${item.node} ${HOW[item.how] ?? 'ends'}`, item.how === 'returned' ? 'plain' : 'bad')
        if (item.state === 'running' && atMs > 5_000) {
          this.#say(atMs, `${item.node} is ready`, 'good')
          this.#backMs.set(item.node, { atMs, groups: new Set() })
        }
        return
      case 'taken':
        return this.#read(item)
      case 'told':
        if (item.how === 'failed')
          this.#seldom(`told ${item.from}`, atMs, `A send of ${item.from} fails: ${item.why}`, 'bad', item.key)
        if (item.how === 'unsafe')
          this.#seldom(
            `unsafe ${item.from}`,
            atMs,
            `${item.from} is told ${item.why}: stored, but less safely than asked`,
            'bad',
          )
        return
      case 'done':
        if (!item.isOk)
          this.#seldom(
            `fail ${item.group}`,
            atMs,
            `The listener of ${item.member} fails at ${item.key}`,
            'bad',
            item.key,
          )
        if (item.isAgain) this.#again(item.group, item.key, atMs)
        return
      case 'dead':
        return this.#say(atMs, `${item.key} is a dead letter of ${item.group}: its tries are over`, 'bad', item.key)
      case 'stored':
        this.#storedMs.set(item.broker, atMs)
        return
      case 'shortened':
        return this.#say(atMs, goneWords(item), item.gone > 0 ? 'bad' : 'good')
      case 'passed':
        if (item.count > 0) this.#say(atMs, passedWords(item.group, item.queue, item.count), 'bad')
        return
      case 'knows':
        return this.#learned(item)
      case 'route':
        if (!item.has) this.#say(atMs, `${item.namesrv} no longer lists ${item.broker}`, 'bad')
        return
      case 'fault': {
        const fault = faultIn(item.text)
        const words = faults.words['fault.began']
        if (fault !== undefined && this.#lastYouMs !== atMs)
          this.#say(
            atMs,
            words({ fault: fault.kind, text: item.text } as never, undefined as never).replace(/\.$/, ''),
            'bad',
          )
        return
      }
      case 'master':
        this.#masters.set(item.broker, item.node)
        this.#down(item.node, false, atMs)
        return this.#say(
          atMs,
          item.node === item.broker
            ? `The controller makes ${item.node} the master (epoch ${item.epoch})`
            : `The controller makes ${item.node} the master in the place of ${item.broker} (epoch ${item.epoch})`,
          'good',
        )
      case 'owns':
        return this.#owns(item)
    }
  }

  /** A member has a message of a broker that runs again: the first one of each group is told, with what it took to notice. */
  #read({ atMs, member, broker, queue }: Extract<TapeItem, { k: 'taken' }>): void {
    const back = this.#backMs.get(this.#masters.get(broker) ?? broker)
    const group = member.replace(/-\d+$/, '')
    if (back === undefined || queue === '' || back.groups.has(group)) return
    back.groups.add(group)
    const tookMs = atMs - back.atMs
    if (tookMs > NOTICED_MS)
      this.#say(atMs, `${group} reads ${broker} again: its members noticed it after ${duration(tookMs)}`, 'good')
  }

  /** Since when each node runs again, and the groups that have noticed it. */
  readonly #backMs = new Map<string, { readonly atMs: number; readonly groups: Set<string> }>()

  /** A producer has a new route: it is told when that names another master. */
  #learned({ atMs, node, masters }: Extract<TapeItem, { k: 'knows' }>): void {
    const before = this.#known.get(node) ?? {}
    this.#known.set(node, { ...before, ...Object.fromEntries(Object.entries(masters).filter(([, one]) => one !== '')) })
    for (const [broker, master] of Object.entries(masters)) {
      if (master === '' || before[broker] === undefined || before[broker] === master) continue
      const lastMs = this.#storedMs.get(broker)
      const since = lastMs === undefined ? '' : `: it could not send to ${broker} for ${duration(atMs - lastMs)}`
      this.#say(atMs, `${node} learns that ${master} is the master${since}`, 'good')
    }
  }

  /** The master of each broker as each client knows it, and when each broker has stored a message last. */
  readonly #known = new Map<string, Readonly<Record<string, string>>>()
  readonly #storedMs = new Map<string, number>()

  #step(atMs: number, text: string): void {
    if (!text.startsWith('You: ')) return this.#say(atMs, text, text.startsWith('That cannot') ? 'bad' : 'plain')
    this.#turnOf = this.#turnOf.atMs === atMs ? { atMs, count: this.#turnOf.count + 1 } : { atMs, count: 0 }
    const act = this.#experiment.acts.filter((one) => one.atMs === atMs)[this.#turnOf.count]
    if (act === undefined) return this.#say(atMs, text.slice(5), 'you')
    this.#lastYouMs = atMs
    const { words, command } = tell(act, castAt(this.#experiment, atMs - 1))
    const how = this.#ways.get(act.on)
    const isVain = (act.does === 'kill' && how !== undefined) || (act.does === 'powercut' && how === 'powercut')
    const vain = how === 'powercut' ? 'has no power' : 'does not run'
    this.#push({ atMs, text: isVain ? `${words}. It ${vain}: nothing happens` : words, command, tone: 'you', act })
  }

  /** How each node has ended that does not run. */
  readonly #ways = new Map<string, string>()

  /** How many acts of a moment are told. */
  #turnOf = { atMs: -1, count: 0 }
  #lastYouMs = -1

  #owns({ atMs, member, group, queue, has }: Extract<TapeItem, { k: 'owns' }>): void {
    if (this.#turn.atMs >= 0 && atMs - this.#turn.atMs > 1_000) this.#tellTurn()
    this.#turn.atMs = atMs
    this.#turn.groups.set(group, (this.#turn.groups.get(group) ?? 0) + 1)
    if (has) {
      this.stints.push({ queue, group, member, fromMs: atMs, toMs: Number.POSITIVE_INFINITY })
      if (this.stints.length > STINTS_MAX) this.stints.shift()
      return
    }
    const stint = this.stints.findLast(
      (one) => one.queue === queue && one.member === member && one.toMs === Number.POSITIVE_INFINITY,
    )
    if (stint !== undefined) stint.toMs = atMs
  }

  /** The node of a broker is down, or runs. Only that of its master counts. */
  #down(node: string, isDown: boolean, atMs: number): void {
    const broker = brokerNameOf(node)
    if ((this.#masters.get(broker) ?? broker) !== node) return
    const open = this.downs.findLast((one) => one.broker === broker && one.toMs === Number.POSITIVE_INFINITY)
    if (isDown && open === undefined) this.downs.push({ broker, fromMs: atMs, toMs: Number.POSITIVE_INFINITY })
    if (!isDown && open !== undefined) open.toMs = atMs
    if (this.downs.length > DOWNS_MAX) this.downs.shift()
  }

  #ended(node: string, atMs: number): void {
    for (const stint of this.stints)
      if (stint.member === node && stint.toMs === Number.POSITIVE_INFINITY) stint.toMs = atMs
  }

  #tellTurn(): void {
    const { atMs, groups } = this.#turn
    for (const group of groups.keys())
      this.#seldom(`turn ${group}`, atMs, `The members of ${group} have shared the queues among them`, 'plain')
    this.#turn = { atMs: -1, groups: new Map() }
  }

  /** A line for each message that is done twice; of a crowd, the number. */
  #again(group: string, key: string, atMs: number): void {
    const kind = `again ${group}`
    const isNew = atMs - (this.#lastMs.get(kind) ?? Number.NEGATIVE_INFINITY) >= QUIET_MS
    if (isNew) this.#lastMs.set(kind, atMs)
    const count = isNew ? 1 : (this.#againCounts.get(group) ?? 0) + 1
    this.#againCounts.set(group, count)
    if (count <= AGAIN_MAX) this.#say(atMs, `${group} is done with ${key} a second time`, 'bad', key)
    else if (count === AGAIN_MAX + 1)
      this.#say(atMs, `${group} is done with more messages a second time: the counter has them all`, 'bad')
  }

  readonly #againCounts = new Map<string, number>()

  #seldom(kind: string, atMs: number, text: string, tone: Line['tone'], key?: string): void {
    if (atMs - (this.#lastMs.get(kind) ?? Number.NEGATIVE_INFINITY) < QUIET_MS) return
    this.#lastMs.set(kind, atMs)
    this.#say(atMs, text, tone, key)
  }

  #say(atMs: number, text: string, tone: Line['tone'], key?: string): void {
    this.#push({ atMs, text, command: '', tone, ...(key === undefined ? {} : { key }) })
  }

  #push(line: Line): void {
    this.lines.push(line)
    if (this.lines.length > LINES_MAX) this.lines.shift()
  }
}

const HOW: Readonly<Record<string, string>> = {
  killed: 'is killed',
  powercut: 'loses power',
  returned: 'stops in good order',
  failed: 'fails',
}
