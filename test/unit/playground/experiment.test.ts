/** An experiment as data: what it says comes back from a link and from a file, and nothing else comes in. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { tell } from '../../../site/playground/experiment/commands.ts'
import {
  castAt,
  type Experiment,
  ExperimentFault,
  experimentFrom,
  nextName,
  withAct,
  withoutAct,
} from '../../../site/playground/experiment/experiment.ts'
import { FIELDS, type Field, KINDS, type Kind, type Value } from '../../../site/playground/experiment/fields.ts'
import { LINK_CHARS_MAX } from '../../../site/playground/experiment/limits.ts'
import { readFile, readText, writeFile, writeText } from '../../../site/playground/experiment/text.ts'
import { actName } from '../../../site/playground/page/frame.ts'
import { experimentOf, SITUATIONS } from '../../../site/playground/situations.ts'

const SIMPLE = '1;s7;namesrv:namesrv;broker:broker-a,q8;producer:shop,r20;group:billing,m3;@5000,kill,broker-a;t12000'

/** The sentence with which something is refused. */
function refusal(read: () => unknown): string {
  try {
    read()
  } catch (error) {
    if (error instanceof ExperimentFault) return error.message
    throw error
  }
  return 'it was not refused'
}

const anyValue = (field: Field): fc.Arbitrary<Value> => {
  if (field.kind === 'whole') return fc.integer({ min: field.min, max: field.max })
  if (field.kind === 'word') return fc.constantFrom(...field.words)
  return fc.constantFrom('', '7', '7+12')
}

const valuesOf = (kind: Kind) =>
  fc.record(Object.fromEntries(Object.entries(FIELDS[kind]).map(([name, field]) => [name, anyValue(field)])), {
    requiredKeys: [],
  })

const experiments = fc
  .record({
    seed: fc.nat(0xffff_ffff),
    title: fc.constantFrom('', 'A slow shop', '慢的消费者'),
    members: fc.uniqueArray(
      fc.constantFrom(...KINDS).chain((kind) => valuesOf(kind).map((values) => ({ kind, values }))),
      { maxLength: 3, selector: ({ kind }) => kind },
    ),
    atMs: fc.nat(100_000),
    killed: fc.nat(100_000),
  })
  .map(({ members, killed, ...rest }) => ({
    ...rest,
    settings: { messageIndexEnable: 'true', flushDiskType: 'SYNC_FLUSH' },
    cast: members.map(({ kind, values }) => ({
      kind,
      name: nextName({ cast: [], acts: [] }, kind),
      values: { ...values, ...(kind === 'producer' ? { rate: 50 } : {}) },
    })),
    acts: members.filter(({ kind }) => kind === 'broker').map(() => ({ atMs: killed, does: 'kill', on: 'broker-a' })),
  }))

describe('a link', () => {
  it('is the whole experiment: what is read and written again is the same', () => {
    expect(writeText(readText(SIMPLE))).toBe(SIMPLE)
    fc.assert(
      fc.property(experiments, (given) => {
        const experiment = experimentFrom(given)
        const text = writeText(experiment)
        expect(readText(`#${text}`)).toEqual(experiment)
        expect(writeText(readText(text))).toBe(text)
        expect(readFile(writeFile(experiment))).toEqual(experiment)
      }),
      { numRuns: 60 },
    )
  })

  it('fits a chat message, and an address holds its characters as they are', () => {
    for (const situation of SITUATIONS) {
      const text = writeText(experimentOf(situation))
      expect(text.length, situation.id).toBeLessThan(320)
      expect(new URL(`http://localhost/#${text}`).hash.slice(1)).toBe(text)
    }
  })

  it('has one text, whatever the order in which its parts were given', () => {
    const one = experimentFrom({
      cast: [{ kind: 'broker', name: 'broker-a', values: { slaves: 1, queues: 2 } }],
      settings: { b: '1', a: '2' },
    })
    const other = experimentFrom({
      settings: { a: '2', b: '1' },
      cast: [{ values: { queues: 2, slaves: 1 }, name: 'broker-a', kind: 'broker' }],
    })
    expect(writeText(one)).toBe(writeText(other))
  })
})

