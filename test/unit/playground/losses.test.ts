/** What a power cut and an election take away: each message that was sent is in one counter, and what is gone is said. */
import { describe, expect, it } from 'vitest'
import { castAt, type Experiment } from '../../../site/playground/experiment/experiment.ts'
import { readText } from '../../../site/playground/experiment/text.ts'
import { Chronicle } from '../../../site/playground/page/chronicle.ts'
import { deedsFor } from '../../../site/playground/page/menu.ts'
import { Recorded } from '../../../site/playground/run/session.ts'
import { emptyState, fold, type PlayState, storedOn, unflushedOf } from '../../../site/playground/run/state.ts'
import type { Row } from '../../../site/playground/run/tape.ts'
import { goneWords, narrate } from '../../../site/playground/views/narrator.ts'
import { memoryWords } from '../../../site/playground/views/stage.ts'
import { tilesOf } from '../../../site/playground/views/sums.ts'

interface Seen {
  readonly state: PlayState
  readonly told: string
  readonly lines: readonly string[]
  readonly recorded: Recorded
}

/** Plays and looks at each of the moments; the last one ends the run. */
async function play(experiment: Experiment, moments: readonly number[], look: (atMs: number, seen: Seen) => unknown) {
  const recorded = new Recorded(experiment)
  const chronicle = new Chronicle(experiment)
  const state = emptyState()
  const rows: Row[] = []
  for (const atMs of moments) {
    const chunk = await recorded.advance(atMs)
    chronicle.add(chunk.items)
    for (const item of chunk.items) fold(state, item)
    rows.push(...chunk.rows)
    const told = narrate(castAt(experiment, atMs), state, rows, 'billing')
    await look(atMs, { state, told, lines: chronicle.lines.map(({ text }) => text), recorded })
  }
  await recorded.run.dispose()
}

const SHOP = '1;s3;namesrv:namesrv;broker:broker-a;broker:broker-b;producer:shop,r10;group:billing,m3'
/** Which message broker-a has in memory alone when its power is cut. */
const inMemoryOf = async (recorded: Recorded, sent: number) => {
  for (let i = sent; i > 0; i--) {
    const [record] = await recorded.bytes(`shop-${i}`)
    if (record?.broker === 'broker-a') return { key: `shop-${i}`, record }
  }
  throw new Error('broker-a has nothing')
}

describe('a power cut', () => {
  it('says which messages are gone, of the broker, of the counters and of the message', async () => {
    const text = readText(`${SHOP};@24700,powercut,broker-a;@27000,restart,broker-a`)
    let key = ''
    let before = 0
    await play(text, [24_690, 26_900, 28_500], async (atMs, { state, told, lines, recorded }) => {
      if (atMs === 24_690) {
        const found = await inMemoryOf(recorded, state.totals.asked)
        key = found.key
        before = storedOn(state, 'broker-a')
        // its producer has been told OK, its disk does not have it
        expect([found.record.flushedMs, found.record.goneMs]).toEqual([undefined, undefined])
        expect(found.record.decoded?.bytes.length).toBe(found.record.sizeBytes)
        return
      }
      if (atMs === 26_900) return
      const gone = state.shortened!.gone
      expect(gone).toBeGreaterThan(5)
      const all = `${gone} messages are gone from broker-a: its disk did not have them yet. All had been acknowledged`
      expect(told.startsWith(all)).toBe(true)
      expect(lines.some((one) => one.startsWith(all))).toBe(true)
      expect(state.spots.gone + state.spots.lost).toBe(gone)
      // what came after the start is counted on top of what the disk had
      const since = Object.values(state.queues).filter(({ broker }) => broker === 'broker-a')
      expect(storedOn(state, 'broker-a')).toBeLessThan(before)
      expect(since.reduce((sum, one) => sum + one.stored, 0)).toBe(storedOn(state, 'broker-a'))
      const [record] = await recorded.bytes(key)
      expect(record).toMatchObject({ goneMs: 27_000, decoded: undefined })
    })
  })

  it('leaves messages that a group never asks for, and that is said', async () => {
    const text = readText(`${SHOP};@27800,powercut,broker-a;@29500,restart,broker-a`)
    await play(text, [36_000, 39_500], (atMs, { state, told, lines }) => {
      if (atMs < 39_000) return
      const passed = Object.entries(state.queues).filter(([, one]) => (one.passed['billing'] ?? 0) > 0)
      expect(passed.length).toBeGreaterThan(0)
      for (const [, one] of passed) expect(one.waiting['billing']).toBe(one.passed['billing'])
      expect(told).toMatch(/billing is already past \d new messages? in broker-a\/\d, and never asks for/)
      expect(told).not.toContain('keeps up')
      expect(lines.filter((one) => one.includes('never asks for'))).toHaveLength(passed.length)
    })
  })
})

