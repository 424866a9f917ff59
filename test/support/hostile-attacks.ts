/**
 * What a hostile client does to a server, one attack at a time: for `npm run bench -- hostile` at full size, and in small for
 * `test/process/hostile.test.ts`.
 *
 * | kind       | what                                                                                           |
 * | ---------- | ---------------------------------------------------------------------------------------------- |
 * | one frame  | is sent over and over on some connections, each time after an answer or the end of the last one |
 * | few        | some connections take what all need: memory, places, turns                                       |
 */
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { encodeBatch } from '../../reference/common/batch.ts'
import { ByteWriter } from '../../reference/common/bytes.ts'
import { MIB } from '../../reference/common/units.ts'
import { encodeUtf8 } from '../../reference/common/utf8.ts'
import { encodeFrame } from '../../reference/remoting/frame-codec.ts'
import { makeRequest, SERIALIZE_ROCKETMQ } from '../../reference/remoting/remoting-command.ts'
import { RequestCode } from '../../reference/remoting/request-code.ts'
import { pullMessage } from '../../reference/remoting/requests/pull-message.ts'
import { sendReplyMessageV2 } from '../../reference/remoting/requests/reply-message.ts'
import { sendBatchMessage, sendMessageV2 } from '../../reference/remoting/requests/send-message.ts'

export interface Target {
  readonly broker: string
  readonly namesrv: string
  /** Topic that the well-behaved client sends to, its queue 0. */
  readonly topic: string
}

export interface Attack {
  readonly name: string
  /** Until `isOver`. `size`: 1 is full size, less is a part of it. */
  run(target: Target, size: number, isOver: () => boolean): Promise<void>
}

const FLOODERS = 4

// #region connections
function open(address: string, localAddress?: string): Promise<Socket | undefined> {
  const at = address.lastIndexOf(':')
  const place = { host: address.slice(0, at), port: Number(address.slice(at + 1)) }
  return new Promise((resolve) => {
    const socket = connect(localAddress === undefined ? place : { ...place, localAddress })
    socket.on('error', () => resolve(undefined))
    socket.once('connect', () => resolve(socket))
  })
}

/** The next thing that happens on a connection, or a quarter of a second. */
function nextEvent(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const limit = setTimeout(done, 250)
    function done() {
      clearTimeout(limit)
      socket.off('data', done)
      socket.off('close', done)
      resolve()
    }
    socket.once('data', done)
    socket.once('close', done)
  })
}

/** Sends one frame over and over, on a few connections. */
async function flood(address: string, frame: Uint8Array, isOver: () => boolean, connections = FLOODERS): Promise<void> {
  const one = async () => {
    while (!isOver()) {
      const socket = await open(address)
      if (socket === undefined) await sleep(10)
      while (socket !== undefined && !socket.destroyed && !isOver()) {
        socket.write(frame)
        await nextEvent(socket)
      }
      socket?.destroy()
    }
  }
  await Promise.all(Array.from({ length: connections }, one))
}

async function openMany(address: string, count: number): Promise<Socket[]> {
  const sockets: Socket[] = []
  for (let i = 0; i < count; i += 100) {
    const some = await Promise.all(Array.from({ length: Math.min(100, count - i) }, () => open(address)))
    for (const socket of some) if (socket !== undefined) sockets.push(socket)
  }
  return sockets
}
// #endregion connections

function rawFrame(serializeType: number, header: Uint8Array, body = new Uint8Array(0)): Uint8Array {
  const writer = new ByteWriter(header.length + body.length + 8)
  writer.i32(header.length + body.length + 4).i32((serializeType << 24) | header.length)
  return writer.raw(header).raw(body).finish()
}

function request(code: number, extFields: Record<string, string>, body?: Uint8Array, opaque = 1): Uint8Array {
  return encodeFrame(makeRequest({ code, extFields, body }, opaque, false))
}

function sendFields(topic: string, properties: string): Record<string, string> {
  const who = { producerGroup: 'hostile', topic, defaultTopic: 'TBW102', defaultTopicQueueNums: 1, queueId: 0 }
  return { ...sendMessageV2.encode({ ...who, sysFlag: 0, bornTimestamp: 1, flag: 0, properties }) }
}

