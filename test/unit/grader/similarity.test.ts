/** Hand-ins that are alike: renamed, reordered and reformatted copies are found; what everybody has, and independent answers, are not. */
import { unzipSync } from 'fflate'
import { describe, expect, it } from 'vitest'
import { LABS } from '../../../labs/find.ts'
import { dolosZip } from '../../../labs/grader/exports/dolos.ts'
import { parseSubmission, writeSubmission } from '../../../labs/grader/schema/submission.ts'
import { alike, COMMON_MIN, OWN_TOKENS_MIN, type Text } from '../../../labs/grader/similarity/pairs.ts'
import { tokensOf } from '../../../labs/grader/similarity/tokens.ts'
import { fingerprints, TOKENS_OF_A_HASH, WINDOW } from '../../../labs/grader/similarity/winnow.ts'
import { answerFiles } from '../../../labs/runtime/lab-files.ts'

const lab = LABS.find(({ id }) => id === 'few-moves')!
const module_ = lab.files.find(({ kind }) => kind === 'module')!.path
const of = (answer: string) => answerFiles(lab, answer).get(module_)!
const starter = of('starter')
const solution = of('solution')

/** Every name of the text gets another; keywords stay. */
function renamed(text: string): string {
  return text.replace(
    /(?<![.\w'"])(?!(?:const|let|return|for|of|if|else|import|export|function|type|from|new|while|break|continue|readonly|true|false|undefined)\b)[a-z]\w{3,}/g,
    'x_$&',
  )
}

/** No comment, no blank line, other indentation. */
function reformatted(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*$/gm, '')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => `      ${line.trim()}   // mine`)
    .join('\n\n')
}

/** The first half of the functions after the second. */
function reordered(text: string): string {
  const parts = text.split(/\n(?=(?:export )?function )/)
  return [parts[0], ...parts.slice(1).reverse()].join('\n')
}

const pairsOf = (...texts: Text[]) => alike(texts, starter).pairs.map(({ a, b }) => `${a} ${b}`)

describe('hand-ins that are alike', () => {
  it.each([
    ['renamed', renamed(solution)],
    ['reformatted', reformatted(solution)],
    ['reordered', reordered(solution)],
    ['all three', renamed(reformatted(reordered(solution)))],
  ])('a copy is found when it is %s', (_how, copy) => {
    expect(copy).not.toBe(solution)
    expect(pairsOf({ who: 'ada', text: solution }, { who: 'bob', text: copy })).toEqual(['ada bob'])
  })

  it('answers of two who have not met are not found, nor two untouched starters', () => {
    const strangers = LABS.map((one) => {
      const file = one.files.find(({ kind }) => kind === 'module')
      return { who: one.id, text: file === undefined ? '' : answerFiles(one, 'solution').get(file.path)! }
    })
    expect(strangers.length).toBeGreaterThan(10)
    expect(pairsOf(...strangers)).toEqual([])
    const small = alike(
      [
        { who: 'ada', text: starter },
        { who: 'bob', text: starter },
      ],
      starter,
    )
    expect(small).toEqual({ pairs: [], tooSmall: ['ada', 'bob'] })
  })

  it('a hand-in that is the book’s is paired with it; two answers of the book are not', () => {
    const book = [solution, reformatted(solution)].map((text, i) => ({ who: `book${i}`, text, isPublished: true }))
    expect(pairsOf({ who: 'ada', text: renamed(solution) }, ...book)).toEqual(['ada book0', 'ada book1'])
  })

  it('a shared run ends where the text of the starter begins', () => {
    const given = 'export function given(a, b) {\n  return a + b\n}\n'.repeat(8)
    const own =
      'for (const x of list) {\n  if (x.size > max) { max = x.size; best = x }\n  else if (x.id === 0) continue\n}\n'
    const text = `${given}${own.repeat(2)}${given}`
    const [pair] = alike(
      [
        { who: 'ada', text },
        { who: 'bob', text: renamed(text) },
      ],
      given,
    ).pairs
    const first = given.split('\n').length
    expect(pair).toMatchObject({ a: 'ada', b: 'bob', percent: 100 })
    expect(pair!.linesA.from).toBeGreaterThanOrEqual(first - 1)
    expect(pair!.linesA.to).toBeLessThanOrEqual(first + 9)
  })

  it('what many have is not told', () => {
    const class_ = Array.from({ length: COMMON_MIN + 1 }, (_, i) => ({ who: `w${i}`, text: solution }))
    expect(pairsOf(...class_)).toEqual([])
    expect(pairsOf(...class_.slice(1)).length).toBeGreaterThan(0)
  })

  it('every shared run that is long enough has a fingerprint, and none that is too short', () => {
    const draw = (seed: number, length: number) =>
      Array.from({ length }, (_, i) => ((i + 1) * (seed * 2 + 3) * 7919) % 97)
    const run = draw(1, TOKENS_OF_A_HASH + WINDOW - 1)
    for (let lead = 0; lead < 20; lead++) {
      const [a, b] = [
        [...draw(2, lead), ...run, ...draw(3, 30)],
        [...draw(4, 33 - lead), ...run, ...draw(5, lead)],
      ]
      const hashes = new Set(fingerprints(a).map(({ hash }) => hash))
      expect(
        fingerprints(b).some(({ hash }) => hashes.has(hash)),
        `lead ${lead}`,
      ).toBe(true)
    }
    const short = run.slice(0, TOKENS_OF_A_HASH - 1)
    const hashes = new Set(fingerprints([...draw(2, 40), ...short, ...draw(3, 40)]).map(({ hash }) => hash))
    expect(fingerprints([...draw(4, 40), ...short, ...draw(5, 40)]).some(({ hash }) => hashes.has(hash))).toBe(false)
  })

  it('names, numbers, texts, comments and layout make no difference; keywords and signs do', () => {
    const kinds = (text: string) => tokensOf(text).kinds.join()
    expect(kinds('const a = b + 1 // c')).toBe(kinds('const\n  zz=q+77 /* x */'))
    expect(kinds("f('x')")).toBe(kinds('g("yy")'))
    expect(kinds('a + b')).not.toBe(kinds('a - b'))
    expect(kinds('return a')).not.toBe(kinds('b a'))
    expect(tokensOf('a\n\nb').lines).toEqual([1, 3])
    expect(OWN_TOKENS_MIN).toBeGreaterThan(TOKENS_OF_A_HASH)
  })

  it('twice the text is about twice the work, also where all of it is the same', () => {
    const long = (times: number) => `${'f(a, b) + g(c);\n'.repeat(times)}`
    const texts = (times: number) => [1, 2, 3].map((i) => ({ who: `w${i}`, text: long(times) + solution }))
    expect(alike(texts(4_000), starter).pairs.length).toBeLessThanOrEqual(3)
  })

  it('Dolos gets a file for each, and the starter once, as ignored', () => {
    const text = writeSubmission({
      lab: { id: lab.id, version: lab.version },
      files: [{ path: module_, content: solution }],
    })
    const { submission } = parseSubmission(text)
    const zip = () => dolosZip(lab, [{ learner: 'ada', name: 'Doe, Ada', submission }])
    const files = unzipSync(zip())
    expect(Object.keys(files).sort()).toEqual(['ada.hand-in.ts', 'info.csv', 'starter.ts'])
    expect(new TextDecoder().decode(files['info.csv'])).toBe(
      'filename,full_name,ignored\nstarter.ts,,true\nada.hand-in.ts,"Doe, Ada",\n',
    )
    expect(zip()).toEqual(zip())
  })
})
