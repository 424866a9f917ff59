/** `mq dump` tells what is in the files of a store, and says so too when they are spoiled. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { dumpFile } from '../../../reference/cli/dump.ts'
import { temporaryFolder } from '../../support/temp.ts'
import { recordedQueries } from './recorded-queries.ts'

const folder = temporaryFolder('dump')
afterAll(() => folder.remove())

/** The lines printed for a file of that name with those bytes. */
function dump(name: string, bytes: Uint8Array, options: { hex?: boolean; limit?: number } = {}): string[] {
  const path = join(folder.path, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, bytes)
  const lines: string[] = []
  dumpFile(path, { hex: false, limit: 1_000, ...options, print: (line) => void lines.push(line) })
  return lines.slice(1) // the first names the file
}

const LOG = 'commitlog/00000000000000000000'
const { files, expected } = recordedQueries('store-clean')

describe('a store of the official broker', () => {
  it('the log: every record with its place in log and queue, to its blank', () => {
    const lines = dump(LOG, files.get(LOG)!)
    const known = Object.entries(expected.topics).flatMap(([topic, { queues }]) =>
      Object.entries(queues).flatMap(([queueId, { messages }]) =>
        messages.map((one) => ({ topic, queueId, offset: one.queueOffset, at: one.physicalOffset })),
      ),
    )
    const inFile = known.filter(({ at }) => at < 65_536)
    expect(inFile.length).toBeGreaterThan(5)
    for (const { topic, queueId, offset, at } of inFile)
      expect(lines.find((line) => line.startsWith(`${at}  `))).toContain(`${topic}[${queueId}]@${offset}`)
    expect(lines.at(-1)).toMatch(/blank of \d+ bytes/)
  })

  it('a queue, an index file and the checkpoint', () => {
    const queue = [...files.keys()].find((name) => name.startsWith('consumequeue/BulkTopic/0/'))!
    expect(dump(queue, files.get(queue)!)[0]).toMatch(/^0 {2}at \d+, \d+ bytes, tags code -?\d+$/)
    const index = [...files.keys()].find((name) => name.startsWith('index/'))!
    expect(dump(index, files.get(index)!)[1]).toMatch(/^1 {2}hash \d+ in slot \d+, record at \d+/)
    expect(dump('checkpoint', files.get('checkpoint')!)[0]).toMatch(/^physicMsgTimestamp {2}20\d\d-/)
  })

  it('--limit ends it, --hex shows the bytes', () => {
    const lines = dump(LOG, files.get(LOG)!, { limit: 1, hex: true })
    expect(lines[1]).toMatch(/^ {4}000000 {2}([0-9a-f]{2} ){16}/)
    expect(lines.at(-1)).toContain('--limit 1 reached')
  })
})

it('whatever the bytes are, every line is a sentence about them', () => {
  const names = [LOG, 'consumequeue/T/0/00000000000000000000', 'index/20240101000000000', 'checkpoint']
  const some = fc.tuple(fc.constantFrom(...names), fc.uint8Array({ maxLength: 300, size: 'max' }))
  fc.assert(
    fc.property(some, ([name, bytes]) => {
      for (const line of dump(name, bytes)) expect(line).not.toMatch(/undefined|NaN/)
    }),
    { numRuns: 40 },
  )
})
