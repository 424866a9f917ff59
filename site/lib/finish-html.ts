/**
 * The last touch on each page of the build, as pure functions from a parsed page to changes of its text.
 *
 * A page is parsed as a browser parses it (`rehype`), and then changed in its text at the places that the parser found:
 * all other bytes stay as they were, so that hashes of scripts hold. Parsing is what costs time, so it is done once a page.
 *
 * | step       | why                                                                                              |
 * | ---------- | ------------------------------------------------------------------------------------------------ |
 * | theme      | without JavaScript the page must follow the system's light or dark, not a default written in it   |
 * | tables     | what scrolls must be reachable by the keyboard                                                    |
 * | names      | a long name of a method in a narrow column breaks before a capital, not inside of a word            |
 * | links      | authors write `/glossary/`; under a sub-path that becomes `/book/glossary/`                        |
 * | styles     | a style that comes after the first paint makes the browser look for fonts anew: late ones move the text |
 * | scripts    | the script that prepares a lab's sandbox waits for no other script                                 |
 * | frame      | the frame of a lab's sandbox begins while the rest of the page is read                              |
 * | fetching   | a lab's first scripts come first; what its page needs at the first touch is there without a network too |
 * | layout     | a page with sections or a workbench is laid out otherwise; a selector that finds that out costs every step |
 * | policy     | a content security policy: own origin only, inline scripts by hash                                |
 */
import { createHash } from 'node:crypto'
import type { Element, Nodes } from 'hast'
import { rehype } from 'rehype'
import { visit } from 'unist-util-visit'
import { FRAME_SCRIPT, frameHtml } from '../../labs/runtime/page/page-frame.ts'

const parser = rehype().data('settings', { verbose: true })

/** A page, parsed. */
export interface ParsedPage {
  readonly html: string
  /** Every element that stands in the text, in its order, those inside of templates too. */
  readonly elements: readonly Element[]
}

/** A piece of the text to replace; `end` is exclusive. */
export interface Edit {
  readonly at: number
  readonly end: number
  readonly text: string
}

/** Parses a page. */
export function parsePage(html: string): ParsedPage {
  const elements: Element[] = []
  const collect = (tree: Nodes): void =>
    visit(tree, 'element', (element) => {
      if (openingOf(element) !== undefined) elements.push(element)
      if (element.content !== undefined) collect(element.content)
    })
  collect(parser.parse(html))
  return { html, elements }
}

/** Where the opening tag of an element stands; undefined for one that the parser has added. */
function openingOf(element: Element): { readonly at: number; readonly end: number } | undefined {
  const { start, end } = element.data?.position?.opening ?? {}
  return start?.offset === undefined || end?.offset === undefined ? undefined : { at: start.offset, end: end.offset }
}

/** Where an attribute stands, with name and value; undefined when the element does not have it. */
function attributeOf(element: Element, property: string): { readonly at: number; readonly end: number } | undefined {
  const { start, end } = element.data?.position?.properties?.[property] ?? {}
  return start?.offset === undefined || end?.offset === undefined ? undefined : { at: start.offset, end: end.offset }
}

/** The page's text with all edits made; no two of them may overlap. */
export function edited({ html }: ParsedPage, edits: readonly Edit[]): string {
  let text = html
  for (const edit of [...edits].sort((a, b) => b.at - a.at))
    text = text.slice(0, edit.at) + edit.text + text.slice(edit.end)
  return text
}

/** Removes the theme that the shell writes into the page; the reader's own comes from a script or the system. */
export function freeTheme({ elements }: ParsedPage): readonly Edit[] {
  const root = elements.find(({ tagName }) => tagName === 'html')
  const theme = root && attributeOf(root, 'dataTheme')
  return theme === undefined ? [] : [{ at: theme.at - 1, end: theme.end, text: '' }]
}

/** What a page may hold, by class, and the attribute of `html` that says so to the style sheets. */
const MARKED: Readonly<Record<string, string>> = {
  'gmq-section': 'data-sections',
  'before-bench': 'data-bench',
  'before-play': 'data-playground',
}

