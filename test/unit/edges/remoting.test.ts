/** Connections and frames at the edges of their limits. */
import { describe, expect, it } from 'vitest'
import { FairPlaces } from '../../../reference/common/fair-places.ts'
import { EXT_FIELDS_MAX, FRAME_BYTES_MAX, JSON_BODY_BYTES_MAX } from '../../../reference/common/limits.ts'
import { decodeUtf8, encodeUtf8 } from '../../../reference/common/utf8.ts'
import { CLOSE_LINGER_MS, SEND_BUFFER_BYTES } from '../../../reference/host/limits.ts'
import { decodeRequestBody } from '../../../reference/remoting/bodies/json-body.ts'
import { Channel } from '../../../reference/remoting/channel.ts'
import { FairTurns, TurnLine } from '../../../reference/remoting/fair-turns.ts'
import { decodeFrame, encodeFrame, FrameSplitter } from '../../../reference/remoting/frame-codec.ts'
import { BINARY_CODE_MAX } from '../../../reference/remoting/header-rocketmq.ts'
import { type BytesHolder, InFlightBytes } from '../../../reference/remoting/in-flight.ts'
import * as limits from '../../../reference/remoting/limits.ts'
import { RemotingClient } from '../../../reference/remoting/remoting-client.ts'
import { makeRequest, makeResponse, SERIALIZE_ROCKETMQ, SUCCESS } from '../../../reference/remoting/remoting-command.ts'
import { defineRequest } from '../../../reference/remoting/request.ts'
import { HandHost } from '../../support/hand-host.ts'
import { amountEdges, sentenceOf, timeEdges } from './edge.ts'

const request = (opaque: number, bodyBytes = 0, extFields: Record<string, string> = {}) =>
  makeRequest({ code: 10, extFields, body: new Uint8Array(bodyBytes) }, opaque, false)
const frameOf = (bodyBytes: number) => encodeFrame(request(1, bodyBytes))

/** A channel with or without the shares of a server; its requests are kept. */
function channel(isServer = false) {
  const hand = new HandHost()
  const shares = { turns: new FairTurns(hand.host), inFlight: new InFlightBytes(hand.host) }
  const requests: number[] = []
  let closed = ''
  const made = new Channel(
    hand.host,
    1,
    'peer:1',
    'node:1',
    { onRequest: ({ opaque }) => requests.push(opaque), onClosed: (_, reason) => (closed = reason) },
    isServer ? shares : undefined,
  )
  return { hand, shares, requests, channel: made, closed: () => closed }
}

