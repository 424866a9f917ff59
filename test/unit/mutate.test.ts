/** The mistakes that `npm run mutate` plants: each is a program that differs, and nothing that only tells a person is touched. */
import ts from 'typescript'
import { expect, it } from 'vitest'
import { outdated } from '../mutate/equivalent.ts'
import { mutationsOf } from '../mutate/operators.ts'
import { drawMutations } from '../mutate/sample.ts'
import { stretches } from '../support/reached.ts'
import { ROOT } from '../support/stages.ts'

const FILE = `
export function larger(a: number, b: number): boolean {
  if (a < 0 && b < 0) return false
  trace.emit?.('compared', { a, b })
  note(a, b)
  kept = a + 1
  return a > b
}
`

it('finds each kind of mistake at its line, and leaves types and events alone', () => {
  const found = mutationsOf('larger.ts', FILE).map(
    ({ line, operator, replacement }) => `${line} ${operator}: ${replacement}`,
  )
  expect(found).toEqual([
    '3 condition: !(a < 0 && b < 0)',
    '3 logic: ||',
    '3 boundary: <=',
    '3 number: 1',
    '3 boundary: <=',
    '3 number: 1',
    '3 constant returned: true',
    '5 call removed: ;',
    '5 arguments swapped: note(b, a)',
    '6 assignment removed: ;',
    '6 arithmetic: -',
    '6 number: 2',
    '7 constant returned: true',
    '7 boundary: >=',
  ])
})

it('every mistake in a folder is a program, and no two are the same', () => {
  const drawn = drawMutations(ROOT, 'reference/store/ha', 40, 7)
  expect(new Set(drawn.map(({ file, start, operator }) => `${file} ${start} ${operator}`)).size).toBe(40)
  for (const { file, start, end, replacement } of drawn) {
    const text = ts.sys.readFile(`${ROOT}${file}`)!
    const planted = text.slice(0, start) + replacement + text.slice(end)
    const { diagnostics = [] } = ts.transpileModule(planted, { reportDiagnostics: true, fileName: file })
    expect(
      diagnostics.map(({ messageText }) => messageText),
      `${file} at ${start}: ${replacement}`,
    ).toEqual([])
  }
})

it('a seed draws the same mistakes again, another seed draws others', () => {
  const places = (seed: number) =>
    drawMutations(ROOT, 'reference/common', 20, seed).map(({ file, start }) => `${file} ${start}`)
  expect(places(1)).toEqual(places(1))
  expect(places(1)).not.toEqual(places(2))
})

it('of nested ranges, the inner one says whether a place ran', () => {
  const range = (startOffset: number, endOffset: number, count: number) => ({ startOffset, endOffset, count })
  const all = [range(0, 100, 1), range(60, 70, 0), range(20, 50, 0), range(30, 40, 2), range(50, 60, 3)]
  expect(stretches(all)).toEqual([0, 20, 30, 40, 50, 60, 70, 100])
  expect(stretches([range(0, 100, 0), range(10, 20, 1), range(15, 20, 0)])).toEqual([10, 15])
})

it('limits and other chosen numbers are no places, constants that are computed are', () => {
  const found = mutationsOf('limits.ts', 'export const A = 64 * 1024\nexport const B = A + 1\nconst c = Math.max(x, y)')
  expect(found.map(({ line, declares }) => `${line} ${declares}`)).toEqual(['2 B', '2 B'])
})

it('every mistake that is known to change nothing is still a line of the code', () => {
  expect(outdated()).toEqual([])
})