/** Marks a page that is laid out otherwise for what it holds: sections with panes, a lab's workbench, the playground. */
export function markLayout({ elements }: ParsedPage): readonly Edit[] {
  const root = elements.find(({ tagName }) => tagName === 'html')
  const opening = root && openingOf(root)
  if (opening === undefined) return []
  const classes = new Set(elements.flatMap(({ properties }) => [properties['className']].flat()))
  const marks = Object.entries(MARKED).filter(([name]) => classes.has(name))
  return marks.map(([, attribute]) => ({ at: opening.end - 1, end: opening.end - 1, text: ` ${attribute}` }))
}

/** Moves the styles of components from the middle of the page into its head, in their order and each once. */
export function earlyStyles({ html, elements }: ParsedPage): readonly Edit[] {
  const headEnd = elements.find(({ tagName }) => tagName === 'head')?.data?.position?.closing?.start?.offset
  if (headEnd === undefined) return []
  const late = elements
    .filter(({ tagName }) => tagName === 'style')
    .map(({ position }) => ({ at: position!.start.offset!, end: position!.end.offset! }))
    .filter(({ at }) => at > headEnd)
  const moved = [...new Set(late.map(({ at, end }) => html.slice(at, end)))].join('')
  return [...late.map((one) => ({ ...one, text: '' })), { at: headEnd, end: headEnd, text: moved }]
}

/** The script of a lab's page begins the sandbox, which takes longer than all else: it runs as soon as it is here. */
export function earlyScripts({ elements }: ParsedPage): readonly Edit[] {
  return elements
    .filter(({ tagName, properties }) => tagName === 'script' && LAB_SCRIPT.test(String(properties['src'] ?? '')))
    .map((script) => openingOf(script)!.at + '<script'.length)
    .map((at) => ({ at, end: at, text: ' async' }))
}

/** Whether a page holds a lab's workbench. */
function isBench(elements: readonly Element[]): boolean {
  return elements.some(({ properties }) => [properties['className']].flat().includes('before-bench'))
}

/** Puts the frame of the sandbox at the beginning of a lab's page. */
export function earlyFrame({ elements }: ParsedPage): readonly Edit[] {
  const body = elements.find(({ tagName }) => tagName === 'body')
  const at = isBench(elements) && body !== undefined ? openingOf(body)?.end : undefined
  return at === undefined ? [] : [{ at, end: at, text: frameHtml() }]
}

/**
 * Lets a lab's page fetch the scripts that prepare its sandbox at once, and those that it needs at its first touch when the browser
 * has nothing else to do: the lab works without a network from then on. These are not run before they are wanted.
 */
export function fetchScripts(
  { elements }: ParsedPage,
  first: readonly string[],
  later: readonly string[],
): readonly Edit[] {
  const at = elements.find(({ tagName }) => tagName === 'head')?.data?.position?.closing?.start?.offset
  if (at === undefined || !isBench(elements)) return []
  const links = [
    ...first.map((path) => `<link rel="modulepreload" href="${path}">`),
    ...later.map((path) => `<link rel="prefetch" as="script" href="${path}">`),
  ]
  return [{ at, end: at, text: links.join('') }]
}

/** The bundler names a page's script by the file of the page, `site/pages/labs/[lab].astro`. */
const LAB_SCRIPT = /\/_lab_\.astro/

/** A table that a chapter's author wrote scrolls sideways on a telephone, so the keyboard must reach it. */
export function focusTables({ elements }: ParsedPage): readonly Edit[] {
  return elements
    .filter(({ tagName, properties }) => tagName === 'table' && Object.keys(properties).length === 0)
    .map((table) => ({ ...openingOf(table)!, text: '<table tabindex="0">' }))
}

/** In a name such as `EpochFileCache.appendEntry`: behind a dot or an underscore, before the capital of a word; and whole entities. */
const WORD_ENDS = /&#?\w+;|(?<=[._])(?=[A-Za-z])|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g

