/** What is to be seen now, in one or two sentences that need no other word of the book. */
import { type Member, nodesOf } from '../experiment/experiment.ts'
import { isUnsure, masterOf, type PlayState, waitingOf } from '../run/state.ts'
import type { Row } from '../run/tape.ts'
import { compact } from './numbers.ts'

/** How many of the last rows are looked at. */
const LOOK = 5
/** The row with which the present is compared, to say whether a backlog grows. */
const TREND = 3

/** Tells the moment. `rows` are those up to it; `group` is the one whose backlog is told first; '' for none. */
export function narrate(cast: readonly Member[], state: PlayState, rows: readonly Row[], group = ''): string {
  const last = rows.slice(-LOOK)
  if (state.totals.asked === 0) return begins(cast, state)
  const sentences = [
    down(cast, state),
    masterless(cast, state),
    refusing(state, last),
    backlog(cast, state, rows, group),
    unlisted(cast, state) || unread(cast, state, group),
    failing(last),
    kept(state),
  ]
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
  const stopped = cast.flatMap(nodesOf).filter((name) => state.nodes[name]?.state === 'stopped')
  const ended = stopped.filter((name) => state.nodes[name]?.how === 'returned')
  const names = stopped.filter((name) => !ended.includes(name))
  const cut = cast.flatMap(nodesOf).filter((name) => state.nodes[name]?.isCut === true)
  const heirs = cast.filter(({ name }) => names.includes(name) && masterOf(state, name) !== name)
  const elected = heirs.map(({ name }) => masterOf(state, name)).filter((name) => !names.includes(name))
  const parts = [
    names.length > 0 ? `${list(names)} ${names.length > 1 ? 'are' : 'is'} down` : '',
    elected.length > 0
      ? `and ${list(elected)} ${elected.length > 1 ? 'are masters' : 'is the master'} in its place`
      : '',
    ended.length > 0 ? `${list(ended)} ${ended.length > 1 ? 'have' : 'has'} been stopped` : '',
    cut.length > 0 ? `${list(cut)} ${cut.length > 1 ? 'are' : 'is'} cut off` : '',
  ]
  const said = parts.filter((one) => one !== '').join(', ')
  return said === '' ? '' : `${said}.`
}

/** A broker whose master is to be elected, while no controller runs. */
function masterless(cast: readonly Member[], state: PlayState): string {
  const isUp = (name: string) => state.nodes[name]?.state === 'running'
  const without = cast
    .filter(({ values }) => values['master'] === 'elected' && Number(values['slaves']) > 0)
    .map(({ name }) => name)
    .filter((name) => state.masters[name] === undefined || !isUp(masterOf(state, name)))
  const hasController = cast.some((one) => one.kind === 'controller' && nodesOf(one).some(isUp))
  return without.length === 0 || hasController
    ? ''
    : `${list(without)} ${without.length > 1 ? 'have' : 'has'} no master, and no controller runs that could elect one.`
}

function refusing(state: PlayState, last: readonly Row[]): string {
  const refused = sum(last, ({ refused: one }) => one)
  if (refused === 0) return ''
  const who = Object.entries(state.producers).find(([, { failed }]) => failed > 0)
  const why = who?.[1].why ?? ''
  const sends = refused === 1 ? 'One send' : `${compact(refused)} sends`
  const known = /in-sync/.test(why)
    ? 'the master has not enough copies at hand, and stores nothing'
    : isUnsure(why)
      ? 'a broker may have stored a message or not'
      : 'nothing of that is stored'
  return `${who?.[0] ?? 'A producer'} gets errors: ${sends} failed in the last ${LOOK} seconds, and ${known}.`
}

function backlog(cast: readonly Member[], state: PlayState, rows: readonly Row[], group: string): string {
  for (const { name, kind } of [...cast].sort((a, b) => Number(b.name === group) - Number(a.name === group))) {
    if (kind !== 'group' || state.groups[name] === undefined) continue
    const now = waitingOf(state, name)
    if (now < 20) continue
    const before = waitingBefore(rows, name)
    const queues = Object.entries(state.queues).sort(([, a], [, b]) => (b.waiting[name] ?? 0) - (a.waiting[name] ?? 0))
    const [longest, its] = queues[0] ?? ['', undefined]
    const share = (its?.waiting[name] ?? 0) / now
    const where = share > 0.6 && queues.length > 2 ? `, most of them in ${longest}` : ''
    const grows =
      before === undefined
        ? ''
        : now > before * 1.05 + 3
          ? ', and more every second'
          : now < before * 0.95 - 3
            ? ', and it catches up'
            : ', and it stays so'
    return `${compact(now)} messages wait for ${name}${where}${grows}.`
  }
  return ''
}

