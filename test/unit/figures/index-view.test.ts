/** An index file drawn as a hash table: what is drawn is what the disk got, and the way of a query is that of the store. */
import { expect, it } from 'vitest'
import { keyHashOf } from '../../../reference/store/index-service.ts'
import { pinnedRun } from '../../../site/figures/build.ts'
import { folded } from '../../../site/figures/kit/views/parts/fold.ts'
import { hashOfKey, indexMarks, indexTable, walkOf } from '../../../site/figures/kit/views/parts/log-index.ts'
import { STORES } from '../../../site/figures/kit/views/parts/log-state.ts'

const log = await pinnedRun('consume-queue-keys')
const storeAt = (count: number) => folded(STORES, log, count).get('broker-a')!
const countOf = (text: string) => log.events.findIndex((event) => event.kind === 'script.step' && event.text === text)
const asked = countOf('The support asks for order-Aa')

it('hashes a key as the store does', () => {
  for (const key of ['', 'order-1', 'order-Aa', 'order-BB', 'é', 'polygenelubricants'])
    expect(hashOfKey('Orders', key)).toBe(keyHashOf('Orders', key))
})

it('has two items for each order, each with its key or for its id', () => {
  const names = indexTable(storeAt(asked), 8)!.items.map(({ name }) => name)
  expect(names).toEqual(['order-1', 'order-2', 'order-3', 'order-Aa', 'order-BB'].flatMap((key) => ['id', key]))
})

it('draws nothing before the disk has got it', () => {
  const first = log.events.findIndex(({ kind }) => kind === 'entry.dispatched') + 1
  expect(indexTable(storeAt(first), 8)).toBeUndefined()
})

it('follows the chain of a key, and says what each step finds', () => {
  const visits = walkOf(indexTable(storeAt(asked), 8)!, 'Orders', 'order-Aa')
  expect(visits.map(({ says }) => says)).toEqual(['same hash, other key', 'found', 'other hash'])
})

it('numbers the steps in the picture, in any width', () => {
  for (const width of [330, 700]) {
    const place = { x: 0, y: 0, width }
    const marks = indexMarks('b', storeAt(asked), place, { slotCount: 8, key: 'order-Aa', topic: 'Orders' }, () => '')
    const texts = marks.flatMap(({ shapes }) => shapes.map(({ text }) => text ?? ''))
    expect(texts.join(' ')).toMatch(/order-Aa: slot 5\./)
    expect(new Set(marks.map(({ key }) => key)).size).toBe(marks.length)
  }
})
