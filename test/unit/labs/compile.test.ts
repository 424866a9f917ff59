/** What a learner types is compiled in one pass: comments are not code, lines stay, and no text makes it slow. */
import { describe, expect, it } from 'vitest'
import { withoutWords } from '../../../labs/program/code-words.ts'
import { compile } from '../../../labs/program/compile.ts'
import { FILE_BYTES_MAX } from '../../../labs/program/limits.ts'
import { advice } from '../../../site/labs/editor.ts'

describe('what is code', () => {
  it.each([
    ['// enum A {\nlet a', `${' '.repeat(11)}\nlet a`],
    ['/* a\nb */ c', '    \n     c'],
    ["x('it\\'s //') // y", `x(${' '.repeat(10)}) ${' '.repeat(4)}`],
    ["'open\nnext", '     \nnext'],
    ['/* open', '       '],
  ])('%j keeps its lines and columns', (text, expected) => {
    const code = withoutWords(text)
    expect(code.length).toBe(text.length)
    expect(code.split('\n').map((line) => line.length)).toEqual(text.split('\n').map((line) => line.length))
    expect(code).toBe(expected)
  })

  it('leaves the code inside a template', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a template inside of a text is what is tested
    const code = withoutWords('`x ${ a + `y ${b} z` + { c: 1 }.c } w` + d')
    expect(code.replace(/\s+/g, ' ').trim()).toMatch(/^a \+ b \+ \{ c: 1 \}\.c \+ d$/)
  })
})

describe('the compiler', () => {
  it.each([
    'export const a = 1\n// namespace of names\n',
    '/*\nnamespace A {\n*/\nexport const a = 1',
    'export const text = `\nenum A {\n`',
    'const namespace = 1\nexport const a = namespace / 2',
    `// ${'('.repeat(300)}\nexport const a = 1`,
  ])('takes %j, which only mentions what is not erasable', (text) => {
    expect(compile('a.ts', text).error).toBeUndefined()
  })

  it.each([
    ['enum A { B }', 1],
    ['\n\nexport namespace A.B {\n}', 3],
    ['const a = 1\n  const enum C { D }', 2],
  ])('refuses %j at its line', (text, line) => {
    expect(compile('a.ts', text).error).toMatchObject({ line, text: expect.stringMatching(/not erasable/) })
  })

  // Every size below the limit must be linear: at 250,000 characters a quadratic step would be 31 thousand million.
  it.each([
    ['blank lines', '\n'],
    ['spaces', ' '],
    ['openings of comments', '/*\n'],
    ['backticks', '`'],
    ['quotes', "'"],
    ['starts of templates', '`${'],
    ['words that are refused', 'export \n'],
  ])('looks at a file of nothing but %s once', (_name, one) => {
    const text = one.repeat(Math.floor((FILE_BYTES_MAX - 10) / one.length))
    expect(withoutWords(text)).toHaveLength(text.length)
    if (/^\s+$/.test(one)) expect(compile('a.ts', text).error).toBeUndefined()
    expect(advice(text)).toEqual([])
  })

  it('warns at names that a node does not have, and not in comments', () => {
    expect(advice('// Date\nDate.now()').map(({ from }) => from)).toEqual([8])
  })
})
