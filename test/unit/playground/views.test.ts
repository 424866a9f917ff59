/** The pictures of the playground: nobody stands on somebody else, and a picture shows no more than an eye or the moment allows. */
import { expect, it } from 'vitest'
import { experimentFrom } from '../../../site/playground/experiment/experiment.ts'
import { Chronicle } from '../../../site/playground/page/chronicle.ts'
import { healAll } from '../../../site/playground/page/menu.ts'
import { emptyState, fold, type PlayState } from '../../../site/playground/run/state.ts'
import type { Row, TapeItem } from '../../../site/playground/run/tape.ts'
import { DOTS_MAX, dotsAt } from '../../../site/playground/views/dots.ts'
import { ghostWords } from '../../../site/playground/views/ghost.ts'
import { layoutOf, placeOf } from '../../../site/playground/views/layout.ts'
import { narrate } from '../../../site/playground/views/narrator.ts'
import { drawPlot, plotsOf } from '../../../site/playground/views/plots.ts'
import { stageMarks } from '../../../site/playground/views/stage.ts'
import { onWayIn, onWayOut } from '../../../site/playground/views/ways.ts'

const member = (kind: string, name: string, values = {}) => ({ kind, name, values })
const LARGE = experimentFrom({
  cast: [
    ...['a', 'b', 'c'].map((name) => member('namesrv', `namesrv-${name}`)),
    ...['a', 'b', 'c', 'd'].map((name) => member('broker', `broker-${name}`, { queues: 8, slaves: 1 })),
    ...['shop', 'kiosk', 'app'].map((name) => member('producer', name)),
    member('group', 'billing', { members: 8 }),
    member('group', 'mailing', { members: 4 }),
  ],
}).cast

it.each([1040, 860, 374])('at %i pixels, a large cast has room: no box lies on another or sticks out', (width) => {
  const layout = layoutOf(LARGE, emptyState(), width)
  const boxes = [
    ...layout.namesrvs.map(({ box }) => box),
    ...layout.producers.map(({ box }) => box),
    ...layout.brokers.flatMap(({ box, slaves }) => [box, ...slaves.map((one) => one.box)]),
    ...layout.groups.flatMap(({ members }) => members.map(({ box }) => box)),
  ]
  expect(boxes).toHaveLength(3 + 3 + 8 + 12)
  for (const [i, a] of boxes.entries()) {
    expect(a.x).toBeGreaterThanOrEqual(0)
    expect(a.x + a.width).toBeLessThanOrEqual(width)
    expect(a.y + a.height).toBeLessThanOrEqual(layout.height)
    for (const b of boxes.slice(i + 1))
      expect(a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y).toBe(true)
  }
  for (const name of ['shop', 'billing-8', 'broker-d-s1', 'namesrv-c']) expect(placeOf(layout, name)).toBeDefined()
  const marks = stageMarks({ cast: LARGE, state: emptyState(), layout, group: 'billing', selected: '', arriving: {} })
  expect(new Set(marks.map(({ key }) => key)).size).toBe(marks.length)
})

it('draws at most so many messages, in the order of their way: to the queue first, then to the member', () => {
  const layout = layoutOf(LARGE, emptyState(), 1040)
  const stored = (number: number, atMs: number): TapeItem => ({
    ...{ atMs, k: 'stored', node: 'broker-a', from: 'shop', key: `shop-${number}`, tag: 0 },
    ...{ broker: 'broker-a', queue: 'broker-a/0', isLate: false, groups: ['billing'] },
  })
  const crowd = Array.from({ length: 5_000 }, (_, i) => stored(i + 1, i / 10))
  expect(dotsAt(layout, crowd, 500, 1).length).toBeLessThanOrEqual(DOTS_MAX)
  const taken: TapeItem = {
    atMs: 2,
    k: 'taken',
    member: 'billing-1',
    broker: 'broker-a',
    queue: 'broker-a/0',
    key: 'shop-1',
    tag: 0,
  }
  const at = (atMs: number) => dotsAt(layout, [stored(1, 0), taken], atMs, 1)
  expect(at(100)).toHaveLength(1)
  expect(at(100)[0]!.x).toBeLessThan(placeOf(layout, 'broker-a/0', 'in')!.x)
  expect(at(800)[0]!.x).toBeGreaterThan(placeOf(layout, 'broker-a/0', 'out')!.x)
  expect(at(3_000)).toEqual([])
})

