/** Every codec gives back what it was given, and refuses what it cannot have written. */
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { formatIp, parseAddress, parseIp } from '../../../reference/common/address.ts'
import { decodeBase64, encodeBase64 } from '../../../reference/common/base64.ts'
import { decodeBatch, encodeBatch } from '../../../reference/common/batch.ts'
import { crc32 } from '../../../reference/common/crc32.ts'
import { javaHashCode } from '../../../reference/common/hash.ts'
import { decodeRecord, decodeRecords, encodeRecord } from '../../../reference/common/message-codec.ts'
import { offsetMessageId, parseOffsetMessageId } from '../../../reference/common/message-id.ts'
import { decodeProperties, encodeProperties } from '../../../reference/common/message-properties.ts'
import * as withPlatform from '../../../reference/common/utf8.ts'

const bytes = (maxLength = 300) => fc.uint8Array({ maxLength })
const int64 = fc.integer({ min: 0, max: 2 ** 52 })
const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
const ip = fc.oneof(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.uint8Array({ minLength: 16, maxLength: 16 }))
const port = fc.integer({ min: 0, max: 65_535 })
/** An empty value and a missing property are the same, as Java reads them. */
const property = fc
  .string({ unit: 'grapheme', maxLength: 20 })
  .map((text) => text.replace(/[\u0001\u0002]/g, ''))
  .filter((text) => text !== '')
const fields = fc.record({
  topic: fc.string({ unit: 'binary', minLength: 1, maxLength: 200 }),
  queueId: int32,
  queueOffset: int64,
  physicalOffset: int64,
  flag: int32,
  sysFlag: fc.constantFrom(0, 8),
  bornTimestamp: int64,
  bornIp: ip,
  bornPort: port,
  storeTimestamp: int64,
  storeIp: ip,
  storePort: port,
  reconsumeTimes: fc.integer({ min: 0, max: 99 }),
  preparedTransactionOffset: int64,
  body: bytes(),
  propertiesText: fc.string({ unit: 'binary', maxLength: 100 }),
})

describe('records', () => {
  it('come back field by field, at any place among other bytes', () => {
    fc.assert(
      fc.property(fields, bytes(40), bytes(40), (wanted, before, after) => {
        const record = encodeRecord(wanted)
        const around = new Uint8Array(before.length + record.length + after.length)
        around.set(before)
        around.set(record, before.length)
        around.set(after, before.length + record.length)
        const decoded = decodeRecord(around, before.length, true)
        if (!('message' in decoded)) throw new Error(decoded.fault)
        const { message } = decoded
        for (const name of [
          'queueId',
          'queueOffset',
          'physicalOffset',
          'flag',
          'bornTimestamp',
          'bornPort',
          'storeTimestamp',
          'storePort',
          'reconsumeTimes',
          'preparedTransactionOffset',
        ] as const)
          expect(message[name], name).toBe(wanted[name])
        expect(message.storeSize).toBe(record.length)
        expect(message.topic).toBe(withPlatform.decodeUtf8(withPlatform.encodeUtf8(wanted.topic)))
        expect([...message.body]).toEqual([...wanted.body])
        expect([...message.bornIp], 'born host').toEqual([...wanted.bornIp])
        expect([...message.storeIp], 'store host').toEqual([...wanted.storeIp])
      }),
    )
  })

  it('a spoiled byte is noticed or changes nothing that is checked; nothing throws', () => {
    fc.assert(
      fc.property(fields, fc.nat(), fc.integer({ min: 1, max: 255 }), (wanted, where, change) => {
        const record = encodeRecord(wanted)
        record[where % record.length]! ^= change
        const decoded = decodeRecord(record, 0, true)
        if ('message' in decoded) expect(decoded.message.body.length).toBe(wanted.body.length)
        else expect(decoded.fault.length).toBeGreaterThan(5)
      }),
    )
  })

  it('garbage is a fault, never an exception', () => {
    fc.assert(
      fc.property(bytes(400), (garbage) => {
        const { messages, fault } = decodeRecords(garbage)
        expect(messages.length === 0 || fault === '' || fault.length > 0).toBe(true)
      }),
    )
  })
})

describe('properties', () => {
  it('come back in their order', () => {
    const map = fc.array(fc.tuple(property, property)).map((entries) => new Map(entries))
    fc.assert(
      fc.property(map, (properties) => {
        expect([...decodeProperties(encodeProperties(properties))]).toEqual([...properties])
      }),
    )
  })
})

describe('batches', () => {
  const entry = fc.record({ flag: int32, body: bytes(50), propertiesText: fc.string({ maxLength: 40 }) })

  it('come back entry by entry', () => {
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1, maxLength: 8 }), (entries) => {
        const found = decodeBatch(encodeBatch(entries))!
        expect(found.map(({ body, ...rest }) => ({ ...rest, body: [...body] }))).toEqual(
          entries.map(({ body, ...rest }) => ({ ...rest, body: [...body] })),
        )
      }),
    )
  })

  it('cut anywhere inside they are refused', () => {
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1, maxLength: 3 }), fc.nat(), (entries, at) => {
        const whole = encodeBatch(entries)
        const cut = decodeBatch(whole.subarray(0, at % whole.length))
        expect(cut === undefined || cut.length < entries.length).toBe(true)
      }),
    )
  })
})

