/**
 * The one vocabulary of questions over a run: for predictions, tasks and values, at build and in the page.
 *
 * | question                         | answers                                                                      |
 * | -------------------------------- | ---------------------------------------------------------------------------- |
 * | `deliveries(key)`                | how often the order was handed to a listener                                 |
 * | `billed(key)`                    | how often one group has consumed it                                          |
 * | `answer(key)`                    | `ok`, `failed`, or '' while `send` has not returned                           |
 * | `asked()` `ok()` `failed()` `lost()` `double()` | the sums of the ledger at the end of the run                    |
 * | `count(kind, { field: value })`  | how many events of a kind have these facts                                   |
 * | `first(kind, …)` `last(kind, …)` | such an event; `.node`, `.atMs` and the like are its facts                    |
 * | `ended(node)`                    | how the node ended, '' while it runs or before it has started                |
 * | `owner(topic, queue, atMs)`      | the consumer that owns the queue at that time, '' for nobody                  |
 * | `offset(group, topic, queue, atMs)` | the committed offset at that time, -1 for none                             |
 * | `sendMs(key)`                    | how long `send` took, -1 when it has not returned                            |
 * | `smallestBlank(broker)`          | bytes left empty at the end of a log file, the fewest; -1 when no file is full |
 * | `regrown(broker)`                | how many queue files were removed and written again with the same bytes           |
 *
 * A question about something that did not happen answers '' or -1, so a comparison with it is false.
 */
import type { TraceEvent } from '../../../reference/host/trace.ts'
import { type Expression, parseQuestion } from './ask-parse.ts'
import { ledgerAt, sumsOf } from './ledger.ts'
import type { EventLog } from './log.ts'

/** What a question answers. */
export type Answer = number | string | boolean

type Value = Answer | TraceEvent | undefined | Readonly<Record<string, Answer>>
type Words = Readonly<Record<string, (log: EventLog, args: readonly Value[]) => Value>>

/** Answers a question over a whole run. Throws a sentence for a question that cannot be read or asks for an unknown thing. */
export function ask(log: EventLog, question: string): Answer {
  const value = answer(parseQuestion(question), log)
  if (value === undefined) return ''
  if (typeof value === 'object') throw new Error(`"${question}" answers an event; ask for one of its facts`)
  return value
}

/** True when a run has what a question asks for. */
export function holds(log: EventLog, question: string): boolean {
  const value = ask(log, question)
  return typeof value === 'number' ? value !== 0 : value === true || (typeof value === 'string' && value !== '')
}

function answer(it: Expression, log: EventLog): Value {
  switch (it.is) {
    case 'value':
      return it.value
    case 'fields':
      return Object.fromEntries(Object.entries(it.fields).map(([name, of]) => [name, plain(answer(of, log))]))
    case 'field': {
      const of = answer(it.of, log)
      if (of === undefined) return undefined
      if (typeof of !== 'object') throw new Error(`.${it.name} is asked of something that is not an event`)
      return (of as unknown as Record<string, Answer>)[it.name]
    }
    case 'unary': {
      const of = plain(answer(it.of, log))
      return it.sign === '!' ? !isTrue(of) : -Number(of)
    }
    case 'binary':
      return binary(it.sign, it.left, it.right, log)
    case 'call': {
      const word = Object.hasOwn(WORDS, it.name) ? WORDS[it.name] : undefined
      if (word === undefined)
        throw new Error(`there is no question "${it.name}"; there are ${Object.keys(WORDS).join(', ')}`)
      return word(
        log,
        it.args.map((one) => answer(one, log)),
      )
    }
  }
}

function binary(sign: string, left: Expression, right: Expression, log: EventLog): Answer {
  const a = plain(answer(left, log))
  if (sign === '&&') return isTrue(a) && isTrue(plain(answer(right, log)))
  if (sign === '||') return isTrue(a) || isTrue(plain(answer(right, log)))
  const b = plain(answer(right, log))
  switch (sign) {
    case '==':
      return a === b
    case '!=':
      return a !== b
    case '+':
      return typeof a === 'number' && typeof b === 'number' ? a + b : `${a}${b}`
    case '-':
      return Number(a) - Number(b)
    case '*':
      return Number(a) * Number(b)
    case '/':
      return Number(a) / Number(b)
  }
  // an order is one of numbers: what did not happen is neither earlier nor later than anything
  if (typeof a !== 'number' || typeof b !== 'number') return false
  return sign === '<' ? a < b : sign === '<=' ? a <= b : sign === '>' ? a > b : a >= b
}

const isTrue = (value: Answer) => value === true || (typeof value === 'number' && value !== 0)

function plain(value: Value): Answer {
  if (value === undefined) return ''
  if (typeof value === 'object') throw new Error('an event is compared; ask for one of its facts, such as .atMs')
  return value
}

