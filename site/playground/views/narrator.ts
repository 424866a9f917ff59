/** What is to be seen now, in one or two sentences that need no other word of the book. */
import { type Member, nodesOf } from '../experiment/experiment.ts'
import { TROUBLE_MS } from '../run/producers.ts'
import { masterOf, NEWS_MS, type PlayState } from '../run/state.ts'
import type { Row, Shortened } from '../run/tape.ts'
import { backlog, keeping, list, passedOver, unnoticed } from './backlog.ts'
import { clock, compact } from './numbers.ts'

/** How many of the last rows are looked at. */
const LOOK = 5
/** A producer is well again when its last error is so long ago, and sends have been confirmed since. */
const WELL_MS = 1_000

/** Tells the moment. `rows` are those up to it; `group` is the one whose backlog is told first; '' for none. */
export function narrate(cast: readonly Member[], state: PlayState, rows: readonly Row[], group = ''): string {
  const last = rows.slice(-LOOK)
  if (state.totals.asked === 0) return begins(cast, state)
  const sentences = [
    shortened(state),
    down(cast, state),
    masterless(cast, state),
    passedOver(state),
    refusing(state),
    blind(cast, state, group),
    backlog(cast, state, rows, group),
    unlisted(cast, state) || unread(cast, state, group),
    failing(last),
    kept(state),
  ]
  // a loss comes first, and takes nobody's place
  const told = sentences.filter((one) => one !== '').slice(0, sentences[0] === '' ? 2 : 3)
  const isOnlyDown = told.every((one) => one === sentences[0] || one === sentences[1])
  return isOnlyDown ? [...told, calm(cast, state, rows)].join(' ') : told.join(' ')
}

function begins(cast: readonly Member[], state: PlayState): string {
  const starting = cast.flatMap(nodesOf).filter((name) => state.nodes[name]?.state !== 'running')
  if (starting.length > 0) return 'The cluster starts: first the servers, then the applications.'
  const has = (kind: Member['kind']) => cast.some((one) => one.kind === kind)
  if (!has('namesrv')) return 'No NameServer runs. Add one.'
  if (!has('broker')) return 'Only a NameServer runs. Add a broker.'
  return has('producer') ? 'Everybody is there. Nobody has sent anything yet.' : 'Nobody sends yet. Add a producer.'
}

/** What is gone with the end of a log, or that nothing is. */
export function goneWords({ broker, how, after, unflushed, gone, acknowledged, done }: Shortened): string {
  if (gone === 0) {
    const all = unflushed === 1 ? 'the 1 message that was' : `all ${compact(unflushed)} messages that were`
    return `${broker} has lost nothing: ${after === 'powercut' ? 'its disk' : 'the machine still'} had ${all} in memory`
  }
  const messages = gone === 1 ? '1 message is gone' : `${compact(gone)} messages are gone`
  const why =
    how === 'start'
      ? `its disk did not have ${gone === 1 ? 'it' : 'them'} yet`
      : `the new master does not have ${gone === 1 ? 'it' : 'them'}`
  const all = acknowledged === gone ? (gone === 1 ? 'It' : 'All') : compact(acknowledged)
  const told =
    acknowledged === 0
      ? `Nobody was told that ${gone === 1 ? 'it was' : 'they were'} stored`
      : done === acknowledged
        ? `${all} had been acknowledged, and done before`
        : `${all} had been acknowledged${done === 0 ? '' : `; ${compact(done)} of those had been done before`}`
  return `${messages} from ${broker}: ${why}. ${told}`
}

function shortened({ shortened: it, atMs }: PlayState): string {
  return it === undefined || atMs - it.atMs > NEWS_MS ? '' : `${goneWords(it)}.`
}

