/**
 * Regions: the pieces of source that pages quote by file and name, and the rules that keep both sides honest.
 *
 * A region is what stands between `// #region name` and `// #endregion name` (or `#` instead of `//`, in files whose
 * comments begin so). Names, not line numbers: they survive edits, and a missing one fails loudly.
 *
 * | what is wrong                    | who notices                                     |
 * | -------------------------------- | ----------------------------------------------- |
 * | unclosed, duplicated, empty      | `parseRegions`, whether quoted or not           |
 * | missing                          | `quoteRegion`, and `auditRegions`               |
 * | quoted nowhere                   | `auditRegions`, unless its chapter is to come   |
 *
 * A region may fold lines that do not matter here: `// #fold lite pull` … `// #endfold` are shown as one line, `// … lite pull`,
 * that opens.
 *
 * Pure: texts in, values and sentences out; `region-files.ts` reads the disk. Every sentence says what, where, and what to
 * do. Regions may nest; marker lines, also those of an inner region, are never part of what is shown.
 */

/** One line of a region, with its number in the file. */
export interface RegionLine {
  readonly number: number
  readonly text: string
  /** Inside of a fold, its words; the line is shown only when the reader opens the fold. */
  readonly fold?: string
}

/** A region ready to be shown. */
export interface Region {
  readonly file: string
  readonly name: string
  /** Without markers, blank lines at both ends and the common indentation. */
  readonly lines: readonly RegionLine[]
  /** The class and member, or the function, that the first declaration belongs to; '' where there is none. */
  readonly symbol: string
  /** RocketMQ's counterpart, from the region's own comment or else the file's header; '' if neither names one. */
  readonly counterpart: string
}

/** What a file holds: its regions, and a sentence for each that is malformed. */
export interface ParsedRegions {
  readonly regions: readonly Region[]
  readonly faults: readonly string[]
}

/** A page's wish for a region. */
export interface Quote {
  /** Where the quote stands. */
  readonly page: string
  readonly file: string
  readonly region: string
}

/** A quote that cannot be honoured. The message is one sentence for the author of the page. */
export class RegionError extends Error {
  override readonly name = 'RegionError'
}

const MARKER = /^\s*(?:\/\/|#)\s*#(region|endregion)\b\s*(.*?)\s*$/
const FOLD = /^\s*(?:\/\/|#)\s*#(fold|endfold)\b\s*(.*?)\s*$/
const NAME = /^[a-z0-9]+(?:-[a-z0-9]+)*$/

/** All regions of one file. Malformed ones are reported, not returned. */
export function parseRegions(file: string, text: string): ParsedRegions {
  const lines = text.split('\n')
  const regions: Region[] = []
  const faults: string[] = []
  const open: { name: string; from: number }[] = []
  const firstSeen = new Map<string, number>()

  lines.forEach((line, index) => {
    const marker = MARKER.exec(line)
    if (marker === null) return
    const [, kind, name = ''] = marker
    const where = `${file}:${index + 1}`
    if (!NAME.test(name)) {
      faults.push(
        `${where}: the region name "${name}" is not kebab-case; rename it to small letters, digits and dashes.`,
      )
    } else if (kind === 'region') {
      const earlier = firstSeen.get(name)
      if (earlier !== undefined)
        faults.push(`${where}: region "${name}" already begins at line ${earlier}; give one of the two another name.`)
      else firstSeen.set(name, index + 1)
      open.push({ name, from: index })
    } else {
      const at = open.findLastIndex((one) => one.name === name)
      if (at < 0) {
        faults.push(`${where}: "#endregion ${name}" closes nothing; add "#region ${name}" above or remove this line.`)
        return
      }
      const { from } = open[at]!
      open.splice(at, 1)
      const inside = shown(lines, from + 1, index)
      if (inside.length === 0)
        faults.push(`${file}:${from + 1}: region "${name}" is empty; put code between its markers or remove them.`)
      else if (firstSeen.get(name) === from + 1) regions.push(describe(file, name, lines, inside))
    }
  })
  for (const { name, from } of open)
    faults.push(`${file}:${from + 1}: region "${name}" is never closed; add "#endregion ${name}" after its last line.`)
  return { regions, faults }
}

/** The region a page asks for. Throws `RegionError` when it is missing or malformed. */
export function quoteRegion(file: string, text: string | undefined, name: string): Region {
  if (text === undefined)
    throw new RegionError(`There is no file "${file}" to quote; give its path from the top of the project.`)
  const { regions, faults } = parseRegions(file, text)
  const fault = faults.find((sentence) => sentence.includes(`"${name}"`))
  if (fault !== undefined) throw new RegionError(fault)
  const region = regions.find((one) => one.name === name)
  if (region === undefined) throw new RegionError(missing(file, name, regions))
  return region
}

/** The quotes on one page: every `<Code file="…" region="…">`, in either order of attributes. */
export function findQuotes(page: string, text: string): Quote[] {
  const quotes: Quote[] = []
  for (const [tag] of text.matchAll(/<Code\s[^>]*>/g)) {
    const file = /\bfile=(?:"([^"]*)"|'([^']*)')/.exec(tag)
    const region = /\bregion=(?:"([^"]*)"|'([^']*)')/.exec(tag)
    if (file === null || region === null) continue
    quotes.push({ page, file: file[1] ?? file[2] ?? '', region: region[1] ?? region[2] ?? '' })
  }
  return quotes
}

