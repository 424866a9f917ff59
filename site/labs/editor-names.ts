/**
 * Hover and completion from the names that a file may use. Nothing is typed without the learner's key: no name is chosen
 * until an arrow key chooses it, so Enter stays Enter.
 *
 * A name that is completed from another module brings its import line along, if the file has none for it.
 */
import {
  autocompletion,
  type Completion,
  type CompletionContext,
  type CompletionResult,
} from '@codemirror/autocomplete'
import { syntaxTree } from '@codemirror/language'
import type { EditorState, Extension } from '@codemirror/state'
import { type EditorView, hoverTooltip } from '@codemirror/view'
import { type LabName, type LabNames, membersOf, type NamedModule, nameAt } from '../../labs/names.ts'

/** A chain of names with dots between, at the end of a text. */
const CHAIN = /(?:[\w$]+\s*\??\.\s*)*[\w$]*$/
/** Characters of a line that are looked at for a chain. */
const LOOK_BACK_MAX = 200

export function namesExtension(names: LabNames): Extension {
  return [
    autocompletion({ override: [(context) => complete(names, context)], icons: false, selectOnOpen: false }),
    hoverTooltip((view, at) => hover(names, view.state, at)),
  ]
}

function chainBefore(state: EditorState, at: number): { readonly chain: readonly string[]; readonly from: number } {
  const line = state.doc.lineAt(at)
  const text = line.text.slice(Math.max(0, at - line.from - LOOK_BACK_MAX), at - line.from)
  const parts = (CHAIN.exec(text)?.[0] ?? '').split(/\s*\??\.\s*/)
  return { chain: parts.slice(0, -1), from: at - (parts.at(-1)?.length ?? 0) }
}

function complete(names: LabNames, context: CompletionContext): CompletionResult | null {
  if (/String|Comment/.test(syntaxTree(context.state).resolveInner(context.pos, -1).name)) return null
  const { chain, from } = chainBefore(context.state, context.pos)
  if (chain.length === 0 && from === context.pos && !context.explicit) return null
  const options =
    chain.length > 0
      ? membersOf(names, chain).map((name) => option(name))
      : [
          ...Object.keys(names.variables)
            .flatMap((name) => nameAt(names, [], name) ?? [])
            .map((name) => option(name)),
          ...names.modules.flatMap((module) => module.names.map((name) => option(name, module))),
        ]
  return options.length === 0 ? null : { from, options, validFor: /^[\w$]*$/ }
}

function option(name: LabName, module?: NamedModule): Completion {
  return {
    label: name.name,
    detail: name.signature,
    info: name.about === '' ? undefined : name.about,
    apply: (view, _completion, from, to) => insert(view, name, module, from, to),
  } as Completion
}

function insert(
  view: EditorView,
  { name, signature }: LabName,
  module: NamedModule | undefined,
  from: number,
  to: number,
) {
  const changes = [{ from, to, insert: name }]
  const isImported = new RegExp(`^import\\b[^\\n]*\\b${name}\\b`, 'm').test(view.state.doc.toString())
  if (module !== undefined && !isImported) {
    const type = signature === 'interface' || signature === 'type' ? 'type ' : ''
    changes.unshift({ from: 0, to: 0, insert: `import ${type}{ ${name} } from '${module.specifier}'\n` })
  }
  view.dispatch({
    changes,
    selection: { anchor: from + name.length + (changes.length > 1 ? changes[0]!.insert.length : 0) },
    userEvent: 'input.complete',
  })
}

function hover(names: LabNames, state: EditorState, at: number) {
  const word = state.wordAt(at)
  if (word === null) return null
  const { chain } = chainBefore(state, word.to)
  const found = nameAt(names, chain, state.sliceDoc(word.from, word.to))
  if (found === undefined) return null
  return {
    pos: word.from,
    end: word.to,
    create() {
      const dom = document.createElement('div')
      dom.className = 'cm-name'
      const [code, about] = [document.createElement('code'), document.createElement('p')]
      code.textContent = `${found.name}: ${found.signature}`
      about.textContent = found.about
      dom.append(code, ...(found.about === '' ? [] : [about]))
      return { dom }
    },
  }
}
