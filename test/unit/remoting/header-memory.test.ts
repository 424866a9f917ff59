/** Headers of a remembered form are read as the parser reads them, and headers are written as `JSON.stringify` writes them. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeJsonHeader, parseJsonHeader } from '../../../reference/remoting/header-json.ts'
import { HeaderMemory } from '../../../reference/remoting/header-memory.ts'
import type { RemotingCommand } from '../../../reference/remoting/remoting-command.ts'

/** A command, or the reason why there is none. The order of the ext fields counts, too. */
function resultOf(read: () => RemotingCommand): string {
  try {
    return JSON.stringify(read())
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`
  }
}

/** Reads headers one after the other, as a server does. Returns how many of them had a remembered form. */
function readAll(headers: readonly string[]): number {
  const memory = new HeaderMemory()
  let remembered = 0
  for (const header of headers) {
    const parsed = resultOf(() => parseJsonHeader(header, undefined))
    const known = memory.read(header, undefined)
    if (known !== undefined) {
      remembered++
      expect(JSON.stringify(known), header).toBe(parsed)
    } else if (!parsed.startsWith('FrameError')) memory.learn(header, parseJsonHeader(header, undefined))
  }
  return remembered
}

const rawText = fc.oneof(
  fc.string({ maxLength: 6 }),
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.constantFrom('', '7', '1700000000000', 'a\\', '"', '\x01\x02', '\u2028', '\ud800', '/', '$&', '(.*)', '__proto__'),
)
/** A value as some writer puts it down: in quotes, with more escapes than needed, or as a number. */
const value = fc.oneof(
  { weight: 6, arbitrary: rawText.map((text) => JSON.stringify(text)) },
  { weight: 1, arbitrary: rawText.map((text) => `"${text}"`) },
  { weight: 1, arbitrary: fc.constantFrom('0', '"\\u0041"', '"\\x"', '12', '01', 'true', 'null', '{}', "'q'") },
)
const opaque = fc.oneof(
  { weight: 6, arbitrary: fc.nat().map(String) },
  { weight: 1, arbitrary: fc.constantFrom('-1', '-0', '00', '2147483648', '4294967297', '"5"', '1e3', '1.5', '') },
)
const name = fc.constantFrom('a', 'b', 'topic', '1', '__proto__', 'n\\u0061', '')
const member = fc.record({
  name: fc.constantFrom('code', 'extFields', 'flag', 'language', 'opaque', 'version', 'remark', 'other'),
  fields: fc.array(fc.tuple(name, value), { maxLength: 4 }),
  opaque,
  value,
  number: fc.constantFrom('0', '310', '"10"', '-3'),
})
const space = fc.constantFrom('', '', '', '', ' ', '\n', '/**/')

/** A header of a form that `parts` decide, with its own values. */
const anyHeader = fc.tuple(fc.array(member, { minLength: 1, maxLength: 6 }), space).map(([members, gap]) => {
  const texts = members.map((one) => {
    const fields = one.fields.map(([key, text]) => `"${key}":${text}`).join(',')
    const content =
      one.name === 'extFields'
        ? `{${fields}}`
        : one.name === 'opaque'
          ? one.opaque
          : one.name === 'language' || one.name === 'remark' || one.name === 'other'
            ? one.value
            : one.number
    return `"${one.name}":${gap}${content}`
  })
  return `{${texts.join(',')}}`
})

/** A header as clients write it. */
const usualHeader = fc
  .record({ opaque: fc.nat(), a: rawText, b: rawText, c: rawText, code: fc.constantFrom(10, 11) })
  .map(
    ({ opaque: number, a, b, c, code }) =>
      `{"code":${code},"extFields":${JSON.stringify({ a, b, c })},"flag":0,"language":"JAVA","opaque":${number},"version":479}`,
  )

/** A usual header with one character replaced, removed or added. */
const damaged = fc
  .tuple(usualHeader, fc.nat(), fc.string({ unit: 'binary', maxLength: 2 }), fc.nat({ max: 1 }))
  .map(([header, at, text, removed]) => {
    const place = at % header.length
    return header.slice(0, place) + text + header.slice(place + removed)
  })

describe('the memory of headers', () => {
  it('reads each header as the parser does, whatever was read before', () => {
    const header = fc.oneof(
      { weight: 4, arbitrary: usualHeader },
      { weight: 2, arbitrary: damaged },
      { weight: 2, arbitrary: anyHeader },
    )
    fc.assert(
      fc.property(fc.array(header, { maxLength: 30 }), (headers) => {
        // each header comes twice, so a form that was learned from it is used
        readAll([...headers, ...headers])
      }),
      { numRuns: 400 },
    )
  })

  it('remembers the headers of a client after a few requests', () => {
    const header = (i: number) =>
      `{"code":310,"extFields":{"a":"g","e":"${i % 3}","i":"UNIQ_KEY\\u0001${i}\\u0002"},"flag":0,"language":"JAVA","opaque":${i},"version":479}`
    expect(readAll(Array.from({ length: 100 }, (_, i) => header(i)))).toBeGreaterThan(95)
  })

  it('keeps the frequent forms when one client sends ever new forms', () => {
    const usual = (i: number) => `{"code":11,"extFields":{"topic":"T"},"flag":0,"opaque":${i},"version":1}`
    const odd = (i: number) => `{"code":12,"extFields":{"field${i}":"x"},"flag":0,"opaque":${i},"version":1}`
    const headers = Array.from({ length: 400 }, (_, i) => (i % 2 === 0 ? usual(i) : odd(i)))
    expect(readAll(headers)).toBeGreaterThan(190)
  })
})

describe('a header', () => {
  it('is written as JSON.stringify writes it, whatever was written before', () => {
    const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 8 }), fc.constantFrom('', 'true', '7', 'x"', '\\'))
    const fields = fc.oneof(
      fc.dictionary(text, text),
      fc.record({ msgId: text, queueId: text, TRACE_ON: text }),
      fc.constant(undefined),
    )
    const commands = fc.array(
      fc.record({
        code: fc.constantFrom(0, 11),
        language: fc.constantFrom(7, 12),
        version: fc.constantFrom(1, 479),
        opaque: fc.integer(),
        flag: fc.constantFrom(0, 1),
        remark: fc.option(text, { nil: undefined }),
        extFields: fields,
        body: fc.constant(undefined),
        serializeType: fc.constant(0),
      }),
      { maxLength: 30 },
    )
    fc.assert(
      fc.property(commands, (all) => {
        for (const command of [...all, ...all]) {
          const { code, extFields, flag, language, opaque: number, remark, version } = command
          const name = language === 12 ? 'RUST' : 'OTHER'
          const wanted = { code, extFields, flag, language: name, opaque: number, remark }
          expect(encodeJsonHeader(command)).toBe(
            JSON.stringify({ ...wanted, serializeTypeCurrentRPC: 'JSON', version }),
          )
        }
      }),
      { numRuns: 200 },
    )
  })
})
