/**
 * Every view on three casts and two sizes, at many cursors: what it draws fits its box, can be joined by key, can be looked into,
 * and is known from the events that have happened and from no later one.
 */
import { describe, expect, it } from 'vitest'
import { pinnedRun, specOf } from '../../../site/figures/build.ts'
import { FIGURES } from '../../../site/figures/found.ts'
import { STILL_SIZES } from '../../../site/figures/kit/limits.ts'
import { readLink } from '../../../site/figures/kit/link.ts'
import { EventLog } from '../../../site/figures/kit/log.ts'
import type { Drawing, Shape } from '../../../site/figures/kit/marks.ts'
import { castOf, stretchOf } from '../../../site/figures/kit/passage.ts'
import { run } from '../../../site/figures/kit/run.ts'
import { reduce } from '../../../site/figures/kit/scene.ts'
import { type FigureSpec, type Passage, VIEW_NAMES } from '../../../site/figures/kit/types.ts'
import { type ViewContext, viewNamed } from '../../../site/figures/kit/view.ts'
import { histogram, percentiles, valueAt } from '../../../site/figures/kit/views/parts/distribution.ts'

const CASTS = ['authors-small', 'authors-medium', 'authors-large']
const CURSORS = [0, 0.07, 0.23, 0.5, 0.77, 1]

const figures = await Promise.all(CASTS.map(async (id) => ({ id, spec: await specOf(id), log: await pinnedRun(id) })))
const passages = figures.flatMap(({ id, spec, log }) =>
  Object.entries(spec.passages).map(([name, passage]) => ({ name: `${id} ${name}`, spec, log, passage })),
)

/** A view's context at `count` events. */
function contextAt(
  spec: FigureSpec,
  log: EventLog,
  passage: Passage,
  count: number,
  size: Size,
  whole = log,
): ViewContext {
  const { fromCount, toCount } = stretchOf(whole, passage)
  const timeOf = (at: number) => whole.events[Math.max(0, Math.min(at, whole.events.length) - 1)]!.atMs
  return {
    spec,
    passage,
    cast: castOf(spec, passage),
    log,
    count,
    atMs: timeOf(count),
    scene: reduce(log, spec.cast, count),
    ...size,
    fromMs: timeOf(fromCount),
    toMs: timeOf(toCount),
    selected: '',
    followed: '',
    isStill: false,
  }
}

type Size = { readonly width: number; readonly height: number }
const SIZES: readonly Size[] = [STILL_SIZES.wide, STILL_SIZES.tall]

/** Cursors spread over a passage. */
function cursorsOf(log: EventLog, passage: Passage): readonly number[] {
  const { fromCount, toCount } = stretchOf(log, passage)
  return CURSORS.map((share) => Math.round(fromCount + share * (toCount - fromCount)))
}

/** All numbers of a shape's attributes, path data included. */
function numbersOf({ attributes }: Shape): string[] {
  return Object.entries(attributes)
    .filter(([name]) => name !== 'class')
    .flatMap(([, value]) =>
      typeof value === 'number' ? [String(value)] : (value.match(/NaN|Infinity|undefined/g) ?? []),
    )
}