/** A NameServer that does not know all brokers hides their queues from the clients that ask it. */
function unlisted(cast: readonly Member[], state: PlayState): string {
  const isUp = ({ name }: Member) => state.nodes[name]?.state === 'running' && state.nodes[name]?.isCut === false
  const brokers = cast.filter((one) => one.kind === 'broker' && isUp(one)).map(({ name }) => name)
  const listed = (namesrv: string) => state.routes[namesrv] ?? []
  const known = brokers.filter((name) => cast.some((one) => one.kind === 'namesrv' && listed(one.name).includes(name)))
  for (const one of cast.filter(({ kind }) => kind === 'namesrv').filter(isUp)) {
    const missing = known.filter((name) => !listed(one.name).includes(name))
    if (missing.length > 0)
      return `${one.name} does not list ${list(missing)}: clients that ask it do not find ${missing.length > 1 ? 'their' : 'its'} queues.`
  }
  return ''
}

/** Brokers that a group has not found yet, although it reads others. */
function unread(cast: readonly Member[], state: PlayState, group: string): string {
  const isRead = (broker: string) =>
    Object.values(state.queues).some((one) => one.broker === broker && (one.owners[group] ?? []).length > 0)
  const nodes = cast
    .filter(({ kind }) => kind === 'broker')
    .filter(({ name }) => state.nodes[name]?.state === 'running')
  const [found, missing] = [nodes.filter(({ name }) => isRead(name)), nodes.filter(({ name }) => !isRead(name))]
  if (found.length === 0 || missing.length === 0 || missing.some(({ name }) => state.nodes[name]?.isCut)) return ''
  return `No member of ${group} reads ${list(missing.map(({ name }) => name))} yet: clients ask for new routes every 30 seconds.`
}

function failing(last: readonly Row[]): string {
  const [failed, dead, lost] = [
    sum(last, (row) => row.failed),
    sum(last, (row) => row.dead),
    sum(last, (row) => row.lost),
  ]
  if (lost > 0)
    return lost === 1
      ? '1 message that was acknowledged is gone.'
      : `${compact(lost)} messages that were acknowledged are gone.`
  if (dead > 0)
    return dead === 1
      ? '1 message has become a dead letter: it is not tried again.'
      : `${compact(dead)} messages have become dead letters: they are not tried again.`
  if (failed === 1) return 'A listener failed just now; its message comes again later.'
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
  const queues = Object.values(state.queues).filter(
    ({ broker }) => state.nodes[masterOf(state, broker)]?.state === 'running',
  ).length
  const waiting = groups.reduce((all, { name }) => all + waitingOf(state, name), 0)
  const producers = cast.filter(({ kind, name }) => kind === 'producer' && state.nodes[name]?.state === 'running')
  const senders = producers.filter((one) => !hasSentAll(one, state)).map(({ name }) => name)
  if (queues === 0) return 'No broker runs: nothing can be sent.'
  const works =
    groups.length === 0
      ? 'no group reads them yet'
      : `${list(groups.map(({ name }) => name))} ${groups.length > 1 ? 'keep' : 'keeps'} up`
  const sends =
    senders.length === 0 && producers.length > 0
      ? `${list(producers.map(({ name }) => name))} ${producers.length > 1 ? 'have' : 'has'} sent all ${producers.length > 1 ? 'their' : 'its'} messages`
      : `${list(senders) || 'Nobody'} ${senders.length > 1 ? 'send' : 'sends'} ${sent} ${sent === 1 ? 'message' : 'messages'} a second into ${queues} queues`
  return `${sends}, and ${works}${groups.length === 0 ? '' : waiting === 0 ? ': nothing waits' : `: ${waiting === 1 ? '1 message waits' : `${compact(waiting)} messages wait`}`}.`
}

/** Whether a producer has sent as many messages as it was to send. */
function hasSentAll({ name, values }: Member, state: PlayState): boolean {
  const total = Number(values['total'] ?? 0)
  return total > 0 && (state.producers[name]?.asked ?? 0) >= total
}

/** What waited for a group three seconds ago; undefined when the group is younger than that. */
function waitingBefore(rows: readonly Row[], group: string): number | undefined {
  const counts = Object.entries(rows.at(-TREND)?.waiting ?? {}).filter(
    ([name]) => name === group || name.startsWith(`${group}|`),
  )
  return counts.length === 0 ? undefined : counts.reduce((all, [, count]) => all + count, 0)
}

function sum(rows: readonly Row[], of: (row: Row) => number): number {
  return rows.reduce((all, row) => all + of(row), 0)
}

/** Names in a sentence. */
export function list(names: readonly string[]): string {
  if (names.length > 3) return `${names.length} nodes`
  return names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}
