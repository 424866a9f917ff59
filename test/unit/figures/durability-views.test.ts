/** The pictures that chapter 6 asked for first: two heights of a log, rates against senders, a plug on the axis of a grid. */
import { describe, expect, it } from 'vitest'
import { pinnedRun, specOf } from '../../../site/figures/build.ts'
import { FIGURES } from '../../../site/figures/found.ts'
import { brokenRow } from '../../../site/figures/kit/grids.ts'
import type { EventLog } from '../../../site/figures/kit/log.ts'
import type { Drawing } from '../../../site/figures/kit/marks.ts'
import { castOf, stretchOf } from '../../../site/figures/kit/passage.ts'
import { reduce } from '../../../site/figures/kit/scene.ts'
import { viewNamed } from '../../../site/figures/kit/view.ts'
import { partsOf } from '../../../site/figures/kit/views/parts/plot-against.ts'

/** A pane of the chapter at an event, or at a time after it. */
async function drawn(id: string, name: string, count: number, atMs?: number): Promise<Drawing> {
  const [log, spec] = [await pinnedRun(id), await specOf(id)]
  const passage = FIGURES.get(id)!.spec.passages[name]!
  const { fromCount, toCount } = stretchOf(log, passage)
  const timeOf = (at: number) => log.events[at - 1]!.atMs
  const view = await viewNamed(passage.view)
  return view({
    spec,
    passage,
    cast: castOf(spec, passage),
    log,
    count,
    atMs: atMs ?? timeOf(count),
    scene: reduce(log, spec.cast, count),
    width: 664,
    height: 500,
    fromMs: timeOf(fromCount),
    toMs: timeOf(toCount),
    selected: '',
    followed: '',
    isStill: false,
  })
}

const firstOf = (log: EventLog, kind: string, holds: (event: object) => boolean = () => true) =>
  log.events.find((event) => event.kind === kind && holds(event))!.n

const risks = (drawing: Drawing) => drawing.marks.find(({ key }) => key === 'at-risk')!.shapes.length
const textsOf = (drawing: Drawing) => drawing.marks.flatMap(({ shapes }) => shapes.map(({ text }) => text ?? ''))

describe('the two heights of a log', () => {
  it('leave nothing at risk right after a sync, and something after the next order', async () => {
    const log = await pinnedRun('durability-cut')
    const order = firstOf(log, 'record.appended', (event) => 'key' in event && event.key === 'order-1')
    const flushed = firstOf(
      log,
      'log.flushed',
      (event) => 'physicalOffset' in event && Number(event.physicalOffset) > 0,
    )
    const before = risks(await drawn('durability-cut', 'apart', flushed - 1))
    expect(risks(await drawn('durability-cut', 'apart', order - 1))).toBe(0)
    expect(before).toBeGreaterThan(0)
    // the room of the past stays drawn; none is added after the sync
    expect(risks(await drawn('durability-cut', 'apart', flushed, 13_400))).toBe(before)
  })

  it('fall together when the power fails', async () => {
    const cut = await pinnedRun('durability-cut')
    const stopped = firstOf(cut, 'node.stopped')
    const atStop = risks(await drawn('durability-cut', 'apart', stopped))
    expect(risks(await drawn('durability-cut', 'apart', stopped, 16_500))).toBe(atStop)
  })
})

describe('rates against senders', () => {
  it('count the orders of each part, and no sync twice', async () => {
    const log = await pinnedRun('durability-senders')
    const parts = partsOf(log.events, log.events.length, log.events.at(-1)!.atMs)
    expect(parts.map(({ senders }) => senders)).toEqual([1, 2, 4, 8, 16])
    expect(parts.map(({ orders }) => orders)).toEqual([2, 4, 8, 16, 32])
    const syncs = log.events.filter((event) => event.kind === 'disk.synced' && /commitlog\/\d{20}$/.test(event.path))
    expect(parts.reduce((sum, part) => sum + part.syncs, 0)).toBeLessThanOrEqual(syncs.length)
  })

  it('show nothing of a part that has not begun', async () => {
    const log = await pinnedRun('durability-senders')
    const second = log.events.find((event) => event.kind === 'script.step' && event.text === '2 tills')!
    const dots = (await drawn('durability-senders', 'plot', second.n)).marks
      .flatMap(({ shapes }) => shapes)
      .filter(({ tag }) => tag === 'circle')
    expect(dots).toHaveLength(2) // one part: orders and syncs
  })
})

describe('the plug on the axis of a grid', () => {
  it('moves with the cursor, and marks the column that it has reached', async () => {
    const log = await pinnedRun('durability-plug')
    const { momentsMs } = (await specOf('durability-plug')).grids!['plug']!
    const places: number[] = []
    for (const ms of momentsMs!) {
      const { marks } = await drawn('durability-plug', 'grid', log.events.findLast(({ atMs }) => atMs <= ms)!.n, ms)
      places.push(marks.find(({ key }) => key === 'plug')!.x)
      expect(
        marks.some(({ key }) => key === 'reached'),
        `${ms} ms`,
      ).toBe(true)
    }
    expect(places).toEqual([...new Set(places)].sort((a, b) => a - b))
    const early = (await drawn('durability-plug', 'grid', 1, 13_000)).marks
    expect(early.some(({ key }) => key === 'reached')).toBe(false)
  })

  it('stands below cells of which the promised rows have no bad one', async () => {
    const { cells } = (await specOf('durability-plug')).grids!['plug']!
    const source = FIGURES.get('durability-plug')!.scenario.grids!['plug']!
    expect(brokenRow(source, cells)).toBe('')
    expect(brokenRow({ ...source, neverBad: [2] }, cells)).toBe('power cut, ASYNC')
  })
})

describe('the log view', () => {
  it('strikes what lay in a file that was removed', async () => {
    const log = await pinnedRun('durability-old-files')
    const removed = log.events.find((event) => event.kind === 'disk.removed' && event.path.includes('commitlog/'))!
    const struck = async (count: number) =>
      (await drawn('durability-old-files', 'old', count)).marks.filter(({ shapes }) =>
        shapes.some(({ attributes }) => attributes['class'] === 'strike'),
      ).length
    expect(await struck(removed.n - 1)).toBe(0)
    expect(await struck(removed.n)).toBe(3)
    expect(textsOf(await drawn('durability-old-files', 'old', log.events.length)).join(' ')).toContain('order-7')
  })
})
