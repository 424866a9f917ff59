/**
 * Everything that a reader can do to a run: it is offered, it can be linked to, it does in the real cluster what its words say,
 * and it is seen where it stands.
 */
import { describe, expect, it } from 'vitest'
import { ACTION_NAMES, type Action, type ActionName, actionWords, targetOf } from '../../../site/figures/kit/actions.ts'
import { readLink, writeLink } from '../../../site/figures/kit/link.ts'
import { EventLog } from '../../../site/figures/kit/log.ts'
import { frameMenu, longMenu, shortMenu } from '../../../site/figures/kit/menu.ts'
import { run } from '../../../site/figures/kit/run.ts'
import { reduce, type Scene } from '../../../site/figures/kit/scene.ts'
import type { FigureSpec, Passage, ViewName } from '../../../site/figures/kit/types.ts'
import { viewNamed } from '../../../site/figures/kit/view.ts'
import { sentence } from '../../../site/figures/kit/words/en.ts'
import { scenario, spec } from '../../support/example-figure.ts'

const LENGTH_MS = 16_000
const short = { ...scenario, lengthMs: LENGTH_MS }

/** The example's run with these actions, as `does on atMs`. */
async function acted(...list: readonly (readonly [ActionName, string, number])[]): Promise<EventLog> {
  return new EventLog(
    await run(
      short,
      12,
      list.map(([does, on, atMs]) => ({ does, on, atMs })),
      0,
    ),
  )
}

const sceneAt = (log: EventLog, atMs: number): Scene =>
  reduce(log, spec.cast, log.events.filter((event) => event.atMs <= atMs).length)
const told = (log: EventLog) => log.events.map((event) => sentence(event, log))
const find = (log: EventLog, kind: string, has: Record<string, unknown> = {}) =>
  log.events.find(
    (event) => event.kind === kind && Object.entries(has).every(([name, value]) => (event as never)[name] === value),
  )

/** How long each send took, by key; Infinity for one that never ended. */
function sendTimes(log: EventLog): ReadonlyMap<string, number> {
  const times = new Map<string, number>()
  for (const event of log.events) {
    if (event.kind === 'app.called') for (const key of log.keys(event)) times.set(key, Number.POSITIVE_INFINITY)
    if (event.kind !== 'app.answered') continue
    const call = log.events.find(
      (one) => one.kind === 'app.called' && one.node === event.node && one.call === event.call,
    )
    for (const key of call === undefined ? [] : log.keys(call)) times.set(key, event.atMs - call!.atMs)
  }
  return times
}

/** One example of each action, at a time at which it can be done. */
const EXAMPLES: Readonly<Record<ActionName, string>> = {
  kill: 'broker-a',
  powercut: 'broker-a',
  restart: 'broker-a',
  pause: 'broker-a',
  resume: 'broker-a',
  cut: 'broker-a',
  slow: 'producer~broker-a=1000',
  hold: 'broker-a~producer',
  drop: 'producer~broker-a',
  slowdisk: 'broker-a=200',
  fulldisk: 'broker-a',
  clock: 'broker-a=-60000',
  remove: 'broker-a/store/consumequeue',
  change: 'broker-a/flushDiskType=SYNC_FLUSH',
  heal: '',
  send: 'order-8=4096',
  set: 'flushDiskType=SYNC_FLUSH',
}

