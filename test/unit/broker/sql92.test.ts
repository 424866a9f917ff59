/** SQL92 filters as RocketMQ understands them: three values, texts read as numbers, and refusals with a sentence. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileSql } from '../../../reference/broker/filter/sql92.ts'
import { SqlError } from '../../../reference/broker/filter/sql92-lexer.ts'

const message = new Map(
  Object.entries({
    a: '5',
    b: '1.5',
    region: 'hangzhou',
    yes: 'TRUE',
    big: '3000000000',
    empty: '',
    text: "it's",
    nan: 'nan',
    infinity: 'Infinity'.toLowerCase(),
    notANumber: 'NaN',
    endless: 'Infinity',
    wide: '\u00a02.0',
    blanks: '\u0001 2.0\t',
    minusZero: '-0.0',
    zero: '0.0',
    large: '9007199254740993',
  }),
)
const passes = (filter: string) => compileSql(filter)(message)

describe('a message with a=5, b=1.5, region=hangzhou', () => {
  it.each([
    // comparisons with numbers
    ['a > 3', true],
    ['a > 5', false],
    ['a >= 5 AND a <= 5', true],
    ['5 = a', true],
    ['a = 5L', true],
    ['a <> 5', false],
    ['a > 4.5', true],
    ['b = 1.5', true],
    ['a < -3', false],
    ['-3 < a', true],
    ['a > +4', true],
    // a text that is no whole number fails the filter, whatever the rest says
    ['b > 1', false],
    ['b > 1 OR TRUE', false],
    ['TRUE OR b > 1', true],
    ['region > 1', false],
    ['big > 5', false],
    ['big > 2999999999L', true],
    ['big > 5.0', true],
    // texts
    ["region = 'hangzhou'", true],
    ["region <> 'beijing'", true],
    ["text = 'it''s'", true],
    ['a > b', true],
    ['region > a', false],
    ["region IN ('beijing', 'hangzhou')", true],
    ["region not in ('beijing')", true],
    ["region CONTAINS 'gz'", true],
    ["region STARTSWITH 'hang' and region ENDSWITH 'zhou'", true],
    ["region NOT CONTAINS 'x'", true],
    ["region CONTAINS ''", false],
    ["region NOT CONTAINS ''", false],
    ["nothing NOT CONTAINS 'x'", false],
    // nothing there
    ['nothing IS NULL', true],
    ['a IS NOT NULL', true],
    ['nothing > 3', false],
    ['NOT (nothing > 3)', false],
    ["nothing IN ('x') OR a = 5", true],
    ["NOT (nothing IN ('x'))", false],
    ['nothing > 3 OR a = 5', true],
    ['NOT (nothing > 3 OR a = 6)', false],
    ['NOT (nothing > 3 AND a = 5)', false],
    ['NOT (nothing > 3 AND a = 6)', true],
    ['nothing > 3 AND a = 5', false],
    ['NOT (nothing > 3 AND a = 6)', true],
    ['nothing <> 3', false],
    // between, booleans, comments
    ['a BETWEEN 1 AND 5', true],
    ['a NOT BETWEEN 1 AND 5', false],
    ['a NOT BETWEEN 6 AND 7', true],
    ['yes = TRUE', true],
    ['yes = false', false],
    ['yes', false],
    ['NOT yes', true],
    ['(a > 3) = TRUE', true],
    ['TRUE', true],
    ['a > 3 -- and so on\n AND b = 1.5 /* done */', true],
    // a note in the last line; without a line end `--` is two signs, as in Java
    ['a > 3 -- note', true],
    ["a > 3 -- it's a note; §", true],
    ['a = --5', true],
    ['a > 9 -- note', false],
    // both missing: as in Java, nothing is nothing
    ['none = nothing', true],
    ['none <> nothing', false],
    ['none > nothing', false],
    ['none = a', false],
    ['a = none', false],
    // texts as Double.valueOf reads them
    ['nan > 1.0', false],
    ['nan > 1.0 OR TRUE', false],
    ['infinity > 1.0', false],
    ['notANumber > 1.0', true],
    ['endless > 1.0', true],
    ['wide > 1.0', false],
    ['blanks > 1.0', true],
    ['minusZero >= zero', false],
    ['large = 9007199254740992.0', true],
    // NOT binds tighter than "=": this asks whether (NOT a) = 6
    ['NOT a = 6', false],
    ['NOT (a = 6)', true],
    ["a > 3 AND (b = 9.5 OR region = 'hangzhou') AND NOT (a = 6)", true],
    ['a = 5 OR a = 6 AND a = 7', true],
  ])('%s: %s', (filter, expected) => {
    expect(passes(filter)).toBe(expected)
  })
})

it.each([
  ['', /wanted at the end/],
  ['a >', /wanted at the end/],
  ['a > 3 b', /complete before "b"/],
  ['a = NULL', /IS NULL/],
  ["a > 'x'", /order/],
  ['a > TRUE', /order/],
  ["a BETWEEN 'x' AND 'y'", /order/],
  ['a BETWEEN 5 AND 3', /smaller value first/],
  ['5', /condition is wanted/],
  ["'x' AND a = 1", /condition is wanted/],
  ['a IN (1)', /text/],
  ["region IN ('x' OR a = 1", /"\)" is wanted before "OR"/],
  ["region IN 'x')", /"\(" is wanted before "x"/],
  ['(a > 3', /"\)" is wanted at the end/],
  ['a BETWEEN 1 OR 5', /"AND" is wanted before "OR"/],
  ['a IS NOT TRUE', /"NULL" is wanted before "TRUE"/],
  ["5 IN ('x')", /property/],
  ['a = 0.0', /too small/],
  ['a = 9223372036854775808', /64 bits/],
  ['a # 3', /"#" at character 2/],
  ["a = 'open", /at character 4/],
  ['TRUE = 5', /with each other/],
  ['('.repeat(200), /levels/],
  [`a = '${'x'.repeat(9_000)}'`, /characters/],
  ["a 'NOT' IN ('x')", 'the filter was complete'],
])('%s is refused with a sentence', (filter, sentence) => {
  expect(() => compileSql(filter)).toThrow(sentence)
})

it('any text compiles or is refused, and what compiles never throws', () => {
  const piece = fc.constantFrom(
    'a',
    'b',
    'region',
    '5',
    '1.5',
    "'x'",
    'AND',
    'OR',
    'NOT',
    '(',
    ')',
    '=',
    '<>',
    '>',
    '<=',
    'IS',
    'NULL',
    'IN',
    ',',
    'BETWEEN',
    'CONTAINS',
    'TRUE',
    '-',
    '+',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 14 }), fc.string({ maxLength: 6 }), (pieces, end) => {
      try {
        expect(typeof compileSql(`${pieces.join(' ')} ${end}`)(message)).toBe('boolean')
      } catch (error) {
        expect(error).toBeInstanceOf(SqlError)
      }
    }),
    { numRuns: 5_000 },
  )
})