it('a plot shows nothing of what comes after the moment, but all of the run behind', () => {
  const row = (second: number, sent: number): Row => ({
    ...{ second, sent, stored: sent, done: 0, failed: 0, refused: 0, dead: 0, lost: 0, again: 0 },
    ...{ p50Ms: -1, p99Ms: -1, waiting: { 'billing|broker-a/0': sent }, oldestMs: {} },
  })
  const rows = Array.from({ length: 60 }, (_, second) => row(second, second < 30 ? 10 : 1_000))
  const [flow, waiting] = plotsOf(['billing'], 'billing', ['broker-a/0'])
  const frame = { rows, ghost: [], fromSecond: 0, toSecond: 60, atSecond: 20, width: 260, height: 72 }
  expect(drawPlot(flow!, frame)).toMatchObject({
    max: 10,
    lines: [
      { name: 'sent', now: 10 },
      { name: 'done', now: 0 },
    ],
  })
  expect(drawPlot(flow!, { ...frame, ghost: rows }).max).toBe(1_000)
  expect(drawPlot(waiting!, { ...frame, atSecond: 40 }).lines[0]!.now).toBe(1_000)
})

function stateOf(...items: readonly object[]): PlayState {
  const state = emptyState()
  for (const [i, item] of items.entries()) fold(state, { atMs: i, ...item } as TapeItem)
  return state
}

it('tells the backlog of the chosen group, and why a group does not read what waits', () => {
  const { cast } = experimentFrom({
    cast: [
      ...['namesrv', 'namesrv-b'].map((name) => member('namesrv', name)),
      ...['broker-a', 'broker-c'].map((name) => member('broker', name)),
      ...[member('producer', 'shop'), member('group', 'billing'), member('group', 'mailing')],
    ],
  })
  const state = stateOf(
    ...['namesrv', 'namesrv-b', 'broker-a', 'broker-c'].map((node) => ({ k: 'node', node, state: 'running', how: '' })),
    ...['namesrv broker-a', 'namesrv broker-c', 'namesrv-b broker-c'].map((one) => {
      const [namesrv, broker] = one.split(' ')
      return { k: 'route', namesrv, broker, has: true }
    }),
    { k: 'asked', from: 'shop', key: 'shop-1', tag: 0 },
    { k: 'group', group: 'billing', waiting: { 'broker-a/0': '0'.repeat(30) } },
    { k: 'group', group: 'mailing', waiting: { 'broker-a/0': '0'.repeat(70) } },
  )
  expect(narrate(cast, state, [], 'mailing')).toMatch(/^70 messages wait for mailing/)
  expect(narrate(cast, state, [], 'billing')).toBe(
    '30 messages wait for billing. namesrv-b does not list broker-a: clients that ask it do not find its queues.',
  )
  fold(state, { atMs: 9, k: 'route', namesrv: 'namesrv-b', broker: 'broker-a', has: true })
  fold(state, { atMs: 9, k: 'owns', member: 'billing-1', group: 'billing', queue: 'broker-a/0', has: true })
  expect(narrate(cast, state, [], 'billing')).toContain('No member of billing reads broker-c yet')
})

const SECOND = { sent: 0, stored: 0, done: 0, failed: 0, refused: 0, dead: 0, lost: 0, again: 0, p50Ms: -1, p99Ms: -1 }
const rows = (...all: readonly object[]) =>
  all.map((one, second) => ({ second, ...SECOND, waiting: {}, oldestMs: {}, ...one })) as never

