/**
 * The one vocabulary of questions over a run: what it answers is what happened, in the text's run and in the reader's; what
 * cannot be read is refused with a sentence, and nothing is evaluated as code.
 */
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { ask, holds, QUESTIONS } from '../../../site/figures/kit/ask.ts'
import { parseQuestion } from '../../../site/figures/kit/ask-parse.ts'
import { EventLog } from '../../../site/figures/kit/log.ts'
import { CURVE_POINTS, outcomeOf } from '../../../site/figures/kit/predict.ts'
import { run } from '../../../site/figures/kit/run.ts'
import { scenario, spec } from '../../support/example-figure.ts'

let log: EventLog
let killed: EventLog

beforeAll(async () => {
  log = new EventLog(await run(scenario, 12, []))
  killed = new EventLog(await run(scenario, 12, [{ does: 'kill', on: 'consumer', atMs: 1_700 }]))
})

describe('a question', () => {
  it.each([
    ["deliveries('order-3')", 1, 0],
    ["billed('order-1')", 1, 1],
    ["answer('order-7')", 'ok', 'ok'],
    ['asked()', 7, 7],
    ['ok() - lost()', 7, 1],
    ['lost()', 0, 6],
    ['double() + failed()', 0, 0],
    ["count('record.appended')", 7, 7],
    ["count('record.appended', { key: 'order-1' })", 1, 1],
    ["count('node.stopped', { node: 'consumer', how: 'killed' })", 0, 1],
    ["ended('consumer')", '', 'killed'],
    ["first('node.stopped').node == 'consumer'", false, true],
    ["first('node.stopped').atMs", '', 1_700],
    ["first('message.dead').atMs < 5000", false, false],
    ["first('message.sent').n < first('message.consumed').n", true, true],
    ["sendMs('order-1') > 0 && sendMs('order-1') < 100", true, true],
    ["sendMs('order-99')", -1, -1],
    ["owner('Orders', 0, 30000)", 'consumer', ''],
    ["offset('billing', 'Orders', 0, 1000)", -1, -1],
    ["!(1 + 2 * 3 == 7) || 'a' == 'b'", false, false],
    ['-3 + 4 / 2', -1, -1],
  ] as const)('%s', (question, inText, inKilled) => {
    expect(ask(log, question)).toBe(inText)
    expect(ask(killed, question)).toBe(inKilled)
  })

  it('has every word of its table tried above or below', () => {
    expect(QUESTIONS).toContain('smallestBlank')
    const at = ask(log, "last('offset.committed', { queueId: 0 }).atMs")
    expect(ask(log, `offset('billing', 'Orders', 0, ${at})`)).toBeGreaterThan(0)
    expect(ask(log, "smallestBlank('broker-a')"), 'no file is full in this run').toBe(-1)
  })

  it('knows how much room is left at the end of a log file', () => {
    const at = (n: number, physicalOffset: number, sizeBytes: number) =>
      ({
        n,
        atMs: n,
        node: 'b',
        kind: 'record.appended',
        cause: 0,
        topic: 'T',
        queueId: 0,
        queueOffset: n,
        physicalOffset,
        sizeBytes,
        key: '',
      }) as const
    const events = [at(1, 0, 400), at(2, 400, 500), at(3, 1_000, 700), at(4, 2_000, 10)]
    expect(ask(new EventLog({ seed: 1, actions: [], events, hash: '' }), "smallestBlank('b')")).toBe(100)
  })

  it('counts the queue files that were removed and have the same bytes again', () => {
    const path = 'store/consumequeue/T/0/00000000000000000000'
    const at = { atMs: 1, node: 'b', cause: 0, path } as const
    const entry = (number: number) => btoa(String(number).padStart(20, '0'))
    const written = (n: number, number: number) =>
      ({ ...at, n, kind: 'disk.written', atBytes: 0, sizeBytes: 20, payload: entry(number) }) as const
    const removed = { ...at, n: 2, kind: 'disk.removed' } as const
    const regrown = (last: number) => {
      const events = [written(1, 7), removed, written(3, last)]
      return ask(new EventLog({ seed: 1, actions: [], events, hash: '' }), "regrown('b')")
    }
    expect([regrown(7), regrown(8)]).toEqual([1, 0])
    expect(ask(log, "regrown('broker-a')"), 'nothing was removed in this run').toBe(0)
  })

  it('that cannot be read or asks for an unknown thing is refused with what there is', () => {
    for (const [question, reason] of [
      ["billed('order-1'", /"\)" is missing/],
      ["billed('order-1') billed('x')", /"billed" is not expected/],
      ['', /it ends too early/],
      ['1 +', /it ends too early/],
      ['constructor()', /there is no question "constructor"; there are deliveries/],
      ['window', /"\(" is missing/],
      ['`code`', /cannot be read from "`code`" on/],
      ["first('node.started')", /answers an event; ask for one of its facts/],
      ["first('node.started') == 1", /ask for one of its facts, such as \.atMs/],
      ['asked().n', /asked of something that is not an event/],
      ['('.repeat(60), /nested too deeply/],
      ["'a'".padEnd(500), /500 characters; 400 are possible/],
    ] as const)
      expect(() => ask(log, question), question).toThrow(reason)
  })

  it('never does anything but answer or refuse, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 80 }), (text) => {
        try {
          parseQuestion(text)
        } catch (error) {
          expect((error as Error).message).toMatch(/cannot be read|characters/)
        }
      }),
    )
  })
})

