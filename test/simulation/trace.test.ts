/**
 * The log of events keeps its promises whatever a node's program says: fields in the table's order, nothing that only the host
 * may observe, and no cost without a reader.
 */
import { expect, test } from 'vitest'
import type { Program } from '../../reference/host/program.ts'
import { SimCluster } from '../../reference/host/sim/cluster.ts'
import type { ToldFacts, TraceEvent } from '../../reference/host/trace.ts'

type Tell = (kind: string, facts: () => object) => void

/** The events of a run in which one node says what `speak` says, once, when it starts. */
async function eventsOf(speak: (tell: Tell) => void, record = true): Promise<readonly TraceEvent[]> {
  const speaker: Program = (host, _args, signals) => {
    speak((kind, facts) => host.trace.emit?.(kind as 'log.line', facts() as ToldFacts['log.line']))
    signals.ready()
    return { stop: (done) => done() }
  }
  const cluster = new SimCluster({ seed: 1, record, programs: { speaker } })
  try {
    await cluster.driver.run(async (c) => void (await c.start({ name: 'speaker', program: 'speaker', args: [] })))
    return [...cluster.events]
  } finally {
    await cluster.dispose()
  }
}

test('the text of an event has the order of the table, not that of the object it was made of', async () => {
  const events = await eventsOf((tell) => tell('log.rolled', () => ({ colour: 'red', file: '0' })))
  const event = events.find(({ kind }) => kind === 'log.rolled')
  expect(JSON.stringify(event)).toMatch(
    /^\{"n":\d+,"atMs":\d+,"node":"speaker","kind":"log.rolled","cause":\d+,"file":"0"\}$/,
  )
  const frames = await eventsOf((tell) =>
    tell('frame.sent', () => ({
      sizeBytes: 1,
      name: 'TOY',
      code: 10,
      type: 'request',
      opaque: 1,
      connection: 0,
    })),
  )
  const frame = frames.find(({ kind }) => kind === 'frame.sent')
  expect(Object.keys(frame!).slice(5)).toEqual(['connection', 'opaque', 'type', 'code', 'name', 'sizeBytes'])
})

test('a node cannot tell what only the host observes, nor a kind that does not exist', async () => {
  const events = await eventsOf((tell) => {
    tell('disk.synced', () => ({ path: 'commitlog', sizeBytes: 1, error: '' }))
    tell('fault.began', () => ({ id: 1, fault: 'x', text: '{}' }))
    tell('toString', () => ({}))
    tell('log.line', () => ({ level: 'info', text: 'only this' }))
  })
  expect(events.map(({ kind }) => kind)).toEqual(['node.started', 'log.line', 'node.ready'])
})

test('without a reader the facts of an event are not computed', async () => {
  let computed = 0
  const facts = () => {
    computed++
    return { level: 'info', text: 'x' }
  }
  const events = await eventsOf((tell) => tell('log.line', facts), false)
  expect([events.length, computed]).toEqual([0, 0])
  await eventsOf((tell) => tell('log.line', facts))
  expect(computed).toBe(1)
})
