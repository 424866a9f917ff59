/**
 * The log says what led to what: a figure can draw the arrows, and a learner can follow them back.
 */
import { expect, test } from 'vitest'
import type { Program } from '../../reference/host/program.ts'
import { SimCluster } from '../../reference/host/sim/cluster.ts'
import type { EventKind, TraceEvent, TraceEventOf } from '../../reference/host/trace.ts'
import * as toy from '../hosts/toy-program.ts'

const frame = { connection: 0, opaque: 1, type: 'request', code: 10, name: 'TOY', sizeBytes: 1 }

/** Tells a frame before each send; sends again over a timer, with and without a delay. */
const teller: Program = (host, args, signals) => {
  host.network.connect(args[0]!, {
    onOpened(connection) {
      host.trace.emit?.('frame.sent', frame)
      host.network.send(connection, Uint8Array.of(0x0a))
      host.clock.after(0, () => host.trace.emit?.('log.line', { level: 'info', text: 'at once' }))
      host.clock.after(1, () => host.trace.emit?.('log.line', { level: 'info', text: 'later' }))
    },
    onBytes() {},
    onClosed() {},
  })
  signals.ready()
  return { stop: (done) => done() }
}

async function logOf(): Promise<readonly TraceEvent[]> {
  const cluster = new SimCluster({
    seed: 3,
    record: true,
    programs: { server: toy.server, client: toy.client, teller },
  })
  await cluster.driver.run(async (c) => {
    await c.start({ name: 'server', program: 'server', args: [] })
    await c.start({ name: 'client', program: 'client', args: [] })
    await c.produce('client', { topic: 't', key: 'k', body: 'b' })
    await c.start({ name: 'teller', program: 'teller', args: ['server:7000'] })
    await c.sleep(100)
  })
  return cluster.events
}

function find<K extends EventKind>(
  log: readonly TraceEvent[],
  kind: K,
  is: (event: TraceEventOf<K>) => boolean = () => true,
) {
  const found = log.find((event) => event.kind === kind && is(event as TraceEventOf<K>))
  expect(found, `a ${kind}`).toBeDefined()
  return found as TraceEventOf<K>
}

test('an acknowledged append can be followed back from the answer to the call', async () => {
  const log = await logOf()
  const chain: string[] = []
  let event: TraceEvent | undefined = find(log, 'app.answered')
  while (event !== undefined) {
    chain.push(`${event.node} ${event.kind}`)
    const { cause }: TraceEvent = event
    event = log.find((other) => other.n === cause)
  }
  expect(chain).toEqual([
    'client app.answered',
    'client net.delivered',
    'server net.sent',
    'server disk.synced',
    'server net.delivered',
    'client net.sent',
    'client net.opened',
    'client net.connecting',
    'client app.called',
  ])
})

test('bytes sent right after a told frame are caused by that frame', async () => {
  const log = await logOf()
  const told = find(log, 'frame.sent')
  expect(find(log, 'net.sent', (event) => event.node === 'teller').cause).toBe(told.n)
  expect(log.find((event) => event.n === told.cause)?.kind).toBe('net.opened')
})

test('a timer without delay keeps its cause, one with a delay has none', async () => {
  const log = await logOf()
  const told = find(log, 'frame.sent')
  expect(find(log, 'log.line', (event) => event.text === 'at once').cause).toBe(told.cause)
  expect(find(log, 'log.line', (event) => event.text === 'later').cause).toBe(0)
})

test('a cause comes before its effect, and numbers have no gaps', async () => {
  const log = await logOf()
  for (const [index, event] of log.entries()) {
    expect(event.n).toBe(index + 1)
    expect(event.cause).toBeLessThan(event.n)
  }
})

test('the planned arrival is the real one when nothing comes between', async () => {
  const log = await logOf()
  for (const event of log) {
    if (event.kind !== 'net.delivered') continue
    const sent = find(log, 'net.sent', (other) => other.n === event.cause)
    expect(event.atMs).toBe(sent.arrivesMs)
    expect(event.sizeBytes).toBe(sent.sizeBytes)
    expect(event.atMs - sent.atMs).toBeGreaterThanOrEqual(1)
  }
})
