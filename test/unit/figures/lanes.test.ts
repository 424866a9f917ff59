/** Lanes of orders: every copy of an order, what becomes of it in the end, and an order that is at work twice. */
import { describe, expect, it } from 'vitest'
import { pinnedRun } from '../../../site/figures/build.ts'
import { FIGURES } from '../../../site/figures/found.ts'
import { reduce } from '../../../site/figures/kit/scene.ts'
import { linearTime } from '../../../site/figures/kit/views/parts/axis.ts'
import { copyRows, rowsOf } from '../../../site/figures/kit/views/parts/lane-rows.ts'

/** Rows of a passage at the end of the text's run, or after the first `count` events. */
async function at(id: string, passage: string, count?: number) {
  const { spec } = FIGURES.get(id)!
  const log = await pinnedRun(id)
  const to = count ?? log.events.length
  const source = {
    log,
    count: to,
    cast: spec.cast,
    atMs: log.events[Math.max(0, to - 1)]!.atMs,
    passage: spec.passages[passage]!,
    scene: reduce(log, spec.cast, to),
  }
  return { orders: rowsOf('order', source), copies: copyRows(source) }
}
const words = (fills: readonly { readonly layers: readonly { readonly text: string }[] }[]) =>
  fills.map(({ layers }) => layers.map(({ text }) => text).join(' + '))

describe('lanes of orders', () => {
  it('show each record of one order in the lane of its topic', async () => {
    const { copies } = await at('retries-poison', 'copies')
    expect(copies.map(({ label, dots }) => [label, dots.length])).toEqual([
      ['Orders', 1],
      ['SCHEDULE_TOPIC_XXXX', 16],
      ['%RETRY%billing', 16],
      ['%DLQ%billing', 1],
    ])
    expect(copies.flatMap(({ dots }) => dots).every(({ kind, key }) => kind === 'copy' && key === 'order-3')).toBe(true)
  })

  it('have the lanes that the passage names before anything has happened', async () => {
    const { orders, copies } = await at('retries-poison', 'copies', 1)
    expect(orders.map(({ label }) => label)).toEqual(['order-3'])
    expect(copies.map(({ label }) => label)).toContain('%DLQ%billing')
    expect((await at('retries-wound', 'wound', 1)).orders).toHaveLength(5)
  })

  it('end with what became of an order', async () => {
    const { orders } = await at('retries-poison', 'silence')
    expect(words(orders.find(({ key }) => key === 'order-3')!.fills).at(-1)).toBe('dead')
    expect(orders.find(({ key }) => key === 'order-10')!.dots.at(-1)!.kind).toBe('done')
  })

  it('keep an order at work while its listener works, also when it was given back meanwhile', async () => {
    const { orders } = await at('retries-slow', 'slow')
    const { fills, dots } = orders.find(({ key }) => key === 'order-3')!
    const both = fills.find(({ layers }) => layers.length === 2)!
    expect(words([both])).toEqual(['at work + put off'])
    const last = fills.at(-1)!
    expect(words([last])).toEqual(['at work'])
    expect(last.toMs - both.toMs).toBeGreaterThan(280_000)
    expect(dots.filter(({ kind }) => kind === 'done')).toHaveLength(2)
  })
})

it('ticks of a long stretch of time stand at whole minutes or hours', () => {
  const ticks = (from: number, to: number) => linearTime(from, to, 0, 700, 8).ticks
  expect(ticks(2_000, 18_900_003)).toEqual([1, 2, 3, 4, 5].map((hours) => hours * 3_600_000))
  expect(ticks(2_000, 1_202_204)).toEqual([5, 10, 15, 20].map((minutes) => minutes * 60_000))
  expect(ticks(0, 800)).toEqual([0, 100, 200, 300, 400, 500, 600, 700, 800])
})

it('an order that an orderly consumer has in its cache waits: it is at work when the listener is handed it', async () => {
  const { orders } = await at('retries-groups', 'orderly')
  const behind = orders.find(({ key }) => key === 'order-4')!
  expect(words(behind.fills.filter(({ fromMs, toMs }) => toMs - fromMs > 1_000))).toEqual(['waits'])
})