describe('every action', () => {
  it.each(ACTION_NAMES)('%s can be linked to, has words, and leaves a run that can be told', async (does) => {
    const action: Action = { does, on: EXAMPLES[does], atMs: does === 'set' ? 0 : 2_500 }
    expect(targetOf(does, action.on)).toBeDefined()
    const link = {
      id: spec.id,
      pane: 'whole',
      run: `${spec.id}.0000`,
      seed: 12,
      actions: [action],
      atMs: 2_600,
      events: 9,
    }
    expect(readLink(spec.id, 'whole', spec.cast, writeLink(link))).toEqual({ link })
    expect(actionWords(action)).not.toMatch(/undefined|NaN|^$/)
    const log = await acted([does, action.on, action.atMs])
    expect(log.events.at(-1)!.atMs).toBeGreaterThan(10_000)
    for (const text of told(log)) expect(text).not.toMatch(/undefined|NaN|\[object/)
    if (does !== 'set') expect(told(log)).toContain(`You: ${actionWords(action)}.`)
  })

  it('is refused in a link when it is not written as it must be', () => {
    const bad: readonly [ActionName, string][] = [
      ['slow', 'producer~broker-a'],
      ['slow', 'producer~producer=5'],
      ['slow', 'producer~broker-a=99999999'],
      ['slowdisk', 'broker-a=-5'],
      ['clock', 'broker-a=soon'],
      ['remove', 'broker-a/../secrets'],
      ['remove', 'broker-a'],
      ['change', 'broker-a/flushDiskType'],
      ['send', 'order-8=99999999'],
      ['set', 'broker-a'],
    ]
    for (const [does, on] of bad) expect(targetOf(does, on), `${does}:${on}`).toBeUndefined()
    const fragment = `#fig-${spec.id}-whole?v=1&run=${spec.id}.0000&s=12&a=slow:producer~broker-z=5@9&t=9&e=9`
    expect(readLink(spec.id, 'whole', spec.cast, fragment).fault).toContain('broker-z, who is not in this figure')
  })
})

describe('what an action does', () => {
  it('a paused node does nothing, and goes on when it is resumed', async () => {
    const log = await acted(['pause', 'broker-a', 2_600], ['resume', 'broker-a', 6_000])
    expect(sceneAt(log, 3_000).nodes['broker-a']!.isPaused).toBe(true)
    expect(sceneAt(log, 7_000).nodes['broker-a']!.isPaused).toBe(false)
    const own = log.events.filter((event) => event.node === 'broker-a' && event.kind === 'record.appended')
    expect(own.some(({ atMs }) => atMs > 2_600 && atMs < 6_000)).toBe(false)
    expect(own.some(({ atMs }) => atMs >= 6_000)).toBe(true)
  })

  it('a slow disk syncs later, a full one takes no message', async () => {
    const firstSync = (log: EventLog) =>
      log.events.find((event) => event.kind === 'log.flushed' && event.atMs > 2_500)!.atMs
    const [usual, slow] = [
      await acted(),
      await acted(['slowdisk', 'broker-a=900', 2_000], ['slowdisk', 'broker-b=900', 2_000]),
    ]
    expect(firstSync(slow)).toBeGreaterThanOrEqual(firstSync(usual) + 800)
    expect(sceneAt(slow, 3_000).nodes['broker-a']!.disk).toBe('disk +900 ms')
    const full = await acted(
      ['fulldisk', 'broker-a', 2_000],
      ['fulldisk', 'broker-b', 2_000],
      ['send', 'order-9=200000', 9_000],
    )
    expect(sceneAt(full, 3_000).nodes['broker-a']!.disk).toBe('disk full')
    expect(find(full, 'record.appended', { key: 'order-9' })).toBeUndefined()
    const healed = await acted(['fulldisk', 'broker-a', 2_000], ['heal', 'broker-a', 3_000])
    expect(sceneAt(healed, 3_100).nodes['broker-a']!.disk).toBe('')
  })

  it('a clock that jumps is seen in what the broker writes', async () => {
    const log = await acted(['clock', 'broker-a=3600000', 2_500], ['clock', 'broker-a=-60000', 4_000])
    expect(sceneAt(log, 3_000).nodes['broker-a']!.clockMs).toBe(3_600_000)
    expect(sceneAt(log, 5_000).nodes['broker-a']!.clockMs).toBe(3_540_000)
    expect(told(log)).toContain('The clock of broker-a jumps 3600 s ahead.')
  })

  it('a slow link makes a send take longer; a held one lets it wait until it is healed', async () => {
    const slow = await acted(['slow', 'producer~broker-a=700', 2_500], ['slow', 'producer~broker-b=700', 2_500])
    expect(sendTimes(slow).get('order-2')).toBeGreaterThanOrEqual(1_400)
    const held = await acted(
      ['hold', 'broker-a~producer', 2_500],
      ['hold', 'broker-b~producer', 2_500],
      ['heal', '', 4_500],
    )
    expect(sendTimes(held).get('order-2')).toBeGreaterThan(1_000)
    expect(find(held, 'record.appended', { key: 'order-2' })!.atMs).toBeLessThan(3_000)
    expect(Object.keys(sceneAt(held, 3_000).links)).toHaveLength(2)
    expect(Object.keys(sceneAt(held, 5_000).links)).toHaveLength(0)
  })

  it('a broken connection loses what is under way, and the two may connect again', async () => {
    const usual = await acted()
    const sent = usual.events.find((event) => event.kind === 'net.sent' && usual.keys(event).includes('order-2'))!
    const log = await acted(['drop', `${sent.node}~${(sent as { peer: string }).peer}`, sent.atMs])
    const lost = log.events.find((event) => event.kind === 'net.lost' && event.atMs >= sent.atMs)!
    expect(log.keys(lost)).toContain('order-2')
    expect(sceneAt(log, sent.atMs + 5_000).nodes[sent.node]!.isCut).toBe(false)
    expect(find(log, 'message.consumed', { key: 'order-2' })).toBeDefined()
  })

  it('a folder that is removed while the broker is down is made again from the log', async () => {
    const log = await acted(
      ['kill', 'broker-a', 6_000],
      ['remove', 'broker-a/store/consumequeue', 6_500],
      ['restart', 'broker-a', 7_000],
    )
    expect(log.events.filter((event) => event.kind === 'disk.removed' && event.atMs === 6_500).length).toBeGreaterThan(
      0,
    )
    const cells = (atMs: number) =>
      Object.values(sceneAt(log, atMs).brokers['broker-a']!.queues).flatMap((queue) => queue.cells.filter(Boolean))
    expect(cells(6_600)).toEqual([])
    expect(cells(8_000)).toEqual(cells(5_900))
    expect(cells(8_000).length).toBeGreaterThan(2)
  })

  it('an option that is changed counts from the next start, whoever starts the node', async () => {
    const flushedFirst = (log: EventLog) => {
      const appended = find(log, 'record.appended', { key: 'order-30' })!
      const flushed = log.events.find((e) => e.kind === 'log.flushed' && e.node === appended.node && e.n > appended.n)
      return flushed !== undefined && flushed.n < find(log, 'message.sent', { key: 'order-30' })!.n
    }
    const restarted = (...changes: readonly (readonly [ActionName, string, number])[]) =>
      acted(
        ['kill', 'broker-b', 5_000],
        ['kill', 'broker-a', 6_000],
        ...changes,
        ['restart', 'broker-a', 7_000],
        ['send', 'order-30', 12_000],
      )
    expect(flushedFirst(await restarted())).toBe(false)
    expect(flushedFirst(await restarted(['change', 'broker-a/flushDiskType=SYNC_FLUSH', 6_500]))).toBe(true)
  })

  it('an order of the reader is as large as was asked for', async () => {
    const log = await acted(['send', 'order-30=3000', 6_000], ['send', 'order-31=100000', 7_000])
    const size = (key: string) => (find(log, 'record.appended', { key }) as { sizeBytes: number }).sizeBytes
    expect(size('order-30')).toBeGreaterThan(3_000)
    expect(size('order-30')).toBeLessThan(3_400)
    expect(size('order-31'), 'a producer compresses large bodies').toBeGreaterThan(75_000)
  })

  it('a node that starts while another one is cut off is cut off from it, too', async () => {
    const log = await acted(['cut', 'broker-a', 1_000])
    const opened = log.events.filter((event) => event.kind === 'net.opened' && event.node === 'consumer')
    expect(opened.map((event) => (event as { peer: string }).peer)).not.toContain('broker-a')
    expect(opened.length).toBeGreaterThan(0)
  })

  it('what cannot be done is said in the run', async () => {
    const log = await acted(['remove', 'broker-a/store/index', 3_000], ['restart', 'broker-b', 4_000])
    expect(told(log)).toContain('That cannot be done: cannot remove store/index of broker-a: stop broker-a first.')
    expect(told(log)).toContain('That cannot be done: cannot start broker-b: it is already running.')
  })
})

describe('what an action looks like', () => {
  const size = { width: 664, height: 460 }
  async function drawn(log: EventLog, atMs: number, view: ViewName, shows: Passage['shows'] = {}) {
    const count = log.events.filter((event) => event.atMs <= atMs).length
    const cast = view === 'space-time' ? spec.cast.filter(({ name }) => name !== 'namesrv') : spec.cast
    const passage: Passage = { title: '', from: spec.passages['whole']!.from, view, shows }
    const times = { fromMs: 0, toMs: LENGTH_MS, atMs }
    const scene = reduce(log, spec.cast, count)
    const { marks } = (await viewNamed(view))({
      spec,
      passage,
      cast,
      log,
      count,
      scene,
      ...times,
      ...size,
      selected: '',
      followed: '',
      isStill: false,
    })
    return marks.flatMap(({ shapes }) => shapes.map(({ text = '' }) => text)).filter((text) => text !== '')
  }

  it.each([
    ['stage', {}],
    ['lanes', { lane: 'broker' }],
    ['lanes', { lane: 'queue' }],
    ['space-time', {}],
  ] as const)(
    'a cut, a pause, a full disk and a wrong clock are seen in %s %j, and gone when they are over',
    async (view, shows) => {
      for (const [does, on, words, undo, undone] of [
        ['cut', 'broker-a', 'cut off', 'heal', ''],
        ['pause', 'broker-a', 'paused', 'resume', 'broker-a'],
        ['fulldisk', 'broker-a', 'disk full', 'heal', 'broker-a'],
      ] as const) {
        const log = await acted([does, on, 2_600], [undo, undone, 6_000])
        expect(await drawn(log, 2_500, view, shows), 'before').not.toContain(words)
        expect(await drawn(log, 4_000, view, shows), does).toContain(words)
        if (view === 'stage') expect(await drawn(log, 7_000, view, shows), 'after').not.toContain(words)
      }
      expect(await drawn(await acted(['clock', 'broker-a=60000', 2_600]), 4_000, view, shows)).toContain('clock +60 s')
    },
  )

  it('a cut consumer is seen on the queues that it owns', async () => {
    expect(await drawn(await acted(['cut', 'consumer', 3_000]), 9_000, 'lanes', { lane: 'queue' })).toContain('cut off')
  })

  it('slow and held links are seen on the stage and between the lines', async () => {
    const log = await acted(['slow', 'producer~broker-a=700', 2_600], ['hold', 'broker-b~producer', 2_700])
    expect(await drawn(log, 3_000, 'stage')).toEqual(expect.arrayContaining(['+700 ms', 'producer gets nothing']))
    expect(await drawn(log, 3_000, 'space-time')).toEqual(expect.arrayContaining(['+700 ms', 'held']))
  })
})

describe('the menus', () => {
  const labels = (of: FigureSpec, scene: Scene, name: string) => [
    ...shortMenu(of, scene, name, 'order-8').map(({ words }) => words),
    ...longMenu(of, scene, name, 'order-8').flatMap(({ label, items }) =>
      items.map(({ words }) => `${label} ${words}`.trim()),
    ),
  ]

  it('offer every action of a reader somewhere, and only what the run accepts', async () => {
    const log = await acted(['pause', 'broker-b', 3_000], ['kill', 'broker-a', 4_000])
    const offers = { options: ['flushDiskType=SYNC_FLUSH'], folders: ['store/consumequeue'] }
    const of = { ...spec, offers }
    const items = [sceneAt(log, 2_500), sceneAt(log, 3_500), sceneAt(log, 5_000)].flatMap((scene) =>
      spec.cast.flatMap(({ name }) => [
        ...shortMenu(of, scene, name, 'order-8'),
        ...longMenu(of, scene, name, 'order-8').flatMap((row) => row.items),
        ...scene.flights.flatMap((flight) => frameMenu(of, flight)),
      ]),
    )
    const cut = shortMenu(of, sceneAt(await acted(['cut', 'broker-a', 3_000]), 4_000), 'broker-a', 'order-8')
    const done = new Set([...items, ...cut].map(({ does }) => does))
    expect([...done].sort()).toEqual(ACTION_NAMES.filter((name) => name !== 'set').sort())
    for (const { does, on } of items) expect(targetOf(does, on), `${does}:${on}`).toBeDefined()
    for (const { key } of items) expect(key).toMatch(/^[a-z]?$/)
  })

  it('have each letter once at one node', async () => {
    const log = await acted(['pause', 'broker-b', 3_000])
    for (const { name } of spec.cast) {
      const scene = sceneAt(log, 3_500)
      const all = [
        ...shortMenu(spec, scene, name, 'order-8'),
        ...longMenu(spec, scene, name, 'order-8').flatMap((row) => row.items),
      ]
      const keys = new Map<string, string>()
      for (const { key, does, on } of all) {
        if (key === '') continue
        expect(keys.get(key) ?? `${does} ${on}`, `${key} at ${name}`).toBe(`${does} ${on}`)
        keys.set(key, `${does} ${on}`)
      }
    }
  })

  it('offer no more than a figure wants', async () => {
    const scene = sceneAt(await acted(), 3_000)
    const few = labels({ ...spec, acts: ['powercut'] }, scene, 'broker-a')
    expect(few).toEqual(['Kill broker-a', 'Cut off broker-a', 'Power cut broker-a'])
    expect(labels(spec, scene, 'broker-a').length).toBeGreaterThan(10)
  })
})
