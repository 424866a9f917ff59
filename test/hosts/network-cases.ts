/**
 * What every `Network` must do. Each case opens connections between two nodes, `a` (listens) and `b` (dials).
 */
import { expect } from 'vitest'
import type { ConnectionId, Host } from '../../reference/host/host.ts'
import { SEND_BUFFER_BYTES } from '../../reference/host/limits.ts'
import type { Bench } from './bench.ts'

export interface Case {
  readonly title: string
  run(bench: Bench): Promise<void>
}

/** Everything one end of a connection was told. */
class Ear {
  connection: ConnectionId = 0
  opened: string[] = []
  chunks: Uint8Array[] = []
  closed: string[] = []
  drained = 0
  remote = ''
  readonly handler = {
    onOpened: (_: number, local: string, remote: string) => void this.opened.push(`${local} ${remote}`),
    onBytes: (_: number, bytes: Uint8Array) => void this.chunks.push(bytes.slice()),
    onDrained: () => void this.drained++,
    onClosed: (_: number, reason: string) => void this.closed.push(reason),
  }

  get sizeBytes(): number {
    return this.chunks.reduce((sum, chunk) => sum + chunk.length, 0)
  }

  bytes(): Uint8Array {
    const all = new Uint8Array(this.sizeBytes)
    let at = 0
    for (const chunk of this.chunks) {
      all.set(chunk, at)
      at += chunk.length
    }
    return all
  }
}

/** Listens on a free port; every connection gets an ear, in order. */
async function listen(bench: Bench, host: Host): Promise<{ address: string; ears: Ear[]; listener: number }> {
  const ears: Ear[] = []
  let address = ''
  let failure = ''
  const listener = host.network.listen(bench.anyPort(host.name), {
    onListening: (real) => {
      address = real
    },
    onFailed: (reason) => {
      failure = reason
    },
    onConnection(connection, remote) {
      const ear = new Ear()
      ear.connection = connection
      ear.remote = remote
      ears.push(ear)
      return ear.handler
    },
  })
  expect(address, 'nothing is told from inside the call').toBe('')
  await bench.until('it listens', () => address !== '' || failure !== '')
  expect(failure).toBe('')
  return { address, ears, listener }
}

/** A connection from `b` to `a`, both ends open. */
async function connected(bench: Bench) {
  const a = await bench.start('a')
  const b = await bench.start('b')
  const { address, ears, listener } = await listen(bench, a)
  const near = new Ear()
  near.connection = b.network.connect(address, near.handler)
  await bench.until('both ends are open', () => near.opened.length === 1 && ears.length === 1)
  return { a, b, near, far: ears[0]!, ears, address, listener }
}

function pattern(sizeBytes: number, salt: number): Uint8Array {
  const bytes = new Uint8Array(sizeBytes)
  for (let i = 0; i < sizeBytes; i++) bytes[i] = (i * 31 + (i >>> 8) * 7 + salt) & 0xff
  return bytes
}

