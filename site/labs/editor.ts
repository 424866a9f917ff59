/**
 * The editor of a lab's files: CodeMirror in the book's own ink, with compile errors and advice beside the line.
 *
 * Tab indents; Esc and then Tab leaves. The learner's text is never changed behind his back: no formatting, and completion
 * only by his own key (`editor-names.ts`).
 */
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands'
import { javascript } from '@codemirror/lang-javascript'
import {
  bracketMatching,
  HighlightStyle,
  indentOnInput,
  indentUnit,
  StreamLanguage,
  syntaxHighlighting,
} from '@codemirror/language'
import { type Diagnostic, lintGutter, setDiagnostics } from '@codemirror/lint'
import { EditorState, type Extension } from '@codemirror/state'
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
} from '@codemirror/view'
import { tags } from '@lezer/highlight'
import type { EditableFile } from '../../labs/lab.ts'
import { withoutWords } from '../../labs/program/code-words.ts'
import type { CompileError } from '../../labs/program/compile.ts'
import { ADVICE } from '../../labs/runtime/ambient.ts'

/** Colours are variables of `workbench.css`, so the theme of the page is the theme of the code. */
const INK = HighlightStyle.define([
  { tag: [tags.comment], color: 'var(--code-comment)' },
  { tag: [tags.keyword, tags.modifier, tags.bool, tags.null, tags.self], color: 'var(--code-keyword)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--code-string)' },
  { tag: [tags.number, tags.escape], color: 'var(--code-number)' },
  { tag: [tags.typeName, tags.className], color: 'var(--code-type)' },
  { tag: [tags.function(tags.variableName), tags.function(tags.propertyName)], color: 'var(--code-call)' },
  { tag: [tags.punctuation, tags.operator], color: 'var(--code-punctuation)' },
  { tag: [tags.propertyName], color: 'var(--gmq-ink)' },
])

const THEME = EditorView.theme({
  '&': { height: '100%', color: 'var(--gmq-ink)', backgroundColor: 'transparent', fontSize: '0.875rem' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--gmq-mono)', lineHeight: '1.6', overflow: 'auto', fontVariantLigatures: 'none' },
  '.cm-content': { caretColor: 'var(--gmq-ink)', paddingBlock: '0.75rem' },
  '.cm-cursor': { borderLeftColor: 'var(--gmq-ink)', borderLeftWidth: '2px' },
  '.cm-gutters': { backgroundColor: 'transparent', color: 'var(--gmq-ink-3)', border: 'none' },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'var(--gmq-glass)' },
  '.cm-activeLineGutter': { color: 'var(--gmq-ink)' },
  '&.cm-focused .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'color-mix(in oklab, var(--gmq-broker) 26%, transparent) !important',
  },
  '&.cm-focused .cm-matchingBracket': {
    backgroundColor: 'var(--gmq-broker-glass)',
    outline: '1px solid var(--gmq-broker)',
  },
  '.cm-tooltip': {
    border: '1px solid var(--gmq-glass-edge)',
    borderRadius: 'var(--gmq-radius)',
    backgroundColor: 'var(--gmq-table)',
    color: 'var(--gmq-ink)',
    fontFamily: 'var(--gmq-sans)',
  },
})

/** `name = value` and `# comment`. */
const properties = StreamLanguage.define({
  startState: () => ({ isValue: false }),
  token(stream, state) {
    if (stream.sol()) state.isValue = false
    if (stream.sol() && stream.match(/\s*#.*/)) return 'comment'
    if (stream.match(/\s*=\s*/)) {
      state.isValue = true
      return 'operator'
    }
    if (state.isValue) {
      stream.skipToEnd()
      return 'string'
    }
    stream.match(/[^=]+/) || stream.next()
    return 'propertyName'
  },
})

/** Characters that look like a space or like nothing, besides those that CodeMirror marks itself: each is drawn as a dot with its name. */
const INVISIBLE = /[\u00a0\u1680\u2000-\u200a\u202f\u205f\u2060-\u2064\u3000\u00ad\u180e]/gu

/** How a file of a lab looks. */
export function fileExtensions(file: Pick<EditableFile, 'kind' | 'path'>): Extension {
  return [
    file.kind === 'module' ? javascript({ typescript: true }) : properties,
    syntaxHighlighting(INK),
    indentUnit.of('  '),
    lineNumbers(),
    THEME,
    EditorView.lineWrapping,
    highlightSpecialChars({ addSpecialChars: INVISIBLE }),
    EditorView.contentAttributes.of({ 'aria-label': file.path, tabindex: '0' }),
  ]
}

/** A file to type in. */
export function editableState(
  file: EditableFile,
  text: string,
  onEdit: (text: string) => void,
  more: Extension = [],
): EditorState {
  return EditorState.create({
    doc: text,
    extensions: [
      fileExtensions(file),
      history(),
      drawSelection(),
      indentOnInput(),
      bracketMatching(),
      highlightActiveLine(),
      highlightActiveLineGutter(),
      lintGutter(),
      more,
      keymap.of([...defaultKeymap, ...historyKeymap, indentWithTab]),
      EditorView.updateListener.of((update) => {
        if (update.docChanged) onEdit(update.state.doc.toString())
      }),
    ],
  })
}

/** Marks what does not compile, and names a node does not have. */
export function mark(view: EditorView, file: EditableFile, errors: readonly CompileError[]): void {
  const { doc } = view.state
  const diagnostics: Diagnostic[] = []
  for (const { path, line, column, text } of errors) {
    if (path !== file.path) continue
    const at = doc.line(Math.min(line, doc.lines))
    const from = Math.min(at.from + column - 1, at.to)
    diagnostics.push({
      from: Math.min(from, Math.max(at.from, at.to - 1)),
      to: at.to,
      severity: 'error',
      message: text,
    })
  }
  if (file.kind === 'module') diagnostics.push(...advice(doc.toString()))
  view.dispatch(setDiagnostics(view.state, diagnostics))
}

/** Warnings at names that a node does not have, outside comments and texts. */
export function advice(text: string): Diagnostic[] {
  const code = withoutWords(text)
  return ADVICE.flatMap(({ pattern, text: message }) =>
    [...code.matchAll(pattern)].map(({ index, 0: found }) => ({
      from: index,
      to: index + found.length,
      severity: 'warning' as const,
      message,
    })),
  )
}
