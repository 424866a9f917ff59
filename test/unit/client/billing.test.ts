/** The parts of a billing alone: its gate to the bank, and the notes that it keeps on its disk. */
import { describe, expect, it } from 'vitest'
import { type Bank, BankDown, type ChargeResult } from '../../../reference/client/apps/billing/bank.ts'
import { BankGate } from '../../../reference/client/apps/billing/bank-gate.ts'
import { ChargeOnce } from '../../../reference/client/apps/billing/charge-once.ts'
import { Notebook } from '../../../reference/client/apps/billing/notebook.ts'
import type { Clock } from '../../../reference/host/host.ts'
import { OneNode } from '../controller/one-node.ts'

const BROKEN = { fails: 'syncError', delayMs: 0 } as const

describe('the gate to the bank', () => {
  function world() {
    let nowMs = 1_000
    const clock = { monotonicMs: () => nowMs } as Clock
    const gate = new BankGate(clock)
    let charges = 0
    /** Bills an order; gives the status, the delay level, and whether the bank was asked. */
    const bill = async (cents: number, charge: () => Promise<ChargeResult>) => {
      const context = { delayLevelWhenNextConsume: 0, suspendCurrentQueueMs: 0 }
      const before = charges
      const order = { key: 'k', cents, text: '', msgId: 'm', queueOffset: 0, reconsumeTimes: 0 }
      const counted = () => {
        charges++
        return charge()
      }
      const status = await gate.bill(order, counted, context)
      return [status, context.delayLevelWhenNextConsume, charges > before ? 1 : 0]
    }
    return { bill, pass: (ms: number) => void (nowMs += ms) }
  }
  const pays = () => Promise.resolve<ChargeResult>('charged')
  const down = () => Promise.reject(new BankDown())
  const [SETTLED, FAILED, KEPT_BACK] = [
    ['CONSUME_SUCCESS', 0, 1],
    ['RECONSUME_LATER', 5, 1],
    ['RECONSUME_LATER', 5, 0],
  ]

  it('is open while the bank answers, also for many orders at once', async () => {
    const { bill } = world()
    expect(await Promise.all([bill(5, pays), bill(5, pays), bill(0, pays)])).toEqual([SETTLED, SETTLED, SETTLED])
  })

  it('is closed for 30 s after the bank did not answer, but not for orders without a price', async () => {
    const { bill, pass } = world()
    expect(await bill(5, down)).toEqual(FAILED)
    expect(await bill(5, pays)).toEqual(KEPT_BACK)
    pass(29_999)
    expect(await bill(5, pays)).toEqual(KEPT_BACK)
    expect(await bill(0, pays)).toEqual(SETTLED)
    expect(await bill(5, pays), 'what needs no bank says nothing about the bank').toEqual(KEPT_BACK)
    pass(1)
    expect(await bill(5, pays)).toEqual(SETTLED)
    expect(await bill(5, pays)).toEqual(SETTLED)
  })

  it('then tries one order: a failure closes it again, an answer opens it for all', async () => {
    const { bill, pass } = world()
    await bill(5, down)
    pass(30_000)
    let answer = (_: ChargeResult) => {}
    const slow = () => new Promise<ChargeResult>((resolve) => (answer = resolve))
    const test = bill(5, slow)
    expect(await bill(5, pays), 'one at a time').toEqual(KEPT_BACK)
    expect(await bill(0, pays)).toEqual(SETTLED)
    expect(await bill(5, pays), 'an order without a price does not end the test').toEqual(KEPT_BACK)
    answer('refused')
    expect((await test)[0], 'a refusal is an answer').toBe('CONSUME_SUCCESS')
    const both = [bill(5, pays), bill(5, pays)]
    expect((await Promise.all(both)).map(([status]) => status)).toEqual(['CONSUME_SUCCESS', 'CONSUME_SUCCESS'])
    await bill(5, down)
    pass(30_000)
    expect(await bill(5, down)).toEqual(FAILED)
    expect(await bill(5, pays)).toEqual(KEPT_BACK)
  })

  it('an order without a price says nothing about the bank while the gate waits for its test', async () => {
    const { bill, pass } = world()
    await bill(5, down)
    pass(30_000)
    expect(await bill(0, pays)).toEqual(SETTLED)
    const test = bill(5, () => new Promise<ChargeResult>(() => {}))
    expect(await bill(5, pays), 'still one at a time').toEqual(KEPT_BACK)
    expect(await Promise.race([test, 'waits'])).toBe('waits')
  })
})