it('says what is known of a send that failed, who was stopped and who has sent all', () => {
  const { cast } = experimentFrom({
    cast: [member('broker', 'broker-a'), member('producer', 'shop', { total: 1 }), member('group', 'billing')],
  })
  const up = ['broker-a', 'shop', 'billing-1', 'billing-2'].map((node) => ({
    k: 'node',
    node,
    state: 'running',
    how: '',
  }))
  const sent = [...up, { k: 'asked', from: 'shop', key: 'shop-1', tag: 0 }]
  const told = (outcome: string) => ({ k: 'told', from: 'shop', key: 'shop-1', how: 'failed', outcome, why: 'busy' })
  const refused = stateOf(...sent, told('refused'))
  expect(refused.latest[0]?.fate).toBe('refused')
  expect(narrate(cast, refused, rows({ sent: 1 }))).toMatch(
    /one send failed since 0:00, and nothing of it is stored\.$/,
  )
  const fine = { k: 'told', from: 'shop', key: 'shop-2', how: 'ok', outcome: 'stored', why: 'SEND_OK' }
  const unsure = stateOf(...sent, told('refused'), fine, told('unknown'))
  expect(stateOf(...sent, told('unknown')).latest[0]?.fate).toBe('unsure')
  // the counts are of one stretch, and of this moment: no row is asked
  expect(narrate(cast, unsure, [])).toMatch(/2 of 3 sends failed since 0:00, and a broker may have stored 1 of them\.$/)
  // what is so now comes first
  fold(unsure, { atMs: 1_500, ...fine } as TapeItem)
  expect(narrate(cast, unsure, [])).toMatch(/^shop sends again since 0:01; before that, 2 sends failed\./)
  const over = stateOf(...sent, { k: 'queues', broker: 'broker-a', count: 1 })
  expect(narrate(cast, over, rows({}))).toMatch(/^shop has sent all its messages, and/)
  const gone = stateOf(...sent, { k: 'node', node: 'shop', state: 'stopped', how: 'returned' })
  expect(narrate(cast, gone, rows({}))).toMatch(/^shop has been stopped\./)
  const killed = stateOf(...sent, { k: 'node', node: 'shop', state: 'stopped', how: 'killed' })
  expect(narrate(cast, killed, rows({}))).toMatch(/^shop is down\./)
})

it('says whether a backlog grows over ten seconds, and does not change its words to and fro', () => {
  const { cast } = experimentFrom({
    cast: [member('broker', 'broker-a'), member('producer', 'shop'), member('group', 'billing')],
  })
  const said = (counts: readonly number[]) => {
    const now = counts.at(-1)!
    const state = stateOf(
      { k: 'asked', from: 'shop', key: 'shop-1', tag: 0 },
      { k: 'group', group: 'billing', waiting: { 'broker-a/0': '0'.repeat(now) } },
    )
    const past = rows(...counts.map((count) => ({ waiting: { 'billing|broker-a/0': count } })))
    return /billing(.*)\./.exec(narrate(cast, state, past, 'billing'))![1]
  }
  const steady = (from: number, perSecond: number) => Array.from({ length: 20 }, (_, i) => from + i * perSecond)
  // eight more a second are less than one in a hundred, and more all the same
  expect(said(steady(1_000, 8))).toBe(', and more every second')
  expect(said(steady(1_000, -20))).toBe(', and it catches up')
  expect(said(steady(300, 0))).toBe(', and it stays so')
  expect(said([30, 80])).toBe('')
  // a rise that hesitates for a moment is still one
  const hesitating = [...steady(100, 2), 138, 139, 138, 139]
  expect(said(hesitating)).toBe(', and more every second')
})