describe('texts and numbers', () => {
  it('UTF-8 is what the platform says, lone surrogates included, also where the platform has no codec', async () => {
    const encoder = new TextEncoder()
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
    vi.stubGlobal('TextEncoder', undefined).stubGlobal('TextDecoder', undefined).resetModules()
    const alone = await import('../../../reference/common/utf8.ts')
    vi.unstubAllGlobals()
    // short texts, and texts that are long enough for the codec of the platform
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ minLength: 20, maxLength: 60 }))
    fc.assert(
      fc.property(text, fc.string({ unit: 'binary', minLength: 20 }), bytes(60), (one, other, any) => {
        for (const { encodeUtf8, utf8Length, decodeUtf8, writeUtf8 } of [alone, withPlatform]) {
          for (const each of [one, other, one + other]) {
            expect([...encodeUtf8(each)]).toEqual([...encoder.encode(each)])
            expect(utf8Length(each)).toBe(encoder.encode(each).length)
            const target = new Uint8Array(utf8Length(each) + 2)
            expect(writeUtf8(each, target, 1)).toBe(target.length - 1)
            expect([...target]).toEqual([0, ...encoder.encode(each), 0])
          }
          expect(decodeUtf8(any)).toBe(decoder.decode(any))
          expect(decodeUtf8(any, 3, Math.max(3, any.length - 1))).toBe(decoder.decode(any.subarray(3, -1)))
        }
      }),
    )
  })

  it.each([
    ['broker-a:10911', 'broker-a', 10_911],
    ['10.0.0.1:0', '10.0.0.1', 0],
    ['[::1]:65535', '::1', 65_535],
    ['a:b:1', 'a:b', 1],
  ])('the address %s has the host %s and the port %i', (address, host, port) => {
    expect(parseAddress(address)).toEqual({ host, port })
  })

  it.each(['', ':1', '[]:1', 'host', 'host:', 'host:65536', 'host:-1', 'host:1.5', 'host:123456', 'host: 1'])(
    '%j is not an address',
    (address) => {
      expect(parseAddress(address)).toBeUndefined()
    },
  )

  it('IP addresses are what the platform says they are', async () => {
    const { isIP } = await import('node:net')
    const piece = fc.constantFrom('0', '1', '10', '255', '256', 'a', 'ffff', 'FFFF', '12345', 'g', '')
    const separator = fc.constantFrom(':', ':', ':', '::', '.', '.')
    const mixed = fc.array(fc.tuple(piece, separator), { minLength: 1, maxLength: 9 }).map((all) => all.flat().join(''))
    const v4 = fc.ipV4()
    const texts = fc.oneof(
      fc.ipV6(),
      v4,
      v4.map((tail) => `::ffff:${tail}`),
      v4.map((tail) => `1:2:3:4:5:6:${tail}`),
      v4.map((head) => `${head}::`),
      v4.map((middle) => `::${middle}:1`),
      mixed,
      fc.tuple(mixed, piece).map(([head, tail]) => head + tail),
    )
    const canonical = (text: string) => new URL(`http://[${text}]`).hostname
    fc.assert(
      fc.property(texts, (text) => {
        const parsed = parseIp(text)
        expect(parsed?.length ?? 0, text).toBe({ 0: 0, 4: 4, 6: 16 }[isIP(text)])
        if (parsed?.length === 4) expect(formatIp(parsed)).toBe(text)
        if (parsed?.length === 16) expect(canonical(formatIp(parsed))).toBe(canonical(text))
      }),
      { numRuns: 1_000 },
    )
  })

  it('base64 is what the platform says', () => {
    fc.assert(
      fc.property(bytes(), (any) => {
        expect(encodeBase64(any)).toBe(Buffer.from(any).toString('base64'))
        expect([...decodeBase64(encodeBase64(any))!]).toEqual([...any])
      }),
    )
  })

  it('CRC-32 and the hash of a tag are those of Java', async () => {
    const { crc32: platform } = await import('node:zlib')
    fc.assert(
      fc.property(bytes(), (any) => {
        expect(crc32(any) >>> 0).toBe(platform(any))
      }),
    )
    expect([javaHashCode('Aa'), javaHashCode('BB'), javaHashCode('标签'), javaHashCode('')]).toEqual([
      2112, 2112, 857175, 0,
    ])
  })

  it('the id that carries an address and an offset comes back', () => {
    fc.assert(
      fc.property(ip, port, int64, (address, at, physicalOffset) => {
        const parsed = parseOffsetMessageId(offsetMessageId(address, at, physicalOffset))!
        expect({ ...parsed, ip: [...parsed.ip] }).toEqual({ ip: [...address], port: at, physicalOffset })
      }),
    )
  })
})
