/**
 * Comments of the reference are read by people whose first language is another one: odd words at most once a file, and some
 * not at all. Each failure names the file, the line and the cure.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ROOT } from '../support/stages.ts'

/** Rooms that are not held to this yet. */
const NOT_YET: readonly string[] = []

/** Each may stand once in a file. */
const RARELY = /\b(nobody|of (?:its|their|his|her|my|your|our) own|somebody|whoever|anew|for ever)\b/gi
/** These may not stand at all. */
const NEVER: readonly (readonly [words: RegExp, cure: string])[] = [
  [/\b(?<!there )(?:is|are|was|were) no (?!longer\b|more\b|less\b|fewer\b|one\b)/i, 'write "is not a"'],
  [/\b(?:he|she|him|his|her)\b/i, 'a node, a peer and a process are "it"'],
]
/** In the first sentence of a doc comment: a function returns, a field holds. */
const GIVES = /\bgives?\b(?! (?:up|way|back|out)\b)/i

interface Comment {
  readonly line: number
  readonly text: string
  readonly isDoc: boolean
}

/** The comments of a source file; strings and code are passed over. */
function comments(source: string): Comment[] {
  const found: Comment[] = []
  const parts = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g
  for (const { 0: text, index } of source.matchAll(parts))
    if (text.startsWith('/'))
      found.push({ line: source.slice(0, index).split('\n').length, text, isDoc: text.startsWith('/**') })
  return found
}

/** The text of a comment without its stars, at the same length. */
const bare = ({ text }: Comment) =>
  text.replace(/^\s*\*/gm, (star) => ' '.repeat(star.length)).replace(/`[^`\n]*`/g, (code) => '`'.repeat(code.length))

function lineAt(comment: Comment, index: number): number {
  return comment.line + comment.text.slice(0, index).split('\n').length - 1
}

/** The first sentence of a doc comment, without its tables and drawings. */
function firstSentence(text: string): string {
  return text.replace(/^\/\*\*\s*/, '').split(/[.:](?:\s|$)|\n\s*\n|\*\/|\|/)[0]!
}

/** What is odd in a file, a sentence each. */
function odd(path: string, source: string): string[] {
  const wrong: string[] = []
  const seen = new Set<string>()
  for (const comment of comments(source)) {
    const text = bare(comment)
    for (const { 0: words, index } of text.matchAll(RARELY)) {
      const kind = words.toLowerCase().replace(/^of \w+ own$/, 'of its own')
      if (seen.has(kind)) wrong.push(`${path}:${lineAt(comment, index)}: "${words}" for the second time in this file`)
      seen.add(kind)
    }
    for (const [words, cure] of NEVER) {
      const found = words.exec(text)
      if (found !== null) wrong.push(`${path}:${lineAt(comment, found.index)}: "${found[0].trim()}": ${cure}`)
    }
    if (comment.isDoc && GIVES.test(firstSentence(text)))
      wrong.push(`${path}:${comment.line}: "gives" in a first sentence: write "returns", or what is passed on`)
  }
  return wrong
}

const sources = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', 'reference'], {
  cwd: ROOT,
  encoding: 'utf8',
})
  .split('\n')
  .filter((path) => path.endsWith('.ts'))

/** What is exported without a doc comment in front of it. */
function undocumented(path: string, source: string): string[] {
  const lines = source.split('\n')
  return lines.flatMap((line, i) => {
    const found = /^export (?:async |abstract )*(?:function|class|interface|type) (\w+)/.exec(line)
    return found === null || /\*\/$/.test(lines[i - 1] ?? '')
      ? []
      : [`${path}:${i + 1}: ${found[1]} has no doc comment`]
  })
}

/** Rooms whose exports need not all have a doc comment yet. */
const NOT_YET_DOCUMENTED: readonly string[] = []

describe('comments of the reference', () => {
  it('stand before everything that is exported', () => {
    const held = sources.filter((path) => !NOT_YET_DOCUMENTED.some((room) => path.startsWith(room)))
    const wrong = held.flatMap((path) => undocumented(path, readFileSync(join(ROOT, path), 'utf8')))
    expect(wrong, 'begin with /** … */: purpose, shapes and units, errors').toEqual([])
    expect(undocumented('a.ts', '/** Adds. */\nexport function a() {}\nexport class B {}')).toEqual([
      'a.ts:3: B has no doc comment',
    ])
  })

  it('use odd words at most once a file, and some not at all', () => {
    const held = sources.filter((path) => !NOT_YET.some((room) => path.startsWith(room)))
    expect(held.length).toBeGreaterThan(100)
    const wrong = held.flatMap((path) => odd(path, readFileSync(join(ROOT, path), 'utf8')))
    expect(wrong).toEqual([])
  })

  it('are noticed when they do', () => {
    const source = [
      '/** Gives the offset. It gives up when nobody asks. */',
      "const text = 'nobody, nobody' // this is no comment of its own",
      '/**',
      ' * A broker that he asks.',
      ' * Nobody gives it, it is no gift; there is no other.',
      ' */',
      '// gives up: no longer',
    ].join('\n')
    expect(odd('a.ts', source)).toEqual([
      'a.ts:1: "gives" in a first sentence: write "returns", or what is passed on',
      'a.ts:2: "is no": write "is not a"',
      'a.ts:5: "Nobody" for the second time in this file',
      'a.ts:5: "is no": write "is not a"',
      'a.ts:4: "he": a node, a peer and a process are "it"',
    ])
  })
})