it('does not say that a group keeps up while its oldest message waits for long, or is passed over', () => {
  const { cast } = experimentFrom({
    cast: [member('broker', 'broker-a'), member('producer', 'shop'), member('group', 'billing')],
  })
  const state = stateOf(
    ...['broker-a', 'shop'].map((node) => ({ k: 'node', node, state: 'running', how: '' })),
    { k: 'asked', from: 'shop', key: 'shop-1', tag: 0 },
    { k: 'group', group: 'billing', waiting: { 'broker-a/0': '000000' } },
  )
  expect(narrate(cast, state, rows({ oldestMs: { billing: 900 } }))).toContain('billing keeps up: 6 messages wait')
  expect(narrate(cast, state, rows({ oldestMs: { billing: 12_000 } }))).toMatch(
    /and 6 messages wait, the oldest for 12 s/,
  )
  fold(state, { atMs: 9, k: 'passed', group: 'billing', queue: 'broker-a/0', count: 6 })
  expect(narrate(cast, state, rows({ oldestMs: { billing: 900 } }))).toContain(
    'billing is already past 6 new messages in broker-a/0, and never asks for them',
  )
})

it.each([
  [2, 420],
  [3, 479],
  [3, 540],
  [4, 620],
])('%i brokers stand in a window that has %i pixels for them', (count, room) => {
  const names = ['a', 'b', 'c', 'd'].slice(0, count)
  const { cast } = experimentFrom({ cast: names.map((name) => member('broker', `broker-${name}`, { queues: 4 })) })
  expect(layoutOf(cast, emptyState(), 826, room).height).toBeLessThanOrEqual(room)
  expect(layoutOf(cast, emptyState(), 826).brokers[0]!.lanes[0]!.height).toBe(18)
})

it('an elected master has the place with the queues, and the old one its place among the copies', () => {
  const { cast } = experimentFrom({ cast: [member('broker', 'broker-a', { slaves: 1, queues: 1 })] })
  const [before] = layoutOf(cast, stateOf(), 1_000).brokers
  const [after] = layoutOf(
    cast,
    stateOf({ k: 'master', broker: 'broker-a', node: 'broker-a-s1', epoch: 2 }),
    1_000,
  ).brokers
  expect(before).toMatchObject({ name: 'broker-a', node: 'broker-a', slaves: [{ name: 'broker-a-s1' }] })
  expect(after).toMatchObject({
    name: 'broker-a',
    node: 'broker-a-s1',
    box: before!.box,
    slaves: [{ name: 'broker-a' }],
  })
})

it('offers one button for what stands between the nodes, and none when nothing does', () => {
  const cut = JSON.stringify({ kind: 'partition', between: [['broker-a'], ['shop']], held: 'keep' })
  const slow = JSON.stringify({ kind: 'link', from: 'shop', to: 'broker-a', delayMs: 200 })
  expect(healAll(stateOf())).toBeUndefined()
  expect(healAll(stateOf({ k: 'fault', id: 1, text: cut }))).toMatchObject({ label: 'Heal the cut', on: '' })
  expect(healAll(stateOf({ k: 'fault', id: 1, text: cut }, { k: 'fault', id: 2, text: slow }))?.label).toBe(
    'Heal network and disks',
  )
  expect(healAll(stateOf({ k: 'fault', id: 2, text: slow }))?.label).toBe('Undo the slow links')
  expect(healAll(stateOf({ k: 'fault', id: 1, text: cut }, { k: 'healed', id: 1 }))).toBeUndefined()
})