export const NETWORK_CASES: readonly Case[] = [
  {
    title: 'bytes arrive whole and in order, in both directions, however they were cut',
    async run(bench) {
      const { a, b, near, far } = await connected(bench)
      const up = pattern(700_001, 1)
      const down = pattern(300_007, 2)
      for (let at = 0, piece = 1; at < up.length; at += piece, piece = (piece * 3) % 40_009) {
        b.network.send(near.connection, up.slice(at, at + piece))
      }
      for (let at = 0; at < down.length; at += 9_973) a.network.send(far.connection, down.slice(at, at + 9_973))
      await bench.until('all is there', () => far.sizeBytes >= up.length && near.sizeBytes >= down.length)
      expect(far.bytes()).toEqual(up)
      expect(near.bytes()).toEqual(down)
    },
  },
  {
    title: 'each end learns the addresses of both',
    async run(bench) {
      const { near, far, address } = await connected(bench)
      const [local, remote] = near.opened[0]!.split(' ')
      expect(remote).toBe(address)
      expect(far.remote).toBe(local)
    },
  },
  {
    title: 'what is sent before the connection is open arrives first',
    async run(bench) {
      const a = await bench.start('a')
      const b = await bench.start('b')
      const { address, ears } = await listen(bench, a)
      const near = new Ear()
      near.connection = b.network.connect(address, near.handler)
      b.network.send(near.connection, Uint8Array.of(1, 2))
      b.network.send(near.connection, Uint8Array.of(3))
      await bench.until('it arrived', () => ears[0] !== undefined && ears[0].sizeBytes === 3)
      expect([...ears[0]!.bytes()]).toEqual([1, 2, 3])
    },
  },
  {
    title: 'a connect where nobody listens is refused, and told once, later',
    async run(bench) {
      const a = await bench.start('a')
      const b = await bench.start('b')
      const { address, listener } = await listen(bench, a)
      a.network.unlisten(listener)
      await bench.until('the port is free', () => true)
      const near = new Ear()
      near.connection = b.network.connect(address, near.handler)
      expect(near.closed).toEqual([])
      await bench.until('it is refused', () => near.closed.length > 0)
      expect(near.closed).toEqual(['connection refused'])
      expect(near.opened).toEqual([])
    },
  },
  {
    title: 'an unknown name and a text that is no address are refused',
    async run(bench) {
      const b = await bench.start('b')
      for (const address of ['nobody:1234', 'nonsense', 'b:port', '']) {
        const near = new Ear()
        b.network.connect(address, near.handler)
        expect(near.closed).toEqual([])
        await bench.until(`${address} is refused`, () => near.closed.length > 0)
        expect(near.closed).toEqual(['connection refused'])
      }
    },
  },
  {
    title: 'close lets everything sent before arrive; then both ends are told once',
    async run(bench) {
      const { a, b, near, far } = await connected(bench)
      const sent = pattern(200_000, 3)
      b.network.send(near.connection, sent.slice())
      b.network.close(near.connection)
      expect(near.closed).toEqual([])
      expect(b.network.send(near.connection, Uint8Array.of(9))).toBe(0)
      await bench.until('both are told', () => near.closed.length > 0 && far.closed.length > 0)
      expect(far.bytes()).toEqual(sent)
      expect(far.closed).toEqual(['closed by peer'])
      expect(near.closed).toEqual(['closed'])
      expect(a.network.send(far.connection, Uint8Array.of(9))).toBe(0)
      b.network.close(near.connection)
      a.network.close(far.connection)
      expect(near.closed.length + far.closed.length).toBe(2)
    },
  },
  {
    title: 'after close the program gets no more bytes',
    async run(bench) {
      const { a, b, near, far } = await connected(bench)
      b.network.close(near.connection)
      a.network.send(far.connection, pattern(10_000, 4))
      await bench.until('both are told', () => near.closed.length > 0 && far.closed.length > 0)
      expect(near.sizeBytes).toBe(0)
    },
  },
  {
    title: 'reset is seen as a reset, and told to both ends once',
    async run(bench) {
      const { b, near, far } = await connected(bench)
      b.network.reset(near.connection)
      expect(near.closed).toEqual([])
      await bench.until('both are told', () => near.closed.length > 0 && far.closed.length > 0)
      expect(far.closed).toEqual(['reset'])
      expect(near.closed).toEqual(['reset'])
    },
  },
  {
    title: 'a killed peer ends the connection',
    async run(bench) {
      const { near } = await connected(bench)
      await bench.kill('a')
      await bench.until('it is told', () => near.closed.length > 0)
      expect(near.closed.length).toBe(1)
    },
  },
  {
    title: 'send says when too much waits, and onDrained when it is worth going on',
    async run(bench) {
      const { a, b, near, far } = await connected(bench)
      const piece = pattern(100_000, 5)
      let sent = 0
      let waiting = 0
      while (waiting <= SEND_BUFFER_BYTES) {
        waiting = b.network.send(near.connection, piece.slice())
        sent += piece.length
        expect(sent).toBeLessThan(100 * SEND_BUFFER_BYTES)
      }
      await bench.until('it is drained', () => near.drained === 1)
      await bench.until('all arrived', () => far.sizeBytes === sent)
      a.network.send(far.connection, Uint8Array.of(1)) // whatever else was to be told has been told by then
      await bench.until('an answer came', () => near.sizeBytes === 1)
      expect(near.drained).toBe(1)
      expect(b.network.send(near.connection, Uint8Array.of(1))).toBeLessThanOrEqual(SEND_BUFFER_BYTES / 2)
      expect(near.closed).toEqual([])
    },
  },
  {
    title: 'a full send buffer is not too full: nothing is told, and everything arrives',
    async run(bench) {
      const { a, b, near, far } = await connected(bench)
      expect(b.network.send(near.connection, pattern(SEND_BUFFER_BYTES, 6))).toBeLessThanOrEqual(SEND_BUFFER_BYTES)
      await bench.until('all arrived', () => far.sizeBytes === SEND_BUFFER_BYTES)
      a.network.send(far.connection, Uint8Array.of(1)) // whatever else was to be told has been told by then
      await bench.until('an answer came', () => near.sizeBytes === 1)
      expect(near.drained).toBe(0)
    },
  },
  {
    title: 'a sender that never waits is cut off, not served from endless memory',
    async run(bench) {
      const { b, near } = await connected(bench)
      const piece = new Uint8Array(4 * 1024 * 1024)
      for (let i = 0; i < 20; i++) b.network.send(near.connection, piece)
      await bench.until('it is cut off', () => near.closed.length > 0)
      expect(near.closed).toEqual(['send buffer overflow'])
    },
  },
  {
    title: 'sending to an unknown connection does nothing',
    async run(bench) {
      const { b, near, far } = await connected(bench)
      expect(b.network.send(987_654, Uint8Array.of(1))).toBe(0)
      b.network.close(987_654)
      b.network.reset(987_654)
      b.network.send(near.connection, Uint8Array.of(7))
      await bench.until('the other one works', () => far.sizeBytes === 1)
    },
  },
  {
    title: 'unlisten leaves open connections alone',
    async run(bench) {
      const { a, b, near, far, listener } = await connected(bench)
      a.network.unlisten(listener)
      b.network.send(near.connection, Uint8Array.of(1))
      await bench.until('it still works', () => far.sizeBytes === 1)
      expect(near.closed).toEqual([])
    },
  },
  {
    title: 'listening where one cannot is told as a failure with a clear sentence',
    async run(bench) {
      const a = await bench.start('a')
      for (const [address, reason] of [
        ['203.0.113.7:0', 'not an address of'],
        ['nonsense', 'not host:port'],
        ['a:99999', 'not host:port'],
      ] as const) {
        let failure = ''
        const handler = { onFailed: (text: string) => void (failure = text), onConnection: () => new Ear().handler }
        a.network.listen(address, handler)
        expect(failure).toBe('')
        await bench.until('it failed', () => failure !== '')
        expect(failure).toContain(address)
        expect(failure).toContain(reason)
      }
    },
  },
  {
    title: 'many connections at once do not disturb each other',
    async run(bench) {
      const a = await bench.start('a')
      const b = await bench.start('b')
      const { address, ears } = await listen(bench, a)
      const nears = Array.from({ length: 30 }, () => new Ear())
      for (const [index, near] of nears.entries()) {
        near.connection = b.network.connect(address, near.handler)
        b.network.send(near.connection, pattern(1_000 + index, index))
      }
      await bench.until('all arrived', () => ears.length === 30 && ears.every((ear) => ear.sizeBytes >= 1_000))
      await bench.until('all is there', () => ears.reduce((sum, ear) => sum + ear.sizeBytes, 0) === 30 * 1_000 + 435)
      for (const ear of ears) expect(ear.bytes()).toEqual(pattern(ear.sizeBytes, ear.sizeBytes - 1_000))
    },
  },
  {
    title: 'names resolve to literal addresses, unknown ones to nothing',
    async run(bench) {
      const a = await bench.start('a')
      expect(a.network.resolve('a')).toMatch(/^\d+\.\d+\.\d+\.\d+$/)
      expect(a.network.resolve('localhost')).toBe('127.0.0.1')
      expect(a.network.resolve('10.1.2.3')).toBe('10.1.2.3')
      expect(a.network.resolve('nobody')).toBe('')
    },
  },
]