timeEdges([
  {
    limit: 'IDLE_MS',
    value: limits.IDLE_MS,
    hasHappened(ms) {
      const { hand, closed } = channel()
      hand.pass(ms)
      return closed() === 'idle for 120 s'
    },
  },
  {
    limit: 'IDLE_MS after bytes have come',
    value: 50_000 + limits.IDLE_MS,
    hasHappened(ms) {
      const { hand, channel: idle, closed } = channel()
      hand.pass(50_000)
      idle.receive(frameOf(1))
      hand.pass(ms - 50_000)
      return closed() !== ''
    },
  },
  {
    limit: 'IDLE_MS after bytes were sent',
    value: 50_000 + limits.IDLE_MS,
    hasHappened(ms) {
      const { hand, channel: idle, closed } = channel()
      hand.pass(50_000)
      idle.oneway({ code: 10 })
      hand.pass(ms - 50_000)
      return closed() !== ''
    },
  },
  {
    limit: 'UNFINISHED_FRAME_MS_MAX',
    value: limits.UNFINISHED_FRAME_MS_MAX,
    hasHappened(ms) {
      const { hand, channel: slow, closed } = channel()
      slow.receive(frameOf(10).subarray(0, 9))
      hand.pass(ms)
      return closed() === 'a frame was not whole after 30 s'
    },
  },
  {
    limit: 'UNFINISHED_FRAME_MS_MAX counts from the first byte of the present frame',
    value: 20_000 + limits.UNFINISHED_FRAME_MS_MAX,
    hasHappened(ms) {
      const { hand, channel: slow, closed } = channel()
      const frame = frameOf(10)
      slow.receive(frame.subarray(0, 9))
      hand.pass(20_000)
      const both = new Uint8Array(frame.length + 1)
      both.set(frame.subarray(9))
      both.set(frame.subarray(0, 10), frame.length - 9)
      slow.receive(both)
      hand.pass(ms - 20_000)
      return closed() !== ''
    },
  },
  {
    limit: 'the time of a request',
    value: 1_234,
    hasHappened(ms) {
      const { hand, channel: asked } = channel()
      let error = ''
      asked.request({ code: 10 }, 1_234, (answer) => {
        error = answer.error?.message ?? ''
      })
      hand.pass(ms)
      return error === 'SEND_MESSAGE to peer:1: no answer within 1234 ms'
    },
  },
  {
    limit: 'CONNECT_TIMEOUT_MS',
    value: limits.CONNECT_TIMEOUT_MS,
    hasHappened(ms) {
      const hand = new HandHost()
      let error = ''
      new RemotingClient(hand.host).invoke('peer:1', { code: 10 }, 60_000, (answer) => {
        error = answer.error?.message ?? ''
      })
      hand.pass(ms)
      return error.includes('not open within 3000 ms') && hand.take().at(-1) === '3000 reset'
    },
  },
  {
    limit: 'the time of a call, with the time to connect',
    value: 5_000,
    hasHappened(ms) {
      const hand = new HandHost()
      let error = ''
      new RemotingClient(hand.host).invoke('peer:1', { code: 10 }, 5_000, (answer) => {
        error = answer.error?.message ?? ''
      })
      hand.pass(2_000)
      hand.open()
      hand.pass(ms - 2_000)
      return error.includes('no answer within 3000 ms')
    },
  },
])