describe('what is not an experiment', () => {
  const hostile: readonly (readonly [string, string])[] = [
    ['', 'does not begin like'],
    ['2;s1', 'does not begin like'],
    [`1;${'x'.repeat(LINK_CHARS_MAX)}`, 'characters'],
    ['1;s1;<img src=x onerror=alert(1)>', 'means nothing'],
    ['1;robot:shop', 'the kind “robot”'],
    ['1;producer:Shop', 'a name looks like'],
    ['1;producer:operator', 'a name looks like'],
    ['1;producer:__proto__', 'a name looks like'],
    ['1;producer:shop;producer:shop', 'two members with the name shop'],
    ['1;producer:shop,r-5', 'Rate of shop must be a whole number'],
    ['1;producer:shop,r1e9', 'Rate of shop must be a whole number'],
    ['1;producer:shop,r201', 'from 0 to 200'],
    ['1;producer:shop,m9', 'must be one of sync'],
    ['1;producer:shop,?9', 'no such field'],
    ['1;group:billing,p1+2+3+4+5+6', 'at most 5 numbers'],
    ['1;!__proto__=x;producer:shop', 'The setting'],
    ['1;!a=b c', 'The setting'],
    ['1;producer:shop;@5,kill,nobody', 'no node with the name “nobody”'],
    ['1;producer:shop;@5,explode,shop', 'is not known'],
    ['1;producer:shop;@-5,kill,shop', 'The time of act 1'],
    ['1;producer:shop;@99999999,kill,shop', 'The time of act 1'],
    ['1;producer:shop;@5,burst,shop=99999', '1 to 2000 messages'],
    ['1;producer:shop;@5,slow,shop~shop=5', 'cannot slow'],
    ['1;producer:shop;@5,vary,shop,group,m3', 'no group with the name'],
    ['1;namesrv:a;namesrv:b;namesrv:c;namesrv:d;namesrv:e', 'at most 4 fit'],
    ['1;group:a,m12;group:b,m12;group:c,m12;group:d,m12', 'nodes; at most'],
    ['1;producer:a,r200;producer:b,r200;producer:c,r200', 'messages a second'],
    ['1;n%E0%A4%A', 'not well written'],
    ['1;n%3Cscript%3E', 'The title'],
    ['1;t99999999', 'The moment'],
    ['1;s99999999999', 'means nothing'],
    [`1;producer:shop${';@1,kill,shop'.repeat(81)}`, 'at most 80'],
  ]

  it.each(hostile)('is refused with one sentence: %s', (text, part) => {
    const sentence = refusal(() => readText(text))
    expect(sentence).toContain(part)
    expect(sentence).toMatch(/^[A-Z“a-z][^\n]*\.$/)
    expect(sentence.length).toBeLessThan(200)
  })

  it('is refused as a file, too', () => {
    for (const text of [
      '',
      'null',
      '[]',
      '{}',
      '{"format":"glassmq-experiment","version":1}',
      '{"format":"x"',
      `"${'x'.repeat(100_001)}"`,
      '{"format":"glassmq-experiment","version":1,"cast":[{"kind":"broker","name":"broker-a","values":{"toString":1}}]}',
    ])
      expect(refusal(() => readFile(text))).toMatch(/\.$/)
  })

  it('never makes anything but an experiment or a refusal of bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'1;:,@!=~+abmnqrst059#%_'), maxLength: 60 }), (text) => {
        try {
          const experiment = readText(`1;${text}`)
          expect(readText(writeText(experiment))).toEqual(experiment)
        } catch (error) {
          expect(error).toBeInstanceOf(ExperimentFault)
        }
      }),
      { numRuns: 300 },
    )
  })
})

describe('what is done', () => {
  const base = readText(SIMPLE)

  it('is said in the words of an operator, with the command for a real cluster', () => {
    const told = (act: Parameters<typeof tell>[0], experiment: Experiment = base) => tell(act, castAt(experiment, 0))
    expect(told({ atMs: 1, does: 'vary', on: 'broker-a', kind: 'broker', values: { queues: 16 } })).toEqual({
      words: 'broker-a now has 16 queues',
      command: 'sh bin/mqadmin updateTopic -b broker-a:10911 -t Orders -r 16 -w 16',
    })
    expect(told({ atMs: 1, does: 'restart', on: 'broker-a' }).command).toContain('mqbroker')
    expect(told({ atMs: 1, does: 'restart', on: 'billing-2' }).command).toBe('java -jar billing.jar &')
    // a run is called by what was done, in the same words
    expect(actName(base.acts[0]!, base)).toBe('broker-a is killed at 5.0 s')
    expect(told({ atMs: 1, does: 'clock', on: 'broker-a=60000' })).toEqual({
      words: 'The clock of broker-a is set 60 s ahead',
      command: "ssh broker-a date -s '60 seconds'",
    })
  })

  it('in the past, leaves what is done later, and can be taken back', () => {
    const stop = { atMs: 3_000, does: 'stop', on: 'billing-1' } as const
    const forked = withAct(base, stop)
    expect(forked.acts.map(({ does }) => does)).toEqual(['stop', 'kill'])
    expect(forked.atMs).toBe(3_000)
    expect(withoutAct(forked, forked.acts[0]!)).toEqual({ ...base, atMs: 3_000 })
    const grown = withAct(withAct(base, { atMs: 6_000, does: 'add', on: 'kiosk', kind: 'producer', values: {} }), {
      atMs: 7_000,
      does: 'kill',
      on: 'kiosk',
    })
    expect(refusal(() => withoutAct(grown, grown.acts.find(({ does }) => does === 'add')!))).toContain(
      'no node with the name “kiosk”',
    )
  })
})