/** Lets the names that stand as code in the cells of tables break between their words, and nowhere else. */
export function breakNames({ html, elements }: ParsedPage): readonly Edit[] {
  const places = new Set<number>()
  for (const cell of elements.filter(({ tagName }) => tagName === 'td' || tagName === 'th'))
    visit(cell, 'element', (code) => {
      if (code.tagName !== 'code') return
      visit(code, 'text', ({ position }) => {
        const [at, end] = [position?.start.offset, position?.end.offset]
        if (at === undefined || end === undefined) return
        // an entity is passed over: it is one letter of the text
        for (const { 0: entity, index } of html.slice(at, end).matchAll(WORD_ENDS))
          if (entity === '') places.add(at + index)
      })
    })
  return [...places].map((at) => ({ at, end: at, text: '<wbr>' }))
}

/** Puts the base before every root-relative link and source that does not have it yet. */
export function rebase({ html, elements }: ParsedPage, base: string): readonly Edit[] {
  const edits: Edit[] = []
  for (const element of elements)
    for (const property of ['href', 'src']) {
      const path = element.properties[property]
      const place = attributeOf(element, property)
      if (typeof path !== 'string' || place === undefined || rebased(path, base) === path) continue
      const slash = place.at + html.slice(place.at, place.end).indexOf('/')
      edits.push({ at: slash, end: slash + 1, text: base })
    }
  return edits
}

/** A link as it is under the base; links to elsewhere stay as they are. */
function rebased(link: string, base: string): string {
  const isOurs = link.startsWith('/') && !link.startsWith('//')
  return !isOurs || link.startsWith(base) || `${link}/` === base ? link : base + link.slice(1)
}

/**
 * Adds the policy to the head, right after the charset, which must come within the first kilobyte.
 * @param isLab the page opens the labs' sandbox, which inherits this policy and so must be allowed by it, or a WebContainer
 */
export function addPolicy({ html, elements }: ParsedPage, isLab = false): readonly Edit[] {
  const hashes = new Set<string>()
  if (isLab) hashes.add(`'sha256-${createHash('sha256').update(FRAME_SCRIPT).digest('base64')}'`)
  for (const script of elements.filter(({ tagName }) => tagName === 'script')) {
    const text = inlineText(html, script)
    if (text !== '') hashes.add(`'sha256-${createHash('sha256').update(text).digest('base64')}'`)
  }
  const policy = [
    "default-src 'self'",
    `script-src 'self' 'wasm-unsafe-eval' ${isLab ? 'data: ' : ''}${[...hashes].sort().join(' ')}`.trim(),
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    `worker-src 'self' blob:${isLab ? ' data:' : ''}`,
    ...(isLab ? ["connect-src 'self' https://stackblitz.com", "frame-src 'self' https://stackblitz.com"] : []),
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
  const head = elements.find(({ tagName }) => tagName === 'head')
  if (head === undefined) throw new Error('A page without <head> cannot have a policy: write one.')
  const charset = head.children.find((child) => child.type === 'element' && child.properties['charSet'] !== undefined)
  const at = charset?.position?.end.offset ?? openingOf(head)!.end
  return [{ at, end: at, text: `<meta http-equiv="Content-Security-Policy" content="${policy}">` }]
}

/** The text of an inline script; '' for a script from a file. */
function inlineText(html: string, script: Element): string {
  const end = script.data?.position?.closing?.start?.offset
  return script.properties['src'] !== undefined || end === undefined ? '' : html.slice(openingOf(script)!.end, end)
}

/** A link that leads to no file of the build: one sentence for each. `has` is asked for files such as `a/index.html`. */
export function brokenLinks(
  name: string,
  { elements }: ParsedPage,
  base: string,
  has: (file: string) => boolean,
): string[] {
  const faults: string[] = []
  for (const { tagName, properties } of elements) {
    if (tagName !== 'a' || typeof properties['href'] !== 'string') continue
    const link = rebased(properties['href'], base)
    if (!link.startsWith('/') || link.startsWith('//')) continue
    const path = decodeURIComponent(link.replace(/[?#].*$/, ''))
    const below = path.startsWith(base) ? path.slice(base.length) : path.slice(1)
    const file = below === '' || below.endsWith('/') ? `${below}index.html` : below
    if (!has(file)) faults.push(`${name}: the link to ${link} leads nowhere; write that page or remove the link.`)
  }
  return faults
}
