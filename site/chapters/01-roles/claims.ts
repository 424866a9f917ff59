/** The claims of chapter 1 about the run of its figure. */
import type { EventKind, TraceEvent, TraceEventOf } from '#reference/host/trace.ts'
import { type Claims, when } from '#site/lib/claim.ts'

type Events = readonly TraceEvent[]

const of = <K extends EventKind>(events: Events, kind: K) =>
  events.filter((event) => event.kind === kind) as readonly TraceEvent[] as readonly TraceEventOf<K>[]

const keyIn = (text: string) => /"key":"([^"]*)"/.exec(text)?.[1] ?? ''

export const claims: Claims = {
  'namesrv-writes-nothing': {
    always: true,
    shownBy: (events) => when(!events.some((e) => e.node === 'namesrv' && e.kind.startsWith('disk.')), [events.at(-1)]),
  },
  'no-message-through-namesrv': {
    always: true,
    shownBy: (events) =>
      when(
        !of(events, 'frame.received').some((e) => e.node === 'namesrv' && /SEND_|PULL_/.test(e.name)) &&
          of(events, 'message.consumed').length > 0,
        [events.at(-1)],
      ),
  },
  'one-log': {
    always: false,
    shownBy: (events) => {
      const written = of(events, 'disk.written').filter((e) => e.path.includes('commitlog/'))
      const files = new Set(written.map((e) => `${e.node} ${e.path}`))
      const brokers = new Set(written.map((e) => e.node))
      return when(brokers.size === 2 && files.size === brokers.size, [written[0]])
    },
  },
  'ok-after-append': {
    always: true,
    shownBy: (events) => {
      const appended = of(events, 'record.appended')
      const calls = new Map(of(events, 'app.called').map((e) => [`${e.node} ${e.call}`, keyIn(e.text)]))
      const answers = of(events, 'app.answered').filter((e) => e.name === 'send' && e.text.includes('SEND_OK'))
      const pairs = answers.map((answer) => {
        const key = calls.get(`${answer.node} ${answer.call}`)
        return appended.find((e) => e.key === key && e.n < answer.n)
      })
      return when(answers.length > 0 && pairs.every((pair) => pair !== undefined), [pairs[0], answers[0]])
    },
  },
  'all-queues': {
    always: true,
    shownBy: (events) => {
      const assigned = of(events, 'queue.assigned')
      const queues = new Set(assigned.map((e) => `${e.brokerName} ${e.queueId}`))
      return when(queues.size === 4, assigned)
    },
  },
  woken: {
    always: false,
    shownBy: (events) => {
      const appended = of(events, 'record.appended').find((e) => e.key === 'order-2')
      if (appended === undefined) return []
      const isSame = (e: { node: string; queueId: number }) =>
        e.node === appended.node && e.queueId === appended.queueId
      const held = of(events, 'pull.held').filter((e) => isSame(e) && e.n < appended.n)
      const dispatched = of(events, 'entry.dispatched').find((e) => isSame(e) && e.n > appended.n)
      const woken = of(events, 'pull.woken').find((e) => isSame(e) && e.n > appended.n)
      return when(held.length > 0 && woken !== undefined && woken.atMs === dispatched?.atMs, [
        held.at(-1),
        dispatched,
        woken,
      ])
    },
  },
  'commit-later': {
    always: true,
    shownBy: (events) => {
      const consumed = of(events, 'message.consumed').find((e) => e.key === 'order-1')
      const committed = of(events, 'offset.committed').find(
        (e) =>
          consumed !== undefined &&
          e.node === consumed.brokerName &&
          e.queueId === consumed.queueId &&
          e.queueOffset > consumed.queueOffset,
      )
      return when(consumed !== undefined && committed !== undefined && committed.atMs > consumed.atMs, [
        consumed,
        committed,
      ])
    },
  },
}
