/** What chapter 15 draws: reminders that are due, late or early, the timer wheel on its disk, and what the ledger says of a recall. */
import { describe, expect, it } from 'vitest'
import { pinnedRun } from '../../../site/figures/build.ts'
import { FIGURES } from '../../../site/figures/found.ts'
import { timerEntryOf, timerSlotOf } from '../../../site/figures/kit/bytes.ts'
import { ledgerAt, sumsOf } from '../../../site/figures/kit/ledger.ts'
import type { EventLog } from '../../../site/figures/kit/log.ts'
import type { Drawing } from '../../../site/figures/kit/marks.ts'
import { castOf, stretchOf } from '../../../site/figures/kit/passage.ts'
import { reduce } from '../../../site/figures/kit/scene.ts'
import { lanes } from '../../../site/figures/kit/views/lanes.ts'

/** A passage's picture at the end of its stretch, or at a time. */
async function drawn(id: string, name: string, width = 700, untilMs?: number): Promise<Drawing & { log: EventLog }> {
  const { spec } = FIGURES.get(id)!
  const log = await pinnedRun(id)
  const passage = spec.passages[name]!
  const { fromCount, toCount } = stretchOf(log, passage)
  const late = log.events.findIndex(({ atMs }) => untilMs !== undefined && atMs > untilMs)
  const count = late < 0 ? toCount : late
  const cast = castOf(spec, passage)
  const drawing = lanes({
    spec,
    passage,
    cast,
    log,
    count,
    atMs: untilMs ?? log.events[count - 1]!.atMs,
    scene: reduce(log, spec.cast, count),
    width,
    height: 400,
    fromMs: log.events[fromCount - 1]!.atMs,
    toMs: log.events[toCount - 1]!.atMs,
    selected: '',
    followed: '',
    isStill: true,
  })
  return { ...drawing, log }
}
const texts = ({ marks }: Drawing) =>
  marks.flatMap(({ shapes }) => shapes).flatMap(({ text }) => (text === undefined ? [] : [text]))
const keys = ({ marks }: Drawing, prefix: string) => marks.map(({ key }) => key).filter((key) => key.startsWith(prefix))

describe('lanes of reminders', () => {
  it('say by how much one came early or late, and for what it was wanted', async () => {
    const words = texts(await drawn('delays-wound', 'wound'))
    expect(words.filter((word) => word === '5 min early')).toHaveLength(2)
    expect(words).toContain('5 min late')
    expect(words).toContain('order-3: level 15')
  })

  it('have a bar for what is overdue, and none for what is in time', async () => {
    const single = await drawn('delays-single', 'single', 700, 700_000)
    expect(texts(single).filter((word) => /overdue/.test(word))).toEqual(['12 min overdue', '97.8 s overdue'])
    expect(keys(await drawn('delays-levels', 'levels'), 'late:')).toEqual([])
  })

  it('keep the time that was asked for when a group has got the reminder', async () => {
    const words = texts(await drawn('delays-single', 'single'))
    expect(words.filter((word) => /late$/.test(word))).toEqual(['30 min late', '20 min late'])
  })
})

describe('the wheel on its disk', () => {
  it('has a line from each slot to its newest entry, and from each entry to the one before it', async () => {
    const wheel = await drawn('delays-wheel', 'wheel', 700, 7_000)
    expect(keys(wheel, 'last:')).toEqual(['last:9000', 'last:7000', 'last:13000'])
    expect(keys(wheel, 'prev:')).toEqual(['prev:104', 'prev:208'])
    expect(keys(wheel, 'entry:')).toHaveLength(5)
  })

  it('is empty when all was delivered, and its entries stay', async () => {
    const wheel = await drawn('delays-wheel', 'wheel')
    expect(keys(wheel, 'last:')).toEqual([])
    expect(keys(wheel, 'entry:')).toHaveLength(5)
  })

  it('counts a recall as one less, and fits on a phone', async () => {
    const wheel = await drawn('delays-recalled', 'recalled', 340, 9_000)
    const slot = wheel.marks.find(({ key }) => key === 'slot:10')!
    expect(slot.shapes.map(({ text }) => text)).toContain('2')
    for (const { x, shapes } of wheel.marks)
      for (const { tag, attributes } of shapes)
        if (tag === 'rect') expect(x + Number(attributes['x']) + Number(attributes['width'])).toBeLessThanOrEqual(340)
  })

  it('is read from the bytes that the broker has written', async () => {
    const log = await pinnedRun('delays-wheel')
    const value = (fields: readonly { name: string; value: string }[], name: string) =>
      fields.find((field) => field.name === name)?.value
    const entry = timerEntryOf(log, 'order-5', log.events.length)!
    expect([entry.bytes.length, value(entry.fields, 'prevPos'), value(entry.fields, 'magic')]).toEqual([52, '104', '1'])
    const slot = timerSlotOf(log, 'order-5', log.events.length)!
    expect([value(slot.fields, 'firstPos'), value(slot.fields, 'lastPos'), value(slot.fields, 'num')]).toEqual([
      '0',
      '208',
      '3',
    ])
    expect(timerEntryOf(log, 'order-5', 10)).toBeUndefined()
  })
})

it('a reminder that the shop has taken back is not lost', async () => {
  const log = await pinnedRun('delays-recalled')
  expect(sumsOf(ledgerAt(log, log.events.length)).lost).toBe(0)
  const cell = ledgerAt(log, log.events.length).find(({ key }) => key === 'order-2')!
  expect([cell.answer, cell.billed]).toEqual(['ok', 0])
})
