/**
 * Regions: what a chapter may quote, what it is shown with, and each way in which a build must stop with one sentence.
 */
import { describe, expect, it } from 'vitest'
import {
  auditRegions,
  findQuotes,
  lineRanges,
  parseRegions,
  quoteRegion,
  RegionError,
  withoutMarkers,
} from '../../../site/lib/regions.ts'

const FILE = 'reference/store/log.ts'
const LOG = `/**
 * A log.
 *
 * Invariants: none. RocketMQ: \`CommitLog\`,
 * \`MappedFileQueue\`. Not here: everything else.
 */
export class Log {
  // #region append

  /** Appends one record. */
  append(record: Uint8Array): void {
    // #region check
    if (record.length === 0) throw new RangeError('empty')
    // #endregion check
    this.#bytes.push(record)
  }
  // #endregion append
}

// #region roll
/** Opens the next file. RocketMQ: \`MappedFileQueue.getLastMappedFile\`. */
export function roll(): void {}
// #endregion roll
`

const text = (name: string) => quoteRegion(FILE, LOG, name).lines.map((line) => line.text)
const faults = (source: string) => parseRegions(FILE, source).faults

describe('a region', () => {
  it('is shown without markers, blank ends and common indentation, each line with its number in the file', () => {
    const { lines } = quoteRegion(FILE, LOG, 'append')
    expect(lines[0]).toEqual({ number: 10, text: '/** Appends one record. */' })
    expect(lines.map((line) => line.number)).toEqual([10, 11, 13, 15, 16])
    expect(text('append')[2]).toBe("  if (record.length === 0) throw new RangeError('empty')")
    expect(text('append').join('\n')).not.toContain('#region')
    expect(lineRanges(lines)).toBe('10-11,13-13,15-16')
  })

  it('names the class and member it belongs to', () => {
    expect(quoteRegion(FILE, LOG, 'append').symbol).toBe('Log › append')
    expect(quoteRegion(FILE, LOG, 'check').symbol).toBe('Log › append')
    expect(quoteRegion(FILE, LOG, 'roll').symbol).toBe('roll')
  })

  it('names RocketMQ’s counterpart: its own comment’s first, else the file’s', () => {
    expect(quoteRegion(FILE, LOG, 'roll').counterpart).toBe('`MappedFileQueue.getLastMappedFile`')
    expect(quoteRegion(FILE, LOG, 'append').counterpart).toBe('`CommitLog`, `MappedFileQueue`')
    expect(quoteRegion('a.ts', '// #region a\nx()\n// #endregion a', 'a').counterpart).toBe('')
  })

  it('finds a counterpart that stands on the line below the label', () => {
    const comments = ['/**\n * Acts. RocketMQ:\n * `A.b`.\n */', '// Acts. RocketMQ:\n// `A.b`.']
    for (const comment of comments)
      expect(quoteRegion('a.ts', `// #region a\n${comment}\nx()\n// #endregion a`, 'a').counterpart).toBe('`A.b`')
  })

  it('keeps a member call out of its counterpart’s full stop: a dot inside a name does not end it', () => {
    const source = '// #region a\n/** RocketMQ: `A.b`, see C.d too. More. */\nx()\n// #endregion a'
    expect(quoteRegion('a.ts', source, 'a').counterpart).toBe('`A.b`, see C.d too')
  })

  it('may stand in a file whose comments begin with #', () => {
    const conf = 'a=1\n# #region ports\nlistenPort=10911\n# #endregion ports\n'
    expect(quoteRegion('x.conf', conf, 'ports').lines).toEqual([{ number: 3, text: 'listenPort=10911' }])
  })
})

describe('a build stops at a region that is', () => {
  it('missing, and the sentence lists what there is', () => {
    expect(() => quoteRegion(FILE, LOG, 'apend')).toThrow(
      new RegionError(
        `Region "apend" is not in ${FILE}; it has check, append, roll: quote one of these or mark a new one.`,
      ),
    )
    expect(() => quoteRegion('nowhere.ts', undefined, 'a')).toThrow('There is no file "nowhere.ts" to quote')
  })

  it('duplicated', () => {
    const twice = '// #region a\nx\n// #endregion a\n// #region a\ny\n// #endregion a\n'
    expect(faults(twice)).toEqual([`${FILE}:4: region "a" already begins at line 1; give one of the two another name.`])
  })

  it('unclosed, or closed without having begun', () => {
    expect(faults('\n// #region a\nx\n')).toEqual([
      `${FILE}:2: region "a" is never closed; add "#endregion a" after its last line.`,
    ])
    expect(faults('// #endregion a\n')).toEqual([
      `${FILE}:1: "#endregion a" closes nothing; add "#region a" above or remove this line.`,
    ])
    expect(() => quoteRegion(FILE, '// #region a\nx\n', 'a')).toThrow('never closed')
  })

  it('empty', () => {
    expect(faults('// #region a\n\n// #endregion a\n')).toEqual([
      `${FILE}:1: region "a" is empty; put code between its markers or remove them.`,
    ])
  })

  it('badly named', () => {
    expect(faults('// #region My Region\nx\n')).toEqual([
      `${FILE}:1: the region name "My Region" is not kebab-case; rename it to small letters, digits and dashes.`,
    ])
  })

  it('quoted nowhere, unless its chapter is still to come', () => {
    const sources = new Map([[FILE, LOG]])
    const quotes = findQuotes(
      'roles.mdx',
      `<Code file="${FILE}" region="append" />\n<Code region='roll' file='${FILE}' />`,
    )
    const sentence = `${FILE}: region "check" is quoted nowhere; quote it in a chapter or remove its markers.`
    expect(auditRegions(sources, quotes, () => false)).toEqual([sentence])
    expect(auditRegions(sources, quotes, (file) => file === FILE)).toEqual([])
  })
})

describe('the audit', () => {
  it('says on which page a bad quote stands', () => {
    const [fault] = auditRegions(new Map([[FILE, LOG]]), [{ page: 'roles.mdx', file: FILE, region: 'x' }], () => true)
    expect(fault).toMatch(/^roles\.mdx: Region "x" is not in /)
  })

  it('says a malformed region once, although a page also quotes it', () => {
    const sources = new Map([[FILE, '// #region a\nx\n']])
    expect(auditRegions(sources, [{ page: 'roles.mdx', file: FILE, region: 'a' }], () => true)).toHaveLength(1)
  })

  it('finds quotes over several lines and ignores other code blocks', () => {
    const page = '<Code\n  file="a.ts"\n  region="b"\n/>\n<Code code="x" lang="ts" />\n`Code`'
    expect(findQuotes('p', page)).toEqual([{ page: 'p', file: 'a.ts', region: 'b' }])
  })
})

it('a whole file is shown without markers, and its lines keep their numbers', () => {
  const lines = withoutMarkers('a\n// #region x\nb\n// #endregion x\n')
  expect(lines).toEqual([
    { number: 1, text: 'a' },
    { number: 3, text: 'b' },
  ])
})
