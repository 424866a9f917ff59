/**
 * The ledger under every pane: what became of each order, told only by what applications did and were told.
 *
 * Reads `app.*` events and nothing else: the shop called `send` and got an answer, the billing was handed an order and
 * replied. No node's own word counts. Where a billing charges at a bank (`reference/client/apps/billing/`), the application is the
 * bank, and what it has charged is billed.
 *
 * An order that the shop has taken back (`recall`, answered with RECALLED) is not awaited any more.
 *
 * Where the shop keeps its orders in a database (it asks its application to `save`, or one of the other words of `SAVES`), what
 * counts is the database: an order that was saved must be billed, and one that was not saved must not be.
 */
import type { TraceEvent } from '../../../reference/host/trace.ts'
import { bisectLeft } from './bisect.ts'
import type { EventLog } from './log.ts'

/** One order in the ledger. */
export interface LedgerCell {
  readonly key: string
  /** What `send` came to: '' while it has not returned. */
  readonly answer: '' | 'ok' | 'failed'
  /** The status or error that `send` returned. */
  readonly said: string
  /** How many times one group has consumed it, the one that did so most often: handed over, and CONSUME_SUCCESS replied. */
  readonly billed: number
  /** How many times the billing was handed it. */
  readonly handed: number
  /** Whether the shop's database has it; undefined in a run without a database. */
  readonly saved: boolean | undefined
  /** Nothing can come any more (the run is over), `send` returned SEND_OK or a database has it, and it was never billed. */
  readonly isLost: boolean
  /** The run is over, it was billed, and the shop's database does not have it. */
  readonly isPhantom: boolean
}

/** The ledger after `count` events, in the order in which the shop asked. The same array as before while nothing in it changed. */
export function ledgerAt(log: EventLog, count: number): readonly LedgerCell[] {
  const told = bisectLeft(log.appEvents, count)
  let fold = folds.get(log)
  if (fold === undefined || fold.told > told) folds.set(log, (fold = new LedgerFold()))
  return fold.at(log, told, log.isWhole && count >= log.events.length)
}

/** How far each log's ledger was read: playing on reads only what came since, and a large run is not read again every frame. */
const folds = new WeakMap<EventLog, LedgerFold>()

/** What a shop asks of its database when it saves an order, and how the database says that it has. */
const SAVES: ReadonlySet<string> = new Set(['save', 'executeLocalTransaction', 'database.save'])
const SAVED = /"saved":true|"COMMIT_MESSAGE"|"outcome":"saved"/

/** Whether the shop of a log keeps its orders in a database; a log is looked through once. */
const kept = new WeakMap<EventLog, boolean>()

function keepsOrders(log: EventLog): boolean {
  let keeps = kept.get(log)
  if (keeps === undefined) {
    keeps = log.appEvents.some((index) => {
      const event = log.events[index]!
      return event.kind === 'app.handed' && SAVES.has(event.name)
    })
    kept.set(log, keeps)
  }
  return keeps
}

type OpenCell = { -readonly [name in Exclude<keyof LedgerCell, 'isLost' | 'isPhantom' | 'saved'>]: LedgerCell[name] }

/** A ledger that is told one event after the other. */
class LedgerFold {
  /** Events of applications that it was told. */
  told = 0
  readonly #cells = new Map<string, OpenCell>()
  readonly #sends = new Map<string, string>()
  readonly #hands = new Map<string, { readonly key: string; readonly group: string }>()
  /** What the shop's database was asked to save, by `node call`, and what it has saved. */
  readonly #saves = new Map<string, string>()
  readonly #saved = new Set<string>()
  /** Orders by the id that `send` returned, and those that the shop has taken back: nobody waits for them any more. */
  readonly #ids = new Map<string, string>()
  readonly #recalled = new Set<string>()
  /** Times a group has consumed a key, by `group key`. */
  readonly #consumed = new Map<string, number>()
  #shown: readonly LedgerCell[] = []
  #isOver = false