function down(cast: readonly Member[], state: PlayState): string {
  const stopped = cast.flatMap(nodesOf).filter((name) => state.nodes[name]?.state === 'stopped')
  const ended = stopped.filter((name) => state.nodes[name]?.how === 'returned')
  const names = stopped.filter((name) => !ended.includes(name))
  const cut = cast.flatMap(nodesOf).filter((name) => state.nodes[name]?.isCut === true)
  const frozen = cast.flatMap(nodesOf).filter((name) => state.nodes[name]?.isFrozen === true)
  const heirs = cast.filter(({ name }) => names.includes(name) && masterOf(state, name) !== name)
  const elected = heirs.map(({ name }) => masterOf(state, name)).filter((name) => !names.includes(name))
  const parts = [
    names.length > 0 ? `${list(names)} ${names.length > 1 ? 'are' : 'is'} down` : '',
    elected.length > 0
      ? `and ${list(elected)} ${elected.length > 1 ? 'are masters' : 'is the master'} in its place`
      : '',
    ended.length > 0 ? `${list(ended)} ${ended.length > 1 ? 'have' : 'has'} been stopped` : '',
    cut.length > 0 ? `${list(cut)} ${cut.length > 1 ? 'are' : 'is'} cut off` : '',
    frozen.length > 0 ? `${list(frozen)} ${frozen.length > 1 ? 'are' : 'is'} frozen` : '',
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

/** The sends that fail. First comes what is so now: a producer that sends again says that. All counts are of one stretch. */
function refusing(state: PlayState): string {
  const [name, producer] =
    Object.entries(state.producers)
      .filter(([, { trouble }]) => trouble !== undefined)
      .sort(([, a], [, b]) => b.failedMs - a.failedMs)[0] ?? []
  if (name === undefined || producer?.trouble === undefined || state.nodes[name]?.state !== 'running') return ''
  if (state.atMs - producer.failedMs > TROUBLE_MS) return ''
  const { sinceMs, ended, failed, unknown } = producer.trouble
  const isWell = producer.okMs > producer.failedMs && state.atMs - producer.failedMs > WELL_MS
  const before = failed === 1 ? 'one send failed' : `${compact(failed)} sends failed`
  if (isWell) return `${name} sends again since ${clock(producer.againMs)}; before that, ${before}.`
  const share =
    failed < ended
      ? `${compact(failed)} of ${compact(ended)} sends`
      : failed === 1
        ? 'one send'
        : `${compact(failed)} sends`
  const some = unknown === failed ? (failed === 1 ? 'it' : 'them') : `${compact(unknown)} of them`
  const known =
    unknown > 0 ? `a broker may have stored ${some}` : `nothing of ${failed === 1 ? 'it' : 'them'} is stored`
  return `${name} gets errors: ${share} failed since ${clock(sinceMs)}, and ${known}.`
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

/** A group whose members leave what waits at a broker that runs again. */
function blind(cast: readonly Member[], state: PlayState, group: string): string {
  const members = cast.filter(({ name }) => name === group).flatMap(nodesOf)
  const [first] = members.map((name) => unnoticed(state, group, name)).filter((one) => one !== '')
  return first === undefined
    ? ''
    : `${group} has not noticed yet that ${first} runs again: clients ask for new routes every 30 seconds.`
}

function failing(last: readonly Row[]): string {
  const [failed, dead] = [sum(last, (row) => row.failed), sum(last, (row) => row.dead)]
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

function calm(cast: readonly Member[], state: PlayState, rows: readonly Row[]): string {
  const groups = cast.filter(({ kind, name }) => kind === 'group' && state.groups[name] !== undefined)
  const queues = Object.values(state.queues).filter(
    ({ broker }) => state.nodes[masterOf(state, broker)]?.state === 'running',
  ).length
  const isUp = (name: string) => state.nodes[name]?.state === 'running' && state.nodes[name]?.isFrozen === false
  const producers = cast.filter(({ kind, name }) => kind === 'producer' && isUp(name))
  const senders = producers.filter((one) => !hasSentAll(one, state) && Number(one.values['rate']) > 0)
  // applications send by the clock: what they are set to is what they send, also in the second in which one starts
  const sent = senders.reduce((all, { values }) => all + Number(values['rate']), 0)
  const names = list(senders.map(({ name }) => name))
  if (queues === 0) return 'No broker runs: nothing can be sent.'
  const haveSentAll = producers.length > 0 && producers.every((one) => hasSentAll(one, state))
  const sends = haveSentAll
    ? `${list(producers.map(({ name }) => name))} ${producers.length > 1 ? 'have' : 'has'} sent all ${producers.length > 1 ? 'their' : 'its'} messages`
    : senders.length === 0
      ? 'Nobody sends now'
      : `${names} ${senders.length > 1 ? 'send' : 'sends'} ${sent} ${sent === 1 ? 'message' : 'messages'} a second into ${queues} queues`
  const works = keeping(
    groups.map(({ name }) => name),
    state,
    rows,
  )
  return `${sends}, and ${works}.`
}

/** Whether a producer has sent as many messages as it was to send. */
function hasSentAll({ name, values }: Member, state: PlayState): boolean {
  const total = Number(values['total'] ?? 0)
  return total > 0 && (state.producers[name]?.asked ?? 0) >= total
}

function sum(rows: readonly Row[], of: (row: Row) => number): number {
  return rows.reduce((all, row) => all + of(row), 0)
}