function pullFields(topic: string, queueOffset: number, holdMs: number, subscription: string): Record<string, string> {
  const what = { consumerGroup: 'hostile', topic, queueId: 0, queueOffset, maxMsgNums: 1, commitOffset: 0 }
  const how = { sysFlag: holdMs > 0 ? 6 : 4, suspendTimeoutMillis: holdMs, subscription, expressionType: 'TAG' }
  return { ...pullMessage.encode({ ...what, ...how, subVersion: 0 }) }
}

/** A stream of dynamic blocks of twelve bytes, which say nothing. */
export function tinyZlibBlocks(count: number): Uint8Array {
  const bits: number[] = []
  const number = (value: number, width: number) => {
    for (let i = 0; i < width; i++) bits.push((value >> i) & 1)
  }
  const code = (text: string) => bits.push(...Array.from(text, Number))
  for (let i = 0; i < count; i++) {
    number(0b100, 3) // not the last, dynamic
    number(0, 10) // 257 literals, 1 distance
    number(15, 4)
    // lengths of the codes for 16, 17, 18, 0, 8 … 15: 18 has one bit, 1 and 15 have two
    for (const length of [0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2]) number(length, 3)
    code('11')
    code('0')
    number(127, 7)
    code('0')
    number(106, 7)
    code('10')
    code('11')
    code('0') // end of block
  }
  const bytes = new Uint8Array(2 + Math.ceil(bits.length / 8) + 8)
  bytes.set([0x78, 0x9c])
  for (const [i, bit] of bits.entries()) bytes[2 + (i >> 3)]! |= bit << (i & 7)
  return bytes
}

// #region one-frame
/** The header in RocketMQ's binary form: properties of a megabyte are not escaped there. */
function binarySend(topic: string, properties: string): Uint8Array {
  const command = makeRequest({ code: sendMessageV2.code, extFields: sendFields(topic, properties) }, 1, false)
  return encodeFrame({ ...command, serializeType: SERIALIZE_ROCKETMQ })
}

type FrameOf = (size: number, target: Target) => Uint8Array

const SEPARATOR = '\u0002'
const PROPERTIES = SEPARATOR.repeat(32_767)

const FRAMES: readonly (readonly [name: string, server: 'broker' | 'namesrv', frame: FrameOf])[] = [
  ['a header of NULs and an x', 'broker', () => rawFrame(0, encodeUtf8(`${'\0'.repeat(60_000)}x`))],
  ['a header of NULs and an x, to the NameServer', 'namesrv', () => rawFrame(0, encodeUtf8(`${'\0'.repeat(60_000)}x`))],
  ['a lax header of 16 MiB', 'broker', () => rawFrame(0, encodeUtf8(`{${'a:1,'.repeat(4 * MIB - 100)}}`))],
  ['a lax header of 256 KiB', 'broker', () => rawFrame(0, encodeUtf8(`{${'a:1,'.repeat(65_000)}}`))],
  ['a strict header of 1 MiB', 'broker', () => rawFrame(0, encodeUtf8(`{"a":[${'[],'.repeat(349_000)}1]}`))],
  ['objects as keys of keys', 'broker', () => rawFrame(0, encodeUtf8(`${'{'.repeat(31)}a:1}${':1}'.repeat(30)}`))],
  ['nesting behind a quote', 'broker', () => rawFrame(0, encodeUtf8(`{a:'"',b:${'['.repeat(200_000)}`))],
  [
    'properties of a megabyte of separators',
    'broker',
    (_, { topic }) => binarySend(topic, SEPARATOR.repeat(1_000_000)),
  ],
  ['properties of 32 KB of separators', 'broker', (_, { topic }) => binarySend(topic, PROPERTIES)],
  [
    'a reply with separators',
    'broker',
    (_, { topic }) => request(sendReplyMessageV2.code, sendFields(topic, PROPERTIES), new Uint8Array(1)),
  ],
  ['a batch with separators', 'broker', (_, { topic }) => batch(topic, 4 * MIB)],
  ['a batch of 13 MB', 'broker', (_, { topic }) => batch(topic, 13_000_000)],
  [
    'a configuration of continued lines',
    'broker',
    () => request(RequestCode.UPDATE_BROKER_CONFIG, {}, encodeUtf8('a\\\n'.repeat(200_000))),
  ],
  ['a filter of digits', 'broker', () => filter('0'.repeat(8_192))],
  ['a filter of dashes', 'broker', () => filter('--'.repeat(4_096))],
  [
    'a heartbeat of 4 MiB',
    'broker',
    () => request(RequestCode.HEART_BEAT, {}, encodeUtf8(`{"consumerDataSet":[${'{},'.repeat(1_398_000)}{}]}`)),
  ],
  [
    'a zlib body of tiny blocks, to the NameServer',
    'namesrv',
    () => {
      const fields = { brokerName: 'x', brokerAddr: '127.0.0.1:1', clusterName: 'x', brokerId: '0', compressed: 'true' }
      return request(RequestCode.REGISTER_BROKER, fields, tinyZlibBlocks(20_000))
    },
  ],
]