  /** The cells after the first `told` events of applications. */
  at(log: EventLog, told: number, isOver: boolean): readonly LedgerCell[] {
    if (told === this.told && isOver === this.#isOver) return this.#shown
    for (; this.told < told; this.told++) this.#tell(log.events[log.appEvents[this.told]!]!)
    this.#isOver = isOver
    const isKept = keepsOrders(log)
    this.#shown = [...this.#cells.values()].map((cell) => {
      const saved = isKept ? this.#saved.has(cell.key) : undefined
      const isAwaited = (saved ?? cell.answer === 'ok') && !this.#recalled.has(cell.key)
      const isLost = isOver && isAwaited && cell.billed === 0
      return { ...cell, saved, isLost, isPhantom: isOver && saved === false && cell.billed > 0 }
    })
    return this.#shown
  }

  #tell(event: TraceEvent): void {
    switch (event.kind) {
      case 'app.called': {
        const key = event.name.startsWith('send') ? keyIn(event.text) : ''
        if (key === '') break
        this.#sends.set(`${event.node} ${event.call}`, key)
        if (!this.#cells.has(key)) this.#cells.set(key, { key, answer: '', said: '', billed: 0, handed: 0 })
        break
      }
      case 'app.answered': {
        const id = /"msgId":"([^"]*)"/.exec(event.text)?.[1] ?? ''
        if (event.text.includes('"status":"RECALLED"')) this.#recalled.add(this.#ids.get(id) ?? '')
        const cell = this.#cells.get(this.#sends.get(`${event.node} ${event.call}`) ?? '')
        if (cell === undefined) break
        this.#ids.set(id, cell.key)
        const status = event.error === '' ? (/"status":"([A-Z_]*)"/.exec(event.text)?.[1] ?? '') : ''
        cell.answer = status === 'SEND_OK' ? 'ok' : 'failed'
        cell.said = status || event.error || (/"error":"((?:[^"\\]|\\.)*)"/.exec(event.text)?.[1] ?? '')
        break
      }
      case 'app.handed': {
        const key = keyIn(event.text)
        if (SAVES.has(event.name)) this.#saves.set(`${event.node} ${event.call}`, key)
        if (event.name !== 'message' && event.name !== 'charge') break
        this.#hands.set(`${event.node} ${event.call}`, {
          key,
          group: /"group":"([^"\\]*)"/.exec(event.text)?.[1] ?? '',
        })
        const cell = this.#cells.get(key)
        if (cell !== undefined) cell.handed++
        break
      }
      case 'app.replied': {
        const wanted = this.#saves.get(`${event.node} ${event.call}`)
        if (wanted !== undefined && SAVED.test(event.text)) this.#saved.add(wanted)
        const hand = this.#hands.get(`${event.node} ${event.call}`)
        const cell = this.#cells.get(hand?.key ?? '')
        if (cell === undefined || hand === undefined || !/CONSUME_SUCCESS|"status":"charged"/.test(event.text)) break
        const times = (this.#consumed.get(`${hand.group} ${hand.key}`) ?? 0) + 1
        this.#consumed.set(`${hand.group} ${hand.key}`, times)
        cell.billed = Math.max(cell.billed, times)
        break
      }
    }
  }
}

/**
 * The count up to which the ledger is told at a moment: what an application is told by the event at the cursor is an event of its
 * own, right behind it in the same millisecond at the same node.
 */
export function toldCount(log: EventLog, count: number): number {
  const last = log.events[count - 1]
  let to = count
  while (last !== undefined) {
    const next = log.events[to]
    if (next?.node !== last.node || next.atMs !== last.atMs || !next.kind.startsWith('app.')) break
    to++
  }
  return to
}

/** The sums of a ledger, for its one line of words. */
export interface LedgerSums {
  readonly asked: number
  readonly ok: number
  readonly billed: number
  /** Billed more than once. */
  readonly double: number
  readonly lost: number
  readonly failed: number
  /** Orders that the shop's database has; undefined in a run without a database. */
  readonly saved: number | undefined
  /** Billed although no database has them. */
  readonly phantom: number
}

export function sumsOf(cells: readonly LedgerCell[]): LedgerSums {
  const count = (is: (cell: LedgerCell) => boolean) => cells.filter(is).length
  return {
    asked: cells.length,
    ok: count(({ answer }) => answer === 'ok'),
    billed: count(({ billed }) => billed > 0),
    double: count(({ billed }) => billed > 1),
    lost: count(({ isLost }) => isLost),
    failed: count(({ answer }) => answer === 'failed'),
    saved: cells.some(({ saved }) => saved !== undefined) ? count(({ saved }) => saved === true) : undefined,
    phantom: count(({ isPhantom }) => isPhantom),
  }
}

/** What became of one order, in words. */
export function wordsOf({ key, answer, said, billed, saved, isLost }: LedgerCell): string {
  const told = answer === '' ? 'asked for, no answer yet' : answer === 'ok' ? 'SEND_OK' : `send failed: ${said}`
  const sent = saved === undefined ? told : saved ? 'saved' : 'not saved'
  const paid = isLost
    ? 'never billed'
    : billed === 0
      ? 'not billed yet'
      : billed === 1
        ? 'billed'
        : `billed ${billed} times`
  return `${key}: ${sent}, ${paid}`
}

function keyIn(text: string): string {
  return /"key":"([^"\\]+)"/.exec(text)?.[1] ?? ''
}
