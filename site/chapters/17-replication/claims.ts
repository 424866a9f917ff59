/** What chapter 17 claims about its runs, and the numbers it prints from them. */
import type { EventKind, TraceEvent, TraceEventOf } from '#reference/host/trace.ts'
import { type Claims, when } from '#site/lib/claim.ts'
import type { Values } from '#site/lib/value.ts'
import { ALONE, COPIED } from './figures/fire.ts'
import { EACH, LONGER_MS } from './figures/price.ts'

type Events = readonly TraceEvent[]

const of = <K extends EventKind>(events: Events, kind: K) =>
  events.filter((event) => event.kind === kind) as readonly TraceEvent[] as readonly TraceEventOf<K>[]

const keyIn = (text: string) => /"key":"([^"]*)"/.exec(text)?.[1] ?? ''

/** Answers SEND_OK that the shop's application was given, with their orders. */
function answered(events: Events): readonly { readonly key: string; readonly n: number; readonly tookMs: number }[] {
  const calls = new Map(of(events, 'app.called').map((e) => [`${e.node} ${e.call}`, e]))
  return of(events, 'app.answered').flatMap((e) => {
    const call = calls.get(`${e.node} ${e.call}`)
    const isGood = call !== undefined && e.text.includes('"status":"SEND_OK"')
    return isGood ? [{ key: keyIn(call.text), n: e.n, tookMs: e.atMs - call.atMs }] : []
  })
}

/** How the shop's application was answered about an order, whatever it was told. */
function answerOf(events: Events, key: string): TraceEventOf<'app.answered'> | undefined {
  const call = of(events, 'app.called').find((e) => keyIn(e.text) === key)
  return of(events, 'app.answered').find((e) => e.node === call?.node && e.call === call?.call)
}
const sendMs = (events: Events, key: string) => {
  const call = of(events, 'app.called').find((e) => keyIn(e.text) === key)
  return answerOf(events, key)!.atMs - call!.atMs
}

const billed = (events: Events, key: string) =>
  of(events, 'message.consumed').filter((e) => e.key === key && e.status === 'CONSUME_SUCCESS')
const recordOf = (events: Events, node: string, key: string) =>
  of(events, 'record.appended').find((e) => e.node === node && e.key === key)
const stopped = (events: Events, node: string) => of(events, 'node.stopped').find((e) => e.node === node)
const step = (events: Events, text: string) => of(events, 'script.step').find((e) => e.text.startsWith(text))

/** The sends of one link of the figure price, of those that wait for nobody or of those that wait for the slave. */
function tookMs(events: Events, isDouble: boolean, link: number): readonly number[] {
  const first = 1 + link * EACH + (isDouble ? EACH * LONGER_MS.length : 0)
  const keys = Array.from({ length: EACH }, (_, i) => `order-${first + i}`)
  // the first send of each master also opens a connection
  const opens = new Set(['order-1', `order-${1 + EACH * LONGER_MS.length}`])
  return keys.filter((key) => !opens.has(key)).map((key) => sendMs(events, key))
}
const mean = (all: readonly number[]) => all.reduce((sum, one) => sum + one, 0) / all.length

/** Where the slave's log ended when its link broke, and what the master sent it afterwards. */
function resumption(events: Events) {
  const broken = of(events, 'fault.began').find(({ fault }) => fault === 'partition')!
  const had = of(events, 'record.appended').filter((e) => e.node === 'slave' && e.n < broken.n)
  const end = Math.max(...had.map((e) => e.physicalOffset + e.sizeBytes))
  const back = of(events, 'ha.connected').find((e) => e.n > broken.n)
  const sent = of(events, 'ha.transferred').find((e) => e.n > (back?.n ?? 0))
  const sentTo = Math.max(
    ...of(events, 'ha.transferred').flatMap((e) => (e.n < broken.n ? [e.physicalOffset + e.sizeBytes] : [])),
  )
  return { end, back, sent, sentTo }
}

const startOfLastFile = (events: Events) => {
  const slave = of(events, 'node.started').find((e) => e.node === 'slave')!
  return Math.max(
    0,
    ...of(events, 'log.rolled').flatMap((e) => (e.node === 'master' && e.n < slave.n ? [Number(e.file)] : [])),
  )
}