/**
 * One sentence for everything that must stop the build.
 * @param sources text of every file that may hold regions, by path
 * @param isAwaited whether a region of this file may still be unquoted, because its chapter is not written yet
 */
export function auditRegions(
  sources: ReadonlyMap<string, string>,
  quotes: readonly Quote[],
  isAwaited: (file: string) => boolean,
): string[] {
  const faults: string[] = []
  const quoted = new Set(quotes.map(({ file, region }) => `${file}#${region}`))
  for (const [file, text] of sources) {
    const parsed = parseRegions(file, text)
    faults.push(...parsed.faults)
    for (const { name } of parsed.regions) {
      if (quoted.has(`${file}#${name}`) || isAwaited(file)) continue
      faults.push(`${file}: region "${name}" is quoted nowhere; quote it in a chapter or remove its markers.`)
    }
  }
  for (const { page, file, region } of quotes) {
    try {
      quoteRegion(file, sources.get(file), region)
    } catch (error) {
      if (!(error instanceof RegionError)) throw error
      if (!faults.includes(error.message)) faults.push(`${page}: ${error.message}`)
    }
  }
  return faults
}

/** The numbers of `lines` as ranges, such as "12-30,32-40": how `code-lines.ts` is told which line is which. */
export function lineRanges(lines: readonly RegionLine[]): string {
  const ranges: [number, number][] = []
  for (const { number } of lines) {
    const last = ranges.at(-1)
    if (last !== undefined && last[1] === number - 1) last[1] = number
    else ranges.push([number, number])
  }
  return ranges.map(([from, to]) => `${from}-${to}`).join(',')
}

/** Whole file without markers, each line with its own number. */
export function withoutMarkers(text: string): RegionLine[] {
  return numbered(text.replace(/\n$/, '').split('\n'), 0).filter(
    ({ text: line }) => !MARKER.test(line) && !FOLD.test(line),
  )
}

function missing(file: string, name: string, regions: readonly Region[]): string {
  const names = regions.map((one) => one.name).join(', ')
  const advice = names === '' ? 'it has no regions: mark one' : `it has ${names}: quote one of these or mark a new one`
  return `Region "${name}" is not in ${file}; ${advice}.`
}

function numbered(lines: readonly string[], offset: number): RegionLine[] {
  return lines.map((text, index) => ({ number: offset + index + 1, text }))
}

/** Lines from..to (exclusive, from 0) as they are shown. */
function shown(lines: readonly string[], from: number, to: number): RegionLine[] {
  const kept = numbered(lines.slice(from, to), from).filter(({ text }) => !MARKER.test(text))
  while (kept.length > 0 && kept[0]!.text.trim() === '') kept.shift()
  while (kept.length > 0 && kept.at(-1)!.text.trim() === '') kept.pop()
  const indents = kept.filter(({ text }) => text.trim() !== '').map(({ text }) => indentOf(text))
  const common = Math.min(...indents)
  return folded(kept.map(({ number, text }) => ({ number, text: text.slice(common) })))
}