describe('a start', () => {
  it('says what the disk or the machine still had, and what was not known is known then', async () => {
    const text = readText(
      `${SHOP.replace('r10', 'r20')};@9700,kill,broker-a;@9800,kill,broker-b;@9900,powercut,broker-a;@9950,kill,broker-a;@11000,restart,broker-b;@12000,restart,broker-a;@32500,powercut,broker-a;@32600,powercut,broker-a`,
    )
    await play(text, [9_690, 10_000, 10_999, 11_500, 17_000, 31_500, 33_000], (atMs, { state, told, lines }) => {
      const cell = (word: string) => tilesOf(state).find((one) => one.word === word)!.count
      const { nodes } = state
      if (atMs === 10_999) {
        const held = unflushedOf(state, 'broker-b')
        expect(held).toBeGreaterThan(5)
        expect(memoryWords(nodes['broker-b'], held)).toBe(`the machine still has ${held} in memory`)
        expect(deedsFor('broker-b', 'broker', nodes['broker-b'], held)[0]!.says).toBe(
          `It starts with everything: the machine still has the ${held} in memory.`,
        )
        // a send whose answer never came; the counter has it for as long as nobody can say
        expect([cell('not known'), state.latest.filter(({ fate }) => fate === 'unsure').length]).toEqual([1, 1])
        expect(told).toMatch(/shop gets errors: (\d+) sends failed since 0:09, and a broker may have stored 1 of them/)
        expect(told).toContain(` ${state.producers['shop']!.failed} sends failed`)
        expect(cell('not stored')! + 1).toBe(state.producers['shop']!.failed)
      }
      if (atMs === 11_500) {
        expect(lines.find((one) => one.startsWith('broker-b has lost nothing'))).toMatch(
          /^broker-b has lost nothing: the machine still had all \d+ messages that were in memory$/,
        )
      }
      if (atMs === 17_000)
        expect(told).toMatch(
          /billing has not noticed yet that broker-[ab] runs again: clients ask for new routes every 30/,
        )
      if (atMs === 31_500) {
        expect(cell('not known')).toBe(0)
        const again = lines.find((one) => one.startsWith('billing reads broker-b again'))
        expect(again).toMatch(/^billing reads broker-b again: its members noticed it after \d/)
      }
      if (atMs === 33_000) {
        expect(lines).toContain('broker-a is killed. It has no power: nothing happens')
        expect(lines).toContain('The power of broker-a is cut. It has no power: nothing happens')
        expect(deedsFor('broker-a', 'broker', nodes['broker-a'], 7)[0]!.says).toContain('up to 7 messages may be gone')
        expect(memoryWords(nodes['broker-a'], 1)).toBe('1 was in memory: the disk may lack it')
      }
    })
  })

  it('after a power cut that took nothing, says that the disk had it all', () => {
    const nothing = { broker: 'broker-a', how: 'start', after: 'powercut', gone: 0, acknowledged: 0, done: 0 } as const
    expect(goneWords({ ...nothing, unflushed: 17 })).toBe(
      'broker-a has lost nothing: its disk had all 17 messages that were in memory',
    )
  })
})

describe('an election', () => {
  it('says when the shop learns of the new master, and whom it takes for it until then', async () => {
    const text = readText(
      '1;s16;namesrv:namesrv;controller:controller;broker:broker-a,s2,c1,e1;producer:shop,r20;@6000,kill,broker-a',
    )
    await play(text, [9_000, 32_000], (atMs, { state, lines }) => {
      const master = state.masters['broker-a']
      expect(master).toMatch(/^broker-a-s\d$/)
      expect(state.knows['shop']).toEqual({ 'broker-a': atMs < 30_000 ? 'broker-a' : master })
      const learned = lines.find((one) => one.startsWith('shop learns'))
      if (atMs < 30_000) expect(learned).toBeUndefined()
      else
        expect(learned).toMatch(
          new RegExp(`^shop learns that ${master} is the master: it could not send to broker-a for 2\\d s`),
        )
    })
  })
})

describe('the counters', () => {
  it.each(['m0', 'm1', 'm2', 'm3', 'm4,w2', 'm5,l800,b30'])(
    'add up to what was sent when everything goes wrong, with %s',
    async (mode) => {
      const text = `1;s5;namesrv:namesrv;broker:broker-a;broker:broker-b;producer:shop,r20,${mode};group:billing,m3,s30,f20,x2;group:news,o2,m2;@3000,powercut,broker-b;@4000,kill,billing-1;@5000,restart,broker-b;@6000,cut,broker-a;@10000,heal,broker-a;@11000,kill,shop;@12000,restart,shop`
      await play(readText(text), [2_500, 5_500, 9_500, 11_500, 14_000], (_, { state }) => {
        const { spots, totals, queues } = state
        const sum = Object.values(spots).reduce((all, one) => all + one, 0)
        expect(sum).toBe(totals.asked)
        expect(Math.min(...Object.values(spots))).toBeGreaterThanOrEqual(0)
        const inRows = Object.values(queues).reduce((all, { stored }) => all + stored, 0)
        expect(inRows).toBe(spots.stored + totals.copies)
        const count = (word: string) => tilesOf(state).find((one) => one.word === word)!.count
        expect([count('sent'), count('under way'), count('stored')]).toEqual([totals.asked, spots.way, spots.stored])
      })
    },
  )

  it('say that nothing can wait while there is no group', () => {
    expect(tilesOf(emptyState()).find(({ word }) => word === 'waiting')).toMatchObject({
      count: undefined,
      note: 'no group yet',
    })
  })
})
