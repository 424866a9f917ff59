/**
 * A chapter is one room, a lab one folder: the example chapter and its lab, put where chapters and labs stand, are built into
 * the book and tested by the suites that test all others, with not one line changed elsewhere.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exampleBuild, exampleTree, runIn } from '../support/example-tree.ts'
import type { TemporaryFolder } from '../support/temp.ts'

let tree: TemporaryFolder

beforeAll(() => void (tree = exampleTree()))
afterAll(() => tree?.remove())

/** Fewer would mean that the suites pass over the room; there may be more as they grow. */
const TESTS_OF_A_CHAPTER = 5
const TESTS_OF_A_LAB = 9

/** How many tests a run of vitest says that passed. */
function passedIn(text: string): number {
  return Number(/Tests\s+(\d+) passed/.exec(text)?.[1] ?? 0)
}

describe('a chapter that is added as a folder', () => {
  it('is in the book: its page with figure, claim, code, question and term, its lab, its place in the contents', async () => {
    const built = await exampleBuild()
    const page = (path: string) => readFileSync(join(built, path), 'utf8')
    const chapter = page('chapters/example/index.html')
    for (const part of [
      'id="fig-example-journey-kept"',
      'data-claim="all-consumed"',
      'quiz-example-question',
      'code-example-journey',
    ])
      expect(chapter).toContain(part)
    expect(page('glossary/index.html')).toContain('example term')
    expect(page('labs/example-lab/index.html')).toContain('A broker says it is where it is not.')
    expect(page('labs/index.html')).toContain('example-lab')
    expect(page('chapters/roles/index.html')).toContain('/chapters/example/')
    expect(existsSync(join(built, 'source/site/chapters/99-example/figures/journey.ts/index.html'))).toBe(true)
  })

  it('is tested by the suite of all chapters, and its lab by the suite of all labs', async () => {
    const vitest = (...args: string[]) =>
      runIn(tree.path, 'vitest', 'run', '--config', 'test/vitest.config.ts', ...args)
    const chapters = await vitest('--project', 'quick', 'test/chapters', '-t', 'chapter 99 example')
    expect(chapters.code, chapters.text.slice(-3_000)).toBe(0)
    expect(passedIn(chapters.text)).toBeGreaterThanOrEqual(TESTS_OF_A_CHAPTER)
    const labs = await vitest('--project', 'labs', 'test/labs/labs.test.ts', '-t', 'lab example-lab')
    expect(labs.code, labs.text.slice(-3_000)).toBe(0)
    expect(passedIn(labs.text)).toBeGreaterThanOrEqual(TESTS_OF_A_LAB)
  })
})