const text = (value: Value) => String(value ?? '')
const cellOf = (log: EventLog, key: Value) => ledgerAt(log, log.events.length).find((cell) => cell.key === text(key))
const sums = (log: EventLog) => sumsOf(ledgerAt(log, log.events.length))

const WORDS: Words = {
  deliveries: (log, [key]) => cellOf(log, key)?.handed ?? 0,
  billed: (log, [key]) => cellOf(log, key)?.billed ?? 0,
  answer: (log, [key]) => cellOf(log, key)?.answer ?? '',
  asked: (log) => sums(log).asked,
  ok: (log) => sums(log).ok,
  failed: (log) => sums(log).failed,
  lost: (log) => sums(log).lost,
  double: (log) => sums(log).double,
  count: (log, args) => log.events.filter(fits(args)).length,
  first: (log, args) => log.events.find(fits(args)),
  last: (log, args) => log.events.findLast(fits(args)),
  ended: (log, [node]) => {
    const last = log.events.findLast(
      (event) => event.node === text(node) && (event.kind === 'node.stopped' || event.kind === 'node.started'),
    )
    return last?.kind === 'node.stopped' ? last.how : ''
  },
  owner: (log, [topic, queueId, atMs]) => ownerAt(log, text(topic), Number(queueId), Number(atMs)),
  offset: (log, [group, topic, queueId, atMs]) =>
    log.events.findLast(
      (event) =>
        event.kind === 'offset.committed' &&
        event.group === group &&
        event.topic === topic &&
        event.queueId === queueId &&
        event.atMs <= Number(atMs),
    )?.[OFFSET] ?? -1,
  sendMs: (log, [key]) => sendMs(log, text(key)),
  smallestBlank: (log, [node]) => smallestBlank(log, text(node)),
  regrown: (log, [node]) => regrown(log, text(node)),
}

/** The words of the language, for messages and for the authors' page. */
export const QUESTIONS = Object.keys(WORDS)

const OFFSET = 'queueOffset' as never

/** Events of a kind whose facts are these. */
function fits([kind, facts]: readonly Value[]): (event: TraceEvent) => boolean {
  const wanted = Object.entries(typeof facts === 'object' ? facts : {})
  return (event) =>
    event.kind === kind && wanted.every(([name, value]) => (event as unknown as Record<string, Answer>)[name] === value)
}

/** Who owns a queue: the last to whom it was assigned and who has not given it up or ended since. */
function ownerAt(log: EventLog, topic: string, queueId: number, atMs: number): string {
  let owner = ''
  for (const event of log.events) {
    if (event.atMs > atMs) break
    if (event.kind === 'node.stopped' && event.node === owner) owner = ''
    if (event.kind !== 'queue.assigned' && event.kind !== 'queue.released') continue
    if (event.topic !== topic || event.queueId !== queueId) continue
    if (event.kind === 'queue.assigned') owner = event.node
    else if (event.node === owner) owner = ''
  }
  return owner
}

function sendMs(log: EventLog, key: string): number {
  const call = log.events.find(
    (event) => event.kind === 'app.called' && event.name.startsWith('send') && log.keys(event).includes(key),
  )
  if (call?.kind !== 'app.called') return -1
  const answered = log.events.find(
    (event) => event.kind === 'app.answered' && event.node === call.node && event.call === call.call,
  )
  return answered === undefined ? -1 : answered.atMs - call.atMs
}

/** Bytes between the last record of a file and the file's end, the fewest of all files that are full. */
function smallestBlank(log: EventLog, node: string): number {
  let [smallest, end] = [-1, 0]
  for (const event of log.events) {
    if (event.kind !== 'record.appended' || event.node !== node) continue
    // a record that does not begin where the one before ended begins the next file
    const blank = event.physicalOffset - end
    if (blank > 0 && end > 0 && (smallest < 0 || blank < smallest)) smallest = blank
    end = event.physicalOffset + event.sizeBytes
  }
  return smallest
}

/** Queue files that were removed and have all bytes of then again. */
function regrown(log: EventLog, node: string): number {
  const now = new Map<string, string[]>()
  const before = new Map<string, readonly string[]>()
  const same = new Set<string>()
  for (const event of log.events) {
    if (event.node !== node || !('path' in event) || !event.path.includes('/consumequeue/')) continue
    if (event.kind === 'disk.removed' && now.has(event.path)) {
      before.set(event.path, now.get(event.path)!)
      now.delete(event.path)
    }
    if (event.kind !== 'disk.written') continue
    const entries = now.get(event.path) ?? []
    now.set(event.path, entries)
    const bytes = atob(event.payload)
    for (let at = 0; at < bytes.length; at += 20) entries[(event.atBytes + at) / 20] = bytes.slice(at, at + 20)
    if (before.get(event.path)?.every((entry, i) => entries[i] === entry) === true) same.add(event.path)
  }
  return same.size
}