it('shows of the run before only what differs: a node that runs there, and how much waits there', () => {
  const { cast } = experimentFrom({
    cast: [member('broker', 'broker-a', { queues: 1 }), member('producer', 'shop'), member('group', 'billing')],
  })
  const nodes = ['broker-a', 'shop', 'billing-1', 'billing-2'].map((node) => ({
    k: 'node',
    node,
    state: 'running',
    how: '',
  }))
  const waits = (count: number) => ({
    k: 'group',
    group: 'billing',
    waiting: { 'broker-a/0': '012'.repeat(count).slice(0, count) },
  })
  const [state, ghost] = [stateOf(...nodes, waits(12)), stateOf(...nodes, waits(5))]
  const layout = layoutOf(cast, state, 1040)
  const ghostsIn = (before: PlayState) =>
    stageMarks({ cast, state, ghost: before, layout, group: 'billing', selected: '', arriving: {} })
      .filter(({ shapes }) => shapes.some(({ attributes }) => attributes['class'] === 'ghost'))
      .map(({ key }) => key)
  expect(ghostsIn(structuredClone(state))).toEqual([])
  expect(ghostWords(cast, state, structuredClone(state), 'billing')).toBe('')
  expect(ghostsIn(ghost)).toEqual(['lane:broker-a/0'])
  fold(state, { atMs: 9, k: 'node', node: 'billing-1', state: 'stopped', how: 'killed' })
  expect(ghostsIn(ghost)).toEqual(['lane:broker-a/0', 'node:billing-1'])
  expect(ghostWords(cast, state, ghost, 'billing')).toBe(
    'In the run before: billing-1 runs, 5 messages wait for billing.',
  )
})

it('writes the true number into the box of a broker while its squares still fly', () => {
  const { cast } = experimentFrom({ cast: [member('broker', 'broker-a', { queues: 1 })] })
  const state = stateOf(
    { k: 'node', node: 'broker-a', state: 'running', how: '' },
    ...[1, 2, 3].map((n) => ({
      ...{ k: 'stored', node: 'broker-a', from: 'shop', key: `shop-${n}`, tag: 0 },
      ...{ broker: 'broker-a', queue: 'broker-a/0', isLate: false, groups: [] },
    })),
  )
  const view = { cast, state, layout: layoutOf(cast, state, 1040), group: '', selected: '' }
  const box = stageMarks({ ...view, arriving: { 'broker-a/0': 3 } }).find(({ key }) => key === 'node:broker-a')!
  expect(JSON.stringify(box.shapes)).toContain('3 stored')
})

it('a message that a member has fetched is hollow in the strip, too, and waits again when the member ends', () => {
  const steps = [
    { k: 'asked', from: 'shop', key: 'shop-1', tag: 0 },
    { k: 'stored', node: 'broker-a', key: 'shop-1', tag: 0, queue: 'broker-a/0', broker: 'broker-a', groups: [] },
    { k: 'taken', member: 'billing-1', broker: 'broker-a', queue: 'broker-a/0', key: 'shop-1', tag: 0 },
  ]
  expect(stateOf(...steps).latest[0]!.fate).toBe('taken')
  const ended = { k: 'node', node: 'billing-1', state: 'stopped', how: 'killed' }
  expect(stateOf(...steps, ended).latest[0]!.fate).toBe('stored')
  const given = { k: 'owns', member: 'billing-1', group: 'billing', queue: 'broker-a/0', has: false }
  expect(stateOf(...steps, given).latest[0]!.fate).toBe('stored')
})

it('a member that has not noticed that its broker runs again says so', () => {
  const { cast } = experimentFrom({ cast: [member('broker', 'broker-a', { queues: 1 }), member('group', 'billing')] })
  const items = [
    ...['billing-1', 'billing-2'].map((node) => ({ k: 'node', node, state: 'running', how: '' })),
    { k: 'group', group: 'billing', waiting: { 'broker-a/0': '01' } },
    { k: 'owns', member: 'billing-1', group: 'billing', queue: 'broker-a/0', has: true },
    { atMs: 9_000, k: 'node', node: 'broker-a', state: 'running', how: '' },
  ]
  const words = (state: PlayState) => {
    const layout = layoutOf(cast, state, 1040)
    const marks = stageMarks({ cast, state, layout, group: 'billing', selected: '', arriving: {} })
    return JSON.stringify(marks.find(({ key }) => key === 'node:billing-1')!.shapes)
  }
  expect(words(stateOf(...items))).toContain('has not seen broker-a')
  const fetched = { k: 'taken', member: 'billing-1', broker: 'broker-a', queue: 'broker-a/0', key: 'shop-1', tag: 0 }
  expect(words(stateOf(...items, { atMs: 9_100, ...fetched }))).toContain('1 fetched')
})