describe('the notebook', () => {
  /** Adds lines, and lets a second pass. Gives for each what came of it. */
  async function add(machine: OneNode, notes: Notebook, lines: readonly string[]) {
    const results = lines.map(() => 'open')
    machine.inside(() => {
      for (const [i, line] of lines.entries())
        notes.add(line).then(
          () => (results[i] = 'durable'),
          (error: Error) => (results[i] = error.message),
        )
    })
    expect([...results]).toEqual(lines.map(() => 'open'))
    await Promise.resolve()
    machine.pass(1_000)
    for (let i = 0; i < 5; i++) await Promise.resolve()
    return results
  }

  it('keeps every line that it called durable over any power cut; a torn line does not count', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const machine = new OneNode(seed)
      let notes = machine.start((host) => new Notebook(host))
      expect(notes.has('done order-1')).toBe(false)
      expect(await add(machine, notes, ['begun order-1', 'done order-1'])).toEqual(['durable', 'durable'])
      expect([notes.has('begun order-1'), notes.has('done order-1'), notes.has('done')]).toEqual([true, true, false])
      machine.inside(() => void notes.add('begun order-2').catch(() => {}))
      machine.end('powercut')
      notes = machine.start((host) => new Notebook(host))
      expect([notes.has('begun order-1'), notes.has('done order-1')], `seed ${seed}`).toEqual([true, true])
      expect(notes.has('begun order-'), `seed ${seed}`).toBe(false)
      expect(await add(machine, notes, ['begun order-3'])).toEqual(['durable'])
      machine.end('kill')
      notes = machine.start((host) => new Notebook(host))
      for (const line of ['begun order-1', 'done order-1', 'begun order-3'])
        expect(notes.has(line), `seed ${seed}: ${line}`).toBe(true)
    }
  })
})

it('the name of the notes is durable with the first note, or with the first one after the disk is well again', async () => {
  for (let seed = 1; seed <= 10; seed++) {
    const machine = new OneNode(seed)
    const { faults } = machine.node.disk
    const notes = machine.start((host) => new Notebook(host))
    const results: string[] = []
    const add = async (line: string) => {
      machine.inside(() => {
        notes.add(line).then(
          () => results.push('durable'),
          (error: Error) => results.push(error.message),
        )
      })
      if (line === 'one') faults.add(BROKEN) // the sync of the file has begun, that of its directory has not
      machine.pass(100)
      faults.delete(BROKEN)
      for (let i = 0; i < 5; i++) await Promise.resolve()
    }
    for (const line of ['one', 'two', 'three']) await add(line)
    expect(results, `seed ${seed}`).toEqual(['EIO', 'durable', 'durable'])
    const ofDirectory = machine.events.filter((event) => event.kind === 'disk.synced' && event.path === 'billing/')
    expect(ofDirectory, 'once in vain, and once').toHaveLength(2)
    machine.end('powercut')
    const again = machine.start((host) => new Notebook(host))
    expect([again.has('two'), again.has('three')], `seed ${seed}`).toEqual([true, true])
  }
})

describe('an order whose message comes more than once', () => {
  const ORDER = { key: 'k', cents: 5, text: '', msgId: 'm', queueOffset: 0, reconsumeTimes: 0 }

  /** A bank with books, and notes; `answers` says what the bank does to the next charge. */
  function world(noted: readonly string[] = [], inBooks: readonly string[] = []) {
    const notes = new Set(noted)
    const books = [...inBooks]
    const answers: ('charged' | 'refused' | 'down' | 'charged, then down')[] = []
    const bank = {
      async charge(reference: string) {
        const answer = answers.shift() ?? 'charged'
        if (answer.startsWith('charged')) books.push(reference)
        if (answer.endsWith('down')) throw new BankDown()
        return answer as ChargeResult
      },
      find: async (reference: string) => books.includes(reference),
    }
    const notebook = { has: (line: string) => notes.has(line), add: async (line: string) => void notes.add(line) }
    return { orders: new ChargeOnce(notebook as Notebook, bank as unknown as Bank), books, notes, answers }
  }

  it('is charged once: two messages at the same time share one charge, a later one finds it done', async () => {
    const { orders, books, notes } = world()
    const both = [orders.charge(ORDER), orders.charge(ORDER), orders.charge({ ...ORDER, key: 'other' })]
    expect(await Promise.all(both)).toEqual(['charged', 'charged', 'charged'])
    expect(await orders.charge(ORDER)).toBe('charged')
    expect(books.sort()).toEqual(['k', 'other'])
    expect([...notes].sort()).toEqual(['begun k', 'begun other', 'done k', 'done other'])
  })

  it.each([
    ['the bank has it', ['begun k'], ['k']],
    ['the bank has it not', ['begun k'], []],
    ['it was done', ['begun k', 'done k'], ['k']],
    ['nothing was begun', [], []],
  ])('after a restart it is charged only when the books have it not: %s', async (_, noted, inBooks) => {
    const { orders, books, notes } = world(noted, inBooks)
    expect(await orders.charge(ORDER)).toBe('charged')
    expect([books, notes.has('done k')]).toEqual([['k'], true])
  })

  it('without an answer it is asked for again; a refusal settles it', async () => {
    const { orders, books, notes, answers } = world()
    answers.push('down', 'charged, then down')
    for (let i = 0; i < 2; i++) await expect(orders.charge(ORDER)).rejects.toThrow('the bank does not answer')
    expect([await orders.charge(ORDER), books]).toEqual(['charged', ['k']])
    answers.push('refused')
    expect(await orders.charge({ ...ORDER, key: 'poor' })).toBe('refused')
    expect([books, notes.has('done poor')]).toEqual([['k'], false])
  })
})
