/** What is to be seen now, in one or two sentences that need no other word of the book. */
import { type Member, nodesOf } from '../experiment/experiment.ts'
import { type PlayState, waitingOf } from '../run/state.ts'
import type { Row } from '../run/tape.ts'
import { compact } from './numbers.ts'

/** How many of the last rows are looked at. */
const LOOK = 5

/** Tells the moment. `rows` are those up to it. */
export function narrate(cast: readonly Member[], state: PlayState, rows: readonly Row[]): string {
  const last = rows.slice(-LOOK)
  if (state.totals.asked === 0) return begins(cast, state)
  const sentences = [down(cast, state), refusing(state, last), backlog(cast, state, rows), failing(last), kept(state)]
  const told = sentences.filter((one) => one !== '').slice(0, 2)
  const isOnlyDown = told.length === 1 && told[0] === sentences[0]
  return told.length === 0 || isOnlyDown ? [...told, calm(cast, state, last)].join(' ') : told.join(' ')
}

function begins(cast: readonly Member[], state: PlayState): string {
  const starting = cast.flatMap(nodesOf).filter((name) => state.nodes[name]?.state !== 'running')
  return starting.length === 0
    ? 'Everybody is there. Nobody has sent anything yet.'
    : 'The cluster starts: first the servers, then the applications.'
}

function down(cast: readonly Member[], state: PlayState): string {
  const names = cast.flatMap(nodesOf).filter((name) => state.nodes[name]?.state === 'stopped')
  const cut = cast.flatMap(nodesOf).filter((name) => state.nodes[name]?.isCut === true)
  const parts = [
    names.length > 0 ? `${list(names)} ${names.length > 1 ? 'are' : 'is'} down` : '',
    cut.length > 0 ? `${list(cut)} ${cut.length > 1 ? 'are' : 'is'} cut off` : '',
  ]
  const said = parts.filter((one) => one !== '').join(', ')
  return said === '' ? '' : `${said}.`
}

function refusing(state: PlayState, last: readonly Row[]): string {
  const refused = sum(last, ({ refused: one }) => one)
  if (refused === 0) return ''
  const who = Object.entries(state.producers).find(([, { failed }]) => failed > 0)
  return `${who?.[0] ?? 'A producer'} is told that ${compact(refused)} of its last messages were not stored.`
}

function backlog(cast: readonly Member[], state: PlayState, rows: readonly Row[]): string {
  for (const { name, kind } of cast) {
    if (kind !== 'group' || state.groups[name] === undefined) continue
    const now = waitingOf(state, name)
    if (now < 20) continue
    const before = waitingBefore(rows, name)
    const queues = Object.entries(state.queues).sort(([, a], [, b]) => (b.waiting[name] ?? 0) - (a.waiting[name] ?? 0))
    const [longest, its] = queues[0] ?? ['', undefined]
    const share = (its?.waiting[name] ?? 0) / now
    const where = share > 0.6 && queues.length > 2 ? `, most of them in ${longest}` : ''
    const grows =
      now > before * 1.05 + 3
        ? 'and more every second'
        : now < before * 0.95 - 3
          ? 'and it catches up'
          : 'and it stays so'
    return `${compact(now)} messages wait for ${name}${where}, ${grows}.`
  }
  return ''
}

function failing(last: readonly Row[]): string {
  const [failed, dead, lost] = [
    sum(last, (row) => row.failed),
    sum(last, (row) => row.dead),
    sum(last, (row) => row.lost),
  ]
  if (lost > 0) return `${compact(lost)} messages that were acknowledged are gone.`
  if (dead > 0) return `${compact(dead)} messages have become dead letters: nobody tries them again.`
  return failed > 0 ? `Listeners failed ${compact(failed)} times just now; those messages come again later.` : ''
}

function kept(state: PlayState): string {
  const total = (shelf: 'delayed' | 'half') => Object.values(state.shelves).reduce((all, one) => all + one[shelf], 0)
  const [delayed, half] = [total('delayed'), total('half')]
  if (half > 2) return `${compact(half)} messages wait for their producer’s commit; no group sees them.`
  return delayed > 0 ? `The brokers keep ${compact(delayed)} messages back until they are due.` : ''
}

function calm(cast: readonly Member[], state: PlayState, last: readonly Row[]): string {
  const latest = last.slice(-2)
  const sent = Math.round(sum(latest, (row) => row.sent) / Math.max(1, latest.length))
  const groups = cast.filter(({ kind, name }) => kind === 'group' && state.groups[name] !== undefined)
  const queues = Object.values(state.queues).filter(({ broker }) => state.nodes[broker]?.state === 'running').length
  const waiting = groups.reduce((all, { name }) => all + waitingOf(state, name), 0)
  const senders = cast.filter(({ kind }) => kind === 'producer').map(({ name }) => name)
  const works =
    groups.length === 0
      ? 'no group reads them yet'
      : `${list(groups.map(({ name }) => name))} ${groups.length > 1 ? 'keep' : 'keeps'} up`
  return `${list(senders) || 'Nobody'} ${senders.length > 1 ? 'send' : 'sends'} ${sent} messages a second into ${queues} queues, and ${works}${groups.length === 0 ? '' : waiting === 0 ? ': nothing waits' : `: ${compact(waiting)} wait`}.`
}

function waitingBefore(rows: readonly Row[], group: string): number {
  const row = rows.at(-LOOK)
  if (row === undefined) return 0
  return Object.entries(row.waiting).reduce(
    (all, [name, count]) => (name === group || name.startsWith(`${group}|`) ? all + count : all),
    0,
  )
}

function sum(rows: readonly Row[], of: (row: Row) => number): number {
  return rows.reduce((all, row) => all + of(row), 0)
}

/** Names in a sentence. */
export function list(names: readonly string[]): string {
  if (names.length > 3) return `${names.length} nodes`
  return names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}