it('each message that is done twice has a line, up to five; of more, one line says that there are more', () => {
  const chronicle = new Chronicle(experimentFrom({ cast: [] }))
  const again = (n: number, atMs: number): TapeItem => ({
    ...{ atMs, k: 'done', member: 'billing-1', group: 'billing', queue: 'broker-a/0', key: `shop-${n}`, tag: 0 },
    ...{ isOk: true, isAgain: true, isFirst: false, tookMs: 5 },
  })
  chronicle.add([again(1, 100), again(2, 101)])
  expect(chronicle.lines.map(({ key }) => key)).toEqual(['shop-1', 'shop-2'])
  chronicle.add([3, 4, 5, 6, 7, 8].map((n) => again(n, 102)))
  expect(chronicle.lines).toHaveLength(6)
  expect(chronicle.lines.at(-1)!.text).toContain('more messages a second time')
})

it('on a telephone, no message crosses a name: it passes in the gutters and beside its own node', () => {
  const layout = layoutOf(LARGE, emptyState(), 374)
  const boxes = [
    ...layout.producers.map(({ box }) => box),
    ...layout.brokers.flatMap(({ box, slaves }) => [box, ...slaves.map((one) => one.box)]),
    ...layout.groups.flatMap(({ members }) => members.map(({ box }) => box)),
  ]
  for (const broker of layout.brokers)
    for (const { queue, x } of broker.lanes)
      for (let share = 0; share <= 1; share += 0.02) {
        const inside = ({ x: px, y: py }: { x: number; y: number }) =>
          boxes.filter(
            (box) => px > box.x + 1 && px < box.x + box.width - 1 && py > box.y + 1 && py < box.y + box.height - 1,
          )
        const [going, coming] = [onWayIn(layout, 'shop', queue, share)!, onWayOut(layout, queue, 'billing-8', share)!]
        expect(inside(going)).toEqual([])
        // out of a queue, it crosses the rest of its own broker, behind the lane
        expect(inside(coming).filter((box) => box !== broker.box)).toEqual([])
        if (inside(coming).length > 0) expect(coming.x).toBeGreaterThan(x + 100)
      }
})

it('shows the tag of each waiting message, the fetched ones hollow, in the order of the queue', () => {
  const { cast } = experimentFrom({ cast: [member('broker', 'broker-a', { queues: 1 }), member('group', 'billing')] })
  const state = stateOf(
    { k: 'group', group: 'billing', waiting: { 'broker-a/0': '01201' } },
    { k: 'owns', member: 'billing-1', group: 'billing', queue: 'broker-a/0', has: true },
    { k: 'taken', member: 'billing-1', broker: 'broker-a', queue: 'broker-a/0', key: 'shop-1', tag: 0 },
  )
  const looks = () =>
    stageMarks({ cast, state, layout: layoutOf(cast, state, 1040), group: 'billing', selected: '', arriving: {} })
      .find(({ key }) => key === 'lane:broker-a/0')!
      .shapes.map(({ attributes }) => String(attributes['class']))
      .filter((one) => one.startsWith('waits'))
  expect(looks().filter((one) => one.startsWith('waits '))).toEqual([
    'waits tag-0 taken',
    'waits tag-1',
    'waits tag-2',
    'waits tag-0',
  ])
  expect(looks()).toContain('waits-sign tag-2')
  fold(state, {
    ...{ atMs: 9, k: 'done', member: 'billing-1', group: 'billing', queue: 'broker-a/0', key: 'shop-3', tag: 2 },
    ...{ isOk: true, isAgain: false, isFirst: true, tookMs: 5 },
  })
  expect(state.queues['broker-a/0']!.tags['billing']).toBe('0101')
  expect(looks()).not.toContain('waits-sign tag-2')
})