export const claims: Claims = {
  'answered-and-alone': {
    figure: 'fire',
    always: true,
    pane: 'wound',
    shownBy: (events) => {
      const sold = answered(events)
      const alone = sold.filter(({ key }) => recordOf(events, 'slave', key) === undefined)
      const isLost = alone.every(({ key }) => billed(events, key).length === 0)
      return when(sold.length === COPIED + ALONE && alone.length === ALONE && isLost, [stopped(events, 'master')])
    },
  },
  'defaults-do-not-wait': {
    figure: 'defaults',
    always: true,
    pane: 'defaults',
    shownBy: (events) => {
      const isAlone = ['order-2', 'order-3'].every(
        (key) =>
          answered(events).some((one) => one.key === key) &&
          recordOf(events, 'slave', key) === undefined &&
          billed(events, key).length === 0,
      )
      return when(
        isAlone,
        of(events, 'message.sent')
          .filter((e) => e.key === 'order-3')
          .slice(-1),
      )
    },
  },
  'both-have-it': {
    figure: 'double',
    always: true,
    pane: 'double',
    shownBy: (events) => {
      const copy = recordOf(events, 'slave', 'order-2')
      const end = (copy?.physicalOffset ?? 0) + (copy?.sizeBytes ?? 0)
      const known = of(events, 'ha.acked').find((e) => e.physicalOffset >= end)
      const answer = of(events, 'message.sent').find((e) => e.key === 'order-2' && e.status === 'SEND_OK')
      const isInOrder = copy !== undefined && known !== undefined && answer !== undefined
      return when(isInOrder && copy.n < known.n && known.n < answer.n, [known])
    },
  },
  'error-and-stored': {
    figure: 'double',
    always: true,
    pane: 'silent',
    shownBy: (events) => {
      const heard = answerOf(events, 'order-3')
      const [once, ...more] = billed(events, 'order-3')
      const isStored = recordOf(events, 'slave', 'order-3') !== undefined && once !== undefined && more.length === 0
      return when(isStored && heard?.text.includes('FAILED') === true, [heard, once])
    },
  },
  'slave-is-ahead': {
    figure: 'ahead',
    always: false,
    pane: 'ahead',
    shownBy: (events) => {
      const sold = answered(events).filter(({ n }) => n < stopped(events, 'master')!.n)
      const isCopied = sold.every(({ key }) => recordOf(events, 'slave', key) !== undefined)
      const lost = sold.filter(({ key }) => billed(events, key).length === 0)
      const [refused] = of(events, 'ha.refused')
      return when(isCopied && lost.length > 0, [refused])
    },
  },
  'failed-and-billed': {
    figure: 'ahead',
    always: false,
    pane: 'ahead',
    shownBy: (events) => {
      const failed = answerOf(events, 'order-5')
      const alone = of(events, 'message.consumed').every(({ key }) => key === 'order-5')
      return when(failed?.text.includes('FAILED') === true && alone, [failed, billed(events, 'order-5')[0]])
    },
  },
  'one-waits-for-nobody': {
    figure: 'price',
    always: true,
    pane: 'one',
    shownBy: (events) => {
      const all = LONGER_MS.flatMap((_, link) => tookMs(events, false, link))
      return when(Math.max(...all) < 2 * LONGER_MS.at(-1)!, [answerOf(events, `order-${EACH * LONGER_MS.length}`)])
    },
  },
  'two-waits-for-the-way': {
    figure: 'price',
    always: true,
    pane: 'two',
    shownBy: (events) => {
      const isLonger = LONGER_MS.every((delayMs, link) =>
        tookMs(events, true, link).every((one) => one >= 2 * delayMs + 4),
      )
      const isDearer = mean(tookMs(events, true, 0)) > mean(tookMs(events, false, 0))
      return when(isLonger && isDearer, [answerOf(events, `order-${2 * EACH * LONGER_MS.length}`)])
    },
  },
  'sent-is-lost': {
    figure: 'sent',
    always: true,
    pane: 'sent',
    shownBy: (events) => {
      const lost = answered(events).filter(
        ({ key }) => recordOf(events, 'slave', key) === undefined && billed(events, key).length === 0,
      )
      return when(lost.length > 0, [stopped(events, 'master')])
    },
  },
  'had-is-kept': {
    figure: 'had',
    always: true,
    pane: 'had',
    shownBy: (events) => {
      const sold = answered(events)
      const isKept = sold.every(({ key }) => billed(events, key).length === 1)
      return when(sold.length > 0 && sold.length < 7 && isKept, [stopped(events, 'master')])
    },
  },
  'resumes-there': {
    figure: 'broken',
    always: true,
    pane: 'resume',
    shownBy: (events) => {
      const { end, back, sent, sentTo } = resumption(events)
      return when(sentTo > end && back?.physicalOffset === end && sent?.physicalOffset === end, [back])
    },
  },
  'each-byte-once': {
    figure: 'broken',
    always: true,
    pane: 'resume',
    shownBy: (events) => {
      const copied = of(events, 'ha.appended')
      const isWhole = copied.every(
        (e, i) => e.physicalOffset === (i === 0 ? 0 : copied[i - 1]!.physicalOffset + copied[i - 1]!.sizeBytes),
      )
      const all = of(events, 'record.appended').filter((e) => e.topic === 'Orders')
      const at = (node: string) => all.filter((e) => e.node === node).map((e) => `${e.physicalOffset} ${e.key}`)
      return when(isWhole && at('master').join() === at('slave').join(), [of(events, 'ha.acked').at(-1)])
    },
  },
  'last-file-only': {
    figure: 'late',
    always: true,
    pane: 'late',
    shownBy: (events) => {
      const [first] = of(events, 'ha.transferred')
      const start = startOfLastFile(events)
      const before = of(events, 'record.appended').filter((e) => e.node === 'master' && e.physicalOffset < start)
      const isGone = before.every(
        (e) => recordOf(events, 'slave', e.key) === undefined && billed(events, e.key).length === 0,
      )
      return when(start > 0 && first?.physicalOffset === start && isGone, [
        of(events, 'record.appended').find((e) => e.node === 'slave'),
      ])
    },
  },
  'slave-is-read': {
    figure: 'reader',
    always: true,
    pane: 'reader',
    shownBy: (events) => {
      const dark = stopped(events, 'master')!
      const read = of(events, 'pull.answered').find((e) => e.node === 'slave' && e.messages > 0 && e.n > dark.n)
      const refused = answerOf(events, 'order-3')
      const again = billed(events, 'order-1').at(-1)
      return when(read !== undefined && refused?.text.includes('FAILED') === true, [refused, again])
    },
  },
  'billed-again': {
    figure: 'reader',
    always: true,
    pane: 'reader',
    shownBy: (events) => {
      const twice = ['order-1', 'order-2'].map((key) => billed(events, key))
      return when(
        twice.every((all) => all.length === 2),
        [twice[0]![1]],
      )
    },
  },
  'two-at-one-offset': {
    figure: 'twenty',
    always: true,
    pane: 'twenty',
    shownBy: (events) => {
      const [old, other] = [recordOf(events, 'master', 'order-3'), recordOf(events, 'slave', 'order-4')]
      const isOne =
        old !== undefined && old.queueOffset === other?.queueOffset && old.physicalOffset === other.physicalOffset
      const isSold = answered(events).length === 5 && billed(events, 'order-3').length === 0
      return when(isOne && isSold && step(events, 'Somebody starts') !== undefined, [other])
    },
  },
}

