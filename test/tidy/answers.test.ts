/**
 * A processor has one way to answer and one way to refuse: it returns an `Answer` or a `LaterAnswer`, or throws a `Refusal`.
 *
 * Each rule names a shape that once stood in its place, so that a reader had to find out at each call which of several things
 * came back.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { expect, it } from 'vitest'
import { ROOT } from '../support/stages.ts'

const SERVERS = ['reference/broker', 'reference/namesrv', 'reference/controller']

/** What a function that returns an `Answer` may return beside it. */
const BESIDE_ANSWER = new Set(['Answer', 'LaterAnswer', 'typeof NO_ANSWER', 'undefined', 'never'])

const RULES: readonly { readonly what: string; readonly shape: RegExp; isWrong?(match: RegExpExecArray): boolean }[] = [
  {
    what: 'returns an Answer or something else: throw the Refusal, return the rest',
    shape: /\): ([^={}]*\bAnswer\b[^={}]*) (?:\{|=>)/g,
    isWrong: ([, type]) => !type!.split('|').every((part) => BESIDE_ANSWER.has(part.trim())),
  },
  {
    what: 'returns a text or something else: throw a Refusal with the text',
    shape: /\): (?:string \| (?!undefined)|[^={}()]*\| string\b)/g,
  },
  { what: 'looks at a result to see whether it is a refusal', shape: /'(?:code|fault|refusal)' in /g },
  { what: "calls back with '' or a reason: use WhenDone", shape: /\b(?:done|answered|end): \(\w+: string\) => void/g },
  { what: 'answers past its LaterAnswer', shape: /\bchannel\.answer\(/g },
]

/** Callbacks of the host's disk carry '' or a sentence: that is the contract of `host/host.ts`. */
const OF_THE_DISK =
  /^reference\/(broker\/timer\/timer-flush|broker\/replicas\/broker-identity|controller\/raft\/journal)\.ts$/

const files = SERVERS.flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name))),
)

it('processors and the parts that they use return, call back and throw; no result is one of several things', () => {
  const wrong: string[] = []
  for (const path of files.filter((each) => !OF_THE_DISK.test(each))) {
    const text = readFileSync(join(ROOT, path), 'utf8')
    for (const { what, shape, isWrong } of RULES)
      for (const match of text.matchAll(shape)) {
        const line = text.slice(0, match.index).split('\n').length
        if (isWrong?.(match) ?? true) wrong.push(`${path}:${line} ${what}`)
      }
  }
  expect(files.length).toBeGreaterThan(80)
  expect(wrong).toEqual([])
})