/** What is wrong with a drawing. */
function faultsOf({ width, height, marks }: Drawing, box: Size): string[] {
  const faults: string[] = []
  if (!(width <= box.width && height <= box.height && height > 0)) faults.push(`it is ${width} × ${height}`)
  const keys = new Set<string>()
  for (const { key, x, y, shapes } of marks) {
    if (keys.has(key)) faults.push(`two marks have the key ${key}`)
    keys.add(key)
    for (const value of [String(x), String(y), ...shapes.flatMap(numbersOf)])
      if (!Number.isFinite(Number(value))) faults.push(`${key} has the number ${value}`)
    for (const { tag, attributes, text } of shapes) {
      const [atX, atY] = [x + Number(attributes['x'] ?? 0), y + Number(attributes['y'] ?? 0)]
      if (tag === 'rect') {
        const [right, bottom] = [atX + Number(attributes['width']), atY + Number(attributes['height'])]
        if (Number(attributes['width']) < 0 || Number(attributes['height']) < 0)
          faults.push(`${key} is turned inside out`)
        if (atX < -2 || right > box.width + 12 || atY < -12 || bottom > height + 12) faults.push(`${key} sticks out`)
      }
      if (tag === 'text' && (atX < -2 || atX > box.width + 2 || atY < 0 || atY > height + 4))
        faults.push(`${key}: "${text}" stands outside, at ${atX}, ${atY}`)
      if (tag === 'text' && /undefined|NaN|\[object/.test(text ?? '')) faults.push(`${key} says "${text}"`)
    }
  }
  return faults
}

it('the gallery has every view on three casts', () => {
  for (const view of VIEW_NAMES)
    for (const { id, spec } of figures)
      expect(
        Object.values(spec.passages).map((passage) => passage.view),
        id,
      ).toContain(view)
})

describe.each(passages.map((one) => [one.name, one] as const))('%s', (_name, { spec, log, passage }) => {
  it('draws finite numbers inside its box, each mark under a key of its own', async () => {
    const view = await viewNamed(passage.view)
    for (const size of SIZES)
      for (const count of cursorsOf(log, passage))
        expect(
          faultsOf(view(contextAt(spec, log, passage, count, size)), size),
          `at ${count} of ${size.width}`,
        ).toEqual([])
  })

  it('depends on the events that have happened, and on no later one', async () => {
    const view = await viewNamed(passage.view)
    for (const count of cursorsOf(log, passage)) {
      const cut = new EventLog({ ...log.run, events: log.run.events.slice(0, count) })
      const whole = view(contextAt(spec, log, passage, count, STILL_SIZES.wide))
      expect(view(contextAt(spec, cut, passage, count, STILL_SIZES.wide, log))).toEqual(whole)
    }
  })

  it('draws the same whether it came from before or from after', async () => {
    const view = await viewNamed(passage.view)
    const cursors = cursorsOf(log, passage)
    const at = (count: number) => view(contextAt(spec, log, passage, count, STILL_SIZES.tall))
    const forwards = cursors.map(at)
    expect([...cursors].reverse().map(at).reverse()).toEqual(forwards)
  })

  it('marks only what the inspector, the ledger or a link can open', async () => {
    const view = await viewNamed(passage.view)
    for (const { thing } of view(contextAt(spec, log, passage, cursorsOf(log, passage).at(-1)!, STILL_SIZES.wide))
      .marks) {
      if (thing === undefined || thing === 'message:') continue
      const [kind, rest] = [thing.slice(0, thing.indexOf(':')), thing.slice(thing.indexOf(':') + 1)]
      expect(['node', 'frame', 'record', 'message', 'link']).toContain(kind)
      if (kind === 'node') expect(spec.cast.map(({ name }) => name)).toContain(rest)
      if (kind === 'frame' || kind === 'record') expect(log.event(Number(rest))).toBeDefined()
    }
  })

  it('dims what is not of the followed message, and nothing when none is followed', async () => {
    const view = await viewNamed(passage.view)
    const context = contextAt(spec, log, passage, cursorsOf(log, passage).at(-1)!, STILL_SIZES.wide)
    const followed = view({ ...context, followed: 'order-2' }).marks
    for (const { thing, className = '' } of followed) {
      if (thing === 'message:order-2') expect(className).toContain('followed')
      if (thing === 'message:order-5') expect(className).toContain('dimmed')
      if (thing?.startsWith('node:') === true) expect(className).not.toContain('dimmed')
    }
    expect(view(context).marks.some(({ className = '' }) => className.includes('dimmed'))).toBe(false)
  })

  it('draws another run behind it', async () => {
    const view = await viewNamed(passage.view)
    const count = cursorsOf(log, passage).at(-1)!
    const ghost = { log, scene: reduce(log, spec.cast, Math.round(count / 2)), count: Math.round(count / 2) }
    for (const size of SIZES)
      expect(faultsOf(view({ ...contextAt(spec, log, passage, count, size), ghost }), size)).toEqual([])
  })
})

it('the bytes of a record are shown when they have been written, and not a single event earlier', async () => {
  const { spec, log } = figures[1]!
  const passage = spec.passages['bytes']!
  const view = await viewNamed('bytes')
  const from = log.events.findIndex((event) => event.kind === 'record.appended' && event.key === 'order-2')
  for (let count = from; count < from + 8; count++) {
    const cut = new EventLog({ ...log.run, events: log.run.events.slice(0, count) })
    const whole = view(contextAt(spec, log, passage, count, STILL_SIZES.wide))
    expect(view(contextAt(spec, cut, passage, count, STILL_SIZES.wide, log)), `at ${count}`).toEqual(whole)
  }
})

describe('a cell of a grid', () => {
  const [small] = figures
  const grid = small!.spec.grids!['power']!

  it('says what its run says, and its link opens that run', async () => {
    const { scenario } = FIGURES.get('authors-small')!
    const view = await viewNamed('grid')
    const { passage } = passages.find(({ name }) => name === 'authors-small grid')!
    const { marks } = view(contextAt(small!.spec, small!.log, passage, 1, STILL_SIZES.wide))
    for (const { row, column, actions, verdict, text } of [grid.cells[0]!, grid.cells.at(-1)!]) {
      const fragment = marks.find(({ key }) => key === `cell:${row}:${column}`)!.thing!.slice('link:'.length)
      const { link, fault } = readLink('authors-small', 'log', small!.spec.cast, fragment)
      expect(fault).toBeUndefined()
      expect(link!.actions).toEqual(actions)
      const again = await run(scenario, link!.seed, link!.actions, 0)
      expect(scenario.grids!['power']!.says(again, 0, 0)).toEqual({ verdict, text })
    }
  })

  it('an option that is set changes the run: what is flushed at once survives the power cut', () => {
    const gone = (column: number) =>
      grid.cells.filter((cell) => cell.column === column && cell.verdict === 'bad').length
    expect(gone(0)).toBeGreaterThan(0)
    expect(gone(1)).toBe(0)
  })

  it('the run that the page shows is marked', async () => {
    const view = await viewNamed('grid')
    const { passage } = passages.find(({ name }) => name === 'authors-small grid')!
    const cell = grid.cells[3]!
    const shown = new EventLog({ ...small!.log.run, actions: cell.actions })
    const { marks } = view(contextAt(small!.spec, shown, passage, 1, STILL_SIZES.wide))
    expect(marks.filter(({ className }) => className === 'here').map(({ key }) => key)).toEqual([
      `cell:${cell.row}:${cell.column}`,
    ])
  })
})

describe('what an author writes', () => {
  const { spec, log } = figures[0]!
  const draw = async (view: Passage['view'], shows: NonNullable<Passage['shows']>) => {
    const passage: Passage = { title: '', from: spec.passages['stage']!.from, view, shows }
    return (await viewNamed(view))(contextAt(spec, log, passage, log.events.length, STILL_SIZES.wide))
  }

  it('is refused with what there is', async () => {
    await expect(draw('lanes', { lane: 'topic' })).rejects.toThrow(/queue, order, broker, group/)
    await expect(draw('plot', { what: 'speed' })).rejects.toThrow(/sent, consumed, lag/)
    await expect(draw('plot', { what: 'sent,lag' })).rejects.toThrow(/two units/)
    await expect(draw('plot', { what: 'latency', as: 'cloud' })).rejects.toThrow(/histogram or percentiles/)
    await expect(draw('plot', { what: 'lag', as: 'histogram' })).rejects.toThrow(/latency or delivery/)
    await expect(draw('bytes', { event: 'SEND' })).rejects.toThrow(/"frame NAME"/)
  })
})

describe('another run behind the reader’s', () => {
  const [small] = figures
  const { scenario } = FIGURES.get('authors-small')!
  const passage = (view: Passage['view'], shows: Passage['shows'] = {}): Passage => ({
    title: '',
    from: small!.spec.passages['stage']!.from,
    view,
    shows,
  })

  it.each([
    ['stage', {}],
    ['log', {}],
    ['lanes', { lane: 'broker' }],
    ['plot', { what: 'sent' }],
    ['space-time', {}],
    ['bytes', { event: 'record order-2' }],
  ] as const)('is seen in %s where it differs, and not where it is the same', async (view, shows) => {
    const { spec, log } = small!
    const killed = new EventLog(await run(scenario, scenario.seed, [{ does: 'kill', on: 'broker-a', atMs: 1_500 }]))
    const atMs = 6_000
    const until = (of: EventLog) => of.events.filter((event) => event.atMs <= atMs).length
    const count = until(killed)
    const context = {
      ...contextAt(spec, log, passage(view, shows), until(log), STILL_SIZES.wide),
      atMs,
      toMs: 10_000,
      fromMs: 0,
    }
    const own = { ...context, log: killed, count, scene: reduce(killed, spec.cast, count) }
    const ghost = { log, scene: reduce(log, spec.cast, until(log)), count: until(log) }
    const draw = await viewNamed(view)
    const words = ({ marks }: Drawing) => marks.flatMap(({ shapes }) => shapes.map(({ text = '' }) => text)).join()
    const differing = draw({ ...own, ghost })
    const ghosts = differing.marks.filter(({ key }) => key.startsWith('ghost:'))
    if (view === 'bytes') expect(words(differing)).toContain('not in your run; the text’s run has it by now')
    else expect(ghosts.length, 'outlines').toBeGreaterThan(0)
    const same = draw({ ...context, ghost })
    const outlines = same.marks.filter(({ key, shapes }) => key.startsWith('ghost:') && shapes.length > 0)
    if (view !== 'lanes' && view !== 'plot') expect(outlines.map(({ key }) => key)).toEqual([])
  })

  it('says in bytes which field is another one', async () => {
    const { spec, log } = small!
    const other = new EventLog(
      await run(
        scenario,
        scenario.seed,
        [{ does: 'clock', on: 'broker-a', atMs: 500 }].map((one) => ({
          ...one,
          does: 'clock' as const,
          on: 'broker-a=60000',
        })),
      ),
    )
    const at = (of: EventLog) => of.events.length
    const context = contextAt(
      spec,
      other,
      passage('bytes', { event: 'record order-2' }),
      at(other),
      STILL_SIZES.wide,
      log,
    )
    const ghost = { log, scene: reduce(log, spec.cast, at(log)), count: at(log) }
    const { marks } = (await viewNamed('bytes'))({ ...context, fromMs: 0, ghost })
    const keys = marks.filter(({ key }) => key.startsWith('ghost:')).map(({ key }) => key)
    expect(keys.join()).toContain('storeTimestamp')
    expect(keys.join()).not.toContain('bodyLength')
  })
})

describe('a distribution', () => {
  const place = { width: 600, height: 300, unit: 'ms', least: 10 }
  const values = [...Array.from({ length: 98 }, (_, i) => 1 + (i % 5)), 900, 900]

  it('counts every value once, in bars of one width', () => {
    const marks = histogram(values, [], place)
    const bars = marks.filter(({ key }) => key.startsWith('bar:')).map(({ shapes }) => shapes[0]!.attributes)
    const widths = new Set(bars.map(({ width }) => Math.round(Number(width))))
    expect(widths.size).toBeLessThanOrEqual(2)
    const unit = Number(bars.at(-1)!['height']) / 2
    const counted = bars.reduce((sum, { height }) => sum + Number(height) / unit, 0)
    expect(Math.abs(counted - values.length), 'heights are rounded to tenths').toBeLessThan(3)
  })

  it('names a percentile only when at least one value lies behind it', () => {
    const words = (marks: readonly { shapes: readonly Shape[] }[]) =>
      marks.flatMap(({ shapes }) => shapes.map(({ text }) => text))
    expect(words(percentiles(values, [], place))).toContain('900')
    expect(words(percentiles(values.slice(0, 50), [], place))).not.toContain('900')
    expect(valueAt(values, 0.5)).toBe(3)
    expect(valueAt(values, 0.999)).toBe(900)
    expect(valueAt([], 0.5)).toBeUndefined()
  })
})