describe('amounts', () => {
  const json = (headerBytes: number) => {
    const command = { ...request(1), remark: '' }
    const bare = encodeFrame({ ...command, remark: 'x' }).length - 9
    return { ...command, remark: 'x'.repeat(headerBytes - bare) }
  }
  const binary = (count: number) => ({
    ...request(1, 0, Object.fromEntries(Array.from({ length: count }, (_, i) => [`f${i}`, 'v']))),
    serializeType: SERIALIZE_ROCKETMQ,
  })
  const headerOf = (claims: number, frameBytes: number) => {
    const frame = new Uint8Array(frameBytes)
    const view = new DataView(frame.buffer)
    view.setInt32(0, frameBytes - 4)
    view.setInt32(4, claims)
    return frame
  }
  const overhead = frameOf(0).length
  const unread = { hand: new HandHost() }

  amountEdges([
    {
      limit: 'FRAME_BYTES_MAX of a sent frame',
      value: FRAME_BYTES_MAX,
      offer: (amount) => sentenceOf(() => frameOf(amount - overhead)),
      refusal: /a frame of 16777217 bytes is over the limit of 16777216/,
    },
    {
      limit: 'FRAME_BYTES_MAX of a received frame',
      value: FRAME_BYTES_MAX,
      offer: (amount) =>
        sentenceOf(() => {
          const head = headerOf(1, 8)
          new DataView(head.buffer).setInt32(0, amount - 4)
          new FrameSplitter().push(head, () => {})
        }),
      refusal: /a frame claims 16777213 bytes; 4 to 16777212 are possible/,
    },
    {
      limit: 'HEADER_BYTES_MAX of a sent header',
      value: limits.HEADER_BYTES_MAX,
      offer: (amount) => sentenceOf(() => encodeFrame(json(amount))),
      refusal: /a header of 1048577 bytes is over the limit of 1048576/,
    },
    {
      limit: 'HEADER_BYTES_MAX of a received header, as soon as its length is there',
      value: limits.HEADER_BYTES_MAX,
      offer: (amount) => {
        const head = headerOf(amount, 2_000_000).subarray(0, 8)
        return (
          sentenceOf(() => new FrameSplitter().push(head, () => {})) ||
          sentenceOf(() => {
            const splitter = new FrameSplitter()
            splitter.push(head.subarray(0, 7), () => {})
            splitter.push(head.subarray(7), () => {})
          })
        )
      },
      refusal: /a header of 1048577 bytes is over the limit of 1048576/,
    },
    {
      limit: 'the rest of a frame behind its prefix',
      value: 92,
      offer: (amount) => sentenceOf(() => decodeFrame(headerOf(amount, 100))).replace(/^the header(?! claims).*/, ''),
      refusal: /^the header claims 93 bytes, the frame has 92$/,
    },
    {
      limit: 'EXT_FIELDS_MAX of a JSON header',
      value: EXT_FIELDS_MAX,
      offer: (amount) => sentenceOf(() => decodeFrame(encodeFrame({ ...binary(amount), serializeType: 0 }))),
      refusal: /the header has 257 ext fields, at most 256 are read/,
    },
    {
      limit: 'EXT_FIELDS_MAX of a binary header',
      value: EXT_FIELDS_MAX,
      offer: (amount) => sentenceOf(() => decodeFrame(encodeFrame(binary(amount)))),
      refusal: /the header has more than 256 ext fields/,
    },
    {
      limit: 'BINARY_CODE_MAX',
      value: BINARY_CODE_MAX,
      offer: (code) => sentenceOf(() => expect(decodeFrame(encodeFrame({ ...binary(1), code })).code).toBe(code)),
      refusal: /code 32768 does not fit the binary header/,
    },
    {
      limit: 'JSON_BODY_BYTES_MAX',
      value: JSON_BODY_BYTES_MAX,
      offer: (amount) =>
        sentenceOf(() => decodeRequestBody('TEST', encodeUtf8(`"${'x'.repeat(amount - 2)}"`), (value) => value)),
      refusal: /4194305|4,194,305/,
    },
    {
      limit: 'PENDING_REQUESTS_MAX',
      value: limits.PENDING_REQUESTS_MAX,
      offer: (amount) => {
        const { hand, channel: asked } = channel()
        let error = ''
        while (asked.waitingCount < amount - 1) asked.request({ code: 10 }, 1_000_000, () => {})
        asked.request({ code: 10 }, 1_000_000, (answer) => {
          error = answer.error?.message ?? ''
        })
        hand.pass(0)
        return error
      },
      refusal: /65535 requests already wait for answers/,
    },
    {
      limit: 'SEND_BUFFER_BYTES_MAX',
      value: limits.SEND_BUFFER_BYTES_MAX,
      offer: (amount) => {
        const { hand, channel: slow, closed } = channel()
        hand.unreadBytes = amount
        slow.oneway({ code: 10 })
        return closed()
      },
      refusal: /^the peer left 67108865 bytes unread$/,
    },
    {
      limit: 'IN_FLIGHT_BYTES_MAX',
      value: limits.IN_FLIGHT_BYTES_MAX,
      offer: (amount) => {
        const bytes = new InFlightBytes(unread.hand.host)
        let cut = ''
        const holder: BytesHolder = {
          measure: () => amount - 10,
          waitingSinceMs: 0,
          remoteAddress: 'slow:1',
          cutOff: (reason) => {
            cut = reason
            bytes.set(holder, 0)
          },
        }
        const other = { ...holder, measure: () => 10, cutOff: () => expect.fail('the smaller one is cut') }
        bytes.set(other, 10)
        bytes.set(holder, amount - 10)
        expect(bytes.totalBytes).toBe(cut === '' ? amount : 10)
        return cut
      },
      refusal: /and it is the slowest/,
    },
    {
      limit: 'CONNECTIONS_MAX of one address',
      value: limits.CONNECTIONS_MAX,
      offer: (amount) => {
        const places = new FairPlaces<string, number>(limits.CONNECTIONS_MAX)
        for (let i = 1; i < amount; i++) places.add('a', i)
        return places.ask('a').answer === 'free' ? '' : 'refused'
      },
    },
  ])
})

