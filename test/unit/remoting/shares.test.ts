/** What connections of one server share: turns, memory, places; and that few cannot take them from many. */
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { FairPlaces } from '../../../reference/common/fair-places.ts'
import type { Host } from '../../../reference/host/host.ts'
import { Channel } from '../../../reference/remoting/channel.ts'
import { FairTurns, TurnLine } from '../../../reference/remoting/fair-turns.ts'
import { decodeFrame, encodeFrame, FrameSplitter } from '../../../reference/remoting/frame-codec.ts'
import { type BytesHolder, InFlightBytes } from '../../../reference/remoting/in-flight.ts'
import {
  HEADER_BYTES_MAX,
  LINE_ALLOWANCE_BYTES,
  REQUEST_COST_BYTES,
  TURN_BYTES,
  UNFINISHED_FRAME_MS_MAX,
} from '../../../reference/remoting/limits.ts'
import { makeRequest } from '../../../reference/remoting/remoting-command.ts'

/** A clock whose hand the test moves, and what waits for its next turn. */
function world() {
  const turns: (() => void)[] = []
  const clock = { atMs: 0, monotonicMs: () => clock.atMs, after: (_: number, run: () => void) => turns.push(run) }
  const host = { clock, trace: { on: false, log() {} } } as unknown as Host
  const turn = () => turns.splice(0).forEach((run) => void run())
  return { host, clock, turn, isIdle: () => turns.length === 0 }
}

/** A connection whose requests are answered at once, on a clock whose hand the test moves. */
function channelInWorld() {
  const turns: (() => void)[] = []
  const timers = new Map<number, { dueMs: number; run: () => void }>()
  let lastTimer = 0
  const clock = {
    atMs: 0,
    monotonicMs: () => clock.atMs,
    after(ms: number, run: () => void) {
      if (ms === 0) return turns.push(run)
      timers.set(--lastTimer, { dueMs: clock.atMs + ms, run })
      return lastTimer
    },
    cancel: (timer: number) => timers.delete(timer),
    pass(ms: number) {
      clock.atMs += ms
      for (const [timer, { dueMs, run }] of [...timers]) if (dueMs <= clock.atMs && timers.delete(timer)) run()
    },
  }
  let isReading = true
  let isCutOff = false
  const network = {
    send: () => 0,
    close() {},
    reset: () => (isCutOff = true),
    setReading: (_: number, reading: boolean) => (isReading = reading),
  }
  const host = { clock, network, trace: { on: false, log() {} } } as unknown as Host
  const inFlight = new InFlightBytes(host, 1_000_000_000)
  const shares = { turns: new FairTurns(host), inFlight }
  const channel = new Channel(host, 1, 'client:1', 'broker:1', { onRequest() {}, onClosed() {} }, shares)
  const turn = () => {
    const now = turns.splice(0)
    for (const run of now) run()
    return now.length
  }
  return { channel, clock, turn, inFlight, isReading: () => isReading, cutOff: () => isCutOff }
}