function batch(topic: string, sizeBytes: number): Uint8Array {
  const entry = { flag: 0, body: new Uint8Array(1), propertiesText: PROPERTIES }
  const entries = Array.from({ length: Math.floor(sizeBytes / 32_800) }, () => entry)
  return request(sendBatchMessage.code, { ...sendFields(topic, ''), m: 'true' }, encodeBatch(entries))
}

function filter(subString: string): Uint8Array {
  const body = JSON.stringify({ subscriptionData: { topic: 'T', subString, expressionType: 'SQL92' } })
  return request(RequestCode.CHECK_CLIENT_CONFIG, {}, encodeUtf8(body))
}
// #endregion one-frame

// #region few-starve-many
/** Forty connections ask for answers of a megabyte each, and never read one. */
async function neverReads({ broker }: Target, size: number, isOver: () => boolean): Promise<void> {
  const sender = await open(broker)
  const body = new Uint8Array(MIB - 1_000)
  for (let i = 0; i < body.length; i++) body[i] = (i * 7_919) >> 3
  sender?.write(request(sendMessageV2.code, sendFields('HostileBig', ''), body))
  await sleep(200)
  sender?.destroy()
  const ask = request(pullMessage.code, pullFields('HostileBig', 0, 0, '*'))
  const asks = Buffer.concat(Array.from({ length: 60 }, () => ask))
  while (!isOver()) {
    const sockets = await openMany(broker, Math.ceil(40 * size))
    for (const socket of sockets) {
      socket.pause()
      socket.write(asks)
    }
    for (let i = 0; i < 20 && !isOver(); i++) await sleep(50)
    for (const socket of sockets) socket.destroy()
  }
}

/** A hundred connections send all but the end of a frame of 16 MiB. */
async function neverFinishes({ broker }: Target, size: number, isOver: () => boolean): Promise<void> {
  const start = new ByteWriter(8)
    .i32(16 * MIB - 8)
    .i32(100)
    .finish()
  const piece = new Uint8Array(64 * 1024)
  const one = async () => {
    while (!isOver()) {
      const socket = await open(broker)
      if (socket === undefined) return
      socket.write(start)
      for (let sent = 0; sent < 15 * MIB && !socket.destroyed && !isOver(); sent += piece.length) {
        if (!socket.write(piece)) await Promise.race([new Promise((go) => socket.once('drain', go)), sleep(250)])
      }
      while (!socket.destroyed && !isOver()) await sleep(50)
      socket.destroy()
    }
  }
  await Promise.all(Array.from({ length: Math.ceil(100 * size) }, one))
}