it('a full server takes a place from the address with most of them, for one that would still have fewer', () => {
  const places = new FairPlaces<string, number>(10)
  for (let i = 0; i < 5; i++) places.add('many', i)
  for (let i = 5; i < 8; i++) places.add('few', i)
  for (let i = 8; i < 10; i++) places.add('fewer', i)
  expect(places.count).toBe(10)
  const ask = (owner: string, weight?: number) => places.ask(owner, weight)
  expect(ask('new')).toEqual({ answer: 'taken', largest: 'many' })
  expect(ask('few'), 'it would have four').toEqual({ answer: 'taken', largest: 'many' })
  expect(ask('few', 2), 'it would have as many').toEqual({ answer: 'refused' })
  expect(ask('many')).toEqual({ answer: 'refused' })
  places.remove('many', 3)
  places.remove('many', 4)
  expect(ask('fewer', 2).answer).toBe('free')
  expect(ask('fewer', 3).answer).toBe('refused')
  places.add('fewer', 20, 2)
  expect(ask('few'), 'the largest has four now').toEqual({ answer: 'refused' })
  expect(ask('many'), 'and is named').toEqual({ answer: 'refused' })
  expect(ask('new')).toEqual({ answer: 'taken', largest: 'fewer' })
  expect(new FairPlaces<string, number>(10, 3).ask('a', 3).answer).toBe('free')
  expect(new FairPlaces<string, number>(10, 3).ask('a', 4).answer).toBe('refused')
})

describe('turns', () => {
  const lines = () => {
    const hand = new HandHost()
    const turns = new FairTurns(hand.host)
    const done: string[] = []
    const run = (line: TurnLine, name: string, costBytes: number) => turns.run(line, costBytes, () => done.push(name))
    return { hand, turns, done, run }
  }
  /** A request that costs this much, with the work for it. */
  const cost = (bytes: number) => bytes - limits.REQUEST_COST_BYTES

  it('LINE_ALLOWANCE_BYTES: a line works at once until its allowance is used up', () => {
    for (const [first, expected] of [
      [limits.LINE_ALLOWANCE_BYTES - 1, ['a', 'b']],
      [limits.LINE_ALLOWANCE_BYTES, ['a']],
    ] as const) {
      const { done, run } = lines()
      const line = new TurnLine()
      run(line, 'a', cost(first))
      run(line, 'b', 0)
      expect(done).toEqual(expected)
    }
  })

  it('TURN_BYTES: all lines together work at once for one turn, and then in the next one', () => {
    for (const [last, expected] of [
      [limits.LINE_ALLOWANCE_BYTES - 1, 5],
      [limits.LINE_ALLOWANCE_BYTES, 4],
    ] as const) {
      const { hand, done, run } = lines()
      for (let i = 0; i < 3; i++) run(new TurnLine(), 'x', cost(limits.LINE_ALLOWANCE_BYTES))
      run(new TurnLine(), 'x', cost(last))
      run(new TurnLine(), 'y', 0)
      expect(done).toHaveLength(expected)
      hand.pass(0)
      expect(done).toHaveLength(5)
      expect(hand.timers).toBe(0)
    }
  })

  it('QUANTUM_BYTES: a waiting line works once in a round, until it has used its quantum', () => {
    const { hand, done, run } = lines()
    const [a, b] = [new TurnLine(), new TurnLine()]
    run(a, 'a0', cost(limits.LINE_ALLOWANCE_BYTES))
    run(b, 'b0', cost(limits.LINE_ALLOWANCE_BYTES))
    for (const name of ['a1', 'a2', 'a3']) run(a, name, cost(limits.QUANTUM_BYTES / 2))
    for (const name of ['b1', 'b2']) run(b, name, cost(limits.QUANTUM_BYTES))
    hand.pass(0)
    expect(done.slice(2)).toEqual(['a1', 'a2', 'b1', 'a3', 'b2'])
    expect([hand.timers, a.isEmpty, a.waitingBytes]).toEqual([0, true, 0])
  })

  it('MS_COST_BYTES: the time of the work counts, too', () => {
    const { hand, turns, done, run } = lines()
    const line = new TurnLine()
    turns.run(line, 0, () => {
      hand.nowMs += 1
    })
    expect(line.balanceBytes).toBe(limits.LINE_ALLOWANCE_BYTES - limits.MS_COST_BYTES - limits.REQUEST_COST_BYTES)
    run(line, 'waits', 0)
    expect(done).toEqual([])
    expect(line.waitingBytes).toBe(limits.WAITING_REQUEST_BYTES)
  })

  it('a line that is held waits until it is released', () => {
    const { hand, turns, done, run } = lines()
    const line = new TurnLine()
    turns.hold(line)
    run(line, 'a', 1)
    hand.pass(0)
    expect([done, hand.timers]).toEqual([[], 0])
    turns.release(line)
    hand.pass(0)
    expect(done).toEqual(['a'])
  })
})

