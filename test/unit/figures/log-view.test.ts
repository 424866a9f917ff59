/**
 * The log view on a run whose files roll over: rows, blanks and the end of a file byte by byte say what the disk got, and nothing
 * before the disk has got it.
 */
import { describe, expect, it } from 'vitest'
import { BLANK_BYTES, BLANK_MAGIC } from '../../../reference/common/message-codec.ts'
import { pinnedRun } from '../../../site/figures/build.ts'
import { folded } from '../../../site/figures/kit/views/parts/fold.ts'
import * as edge from '../../../site/figures/kit/views/parts/log-edge.ts'
import { STORES } from '../../../site/figures/kit/views/parts/log-state.ts'

const BROKER = 'broker-a'
const [cured, naive, swept] = await Promise.all(
  ['commit-log-log', 'commit-log-wound', 'commit-log-swept'].map(pinnedRun),
)

/** The store of the broker after the first `count` events of a run; after all of them when left out. */
function storeOf(log: typeof cured, count = log!.events.length) {
  return folded(STORES, log!, count).get(BROKER)!
}

/** The words of the magnifier. */
function wordsOf(log: typeof cured, start: number, count: number): string {
  const store = storeOf(log, count)
  const marks = edge.edgeMarks(BROKER, store, edge.edgeOf(store, start), { x: 0, y: 0, width: 740 }, () => '')
  return marks.flatMap(({ shapes }) => shapes.map(({ text }) => text ?? '')).join(' ')
}

const countAt = (log: typeof cured, kind: string, nth: number) => {
  const index = log!.events.map((event, i) => (event.kind === kind ? i : -1)).filter((i) => i >= 0)[nth]!
  return index + 1
}

it('knows a blank by the numbers of the store', () => {
  expect([edge.BLANK_BYTES, edge.BLANK_MAGIC]).toEqual([BLANK_BYTES, BLANK_MAGIC])
})

describe('the end of a file', () => {
  it('is a blank that says all the bytes it covers', () => {
    const [first, second] = [0, 4096].map((start) => edge.edgeOf(storeOf(cured), start))
    expect(first).toMatchObject({ restBytes: 486, isBlank: true, isClosed: true })
    expect(second).toMatchObject({ restBytes: 8, isBlank: true, isClosed: true })
  })

  it('is a hole where no blank has room', () => {
    const before = countAt(naive, 'node.stopped', 0)
    expect(edge.edgeOf(storeOf(naive, before), 0)).toMatchObject({ restBytes: 5, isBlank: false, isClosed: true })
    expect(wordsOf(naive, 0, before)).toContain('5 bytes, no blank')
  })

  it('shows no byte before the disk has got it', () => {
    const rolled = countAt(cured, 'log.rolled', 0)
    expect(wordsOf(cured, 0, rolled)).toContain('size 486')
    const appended = cured!.events.findIndex((e) => e.kind === 'record.appended' && e.key === 'order-6') + 1
    expect(wordsOf(cured, 0, appended)).toMatch(/order-6 .*not yet written/)
    expect(wordsOf(cured, 0, countAt(cured, 'log.rolled', 1))).toMatch(/order-6 .*size 481 .*magic/)
  })
})

it('a recovery that cuts leaves the records that were cut, crossed out, and their files, removed', () => {
  const store = storeOf(naive)
  expect(store.records.filter(({ isLost }) => isLost).map(({ key }) => key)).toEqual(
    expect.arrayContaining(['order-7', 'order-14']),
  )
  expect([...store.removed].sort()).toEqual([4096, 8192])
})

it('a queue whose file is removed is empty, until the broker writes it again', () => {
  const removed = swept!.events.findIndex((e) => e.kind === 'disk.removed' && e.path.includes('consumequeue')) + 1
  expect(storeOf(swept, removed).queues.get('Orders/0')).toBeUndefined()
  expect(
    storeOf(swept)
      .queues.get('Orders/0')
      ?.map(({ number }) => number),
  ).toEqual([0, 1, 2, 3, 4, 5])
})