describe('turns', () => {
  it('who asks little is served at once, beside one that asks for everything', () => {
    const { host, turn } = world()
    const turns = new FairTurns(host)
    const [greedy, modest] = [new TurnLine(), new TurnLine()]
    const done: string[] = []
    for (let i = 0; i < 1_000; i++) turns.run(greedy, 1_000, () => done.push('greedy'))
    expect(done.length).toBeLessThanOrEqual(LINE_ALLOWANCE_BYTES / REQUEST_COST_BYTES)
    turn()
    const before = done.length
    turns.run(modest, 100, () => done.push('modest'))
    expect(done.slice(before), 'not behind those that wait').toEqual(['modest'])
  })

  it('one turn costs no more than it may, and costly connections wait for the cheap ones', () => {
    const { host, turn, isIdle } = world()
    const turns = new FairTurns(host)
    const [costly, cheap] = [new TurnLine(), new TurnLine()]
    let spent = 0
    const done = { costly: 0, cheap: 0 }
    for (let i = 0; i < 200; i++) {
      turns.run(costly, 0, () => {
        turns.spent(costly, TURN_BYTES / 2)
        spent += TURN_BYTES / 2
        done.costly++
      })
      turns.run(cheap, 0, () => void done.cheap++)
    }
    for (let _i = 0; !isIdle() && done.cheap < 200; _i++) {
      spent = 0
      turn()
      expect(spent, 'of one turn').toBeLessThan(2 * TURN_BYTES)
    }
    expect(done.costly, 'while the cheap one had its 200').toBeLessThan(60)
    while (!isIdle()) turn()
    expect(done).toEqual({ costly: 200, cheap: 200 })
  })

  it('who asks and does not read waits until it has read, and then loses nothing', () => {
    const { host, turn, isIdle } = world()
    const turns = new FairTurns(host)
    const [deaf, other] = [new TurnLine(), new TurnLine()]
    const done: string[] = []
    turns.run(deaf, 0, () => {
      done.push('deaf 0')
      turns.hold(deaf) // its answer stays in the send buffer
    })
    for (let i = 1; i <= 3; i++) turns.run(deaf, 0, () => void done.push(`deaf ${i}`))
    turns.run(other, 0, () => void done.push('other'))
    while (!isIdle()) turn()
    expect(done).toEqual(['deaf 0', 'other'])
    turns.release(deaf)
    while (!isIdle()) turn()
    expect(done).toEqual(['deaf 0', 'other', 'deaf 1', 'deaf 2', 'deaf 3'])
  })

  it('keep the order of each connection, and lose nothing', () => {
    const request = fc.record({ line: fc.nat(3), costBytes: fc.nat(TURN_BYTES) })
    fc.assert(
      fc.property(fc.array(request, { maxLength: 100 }), (requests) => {
        const { host, turn, isIdle } = world()
        const turns = new FairTurns(host)
        const lines = Array.from({ length: 4 }, () => ({ line: new TurnLine(), done: [] as number[] }))
        requests.forEach(({ line, costBytes }, i) => {
          turns.run(lines[line]!.line, costBytes, () => lines[line]!.done.push(i))
        })
        for (let i = 0; i < 10_000 && !isIdle(); i++) turn()
        for (const { done } of lines) expect(done).toEqual([...done].sort((a, b) => a - b))
        expect(lines.reduce((sum, { done }) => sum + done.length, 0)).toBe(requests.length)
      }),
    )
  })
})

describe('bytes in flight', () => {
  const holder = (inFlight: InFlightBytes, waitingSinceMs: number, bytes: number) => {
    const each = {
      waitingSinceMs,
      bytes,
      isCut: false,
      remoteAddress: 'a:1',
      measure: () => each.bytes,
      cutOff() {
        each.isCut = true
        inFlight.set(each, 0)
      },
    }
    return each satisfies BytesHolder & { isCut: boolean }
  }

  it('over the limit the slowest is cut, and only as many as it takes', () => {
    const { host, clock } = world()
    const inFlight = new InFlightBytes(host, 1_000)
    const [slow, slower, quick] = [holder(inFlight, 50, 300), holder(inFlight, 0, 400), holder(inFlight, 99, 500)]
    clock.atMs = 100
    for (const each of [slow, slower, quick]) inFlight.set(each, each.bytes)
    expect([slow, slower, quick].map((each) => each.isCut)).toEqual([true, true, false])
    expect(inFlight.totalBytes).toBe(500)
  })

  it('nobody is cut for bytes that have left long ago', () => {
    const { host } = world()
    const inFlight = new InFlightBytes(host, 1_000)
    const [gone, now] = [holder(inFlight, 0, 900), holder(inFlight, 0, 500)]
    inFlight.set(gone, 900)
    gone.bytes = 10
    inFlight.set(now, 500)
    expect([gone.isCut, now.isCut]).toEqual([false, false])
    expect(inFlight.totalBytes).toBe(510)
  })
})

describe('places', () => {
  it('are given up by the largest owner, never by one that has less than the newcomer', () => {
    const owners = ['a', 'b', 'c'] as const
    const step = fc.record({
      owner: fc.constantFrom(...owners),
      weight: fc.integer({ min: 1, max: 3 }),
      leaves: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const places = new FairPlaces<string, number>(10, 8)
        const has = (owner: string) => [...places.of(owner)].reduce((sum, thing) => sum + weights.get(thing)!, 0)
        const weights = new Map<number, number>()
        steps.forEach(({ owner, weight, leaves }, thing) => {
          weights.set(thing, weight)
          if (leaves) {
            places.remove(owner, [...places.of(owner)][0] ?? -1)
            return
          }
          for (;;) {
            const asked = places.ask(owner, weight)
            if (asked.answer === 'refused') break
            if (asked.answer === 'free') {
              places.add(owner, thing, weight)
              break
            }
            expect(has(asked.largest)).toBe(Math.max(...owners.map(has)))
            expect(has(asked.largest)).toBeGreaterThan(has(owner))
            places.remove(asked.largest, [...places.of(asked.largest)][0]!)
          }
          expect(places.count).toBe(owners.reduce((sum, each) => sum + has(each), 0))
          expect(places.count).toBeLessThanOrEqual(10)
          expect(has(owner)).toBeLessThanOrEqual(8)
        })
      }),
    )
  })
})