it('READ_AHEAD_BYTES_MAX: a socket is not read while more waits, and again from half of it on', () => {
  const { hand, channel: read, requests } = channel(true)
  read.receive(frameOf(limits.LINE_ALLOWANCE_BYTES)) // the allowance is used up
  const waits = frameOf(1_000)
  const each = waits.length + limits.WAITING_REQUEST_BYTES
  const count = Math.floor(limits.READ_AHEAD_BYTES_MAX / each)
  for (let i = 0; i < count; i++) read.receive(waits)
  expect(hand.take()).toEqual([])
  read.receive(waits)
  expect(hand.take()).toEqual(['0 read no more'])
  expect(requests).toHaveLength(1)
  hand.pass(0)
  expect(hand.take()).toEqual(['0 read on'])
  expect(requests).toHaveLength(count + 2)
})

it('a peer that does not read its answers gets no more of them, until its buffer is drained', () => {
  for (const [unreadBytes, handled] of [
    [SEND_BUFFER_BYTES, 2],
    [SEND_BUFFER_BYTES + 1, 1],
  ] as const) {
    const { hand, channel: slow, requests } = channel(true)
    slow.receive(frameOf(1))
    hand.unreadBytes = unreadBytes
    slow.answer(request(1), SUCCESS)
    slow.receive(frameOf(1))
    hand.pass(0)
    expect(requests).toHaveLength(handled)
    hand.unreadBytes = 0
    slow.drained()
    hand.pass(0)
    expect(requests).toHaveLength(2)
  }
})

it('an answer that is too late, or belongs to nothing, is passed over', () => {
  const { hand, channel: asked, closed } = channel()
  const answers: unknown[] = []
  asked.request({ code: 10 }, 100, (answer) => answers.push(answer.error?.kind ?? 'answered'))
  const answer = encodeFrame(makeResponse(SUCCESS, request(0)))
  hand.pass(100)
  asked.receive(answer)
  asked.receive(encodeFrame(makeResponse(SUCCESS, request(77))))
  expect([answers, closed()]).toEqual([['timeout'], ''])
  asked.request({ code: 10 }, 100, (got) => answers.push(got.error?.kind ?? 'answered'))
  asked.receive(encodeFrame(makeResponse(SUCCESS, request(1))))
  expect([answers, asked.waitingCount, hand.timers]).toEqual([['timeout', 'answered'], 0, 1])
})