describe('a guess', () => {
  const guess = (
    of: Parameters<typeof outcomeOf>[0],
    guessed: Parameters<typeof outcomeOf>[1],
    pane = 'commits',
    run = log,
  ) => outcomeOf(of, guessed, spec, pane, run)

  it('at a choice, a number or a node is right when the reader’s own run says so', () => {
    const lost = {
      of: 'choice',
      truth: 'lost() > 0',
      choices: [
        { text: 'none', is: false },
        { text: 'some', is: true },
      ],
    } as const
    expect(guess(lost, 0)).toMatchObject({ isRight: true, truth: 'none' })
    expect(guess(lost, 0, 'commits', killed)).toMatchObject({ isRight: false, truth: 'some' })
    const number = { of: 'number', truth: 'lost()', unit: 'orders', within: 1 } as const
    expect(guess(number, 1)).toMatchObject({ isRight: true, truth: '0 orders' })
    expect(guess(number, 3, 'commits', killed)).toMatchObject({ isRight: false, truth: '6 orders' })
    const node = { of: 'node', truth: "owner('Orders', 0, 30000)" } as const
    expect(guess(node, 'consumer').isRight).toBe(true)
    expect(guess(node, 'consumer', 'commits', killed)).toMatchObject({ isRight: false, truth: 'nobody' })
  })

  it('at an order is right when nothing stands before what came before it', () => {
    const order = {
      of: 'order',
      items: [
        { text: 'consumed', when: "first('message.consumed').n" },
        { text: 'appended', when: "first('record.appended').n" },
        { text: 'sent', when: "first('message.sent').n" },
      ],
    } as const
    expect(guess(order, [1, 2, 0])).toMatchObject({ isRight: true, truth: 'appended, then sent, then consumed' })
    expect(guess(order, [0, 1, 2]).isRight).toBe(false)
  })

  it('as a curve is right when it is near to what happened', () => {
    const curve = { of: 'curve', what: 'unflushed', unit: 'records', most: 6 } as const
    const { curve: truth } = guess(curve, [])
    expect(truth).toHaveLength(CURVE_POINTS)
    expect(Math.max(...truth)).toBeGreaterThan(0)
    expect(guess(curve, truth).isRight).toBe(true)
    expect(
      guess(
        curve,
        truth.map((value) => 6 - value),
      ).isRight,
    ).toBe(false)
  })
})

it('a task that asks for a number or a text is done when there is one', () => {
  expect(holds(killed, 'lost()')).toBe(true)
  expect(holds(log, 'lost()')).toBe(false)
  expect(holds(killed, "ended('consumer')")).toBe(true)
  expect(holds(log, "ended('consumer')")).toBe(false)
})
