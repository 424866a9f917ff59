/**
 * Records and controls survive any cut, echo, carriage return and program that prints look-alikes.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CONTROL_BYTES_MAX, encodeLine, type Line, LineReader, RECORD_BYTES_MAX } from '../../reference/host/lines.ts'

function read(chunks: readonly string[], token = 't'): { lines: Line[]; others: string[] } {
  const lines: Line[] = []
  const others: string[] = []
  const reader = new LineReader(
    'log',
    token,
    (line) => lines.push(line),
    (text) => others.push(text),
  )
  for (const chunk of chunks) reader.read(chunk)
  reader.end()
  return { lines, others }
}

const textsOf = (lines: readonly Line[]) => lines.map((line) => line['text'])

test('any text of any length arrives, however the stream is cut, in lines of ASCII within the limit', () => {
  const long = { maxLength: 3_000, size: 'max' } as const
  const escaped = fc.string({ unit: fc.constantFrom('"', '\\', 'a', 'ä', '𝄞', '\n'), ...long })
  const texts = fc.array(fc.oneof(fc.string({ unit: 'binary', ...long }), escaped), { maxLength: 5 })
  fc.assert(
    fc.property(
      texts,
      fc.array(fc.nat(5_000), { maxLength: 20, size: 'max' }),
      fc.constantFrom(RECORD_BYTES_MAX, CONTROL_BYTES_MAX),
      (wanted, cuts, bytesMax) => {
        const stream = wanted.map((text) => encodeLine('log', 't', { kind: 'x', text }, bytesMax)).join('')
        for (const line of stream.split('\n')) expect(line.length).toBeLessThanOrEqual(bytesMax)
        expect(stream).toMatch(/^[\n -~]*$/)
        const chunks: string[] = []
        let from = 0
        for (const cut of cuts) chunks.push(stream.slice(from, (from += cut)))
        chunks.push(stream.slice(from))
        expect(textsOf(read(chunks).lines)).toEqual(wanted)
      },
    ),
    { numRuns: 100, seed: 1 },
  )
})

test('carriage returns, doubled line feeds, echoes and prints do not disturb', () => {
  const record = encodeLine('log', 't', { kind: 'ready', text: 'a' }, RECORD_BYTES_MAX)
  const echo = encodeLine('ctl', '', { kind: 'stop', id: 1 }, CONTROL_BYTES_MAX)
  const { lines, others } = read([`\r\n\n${echo}hello\r\n${record.replace('\n', '\r\n')}\n\nbye`])
  expect(lines).toMatchObject([{ kind: 'ready', text: 'a' }])
  expect(others).toEqual(['hello', 'bye'])
})

test('a look-alike without the token is a print, not a record', () => {
  const fakes = [
    '{"log":{"kind":"ready"}}',
    '{"log":{"token":"u","kind":"ready"}}',
    '{"log":',
    '{"log":null}',
    '{"log":{"token":"t"}}',
  ]
  expect(read([fakes.join('\n')]).lines).toEqual([])
})

test('a piece that went missing loses its whole, and nothing else', () => {
  const long = encodeLine('log', 't', { kind: 'x', text: 'y'.repeat(30_000) }, RECORD_BYTES_MAX).split('\n')
  expect(long.length).toBeGreaterThan(4)
  const rest = encodeLine('log', 't', { kind: 'x', text: 'after' }, RECORD_BYTES_MAX)
  expect(textsOf(read([[long[0], ...long.slice(2)].join('\n'), rest]).lines)).toEqual(['after'])
})

test('pieces of several wholes may come mixed', () => {
  const one = encodeLine('log', 't', { kind: 'x', text: 'a'.repeat(20_000) }, RECORD_BYTES_MAX).split('\n')
  const two = encodeLine('log', 't', { kind: 'x', text: 'b'.repeat(20_000) }, RECORD_BYTES_MAX).split('\n')
  const mixed = one.flatMap((line, index) => [line, two[index]!])
  expect(textsOf(read([mixed.join('\n')]).lines).sort()).toEqual(['a'.repeat(20_000), 'b'.repeat(20_000)])
})

test('pieces of a record that never ends take no more room than the longest line, and later records arrive', () => {
  const MIB = 1024 * 1024
  const piece = (number: number, index: number, count: number, text: string) =>
    `{"log":{"token":"t","piece":[${number},${index},${count}],"text":${JSON.stringify(text)}}}\n`
  const lines: Line[] = []
  const reader = new LineReader('log', 't', (line) => lines.push(line))
  // 62 MiB wait, and 2 MiB more are the limit; the first record is dropped when a third one passes the limit
  const half = 'x'.repeat(31 * MIB - 24)
  reader.read(piece(1, 0, 2, `{"kind":"one","text":"${half}`))
  reader.read(piece(2, 0, 2, `{"kind":"two","text":"${half}`))
  reader.read(piece(3, 0, 2, `{"kind":"three","text":"${'x'.repeat(3 * MIB)}`))
  for (const number of [1, 2, 3]) reader.read(piece(number, 1, 2, '"}'))
  expect(lines.map(({ kind }) => kind)).toEqual(['two', 'three'])
  // one record alone is too long: it is dropped, and what comes after it is read
  const long = 'x'.repeat(40 * MIB)
  reader.read(piece(4, 0, 3, `{"kind":"four","text":"${long}`))
  reader.read(piece(4, 1, 3, long))
  reader.read(piece(4, 2, 3, '"}'))
  reader.read(encodeLine('log', 't', { kind: 'five' }, RECORD_BYTES_MAX))
  expect(lines.map(({ kind }) => kind)).toEqual(['two', 'three', 'five'])
})