/** Holds pulls of the queue that others send to, as many as there are places. */
function holdsPulls(subscription: string) {
  return async ({ broker, topic }: Target, size: number, isOver: () => boolean): Promise<void> => {
    while (!isOver()) {
      const socket = await open(broker)
      if (socket === undefined) return
      socket.resume()
      // at the end of the queue, wherever that is: far beyond it is answered with the place
      const offset = await endOf(socket, topic)
      const count = Math.ceil(100_000 * size)
      for (let i = 0; i < count && !socket.destroyed && !isOver(); i += 500) {
        const fields = pullFields(topic, offset, 30_000, subscription)
        const some = Array.from({ length: Math.min(500, count - i) }, () => request(pullMessage.code, fields))
        if (!socket.write(Buffer.concat(some))) await nextEvent(socket)
        if (i % 5_000 === 0) await sleep(1)
      }
      for (let i = 0; i < 20 && !isOver() && !socket.destroyed; i++) await sleep(50)
      socket.destroy()
    }
  }
}

function endOf(socket: Socket, topic: string): Promise<number> {
  return new Promise((resolve) => {
    socket.once('data', (bytes) => resolve(Number(/"offset":"(\d+)"/.exec(bytes.toString('latin1'))?.[1] ?? 0)))
    socket.write(request(RequestCode.GET_MAX_OFFSET, { topic, queueId: '0' }))
    setTimeout(() => resolve(0), 1_000)
  })
}

/** Six hundred members of one group come and go. */
async function joinsAndLeaves({ broker }: Target, size: number, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    const sockets = await openMany(broker, Math.ceil(600 * size))
    sockets.forEach((socket, i) => {
      socket.resume()
      const consumer = { groupName: 'hostile-group', subscriptionDataSet: [{ topic: 'T', subString: '*' }] }
      const data = { clientID: `hostile-${i}`, consumerDataSet: [consumer] }
      socket.write(request(RequestCode.HEART_BEAT, {}, encodeUtf8(JSON.stringify(data))))
    })
    await sleep(200)
    for (const socket of sockets) socket.destroy()
  }
}

/** Thousands of requests in one packet, on a few connections. */
async function manyAtOnce({ broker, topic }: Target, size: number, isOver: () => boolean): Promise<void> {
  const ask = request(pullMessage.code, pullFields(topic, 0, 0, '*'))
  const asks = Buffer.concat(Array.from({ length: Math.ceil(5_000 * size) }, () => ask))
  await flood(broker, asks, isOver, 8)
}

/** As many connections as the server takes, from one address. */
async function takesConnections({ broker }: Target, size: number, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    const sockets = await openMany(broker, Math.ceil(10_500 * size))
    for (let i = 0; i < 40 && !isOver(); i++) await sleep(50)
    for (const socket of sockets) socket.destroy()
    await sleep(50)
  }
}

/** One member of 10,000 groups, then another: as many groups as there is room for. */
async function namesGroups({ broker }: Target, size: number, isOver: () => boolean): Promise<void> {
  const sockets = await openMany(broker, 4)
  for (let n = 0; !isOver(); n++)
    for (const [i, socket] of sockets.entries()) {
      const producerDataSet = Array.from({ length: Math.ceil(5_000 * size) }, (_, k) => ({
        groupName: `h${i}-${n}-${k}`,
      }))
      socket.write(request(RequestCode.HEART_BEAT, {}, encodeUtf8(JSON.stringify({ clientID: 'h', producerDataSet }))))
      await nextEvent(socket)
    }
  for (const socket of sockets) socket.destroy()
}
// #endregion few-starve-many

export const ATTACKS: readonly Attack[] = [
  ...FRAMES.map(([name, server, frame]) => ({
    name,
    run: (target: Target, size: number, isOver: () => boolean) => flood(target[server], frame(size, target), isOver),
  })),
  { name: 'answers never read', run: neverReads },
  { name: 'frames never finished', run: neverFinishes },
  { name: 'held pulls of another tag', run: holdsPulls('OtherTag') },
  { name: 'held pulls of every tag', run: holdsPulls('*') },
  { name: 'members that join and leave', run: joinsAndLeaves },
  { name: 'thousands of requests in a packet', run: manyAtOnce },
  { name: 'all connections from one address', run: takesConnections },
  { name: 'heartbeats that name thousands of groups', run: namesGroups },
]
