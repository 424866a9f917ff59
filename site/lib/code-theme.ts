/**
 * The two themes of code: the book's ink and six quiet hues, on a pane. Comments are text here and stay easy to read.
 *
 * Colours repeat the tokens of `site/styles/tokens.css` because the highlighter needs them as hex at build time.
 */

interface Palette {
  readonly name: string
  readonly type: 'light' | 'dark'
  readonly background: string
  readonly ink: string
  readonly comment: string
  readonly keyword: string
  readonly string: string
  readonly number: string
  readonly type_: string
  readonly call: string
  readonly punctuation: string
}

/** What the highlighter accepts: the shape of an editor's theme. */
export interface CodeTheme {
  readonly name: string
  readonly type: 'light' | 'dark'
  readonly colors: Record<string, string>
  readonly tokenColors: {
    readonly scope: string[]
    readonly settings: { readonly foreground: string }
  }[]
}

/** On paper. */
export const glassLight: CodeTheme = theme({
  name: 'glass-light',
  type: 'light',
  background: '#f3f6f8',
  ink: '#161a20',
  comment: '#4f5d6c',
  keyword: '#6b3aa8',
  string: '#00614a',
  number: '#8f4d00',
  type_: '#0a5786',
  call: '#123f66',
  punctuation: '#4a525d',
})

/** At night. */
export const glassDark: CodeTheme = theme({
  name: 'glass-dark',
  type: 'dark',
  background: '#172027',
  ink: '#e8ecef',
  comment: '#9fb0bf',
  keyword: '#c9b0f3',
  string: '#7fd9bb',
  number: '#f3b663',
  type_: '#8fcdf4',
  call: '#cfe4f5',
  punctuation: '#aab5bf',
})

function theme(p: Palette): CodeTheme {
  const rule = (foreground: string, scope: string[]) => ({ scope, settings: { foreground } })
  return {
    name: p.name,
    type: p.type,
    colors: { 'editor.background': p.background, 'editor.foreground': p.ink },
    tokenColors: [
      rule(p.comment, ['comment', 'punctuation.definition.comment']),
      rule(p.comment, ['comment storage.type', 'comment entity.name', 'comment variable']),
      rule(p.keyword, ['keyword', 'storage', 'variable.language', 'constant.language']),
      rule(p.punctuation, ['punctuation', 'keyword.operator', 'meta.brace']),
      rule(p.string, ['string', 'punctuation.definition.string', 'punctuation.definition.template-expression']),
      rule(p.number, ['constant.numeric', 'constant.character.escape', 'variable.other.constant']),
      rule(p.type_, ['entity.name.type', 'entity.other.inherited-class', 'support.type', 'support.class']),
      rule(p.call, ['entity.name.function', 'support.function']),
      rule(p.ink, ['variable', 'meta.object-literal.key', 'variable.other.property']),
    ],
  }
}
