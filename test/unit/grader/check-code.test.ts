/** A regrade repeats the runs of a check whose code has changed, and of no other. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { LABS, labById } from '../../../labs/find.ts'
import { checkSha256, engineSha256 } from '../../../labs/grader/batch/engine-hash.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const lab = labById('starved-queue')!

/** Which checks of the lab have another hash when `from` is `to` in a file. */
function changedBy(path: string, from: string | RegExp, to: string): readonly string[] {
  const read = (asked: string) => {
    const text = readFileSync(join(ROOT, asked), 'utf8')
    if (asked !== path) return text
    expect(text.replace(from, to), `${path} holds ${from}`).not.toBe(text)
    return text.replace(from, to)
  }
  return lab.checks.map(({ id }) => id).filter((id) => checkSha256(lab, id, read) !== checkSha256(lab, id))
}

describe('the runs of a check are made again', () => {
  it.each([
    ['its own function', 'labs/starved-queue/checks.ts', "'With three members')", "'At first')", ['leaver']],
    [
      'a helper that only it uses',
      'labs/starved-queue/checks.ts',
      '}; a Java member',
      '}; any Java member',
      ['newcomer'],
    ],
    ['a constant that only it uses', 'labs/starved-queue/checks.ts', '= 20_000', '= 21_000', ['replaced']],
    [
      'a helper of all',
      'labs/members.ts',
      'export const SETTLE_MS = ',
      'export const SETTLE_MS = 1 + ',
      lab.checks.map(({ id }) => id),
    ],
    [
      'what the seed draws',
      'labs/one-broker.ts',
      /const GROUPS = \[/,
      "const GROUPS = ['more',",
      lab.checks.map(({ id }) => id),
    ],
    ['a sentence for learners', 'labs/starved-queue/lab.ts', 'A member leaves', 'A member goes', []],
    ['the demo run', 'labs/starved-queue/checks.ts', 'four orders more', 'four more', []],
  ])('when %s has changed', (_what, path, from, to, wanted) => {
    expect(changedBy(path, from, to)).toEqual(wanted)
  })

  it('of every lab, each by its own code', () => {
    for (const each of LABS) {
      const hashes = each.checks.map(({ id }) => checkSha256(each, id))
      expect(new Set(hashes).size, each.id).toBe(hashes.length)
      // a check whose code cannot be told apart would depend on the whole lab
      expect(hashes, each.id).not.toContain(engineSha256(each.id))
    }
  })

  it('and no module of a lab is loaded only for what it does when it is loaded', () => {
    const paths = readdirSync(join(ROOT, 'labs'), { recursive: true, encoding: 'utf8' }).filter((path) =>
      /^[^/]+\/(checks|lab)\.ts$|^[^/]+\.ts$/.test(path),
    )
    expect(paths.length).toBeGreaterThan(20)
    for (const path of paths) expect(readFileSync(join(ROOT, 'labs', path), 'utf8'), path).not.toMatch(/^import '/m)
  })
})
