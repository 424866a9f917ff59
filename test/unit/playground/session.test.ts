/** The runs behind a page: one run however its time is cut, acts at the end and in the past, a bounded history, and what is told of it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { TraceHash } from '../../../reference/host/sim/trace-hash.ts'
import { KEPT_ALWAYS } from '../../../site/figures/kit/figure-cluster.ts'
import { run as runFigure } from '../../../site/figures/kit/run.ts'
import { type FigureModule, figureOf } from '../../../site/figures/kit/source.ts'
import { experimentFrom, withAct } from '../../../site/playground/experiment/experiment.ts'
import { readText, writeFile, writeText } from '../../../site/playground/experiment/text.ts'
import { figureFrom } from '../../../site/playground/figure.ts'
import { FIGURE_RECORDS, figureFile } from '../../../site/playground/figure-file.ts'
import { Chronicle } from '../../../site/playground/page/chronicle.ts'
import { History, ITEMS_MAX, SEGMENT_MS, STATES_MAX } from '../../../site/playground/page/history.ts'
import { commandsOf, experimentIn, replay } from '../../../site/playground/replay.ts'
import { PlayRun } from '../../../site/playground/run/play-run.ts'
import { runTo, Session } from '../../../site/playground/run/session.ts'
import { emptyState, waitingOf } from '../../../site/playground/run/state.ts'
import type { TapeItem } from '../../../site/playground/run/tape.ts'
import { narrate } from '../../../site/playground/views/narrator.ts'

const SHOP = readText(
  '1;s7;namesrv:namesrv;broker:broker-a;broker:broker-b;producer:shop,r20;group:billing,m2;@5000,kill,broker-a;@7000,restart,broker-a',
)

describe('a run', () => {
  it('is the same however its time is cut', async () => {
    const { hash, state } = await runTo(SHOP, 9_000)
    const session = new Session(SHOP)
    const history = new History()
    for (let atMs = 0; atMs < 9_000; atMs += 173) history.add(await session.advance(Math.min(9_000, atMs), () => false))
    while (history.headMs < 9_000) history.add(await session.advance(9_000))
    expect(session.hash).toBe(hash)
    expect(history.head).toEqual(state)
    await session.dispose()
  })

  it('that a reader has acted on at its end is the run of the experiment that he gets', async () => {
    const session = new Session(SHOP)
    await session.advance(3_217)
    await session.act({ atMs: 0, does: 'vary', on: 'billing', kind: 'group', values: { members: 4, service: 200 } })
    await session.advance(4_000)
    await session.act({ atMs: 0, does: 'add', on: 'kiosk', kind: 'producer', values: { rate: 5, mode: 'oneway' } })
    // two things at one moment: the second finds what the first has done
    await session.act({ atMs: 0, does: 'kill', on: 'billing-1' })
    const { items } = await session.act({ atMs: 0, does: 'restart', on: 'billing-1' })
    expect(items.some((item) => item.k === 'node' && item.node === 'billing-1' && item.state === 'running')).toBe(true)
    await session.advance(8_000)
    const { hash, state } = await runTo(readText(writeText(session.experiment)), 8_000)
    expect(session.hash).toBe(hash)
    expect(Object.keys(state.producers)).toEqual(['shop', 'kiosk'])
    expect(state.nodes['billing-4']!.state).toBe('running')
    await session.dispose()
  })

  it('is equal to another up to the act in which they differ', async () => {
    const forked = withAct(SHOP, { atMs: 4_000, does: 'kill', on: 'billing-1' })
    expect((await runTo(forked, 3_999)).hash).toBe((await runTo(SHOP, 3_999)).hash)
    expect((await runTo(forked, 4_001)).hash).not.toBe((await runTo(SHOP, 4_001)).hash)
  })
})

describe('what an operator can do', () => {
  it.each([
    [
      'updateTopic',
      '@2000,vary,broker-a,broker,q8',
      (keys: readonly string[]) => expect(keys.filter((one) => one.startsWith('broker-a'))).toHaveLength(8),
    ],
    [
      'a slave',
      '@2000,vary,broker-a,broker,s1',
      (_: readonly string[], nodes: readonly string[]) => expect(nodes).toContain('broker-a-s1'),
    ],
    [
      'a new broker',
      '@2000,add,broker-c,broker,q2',
      (keys: readonly string[]) => expect(keys.filter((one) => one.startsWith('broker-c'))).toHaveLength(2),
    ],
  ] as const)('%s counts in the run, when clients have asked for the route again', async (_, act, holds) => {
    const text = '1;namesrv:namesrv;broker:broker-a;broker:broker-b;producer:shop,r2;group:billing'
    const { state } = await runTo(readText(`${text};${act}`), 40_000)
    holds(Object.keys(state.queues), Object.keys(state.nodes))
  })

  it.each(['m1', 'm2', 'm3', 'm4,w1', 'm5,l20,b30', 'm0,k8,h50'])(
    'a producer sends %s, and all that was stored is done once',
    async (mode) => {
      const text = `1;namesrv:namesrv;broker:broker-a;producer:shop,r20,c40,${mode};group:billing,m3,s1,t4;group:mailing,o1,m1,s1`
      const { state } = await runTo(readText(text), 12_000)
      expect(state.totals).toMatchObject({ asked: 40, refused: 0, again: 0, dead: 0, lost: 0 })
      expect(state.totals.stored).toBeGreaterThan(mode.startsWith('m5') ? 20 : 39)
      expect(state.totals.done).toBe(2 * state.totals.stored)
    },
  )

  it('three controllers: one of them dies, then the master, and a slave takes its place with all that was acknowledged', async () => {
    const { state } = await runTo(
      readText(
        '1;namesrv:namesrv;controller:controller,m3;broker:broker-a,s2,c1,e1;producer:shop,r20,c200;group:billing,s1;@9000,kill,controller-1;@11000,kill,broker-a;t0',
      ),
      50_000,
    )
    expect(state.masters['broker-a']).toBe('broker-a-s1')
    expect(state.totals.lost).toBe(0)
    expect(waitingOf(state, 'billing')).toBe(0)
    const alone = readText('1;namesrv:namesrv;broker:broker-a,s1,e1;producer:shop')
    const waiting = await runTo(alone, 3_000)
    expect(narrate(alone.cast, waiting.state, waiting.rows)).toMatch(/^broker-a has no master, and no controller runs/)
    expect(() => readText('1;controller:controller;@5,vary,controller,controller,m3')).toThrow(
      'fixed from its start on',
    )
    expect(() => readText('1;controller:one;controller:two')).toThrow('at most 1 fit')
  })

  it('a group pops, and one that broadcasts gives everything to each member', async () => {
    const { state } = await runTo(
      readText('1;namesrv:namesrv;broker:broker-a;producer:shop,r20,c40;group:billing,m3,o3,s1;group:mailing,o2,m3,s1'),
      8_000,
    )
    expect(state.groups['billing']!.done).toBe(40)
    expect(state.groups['mailing']!.done).toBe(120)
  })
})

describe('the history of a page', () => {
  it('shows every moment as it was, also after its items are gone and the worker has repeated them', async () => {
    const session = new Session(SHOP)
    const history = new History()
    const chunk = await session.advance(25_000)
    history.add(chunk)
    const states = [1_000, 5_001, 12_345, 24_999].map((atMs) => structuredClone(history.at(atMs).state))
    for (const [i, atMs] of [1_000, 5_001, 12_345, 24_999].entries())
      expect(states[i]).toEqual((await runTo(SHOP, atMs)).state)
    const repeated = await session.repeat(
      SEGMENT_MS,
      2 * SEGMENT_MS - 1,
      () => {},
      () => true,
    )
    expect(repeated!.items).toEqual(chunk.items.filter(({ atMs }) => atMs >= SEGMENT_MS && atMs < 2 * SEGMENT_MS))
    await session.dispose()
  })

  it('keeps so many items and no more, and says which stretch must be repeated', () => {
    const history = new History()
    const items = (from: number): TapeItem[] =>
      Array.from({ length: 10_000 }, (_, i) => ({ atMs: from + i, k: 'asked', from: 'shop', key: `shop-${i}`, tag: 0 }))
    for (let at = 0; at < 100; at++)
      history.add({ fromMs: at * SEGMENT_MS, toMs: (at + 1) * SEGMENT_MS - 1, items: items(at * SEGMENT_MS), rows: [] })
    expect(history.itemCount).toBeLessThanOrEqual(ITEMS_MAX)
    // of the states of long ago, only some are kept: until the stretch has come, an earlier one is shown
    expect(history.stateCount).toBeLessThanOrEqual(STATES_MAX + ITEMS_MAX / 10_000)
    expect(history.at(15_000)).toMatchObject({ missing: 1, state: { totals: { asked: 0 } } })
    const start = structuredClone(emptyState())
    start.totals.asked = 10_000
    history.give(1, items(SEGMENT_MS), start)
    expect(history.at(15_000)).toMatchObject({ missing: undefined, state: { totals: { asked: 15_001 } } })
    expect(history.itemCount).toBeLessThanOrEqual(ITEMS_MAX)
  })
})

describe('the command line and a chapter', () => {
  it('replay a file: what was done with its command, what came of it, and the hash that the page has', async () => {
    const printed: string[] = []
    const hash = await replay(experimentIn(writeFile(SHOP)), 9_000, (line) => printed.push(line))
    expect(hash).toBe((await runTo(SHOP, 9_000)).hash)
    const text = printed.join('\n')
    expect(text).toMatch(/0:05\.000 {2}broker-a is killed\.\n +\$ kill -9/)
    expect(text).toMatch(/\d+ sent, \d+ stored, \d+ done/)
    expect(printed.at(-1)).toBe(`hash ${hash}`)
    expect(experimentIn(`http://localhost/playground/#${writeText(SHOP)}`)).toEqual(SHOP)
    expect(commandsOf(SHOP)[0]).toBe('# 0:05.000 broker-a is killed')
  })

  it('take an experiment as a figure', async () => {
    const source = figureFrom(SHOP, {
      title: 'A broker dies',
      question: 'What waits?',
      summary: 'A broker dies.',
      passages: { death: { title: 'broker-a dies', from: 'You: kill broker-a', view: 'stage' } },
      records: ['message.sent', 'message.consumed'],
    })
    const figure = figureOf('site/chapters/99-example/figures/made.ts', { figure: source })
    const log = await runFigure(figure.scenario, figure.scenario.seed, [])
    expect(log.events.some((event) => event.kind === 'script.step' && event.text === 'You: kill broker-a')).toBe(true)
    const key = (kind: string) => log.events.filter((event) => event.kind === kind && 'key' in event).length
    expect(key('message.consumed')).toBeGreaterThan(300)
    expect(figure.spec.cast.map(({ role }) => role)).toEqual([
      'namesrv',
      'broker',
      'broker',
      'producer',
      'consumer',
      'consumer',
    ])
  })

  it('write the file of a figure, which runs in the kit and has the same hash', async () => {
    const folder = mkdtempSync(fileURLToPath(new URL('./.figure-', import.meta.url)))
    try {
      const path = join(folder, 'made.ts')
      writeFileSync(path, figureFile({ ...SHOP, title: 'It’s a shop' }))
      const module = (await import(path)) as FigureModule
      const { scenario, spec } = figureOf('site/chapters/99-example/figures/made.ts', module)
      expect(Object.values(spec.passages).map(({ from }) => from)).toEqual([
        'Everybody starts',
        'You: kill broker-a',
        'You: restart broker-a',
      ])
      const log = await runFigure(scenario, scenario.seed, [])
      const kinds = new Set<string>([...KEPT_ALWAYS, ...FIGURE_RECORDS])
      const [page, kit] = [new TraceHash(), new TraceHash()]
      const run = new PlayRun(SHOP, (event) => kinds.has(event.kind) && page.add(event))
      await run.advance(9_000)
      for (const event of log.events) if (event.atMs <= 9_000) kit.add(event)
      expect(kit.text()).toBe(page.text())
      await run.dispose()
      const queues = withAct(SHOP, { atMs: 1_000, does: 'vary', on: 'broker-a', kind: 'broker', values: { queues: 8 } })
      expect(() => figureFile(queues)).toThrow('take “broker-a: Queues 8” out')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('tell what happened only up to the moment, and each act once', async () => {
    const session = new Session(SHOP)
    const chronicle = new Chronicle(SHOP)
    chronicle.add((await session.advance(9_000)).items)
    const yours = chronicle.lines.filter(({ tone }) => tone === 'you')
    expect(yours.map(({ atMs, text }) => [atMs, text])).toEqual([
      [5_000, 'broker-a is killed'],
      [7_000, 'broker-a is started again'],
    ])
    expect(chronicle.stints.filter(({ queue }) => queue === 'broker-b/0').length).toBeGreaterThan(0)
    await session.dispose()
  })

  it('stop before a figure that cannot be shown', () => {
    const many = experimentFrom({
      cast: [
        { kind: 'group', name: 'billing', values: { members: 12 } },
        { kind: 'group', name: 'mailing', values: { members: 12 } },
      ],
    })
    expect(() => figureFrom(many, { title: '', question: '', summary: '', passages: {} })).toThrow(
      'a figure holds at most 16',
    )
  })
})