it('a channel that has ended answers what waits, keeps no timer and sends nothing more', () => {
  const { hand, channel: ended, closed } = channel()
  const answers: unknown[] = []
  const ask = () => ended.request({ code: 10 }, 100, (answer) => answers.push(answer.error?.kind))
  ask()
  ended.receive(frameOf(10).subarray(0, 9))
  ended.closed('reset')
  ended.closed('again')
  expect([answers, closed(), hand.timers]).toEqual([['closed'], 'reset', 0])
  hand.take()
  ask()
  ended.oneway({ code: 10 })
  ended.answer(request(1), SUCCESS)
  ended.close()
  hand.pass(CLOSE_LINGER_MS)
  expect([hand.take(), answers, hand.timers]).toEqual([[], ['closed', 'connect'], 0])
})

it('a client that is closed opens nothing any more, and answers every call', () => {
  const hand = new HandHost()
  const gone: string[] = []
  const client = new RemotingClient(hand.host, new Map(), (address) => gone.push(address))
  const errors: (string | undefined)[] = []
  const ask = () => client.invoke('peer:1', { code: 10 }, 100, (answer) => errors.push(answer.error?.message))
  ask()
  hand.open()
  client.close()
  hand.end('closed')
  expect(errors, 'the request that waits').toHaveLength(1)
  ask()
  hand.pass(0)
  expect(errors[1]).toContain('the client is closed')
  expect(hand.take()).toEqual(['0 connect peer:1', expect.stringMatching(/^0 send/), '0 close'])
  expect([gone, hand.timers], 'the owner closed it, and is not told').toEqual([[], 0])
})

describe('numbers in a header', () => {
  const { decode } = defineRequest(1, 'TEST', { i: 'int', l: 'long', b: 'bigLong' } as const)
  const read = (fields: Record<string, string>) => sentenceOf(() => decode({ i: '0', l: '0', b: '0', ...fields }))
  it.each([
    ['i', '2147483647', true],
    ['i', '2147483648', false],
    ['i', '-2147483648', true],
    ['i', '-2147483649', false],
    ['i', '+7', true],
    ['i', '1:', false],
    ['i', '1/', false],
    ['i', '9', true],
    ['l', '9007199254740991', true],
    ['l', '9007199254740992', false],
    ['l', '-9007199254740991', true],
    ['l', '00000000000000000009', false],
    ['l', '0000000000000000009', true],
    ['l', '999999999999999', true],
    ['l', '1234567890123456', true],
    ['b', '9223372036854775807', true],
    ['b', '92233720368547758070', false],
  ])('%s = "%s" is read: %s', (name, text, isRead) => {
    expect(read({ [name]: text }) === '').toBe(isRead)
    if (isRead && name !== 'b') expect(decode({ i: '0', l: '0', b: '0', [name]: text })[name as 'i']).toBe(Number(text))
  })
  it('a number beyond the exact ones becomes the nearest exact one', () => {
    const of = (b: string) => decode({ i: '0', l: '0', b }).b
    expect([of('9223372036854775807'), of('-9223372036854775808'), of('12')]).toEqual([
      Number.MAX_SAFE_INTEGER,
      Number.MIN_SAFE_INTEGER,
      12,
    ])
  })
})

it('a frame cut at any byte comes out whole, with those around it', () => {
  const frames = [frameOf(0), frameOf(3), frameOf(9)]
  const stream = new Uint8Array(frames.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const frame of frames) {
    stream.set(frame, at)
    at += frame.length
  }
  for (let cut = 0; cut <= stream.length; cut++)
    for (const second of [cut, Math.min(cut + 1, stream.length), Math.min(cut + 5, stream.length)]) {
      const splitter = new FrameSplitter()
      const found: string[] = []
      for (const part of [stream.subarray(0, cut), stream.subarray(cut, second), stream.subarray(second)])
        splitter.push(part, (frame) => found.push(decodeUtf8(frame)))
      expect(found).toEqual(frames.map((frame) => decodeUtf8(frame)))
      expect([splitter.heldBytes, splitter.roomBytes]).toEqual([0, 0])
    }
})