describe('an unfinished frame', () => {
  it('takes no more memory when it comes byte by byte', () => {
    const frame = encodeFrame(makeRequest({ code: 10, extFields: {}, body: new Uint8Array(200_000).fill(7) }, 1, false))
    const splitter = new FrameSplitter()
    const found: Uint8Array[] = []
    let mostRoom = 0
    for (let at = 0; at < frame.length; at++) {
      splitter.push(frame.subarray(at, at + 1), (whole) => found.push(whole))
      mostRoom = Math.max(mostRoom, splitter.roomBytes - splitter.heldBytes)
    }
    expect(mostRoom).toBeLessThan(64 * 1_024 + 1_024)
    expect(decodeFrame(found[0]!).body).toEqual(new Uint8Array(200_000).fill(7))
    expect(splitter.roomBytes).toBe(0)
  })

  it('is held in memory that an unfinished frame before it has left', () => {
    const BLOCK_BYTES = 64 * 1_024
    let blocks = 0
    class Counted extends Uint8Array {
      constructor(...parts: readonly unknown[]) {
        super(...(parts as [number]))
        if (parts[0] === BLOCK_BYTES) blocks++
      }
    }
    const start = encodeFrame(
      makeRequest({ code: 10, extFields: {}, body: new Uint8Array(12 * BLOCK_BYTES) }, 1, false),
    ).subarray(0, 10 * BLOCK_BYTES)
    vi.stubGlobal('Uint8Array', Counted)
    try {
      const blocksOf = () => {
        blocks = 0
        const splitter = new FrameSplitter()
        for (let at = 0; at < start.length; at += 10_000) splitter.push(start.subarray(at, at + 10_000), () => {})
        expect(splitter.roomBytes).toBeGreaterThan(9 * BLOCK_BYTES)
        splitter.clear()
        return blocks
      }
      blocksOf()
      expect(blocksOf()).toBe(0)
    } finally {
      vi.unstubAllGlobals()
    }
  })

  it('is not overdue while the server itself does not read: the requests before it wait', () => {
    const { channel, clock, turn, isReading, cutOff } = channelInWorld()
    const request = encodeFrame(makeRequest({ code: 10, extFields: {}, body: new Uint8Array(100_000) }, 1, false))
    for (let i = 0; i < 40; i++) channel.receive(request)
    channel.receive(request.subarray(0, 1_000))
    expect(isReading(), 'too much waits').toBe(false)
    while (!isReading() && !cutOff()) {
      clock.pass(10_000)
      turn()
    }
    expect(clock.atMs, 'longer than a frame may take').toBeGreaterThan(UNFINISHED_FRAME_MS_MAX)
    expect(cutOff()).toBe(false)
    while (turn() > 0);
    clock.pass(UNFINISHED_FRAME_MS_MAX - 5_000)
    expect(cutOff()).toBe(false)
    clock.pass(10_000)
    expect(cutOff(), 'the rest has had its time').toBe(true)
  })

  it('and requests that wait are forgotten with their connection, and count no more', () => {
    const { channel, inFlight, turn } = channelInWorld()
    const request = encodeFrame(makeRequest({ code: 10, extFields: {}, body: new Uint8Array(100_000) }, 1, false))
    for (let i = 0; i < 20; i++) channel.receive(request)
    channel.receive(request.subarray(0, 1_000))
    expect(inFlight.totalBytes).toBeGreaterThan(1_000_000)
    channel.closed('idle') // the requests that have come are still carried out
    expect(inFlight.totalBytes).toBeGreaterThan(1_000_000)
    channel.cutOff('over the limit')
    expect(inFlight.totalBytes).toBe(0)
    while (turn() > 0);
    expect(inFlight.totalBytes).toBe(0)
  })

  it('is refused by the length of its header, before the header has come', () => {
    const start = Uint8Array.of(0, 0x20, 0, 0, 0, 0x10, 0, 1)
    expect(HEADER_BYTES_MAX).toBe(0x100000)
    for (const size of [1, 8])
      expect(() => {
        const splitter = new FrameSplitter()
        for (let at = 0; at < 8; at += size) splitter.push(start.subarray(at, at + size), () => {})
      }).toThrow('a header of 1048577 bytes is over the limit of 1048576')
  })
})