/** Takes the marks of folds out; what stands between them says in which fold it is. */
function folded(lines: readonly RegionLine[]): RegionLine[] {
  const out: RegionLine[] = []
  let fold: string | undefined
  for (const line of lines) {
    const match = FOLD.exec(line.text)
    if (match === null) out.push(fold === undefined ? line : { ...line, fold })
    else if (match[1] === 'fold') {
      fold = match[2] || 'more'
      out.push({ number: line.number, text: `${/^\s*/.exec(line.text)![0]}// … ${fold}` })
    } else fold = undefined
  }
  return out
}

function describe(file: string, name: string, lines: readonly string[], inside: readonly RegionLine[]): Region {
  const own = inside.map(({ text }) => text)
  return {
    file,
    name,
    lines: inside,
    symbol: [enclosing(lines, inside[0]!.number - 1), declared(own)].filter((part) => part !== '').join(' › '),
    counterpart: counterpartIn(own.join('\n')) || counterpartIn(header(lines)),
  }
}

const DECLARATION =
  /^(?:export\s+)?(?:abstract\s+)?(?:async\s+)?(?:class|interface|type|function\*?|const|let)\s+([A-Za-z_$][\w$]*)/
const MEMBER =
  /^(?:(?:static|async|private|protected|public|override|readonly|get|set)\s+)*(#?[A-Za-z_$][\w$]*)\s*(?:<[^>]*>)?\s*[(:=]/
const NO_MEMBER = new Set(['if', 'for', 'while', 'switch', 'return', 'throw', 'else', 'case', 'await', 'import'])

/** The nearest declaration above a line that is indented less: the formatter's indentation is the nesting. */
function enclosing(lines: readonly string[], index: number): string {
  const path: string[] = []
  let indent = indentOf(lines[index]!)
  for (let at = index - 1; at >= 0 && indent > 0; at--) {
    const line = lines[at]!
    if (line.trim() === '' || indentOf(line) >= indent) continue
    indent = indentOf(line)
    const name = nameOf(line.trim(), indent > 0)
    if (name !== '') path.unshift(name)
  }
  return path.join(' › ')
}

/** What a region itself declares: one name, or '' when it begins in the middle of a function. */
function declared(own: readonly string[]): string {
  let inComment = false
  for (const line of own) {
    const text = line.trim()
    if (text.startsWith('/*')) inComment = true
    const wasComment = inComment || text.startsWith('//') || text.startsWith('#!') || text === ''
    if (text.endsWith('*/')) inComment = false
    if (!wasComment) return nameOf(text, line.startsWith(' ') === false)
  }
  return ''
}

function nameOf(text: string, mayBeMember: boolean): string {
  const declaration = DECLARATION.exec(text)
  if (declaration !== null) return declaration[1]!
  const member = mayBeMember ? MEMBER.exec(text) : null
  return member === null || NO_MEMBER.has(member[1]!) ? '' : member[1]!
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length
}

/** The comment that opens the file. */
function header(lines: readonly string[]): string {
  const text = lines.join('\n')
  const end = text.indexOf('*/')
  return text.startsWith('/*') && end > 0 ? text.slice(0, end) : ''
}

/** What follows "RocketMQ:" in a comment, up to its full stop or the end of its paragraph, as one line. */
function counterpartIn(text: string): string {
  const paragraph = /RocketMQ:\s*([\s\S]*?)(?=\n\s*\*?\s*(?:\n|@|$)|\*\/|$)/.exec(text)
  if (paragraph === null) return ''
  // the name may stand on the line below the label, behind that line's comment mark
  const line = `\n${paragraph[1]!}`.replace(/\s*\n\s*(?:\*|\/\/|#)?\s*/g, ' ').trim()
  return (/^(.*?\.)(?:\s|$)/.exec(line)?.[1] ?? line).replace(/\.$/, '')
}
