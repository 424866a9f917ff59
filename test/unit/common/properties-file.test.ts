/** Configuration files are read as `java.util.Properties` reads them; settings say what nobody has asked for. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { javaTrim } from '../../../reference/common/java-text.ts'
import { likeliestName } from '../../../reference/common/likeliest-name.ts'
import { NotFollowed } from '../../../reference/common/not-followed.ts'
import { ConfigError, parseProperties, propertiesText, Settings } from '../../../reference/common/properties-file.ts'
import { PROPERTIES_CASES } from '../../support/properties-cases.ts'

it.each(PROPERTIES_CASES)('$text', ({ text, entries }) => {
  if (entries === undefined) expect(() => parseProperties(text, 'broker.conf')).toThrow(ConfigError)
  else expect(Object.fromEntries(parseProperties(text, 'broker.conf'))).toEqual(entries)
})

it('a broken \\u is one sentence with the line', () => {
  expect(() => parseProperties('a=1\n\nb=\\uzz11', 'broker.conf')).toThrow(
    'broker.conf line 3: "\\uzz11" is no character; \\u needs four hexadecimal digits',
  )
})

/** As `Properties.store` writes: what is written must be read back. */
function escaped(text: string, isName: boolean): string {
  return [...text]
    .map((letter, i) => {
      if (letter === ' ' && (isName || i === 0)) return '\\ '
      const code = letter.charCodeAt(0)
      if (letter.length === 1 && (code < 0x20 || code > 0x7e)) return `\\u${code.toString(16).padStart(4, '0')}`
      return '\\=:#!'.includes(letter) ? `\\${letter}` : letter
    })
    .join('')
}

it('whatever is written as Java writes it is read back', () => {
  const anyText = fc.string({ unit: 'binary', maxLength: 20 })
  fc.assert(
    fc.property(fc.dictionary(anyText, anyText, { maxKeys: 5 }), (entries) => {
      const text = Object.entries(entries)
        .map(([name, value]) => `${escaped(name, true)}=${escaped(value, false)}\n`)
        .join('')
      expect([...parseProperties(text, 'x')].sort()).toEqual(Object.entries(entries).sort())
    }),
  )
})

it('and so is whatever we write', () => {
  const anyText = fc.string({ unit: 'binary', maxLength: 20 })
  fc.assert(
    fc.property(
      fc.dictionary(
        anyText.filter((name) => name !== ''),
        anyText,
      ),
      (entries) => {
        const text = propertiesText(Object.entries(entries))
        expect([...parseProperties(text, 'x')].sort()).toEqual(Object.entries(entries).sort())
      },
    ),
  )
})

it('numbers, flags and texts may have blanks behind them, as a text of RocketMQ may', () => {
  const settings = new Settings(parseProperties('a=7 \nb=true\t\nc= word \nd=\u00a07', 'x'), 'x')
  expect([settings.whole('a', 0, 0, 9), settings.flag('b', false), settings.text('c', '')]).toEqual([7, true, 'word'])
  expect(() => settings.whole('d', 0, 0, 9)).toThrow(ConfigError)
})

it('Java trims up to U+0020 and nothing else', () => {
  expect(javaTrim('\u0000\t a b \u001f ')).toBe('a b')
  expect(javaTrim('\u00a0a\u3000')).toBe('\u00a0a\u3000')
  expect(javaTrim(' \t ')).toBe('')
})

it('what nobody asks for is told once each, unless it says what holds anyway', () => {
  const notFollowed = new NotFollowed([['there are none', 'threads queues']], { threads: '1' }, 'broker')
  const tell = (entries: Record<string, string>) => {
    const settings = new Settings(new Map(Object.entries(entries)), 'x')
    settings.whole('port', 1, 0, 9)
    const lines: string[] = []
    notFollowed.report(settings, ['port'], (line) => lines.push(line))
    return lines
  }
  expect(tell({ port: '2', threads: '1', 'tls.enable': 'true' })).toEqual([])
  expect(tell({ threads: '4' })).toEqual(['not followed: threads because there are none'])
  expect(tell({ prot: '4' })).toEqual([
    'not followed: prot because neither RocketMQ nor this broker has such a setting; did you mean port?',
  ])
  expect(tell({ unlike: '4' })).toEqual([
    'not followed: unlike because neither RocketMQ nor this broker has such a setting',
  ])
  expect(likeliestName('x'.repeat(1_000_000), ['port'])).toBeUndefined()
})
