/**
 * What must stand once: units, what is said of a message, and the table of programs. Each failure names the second place.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { PROGRAM_PATHS, WITHOUT_PROMISES } from '../../labs/program/programs.ts'
import { ROLE_PROGRAMS } from '../../reference/programs.ts'
import { ROOT } from '../support/stages.ts'

const UNITS = 'reference/common/units.ts'
/** A unit that is declared, or written out in full. */
const UNIT =
  /^(?:export )?const (?:SECOND|MINUTE|HOUR|DAY)_MS\b|^(?:export )?const [KMG]IB\b|\b(?:3_600_000|86_400_000)\b/

/** The lines of a text that have a unit of their own, without comments. */
function units(path: string, text: string): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '))
  return code.split('\n').flatMap((line, i) => (UNIT.test(line) ? [`${path}:${i + 1} has a unit of ${UNITS}`] : []))
}

const sources = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.ts'], {
  cwd: ROOT,
  encoding: 'utf8',
})
  .split('\n')
  .filter((path) => /^(reference|labs)\//.test(path) && path !== UNITS)

it('units of time and size stand in one file', () => {
  expect(sources.length).toBeGreaterThan(300)
  const wrong = sources.flatMap((path) => units(path, readFileSync(join(ROOT, path), 'utf8')))
  expect(wrong, `import them from ${UNITS}`).toEqual([])
})

/** How a second place of each would look, and where the first one is. */
const OF_A_MESSAGE: readonly (readonly [what: string, home: string, pattern: RegExp])[] = [
  ['its key', 'reference/common/message.ts', /\bKEYS'?\)\s*\?\?\s*(?:\w+\.)+get\([\w.']*UNIQ_KEY/],
  ['its tags code', 'reference/store/put-message.ts', /undefined \? 0 : javaHashCode\(/],
  [
    'the copy of a stored one',
    'reference/store/put-message.ts',
    /\bbody,\s+propertiesText: encodeProperties\(properties\),\s+tagsCode: tagsCodeOf\(properties\),\s+waitStoreMsgOk: true/,
  ],
]

it.each(OF_A_MESSAGE)('%s stands in one file', (_what, home, pattern) => {
  const places = sources.filter((path) => pattern.test(readFileSync(join(ROOT, path), 'utf8')))
  expect(places, `use ${home}`).toEqual([home])
})

it('a second declaration is noticed, a comment is not', () => {
  expect(units('a.ts', 'const DAY_MS = 1\n/** 86_400_000 */\nconst x = 3 * 86_400_000')).toEqual([
    `a.ts:1 has a unit of ${UNITS}`,
    `a.ts:3 has a unit of ${UNITS}`,
  ])
})

it('labs and simulations know the same programs, and the same servers that never await', () => {
  const { admin: _, ...roles } = PROGRAM_PATHS
  expect(Object.keys(roles).sort()).toEqual(Object.keys(ROLE_PROGRAMS).sort())
  const servers = Object.entries(ROLE_PROGRAMS).filter(([, program]) => typeof program === 'object')
  expect(servers.map(([name]) => name).sort()).toEqual([...WITHOUT_PROMISES].sort())
})
