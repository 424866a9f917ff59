/** A log of any length costs what is shown of it: events looked at are counted, not time. */
import { describe, expect, it } from 'vitest'
import type { TraceEvent } from '../../../reference/host/trace.ts'
import { tooEarlyNote } from '../../../site/labs/console.svelte.ts'
import { Ledger } from '../../../site/labs/ledger.ts'
import { LINES_MAX, LOOK_BACK_MAX, LogTail } from '../../../site/labs/log-tail.ts'

function lines(count: number): TraceEvent[] {
  return Array.from(
    { length: count },
    (_, i) =>
      ({
        n: i + 1,
        atMs: i,
        node: i % 2 ? 'b' : 'a',
        cause: 0,
        kind: 'log.line',
        level: 'info',
        text: `line ${i + 1}`,
      }) as unknown as TraceEvent,
  )
}

describe('the tail of a log', () => {
  it('shows the last lines of 200,000, and looks at the last few thousand events only', () => {
    const tail = new LogTail()
    const shown = tail.upTo(lines(200_000), 200_000, 'all')
    expect(shown).toHaveLength(LINES_MAX)
    expect(shown.at(-1)!.text).toBe('line 200000')
    expect(tail.looked).toBeLessThanOrEqual(LOOK_BACK_MAX)
    expect(tail.skipped).toBe(LOOK_BACK_MAX - LINES_MAX)
  })

  it('looks at each event once while it grows', () => {
    const tail = new LogTail()
    const events = lines(10_000)
    for (let count = 0; count <= 10_000; count += 50) tail.upTo(events, count, 'all')
    expect(tail.looked).toBe(10_000)
  })

  it('shows one machine, or the story only', () => {
    const tail = new LogTail()
    const events = lines(10)
    expect(new Set(tail.upTo(events, 10, 'node:b').map(({ node }) => node))).toEqual(new Set(['b']))
    expect(tail.upTo(events, 10, 'story')).toEqual([])
    expect(tail.nodes).toEqual(['a', 'b'])
  })
})

describe('the ledger', () => {
  it('says for each acknowledged order where it lies and whether it is home', () => {
    const facts = [
      { kind: 'record.appended', node: 'heron-41', key: 'order-1' },
      { kind: 'message.sent', node: 'shop', key: 'order-1', status: 'SEND_OK' },
      { kind: 'message.sent', node: 'shop', key: 'order-2', status: 'FAILED' },
      { kind: 'message.consumed', node: 'billing', key: 'order-1', status: 'CONSUME_SUCCESS' },
    ] as unknown as TraceEvent[]
    const ledger = new Ledger()
    expect(ledger.upTo(facts, 2)).toEqual([{ key: 'order-1', storedOn: 'heron-41', isHome: false }])
    expect(ledger.upTo(facts, 4)).toEqual([{ key: 'order-1', storedOn: 'heron-41', isHome: true }])
    expect(ledger.upTo(facts, 1), 'dragged back').toEqual([])
  })
})

describe('a question that comes too early', () => {
  it('is answered with what to wait for, and only while the story is told', () => {
    expect(tooEarlyNote(true, 'east moves')).toMatch(/\(the last thing that happened is: east moves\).*ask again/)
    expect(tooEarlyNote(true, '')).toMatch(/the nodes are starting/)
    expect(tooEarlyNote(false, 'east moves')).toBe('')
  })
})