const ms = (value: number) => `${Math.round(value).toLocaleString('en')} ms`
const seconds = (value: number) => `${Number((value / 1_000).toFixed(1))} s`

export const values: Values = {
  'gap-bytes': {
    figure: 'fire',
    of: (events) => {
      const end = (node: string) =>
        Math.max(
          ...of(events, 'record.appended').flatMap((e) => (e.node === node ? [e.physicalOffset + e.sizeBytes] : [])),
        )
      return (end('master') - end('slave')).toLocaleString('en')
    },
  },
  'double-ms': { figure: 'double', of: (events) => ms(sendMs(events, 'order-2')) },
  'single-ms': { figure: 'defaults', of: (events) => ms(sendMs(events, 'order-2')) },
  'gave-up-ms': { figure: 'double', of: (events) => ms(sendMs(events, 'order-3')) },
  'one-near': { figure: 'price', of: (events) => ms(mean(tookMs(events, false, 0))) },
  'one-far': { figure: 'price', of: (events) => ms(mean(tookMs(events, false, LONGER_MS.length - 1))) },
  'two-near': { figure: 'price', of: (events) => ms(mean(tookMs(events, true, 0))) },
  'two-far': { figure: 'price', of: (events) => ms(mean(tookMs(events, true, LONGER_MS.length - 1))) },
  'ahead-has': {
    figure: 'ahead',
    of: (events) =>
      Math.max(
        ...of(events, 'record.appended').flatMap((e) => (e.node === 'slave' ? [e.physicalOffset + e.sizeBytes] : [])),
      ).toLocaleString('en'),
  },
  'ahead-found': {
    figure: 'ahead',
    of: (events) =>
      of(events, 'log.recovered')
        .filter((e) => e.node === 'master')
        .at(-1)!
        .physicalOffset.toLocaleString('en'),
  },
  'resume-at': { figure: 'broken', of: (events) => resumption(events).end.toLocaleString('en') },
  'resume-sent': { figure: 'broken', of: (events) => resumption(events).sentTo.toLocaleString('en') },
  'resume-after': {
    figure: 'broken',
    of: (events) =>
      seconds(
        resumption(events).back!.atMs - of(events, 'fault.healed').find(({ fault }) => fault === 'partition')!.atMs,
      ),
  },
  'late-start': { figure: 'late', of: (events) => startOfLastFile(events).toLocaleString('en') },
  'late-lost': {
    figure: 'late',
    of: (events) => answered(events).filter(({ key }) => billed(events, key).length === 0).length,
  },
}
