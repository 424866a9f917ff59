/** A ledger of a shop that keeps its orders in a database: what was saved must be billed, and nothing else. */
import { describe, expect, it } from 'vitest'
import type { TraceEvent } from '../../../reference/host/trace.ts'
import { ledgerAt, sumsOf, wordsOf } from '../../../site/figures/kit/ledger.ts'
import { EventLog } from '../../../site/figures/kit/log.ts'

let n = 0
const event = (kind: string, node: string, call: number, name: string, text: string) =>
  ({ n: ++n, atMs: n, kind, node, cause: 0, call, name, text, error: '' }) as unknown as TraceEvent

/** The events of an order: sold, saved as the word says (or not at all), and billed or not. */
function order(
  key: string,
  call: number,
  saved: 'save' | 'transaction' | 'refused' | '',
  isBilled: boolean,
): TraceEvent[] {
  const json = JSON.stringify({ key })
  const word = saved === 'save' ? 'save' : 'executeLocalTransaction'
  const reply = {
    save: '{"saved":true}',
    transaction: '{"state":"COMMIT_MESSAGE"}',
    refused: '{"state":"ROLLBACK_MESSAGE"}',
  }
  const message = JSON.stringify({ group: 'billing', key })
  return [
    event('app.called', 'shop', call, 'send', json),
    ...(saved === '' ? [] : [event('app.handed', 'shop', call + 1, word, json)]),
    ...(saved === '' ? [] : [event('app.replied', 'shop', call + 1, word, reply[saved])]),
    event('app.answered', 'shop', call, 'send', '{"status":"SEND_OK"}'),
    ...(isBilled ? [event('app.handed', 'billing', call + 2, 'message', message)] : []),
    ...(isBilled ? [event('app.replied', 'billing', call + 2, 'message', '{"status":"CONSUME_SUCCESS"}')] : []),
  ]
}

const logOf = (events: readonly TraceEvent[]) => new EventLog({ seed: 1, actions: [], events, hash: '' })

describe('a ledger with a database', () => {
  const log = logOf([
    ...order('order-1', 1, 'save', true),
    ...order('order-2', 11, 'transaction', false),
    ...order('order-3', 21, '', true),
    ...order('order-4', 31, 'refused', false),
  ])

  it('calls lost what was saved and never billed, and phantom what was billed and never saved', () => {
    const cells = ledgerAt(log, log.events.length)
    expect(cells.map(({ saved, isLost, isPhantom }) => [saved, isLost, isPhantom])).toEqual([
      [true, false, false],
      [true, true, false],
      [false, false, true],
      [false, false, false],
    ])
    expect(sumsOf(cells)).toMatchObject({ asked: 4, saved: 2, billed: 2, lost: 1, phantom: 1 })
    expect(cells.map(wordsOf)).toEqual([
      'order-1: saved, billed',
      'order-2: saved, never billed',
      'order-3: not saved, billed',
      'order-4: not saved, not billed yet',
    ])
  })

  it('says neither while the run goes on', () => {
    const cells = ledgerAt(log, log.events.length - 1)
    expect(cells.some(({ isLost, isPhantom }) => isLost || isPhantom)).toBe(false)
  })

  it('speaks of no database where the shop has none: what was acknowledged and not billed is lost', () => {
    const plain = logOf(order('order-1', 41, '', false))
    expect(ledgerAt(plain, plain.events.length)).toMatchObject([{ saved: undefined, isLost: true, isPhantom: false }])
    expect(sumsOf(ledgerAt(plain, plain.events.length)).saved).toBeUndefined()
  })
})
